/** The process list of a Linux machine, as `ps` or `/proc` has it: who runs, with which command line, under whom. */
import type { Ask, CommandResult, Failure, Vantage } from '../check.ts';
import { runsAsRoot } from './asks.ts';
import { basename, commandNames } from './program.ts';

export interface Process {
  readonly pid: number;
  readonly ppid: number;
  /** A name, or a user id where only that is known. */
  readonly user: string;
  /** As `ps` has it: R, S, D (uninterruptible), T (stopped), t (traced), Z (zombie), I, with flags behind. */
  readonly state: string;
  /** The command line, the arguments joined by blanks. */
  readonly args: string;
  /** The arguments one by one; those of `ps` are split at blanks. */
  readonly argv: readonly string[];
}

export interface ProcessList {
  readonly tool: 'ps' | '/proc' | 'top';
  readonly processes: readonly Process[];
  /** The list was cut off. */
  readonly truncated: boolean;
  /** Other users' processes are hidden from us (`hidepid`, proc(5)): not even PID 1 is to be seen. */
  readonly hidden: boolean;
  /** The user that looked; null when not seen. */
  readonly lookedAs: string | null;
}

export const psArgv = ['ps', '-ww', '-eo', 'pid=,ppid=,user:32=,stat=,args='] as const;

/** BusyBox's `ps` has other columns, and slim images have none: this needs a shell, `head`, `tr` and `/proc` (proc(5)), and says nothing without. */
const procScript = `read -r two 2>/dev/null </proc/2/comm
command -v head >/dev/null && command -v tr >/dev/null || exit 0
for d in /proc/[0-9]*; do
  state= parent= user=
  while read -r key value rest; do
    case $key in State:) state=$value ;; PPid:) parent=$value ;; Uid:) user=$value; break ;; esac
  done 2>/dev/null <"$d/status"
  [ -n "$user" ] || continue
  args=
  [ "$parent:$two" = 2:kthreadd ] || args=$(head -c 4096 "$d/cmdline" 2>/dev/null | tr '\\000\\n' '\\037 ')
  [ -n "$args" ] || { read -r name 2>/dev/null <"$d/comm"; args="[$name]"; }
  printf '%s %s %s %s %s\\n' "\${d#/proc/}" "$parent" "$user" "$state" "$args"
done`;
export const procArgv = ['sh', '-c', procScript] as const;

export const processAsks: readonly Ask[] = [
  runsAsRoot(psArgv),
  runsAsRoot(procArgv, 'where there is no such ps'),
];

/** Lists what runs at this vantage: with `ps`, else by a constant script over `/proc`. */
export async function lookAtProcesses(
  vantage: Vantage,
): Promise<({ readonly ok: true } & ProcessList) | Failure> {
  const ps = await vantage.execute({ argv: psArgv, asRoot: true });
  if (ps.ok && ps.exitCode === 0) {
    const processes = parseProcesses(ps.stdout, ' ');
    if (processes.length > 0) return { ok: true, ...listed('ps', processes, ps) };
  }
  if (!ps.ok && ps.failure !== 'missing' && ps.failure !== 'denied') return ps;
  const proc = await vantage.execute({ argv: procArgv, asRoot: true });
  if (!proc.ok) return proc.failure === 'missing' && !ps.ok ? ps : proc;
  const processes = parseProcesses(proc.stdout, '\x1f');
  if (processes.length > 0) return { ok: true, ...listed('/proc', processes, proc) };
  return {
    ok: false,
    failure: 'missing',
    detail: 'there is neither a ps for it nor head and tr, which read /proc',
  };
}

const row = /^\s*(\d{1,10})\s+(\d{1,10})\s+(\S+)\s+([A-Za-z]\S*)\s+(\S.*)$/s;

/** Rows of {@link psArgv} and of the script: pid, parent, user, state, arguments. */
export function parseProcesses(text: string, separator: ' ' | '\x1f'): Process[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, ppid, user, state, args] = row.exec(line) ?? [];
    if (user === undefined || state === undefined || args === undefined) return [];
    const argv = args.replace(new RegExp(`${separator}+$`), '').split(separator);
    return [{ pid: Number(pid), ppid: Number(ppid), user, state, args: argv.join(' '), argv }];
  });
}

function listed(
  tool: ProcessList['tool'],
  all: readonly Process[],
  { truncated, sudo }: Pick<CommandResult, 'truncated' | 'sudo'>,
): ProcessList {
  const own = ownLook(all);
  return {
    tool,
    processes: all.filter(({ pid }) => !own.has(pid)),
    truncated,
    hidden: !all.some(({ pid }) => pid === 1),
    lookedAs:
      sudo === 'used'
        ? 'root'
        : (all.find((process) => isLook(process) && process.args !== 'sh -s')?.user ?? null),
  };
}

const isLook = ({ args }: Process) => args.endsWith(psArgv.join(' ')) || isScript(args) || args === 'sh -s';
const isScript = (args: string) => args.startsWith('sh -c read -r two 2>/dev/null </proc/2/comm');

/** What runs only because we look: `ps`, the script, and what started them, up to the login or to doctor itself. */
function ownLook(all: readonly Process[]): Set<number> {
  const own = new Set(all.filter(isLook).map(({ pid }) => pid));
  const byPid = new Map(all.map((process) => [process.pid, process]));
  for (const { pid, ppid } of all) if (isScript(byPid.get(ppid)?.args ?? '')) own.add(pid);
  for (const pid of [...own]) {
    for (let parent = byPid.get(byPid.get(pid)?.ppid ?? 0); parent && !own.has(parent.pid); ) {
      const name = basename(parent.argv[0] ?? '');
      const doctor = commandNames(parent).some((path) => /(?:^|\/)viworks-doctor(?:\/|$)/.test(path));
      if (name !== 'timeout' && name !== 'sudo' && !doctor) break;
      own.add(parent.pid);
      parent = byPid.get(parent.ppid);
    }
  }
  return own;
}

/** The processes that started this one, the nearest first. */
export function ancestors(pid: number, all: readonly Process[]): number[] {
  const parents = new Map(all.map((process) => [process.pid, process.ppid]));
  const found: number[] = [];
  for (let at = parents.get(pid); at !== undefined && at > 0 && !found.includes(at); at = parents.get(at)) {
    found.push(at);
  }
  return found;
}

/** The process and all that it started, as far as they still hang together. */
export function family(pids: readonly number[], all: readonly Process[]): Set<number> {
  const found = new Set(pids);
  for (let grown = -1; grown !== found.size; ) {
    grown = found.size;
    for (const { pid, ppid } of all) if (found.has(ppid)) found.add(pid);
  }
  return found;
}

/** What engines start each container under: containerd (Docker, Kubernetes), Podman and CRI-O, nspawn, LXC. */
const keeper = /^(?:(?:docker-)?containerd-shim(?:-[a-z0-9-]+)?|conmon|systemd-nspawn)$/;
const isKeeper = ({ argv, args }: Process) =>
  keeper.test(basename(argv[0] ?? '')) || args.startsWith('[lxc monitor] ');

/** Those that are not in a container of this host. An orphan in one becomes a child of its first process (pid_namespaces(7)). */
export function withoutContainers(all: readonly Process[]): Process[] {
  const keepers = all.filter(isKeeper).map(({ pid }) => pid);
  const theirs = family(keepers, all);
  return all.filter(({ pid }) => !theirs.has(pid) || keepers.includes(pid));
}

/** All processes' executables at once. A constant script: a shell is there only for the pattern. */
export const executablesArgv = ['sh', '-c', 'ls -l /proc/[0-9]*/exe 2>/dev/null'] as const;

/** `ls -l` of `/proc/PID/exe`: pid → path of the executable. Those that we may not read are left out. */
export function parseExecutables(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [, pid, path] = /^l.{0,200}? \/proc\/(\d{1,10})\/exe -> (\/.*)$/.exec(line) ?? [];
    // A replaced file's path has this behind it (proc(5)).
    if (pid && path) found.set(Number(pid), path.replace(/ \(deleted\)$/, ''));
  }
  return found;
}

/** What the kernel calls each process: all that a user is shown of others' executables. */
export const namesArgv = ['sh', '-c', 'grep -H . /proc/[0-9]*/comm 2>/dev/null'] as const;

/** pid → the first 15 characters of the executable's name, or what the process made of it (prctl(2), PR_SET_NAME). */
export function parseNames(text: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [, pid, name] = /^\/proc\/(\d{1,10})\/comm:(.*)$/.exec(line) ?? [];
    if (pid && name && !found.has(Number(pid))) found.set(Number(pid), name);
  }
  return found;
}
