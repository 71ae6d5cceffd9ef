/** Lines of a unit's journal, or of a container's log: how they are asked for, and read. */
import type { Engine } from './containers.ts';

export interface LogLine {
  /** ISO 8601. */
  readonly time: string;
  readonly text: string;
  /** Microseconds since the machine was started; null where that is not told. */
  readonly sinceBoot: number | null;
}

/** So many lines are asked for; of each so many characters are looked at. */
export const mostLines = 2000;
const longestLine = 4096;
/** What an answer keeps of an output, in bytes: what fills it may be cut. */
const keptBytes = 240_000;

/**
 * The newest first, since an output that is too long is cut at its end. `--all`: without it a field of more than
 * 4096 bytes is null. `fields` false: for systemd before 236, which does not know `--output-fields`.
 */
export function journalArgv(
  unit: string,
  since: 'boot' | number,
  { fields = true, grep = null }: { readonly fields?: boolean; readonly grep?: string | null } = {},
): string[] {
  return [
    ...['journalctl', '--no-pager', '-q', '--utc', '--all', '-r', '-o', 'json'],
    ...(fields ? ['--output-fields=MESSAGE'] : []),
    ...(since === 'boot' ? ['-b'] : [`--since=-${since}ms`]),
    ...(grep === null
      ? [`--lines=${mostLines}`]
      : ['--lines=200', '--case-sensitive=true', `--grep=${grep}`]),
    `--unit=${unit}`,
  ];
}

/** Every line is one JSON object (journalctl(1), `-o json`); what is none is left out. Given from the oldest on. */
export function parseJournal(output: string): LogLine[] {
  return output
    .split('\n')
    .flatMap((line) => {
      const entry = objectIn(line);
      const micros = Number(entry?.__REALTIME_TIMESTAMP);
      if (!entry || !Number.isSafeInteger(micros) || micros <= 0 || micros > 8.64e18) return [];
      const monotonic = Number(entry.__MONOTONIC_TIMESTAMP);
      const sinceBoot = Number.isSafeInteger(monotonic) ? monotonic : null;
      return [
        { time: new Date(micros / 1000).toISOString(), text: plainText(messageOf(entry.MESSAGE)), sinceBoot },
      ];
    })
    .reverse();
}

function objectIn(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Text; its bytes where it is not UTF-8 or not printable; a list of either where the field came several times. */
function messageOf(message: unknown): string {
  if (typeof message === 'string') return message;
  if (!Array.isArray(message)) return '';
  if (message.every((byte) => typeof byte === 'number')) {
    return Buffer.from(message.slice(0, longestLine * 4)).toString('utf8');
  }
  return message.slice(0, 100).map(messageOf).join('\n');
}

/** A constant script: the end of both streams of a log, and the engine's own exit code. */
const logScript = `engine=$1 name=$2 since=$3
{ rc=$({ { "$engine" logs --timestamps --tail ${mostLines} --since "$since" "$name"; echo "$?" >&3; } 2>&1 | tail -c ${keptBytes} >&4; } 3>&1); } 4>&1
exit "$rc"`;

/** The same over the whole log, for the lines of a pattern; the exit code of grep comes last. Exit 43: no grep that knows it. */
const searchScript = `engine=$1 name=$2 since=$3 pattern=$4
printf x | grep -qP x 2>/dev/null || exit 43
"$engine" logs --timestamps --since "$since" "$name" 2>&1 | { grep -P -- "$pattern"; echo "rc=$?"; } | tail -n 201 | tail -c ${keptBytes}`;

export const logArgv = (engine: Engine, name: string, since: string): string[] => [
  'sh',
  '-c',
  logScript,
  'sh',
  engine,
  name,
  since,
];

export const searchArgv = (engine: Engine, name: string, since: string, pattern: string): string[] => [
  'sh',
  '-c',
  searchScript,
  'sh',
  engine,
  name,
  since,
  pattern,
];

/** Whether grep found lines (0) or none (1): with another code it did not understand the pattern. */
export const didSearch = (output: string): boolean => /(?:^|\n)rc=[01]\n?$/.test(output);

/** What has no time before it is the engine's own, or the rest of a line whose start was cut off. */
export function parseLog(output: string): LogLine[] {
  return output
    .split('\n')
    .flatMap((line) => {
      const [, time, text = ''] =
        /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (.*)$/s.exec(line) ?? [];
      const at = time === undefined ? Number.NaN : Date.parse(time);
      return Number.isNaN(at)
        ? []
        : [{ time: new Date(at).toISOString(), text: plainText(text), sinceBoot: null }];
    })
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

/** Without colours (ECMA-48, CSI), and no more than is looked at. */
function plainText(text: string): string {
  return text
    .slice(0, longestLine * 4)
    .replace(/\x1b\[[0-?]*[ -/]*[@-~]/g, '')
    .slice(0, longestLine)
    .trimEnd();
}

/** An output so full that older lines may have been left out of it. */
export const isFull = (output: string, lines: number): boolean =>
  lines >= mostLines || Buffer.byteLength(output) >= keptBytes - longestLine;

export interface Patterns {
  readonly expect: string | null;
  readonly unwanted: string | null;
}

export interface Match {
  readonly kind: 'expected' | 'unwanted';
  readonly line: LogLine;
}

/** The last line that matches either; one that matches both is an unwanted one. */
export function lastMatch(lines: readonly LogLine[], { expect, unwanted }: Patterns): Match | null {
  const [good, bad] = [expect, unwanted].map((pattern) => (pattern === null ? null : new RegExp(pattern)));
  for (const line of lines.toReversed()) {
    if (bad?.test(line.text)) return { kind: 'unwanted', line };
    if (good?.test(line.text)) return { kind: 'expected', line };
  }
  return null;
}
