/** A unit or container that does not start, whose last words are about what another look found wrong there. */
import type { Result, ResultFinding } from '../../report/report.ts';
import { type Candidate, fault, refOf, valuesOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { ofSubject, portOf, serviceRow, type View } from '../view.ts';

const failed = ['systemd.failed', 'systemd.restarting', 'container.stopped', 'container.restarting'];

/** By what names its log speaks of a finding that can keep a service from starting. */
const namesOf: Readonly<Record<string, (row: Result, finding: ResultFinding) => unknown[]>> = {
  // The file, the key, or the value that stands there.
  'config.mismatch': ({ target }, { values }) =>
    [target.split('/').at(-1), String(values.key).split('.').at(-1), values.actual].filter(isTelling),
  'netstat.wrong-process': (row) => [String(portOf(row))],
};

export const behindFailure: Rule = (view) =>
  Object.keys(view.topology.services).flatMap((name): Candidate[] => {
    const words = wordsOfDead(view, name);
    return ofSubject(view, `service.${name}`).flatMap((row) =>
      row.findings.flatMap((finding, index): Candidate[] => {
        const names = namesOf[finding.code]?.(row, finding) ?? [];
        const said = words.find((line) =>
          names.some((name) => typeof name === 'string' && wordIn(line, name)),
        );
        if (said === undefined) return [];
        const values = { ...valuesOf(row, finding), about: ['start', finding.values.about].flat() };
        return [
          fault(finding.code, row.subject, [row], {
            port: portOf(row),
            findings: [refOf(row, index)],
            // What it says of a thing need not be why it ended.
            confidence: 'likely',
            values,
            evidence: [`Its last words are about that: ${said}`],
          }),
        ];
      }),
    );
  });

function wordsOfDead(view: View, service: string): readonly string[] {
  const keepers = ['systemd', 'container'].flatMap((kind) => serviceRow(view, service, kind) ?? []);
  const dead = keepers.filter(({ findings }) =>
    findings.some(({ code, values }) => failed.includes(code) && hasRun(values.exitStatus)),
  );
  return dead.flatMap(
    (row) => (row.kind === 'systemd' ? factsOf(row, 'systemd').journal : factsOf(row, 'container').log) ?? [],
  );
}

/** Not where systemd could not start the program at all (systemd.exec(5), 200 to 245): its words are of a former run. */
const hasRun = (exitStatus: unknown): boolean => !(Number(exitStatus) >= 200 && Number(exitStatus) <= 245);

/** Names shorter than this are in every other line. */
const tellingLength = 4;
const isTelling = (name: unknown): boolean => typeof name === 'string' && name.length >= tellingLength;

/** By itself, not as a part of another word or number. */
function wordIn(line: string, word: string): boolean {
  const at = line.indexOf(word);
  return at >= 0 && !/\w/.test(line[at - 1] ?? '') && !/\w/.test(line[at + word.length] ?? '');
}
