/** A declared port is missing, and the service's process listens on one that is not declared. */
import { refsOf } from '../candidate.ts';
import type { Rule } from '../rules.ts';
import { portOf, subjectOf } from '../view.ts';

const code = 'netstat.not-listening';

export const wrongPort: Rule = (view) =>
  view.results.flatMap((result) => {
    const port = portOf(result);
    const found = refsOf(result, [code]);
    const { name } = subjectOf(result.subject);
    const declared = view.topology.services[name]?.ports ?? [];
    const listening = (result.facts?.processPorts as readonly number[] | null | undefined) ?? [];
    const undeclared = listening.filter((other) => !declared.includes(other));
    if (port === null || found.length === 0 || undeclared.length === 0) return [];
    const other = undeclared.join(', ');
    return [
      {
        code: 'service.wrong-port',
        subject: result.subject,
        port,
        endpoint: null,
        because: [result.id],
        findings: found,
        vantages: [result.vantage],
        confidence: 'certain',
        values: { other, expected: String(port), observed: other },
        evidence: [`Its process listens on ${other}, which is not declared`],
        isFault: true,
      },
    ];
  });
