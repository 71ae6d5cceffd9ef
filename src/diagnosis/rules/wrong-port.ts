/** A declared port is missing, and the service's process listens on the one that nobody declared. */
import { fault, refsOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { portOf, subjectOf } from '../view.ts';

const code = 'netstat.not-listening';

export const wrongPort: Rule = (view) =>
  view.results.flatMap((result) => {
    const port = portOf(result);
    const found = refsOf(result, [code]);
    const { kind, name } = subjectOf(result.subject);
    // Programs share names (`java`, `python3`): a port of another service on that host is no port of this one.
    const host = view.topology.services[name]?.host;
    const declared = Object.values(view.topology.services).flatMap((other) =>
      other.host === host ? other.ports : [],
    );
    const listening = factsOf(result, 'netstat').processPorts ?? [];
    const undeclared = listening.filter((other) => !declared.includes(other));
    const [other] = undeclared.map(String);
    if (
      kind !== 'service' ||
      port === null ||
      found.length === 0 ||
      other === undefined ||
      undeclared.length > 1
    )
      return [];
    return [
      fault('service.wrong-port', result.subject, [result], {
        port,
        findings: found,
        values: { other, expected: String(port), observed: other },
        evidence: [`Its process listens on ${other}, which is not declared`],
      }),
    ];
  });
