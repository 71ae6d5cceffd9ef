/** What was asked and what came back, as far as it tells something: a piece a command, what it is about, capped. */
import type { Report, Result } from '../report.ts';
import type { Block, Evidence } from './document.ts';
import { spoken } from './spoken.ts';
import { machine } from './subjects.ts';

/** Lines of one output, and columns of a line. */
const mostLines = 16;
const mostColumns = 160;

/** How doctor finds its way on a host: nothing in it for a reader, who finds it among the commands. */
const plumbing =
  /^(?:(?:docker|podman) exec \S+ )?(?:sh -c|id |date |stat |ls |test |ip -o |sleep |uname |tar |\S*nginx -V)/;
/** Kinds whose answer is whatever the command printed. */
const ownWords = new Set(['command', 'journal']);

/** Nobody is asked what an address is. */
export const wasAsked = (command: string): boolean => !command.endsWith(' is an address');

/** Each distinct one of these rows once, in their order. */
export function evidenceBlocks(report: Report, results: readonly Result[]): Block[] {
  const found = new Map<string, { evidence: Result['evidence'][number]; needles: string[] }>();
  for (const result of results) {
    for (const evidence of result.evidence) {
      const { command, vantage, output, operation } = evidence;
      // What of a file matters has a place of its own, with its lines.
      if (operation === 'now' || operation === 'readFile' || command.includes(' inspect --format ')) continue;
      if (isPlumbing(result.kind, evidence) || !wasAsked(command)) continue;
      const key = JSON.stringify([vantage, command, output]);
      const known = found.get(key) ?? { evidence, needles: [] };
      known.needles.push(...needlesOf(result, command));
      found.set(key, known);
    }
  }
  return [...found.values()].map(
    ({ evidence: { vantage, command, operation, output, truncated }, needles }) => {
      const said = spoken(operation, output);
      return {
        kind: 'evidence',
        command: `${machine(report, vantage)}$ ${shortened(command)}`,
        ...(said === null ? abridged(output, needles, truncated) : abridged(said)),
      };
    },
  );
}

function isPlumbing(kind: string, { command, output, exitCode }: Result['evidence'][number]): boolean {
  if (ownWords.has(kind)) return false;
  if (/\bps -|\btop /.test(command)) return kind !== 'process';
  return plumbing.test(command) || (exitCode === 0 && output.trim() === '');
}

/** What lines must hold to be about the row: the port of a socket, the number of a process. */
function needlesOf({ kind, target, facts }: Result, command: string): string[] {
  if (/\bss -|\bnetstat -/.test(command)) {
    const port = /:(\d{1,5})(?!.*:\d)/.exec(target)?.[1];
    return port === undefined ? [] : [`:${port} `];
  }
  const matches: unknown = facts?.matches;
  if (kind !== 'process' || !Array.isArray(matches)) return [];
  return matches.flatMap(({ pid }) => (typeof pid === 'number' ? [` ${pid} `] : []));
}

/** A property without a value; a thread of the kernel's. */
const empty = /^\w+=$|^\s*\d+\s.*\s\[[^\]]+\]$/;

/** Where no line is about the row, the start of all of them: they show what is there instead. */
export function abridged(
  text: string,
  needles: readonly string[] = [],
  wasCut = false,
): Pick<Evidence, 'output' | 'rest'> {
  const all = text.trimEnd().split('\n');
  const telling = all.filter((line) => !empty.test(line));
  const about = telling.filter((line) => needles.some((needle) => ` ${line} `.includes(needle)));
  const shown = (about.length > 0 ? about : telling).slice(0, mostLines).map((line) => shortened(line));
  const left = all.length - shown.length;
  const rest =
    left > 0
      ? `${left}${wasCut ? ' or more' : ''} other ${left === 1 ? 'line is' : 'lines are'} left out`
      : wasCut
        ? 'cut here'
        : '';
  return { output: shown.join('\n'), rest };
}

/** By code points, so that nothing is cut in two. */
export function shortened(line: string, most = mostColumns): string {
  const characters = [...line.trimEnd()];
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`;
}
