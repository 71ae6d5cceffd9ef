/** A unit or container that does not start, whose last words are about a value in its file that is not as declared. */
import type { Result } from '../../report/report.ts';
import { type Candidate, fault, refOf, valuesOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { serviceRow } from '../view.ts';

const failed = ['systemd.failed', 'systemd.restarting', 'container.stopped', 'container.restarting'];

export const configBehindFailure: Rule = (view) =>
  Object.keys(view.topology.services).flatMap((name): Candidate[] => {
    const config = serviceRow(view, name, 'config');
    const keepers = ['systemd', 'container'].flatMap((kind) => serviceRow(view, name, kind) ?? []);
    const dead = keepers.filter(({ code }) => failed.includes(code ?? ''));
    const words = dead.flatMap(lastWords);
    if (!config || words.length === 0) return [];
    return config.findings.flatMap((finding, index): Candidate[] => {
      if (finding.code !== 'config.mismatch') return [];
      const said = words.find((line) => isAbout(line, finding.values, config.target));
      if (said === undefined) return [];
      const values = { ...valuesOf(config, finding), about: ['start', finding.values.about].flat() };
      return [
        fault('config.mismatch', `service.${name}`, [config], {
          findings: [refOf(config, index)],
          // What it says of a file need not be why it ended.
          confidence: 'likely',
          values,
          evidence: [`Its last words are about that: ${said}`],
        }),
      ];
    });
  });

const lastWords = (row: Result): readonly string[] =>
  (row.kind === 'systemd' ? factsOf(row, 'systemd').journal : factsOf(row, 'container').log) ?? [];

/** Names shorter than this are in every other line. */
const tellingLength = 4;

/** It names the file, the key, or the value that stands there. */
function isAbout(line: string, { key, actual }: Readonly<Record<string, unknown>>, file: string): boolean {
  const names = [file.split('/').at(-1), String(key).split('.').at(-1), actual];
  return names.some((name) => typeof name === 'string' && name.length >= tellingLength && wordIn(line, name));
}

/** By itself, not as a part of another word or number. */
function wordIn(line: string, word: string): boolean {
  const at = line.indexOf(word);
  return at >= 0 && !/\w/.test(line[at - 1] ?? '') && !/\w/.test(line[at + word.length] ?? '');
}
