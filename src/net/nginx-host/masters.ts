/** The nginx that runs: its master process and workers, what it was started with, and since when they run. */
import { posix } from 'node:path';
import type { Vantage } from '../../check.ts';
import type { Process } from '../processes.ts';

export interface Master {
  readonly pid: number;
  /** Whom it runs as. */
  readonly user: string;
  /** Those that take new connections; the process itself where it runs without a master (`master_process off`). */
  readonly workers: readonly number[];
  /** As it was called. */
  readonly binary: string;
  /** What it was given (nginx(8)): `-c`, `-p`, `-g`, `-e`; null where it was not. */
  readonly config: string | null;
  readonly prefix: string | null;
  readonly globals: string | null;
  readonly errorLog: string | null;
}

/** nginx, and those made of it that call themselves so. */
const title = /^(?:nginx|angie|openresty|tengine): master process (\S.*)$/s;

/**
 * The masters in a process list. nginx writes its arguments into its title, joined by blanks: a value ends where the
 * next option begins.
 */
export function mastersIn(processes: readonly Process[]): Master[] {
  const found = processes.flatMap((process) => {
    const words = title.exec(process.args)?.[1];
    if (words === undefined) return [];
    const workers = processes
      .filter(({ ppid, args }) => ppid === process.pid && /^\S+: worker process$/.test(args.trim()))
      .map(({ pid }) => pid);
    return [{ pid: process.pid, user: process.user, workers, ...givenIn(words) }];
  });
  if (found.length > 0) return found;
  // Without a master nginx leaves its title alone.
  return processes
    .filter(({ argv, state }) => posix.basename(argv[0] ?? '') === 'nginx' && !state.startsWith('Z'))
    .map(({ pid, user, args }) => ({ pid, user, workers: [pid], ...givenIn(args) }));
}

type Given = Omit<Master, 'pid' | 'user' | 'workers'>;

function givenIn(words: string): Given {
  const [binary = '', ...options] = words.trim().split(/\s+(?=-[a-zA-Z?])/);
  const given = (letter: string) => {
    const option = options.find((one) => one.startsWith(`-${letter}`));
    const value = option?.slice(2).trim();
    return value === undefined || value === '' ? null : value;
  };
  return {
    binary,
    config: given('c'),
    prefix: given('p'),
    globals: given('g'),
    errorLog: given('e'),
  };
}

/** The same arguments again, for a question to the same program. */
export function argumentsOf({ config, prefix, globals, errorLog }: Omit<Given, 'binary'>): string[] {
  return [
    ...(prefix === null ? [] : ['-p', prefix]),
    ...(config === null ? [] : ['-c', config]),
    ...(errorLog === null ? [] : ['-e', errorLog]),
    ...(globals === null ? [] : ['-g', globals]),
  ];
}

/** Of `-g` what matters to a test or a signal, too: not how a new one would run, which the units of distributions say. */
export function ofEveryCall(globals: string | null): string | null {
  const kept = (globals ?? '')
    .split(/(?<=;)/)
    .filter((directive) => !/^\s*(?:daemon|master_process)\s+(?:on|off)\s*;$/.test(directive))
    .join('')
    .trim();
  return kept === '' ? null : kept;
}

/** What the kernel says of a process. */
export interface Since {
  /** By the clock of the host, exact to about a second. */
  readonly startedMs: number;
  /** It is in another PID namespace than ours (a container); null: not known. */
  readonly elsewhere: boolean | null;
  /** In its own PID namespace, as it names itself in a log. */
  readonly ownPid: number | null;
}

/**
 * A constant script (proc(5)). First line: the clock, the time since boot, ticks in a second, our PID namespace. Then a
 * line a process: pid, its PID namespace, whether a container engine made its control group, its pid in its own
 * namespace, its stat.
 */
const script = `read -r up rest </proc/uptime
printf '%s %s %s %s\\n' "$(date +%s)" "$up" "$(getconf CLK_TCK 2>/dev/null || echo 100)" "$(readlink "/proc/$$/ns/pid" || echo -)"
for p; do
  read -r stat 2>/dev/null <"/proc/$p/stat" || continue
  ns=$(readlink "/proc/$p/ns/pid" 2>/dev/null)
  group=h
  grep -qE 'docker|libpod|containerd|kubepods|lxc' "/proc/$p/cgroup" 2>/dev/null && group=c
  own=$(sed -n 's/^NSpid:.*[^0-9]\\([0-9]*\\)$/\\1/p' "/proc/$p/status" 2>/dev/null)
  printf '%s %s %s %s %s\\n' "$p" "\${ns:--}" "$group" "\${own:--}" "$stat"
done`;

export const sinceArgv = (pids: readonly (number | string)[]) => [
  'sh',
  '-c',
  script,
  'sh',
  ...pids.map(String),
];

/** Pid → what is known of it; those that are gone are left out. */
export async function lookSince(vantage: Vantage, pids: readonly number[]): Promise<Map<number, Since>> {
  if (pids.length === 0) return new Map();
  const answer = await vantage.execute({ argv: sinceArgv(pids), asRoot: true });
  return answer.ok ? parseSince(answer.stdout) : new Map();
}

export function parseSince(text: string): Map<number, Since> {
  const [head = '', ...lines] = text.split('\n');
  const [now = NaN, up = NaN, ticks = NaN] = head.split(' ').map(Number);
  const ours = head.split(' ')[3] ?? '-';
  const found = new Map<number, Since>();
  for (const line of lines) {
    const [, pid, namespace, group, own, stat] = /^(\d+) (\S+) ([hc]) (\S+) (.*)$/.exec(line) ?? [];
    // The fields after the name, which can hold anything: the 22nd of all is the start.
    const start = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    const startedMs = Math.round((now - up + start / ticks) * 1000);
    if (pid === undefined || !Number.isFinite(startedMs)) continue;
    const known = namespace !== '-' && ours !== '-';
    found.set(Number(pid), {
      startedMs,
      elsewhere: known ? namespace !== ours : group === 'c' ? true : null,
      ownPid: own === '-' ? null : Number(own),
    });
  }
  return found;
}
