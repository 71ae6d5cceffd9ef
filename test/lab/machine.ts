/** A machine of the lab: namespaces of its own, with or without a systemd that booted in them. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Machine {
  readonly name: string;
  /** Before the argv of a program: it then runs there. */
  readonly enter: readonly string[];
  /** Runs a program there, and gives what it printed; throws with what it said when it fails. */
  run(...argv: readonly string[]): string;
  sh(script: string): string;
  read(path: string): string;
  /** Makes the folders above it. */
  write(path: string, text: string, mode?: string): void;
}

export interface Opened extends Machine {
  close(): Promise<void>;
}

export function machineAt(name: string, enter: readonly string[]): Machine {
  const run = (input: string | null, argv: readonly string[]) => {
    const [program = '', ...args] = [...enter, ...argv];
    try {
      return execFileSync(program, args, {
        encoding: 'utf8',
        input: input ?? '',
        stdio: ['pipe', 'pipe', 'pipe'],
        maxBuffer: 2 ** 26,
        timeout: 60_000,
      });
    } catch (error) {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
      throw new Error(`${name}: ${argv.join(' ').slice(0, 200)}: ${said.trim().slice(-1000)}`);
    }
  };
  return {
    name,
    enter,
    run: (...argv) => run(null, argv).trim(),
    sh: (script) => run(null, ['sh', '-ec', script]).trim(),
    read: (path) => run(null, ['cat', path]),
    // by a program in there, so that links lead where they lead there
    write: (path, text, mode = '644') => {
      run(text, ['sh', '-ec', 'mkdir -p "${0%/*}"; cat >"$0"; chmod "$1" "$0"', path, mode]);
    },
  };
}

/** Ends with this process, however it ends. */
const bound = ['setpriv', '--pdeathsig', 'KILL', '--'];

const plainSetUp = `
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/lock /run/etc
hostname "$1"
ip link set lo up
echo ready
exec cat
`;

/** Processes, mounts, a network and a name of its own; the files are this machine's. */
export async function openPlain(name: string): Promise<Opened> {
  const flags = ['-f', '-p', '-m', '-n', '-u', '--kill-child', '--mount-proc'];
  const words = [...bound, 'unshare', ...flags, 'sh', '-ec', plainSetUp, 'sh', name];
  const outer = spawn(words[0] as string, words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  await begun(outer, name);
  const first = firstChild(outer.pid);
  const machine = machineAt(name, ['nsenter', '-t', first, '-p', '-m', '-n', '-u']);
  return { ...machine, close: () => killed(outer) };
}

/** Nothing but a network of its own, which lasts as long as it is open. */
export async function openNetwork(name: string): Promise<Opened> {
  const words = [...bound, 'unshare', '-n', 'sh', '-ec', 'ip link set lo up; echo ready; exec cat'];
  const outer = spawn(words[0] as string, words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  await begun(outer, name);
  const machine = machineAt(name, ['nsenter', '-t', String(outer.pid), '-n']);
  return { ...machine, close: () => killed(outer) };
}

/** A cgroup of its own, which it takes for the whole: two systemds in one would end each other's services. */
const ownCgroup = `
base=/sys/fs/cgroup
[ -f $base/cgroup.controllers ] || base=/sys/fs/cgroup/systemd
mkdir -p "$base/$1"
echo $$ >"$base/$1/cgroup.procs"
shift
exec unshare -C sh -ec "$@"
`;

/** nspawn is the first process of its own namespace: however it or the lab ends, nothing of the machine stays. */
const bootScript = `
folder=$1 root=$2 name=$3 network=$4
shift 4
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then mount -t cgroup2 none /sys/fs/cgroup
else
  mount -t tmpfs tmpfs /sys/fs/cgroup
  mkdir /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd systemd /sys/fs/cgroup/systemd
fi
mount -t tmpfs tmpfs "$folder"
mkdir "$folder/upper" "$folder/work" "$folder/root"
touch "$folder/network"
mount --bind "/proc/$network/ns/net" "$folder/network"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
exec unshare -f -p --kill-child --mount-proc systemd-nspawn --quiet --register=no --keep-unit -D "$folder/root" \\
  --machine="$name" --hostname="$name" --console=pipe --network-namespace-path="$folder/network" "$@" --boot
`;

/** `network`: the process id of whoever holds its network. `bind`: what it sees of this machine, read only. */
export async function bootMachine(
  name: string,
  options: { root: string; folder: string; cgroup: string; network: string; bind: readonly string[] },
): Promise<Opened> {
  const { root, folder, cgroup, network, bind } = options;
  const words = [
    ...[...bound, 'unshare', '-m', '--propagation', 'private', 'sh', '-ec', ownCgroup, 'sh', cgroup],
    ...[bootScript, 'sh', folder, root, name, network],
    ...bind.map((place) => `--bind-ro=${place}`),
  ];
  // a file: a pipe that nobody reads would hold up what is booted
  const console = join(dirname(folder), `${name}.log`);
  const output = openSync(console, 'a');
  const outer = spawn(words[0] as string, words.slice(1), {
    stdio: ['ignore', output, output],
    env: { PATH: process.env.PATH, SYSTEMD_NSPAWN_LOCK: '0', SYSTEMD_LOG_LEVEL: 'warning' },
  });
  closeSync(output);
  const said = () => readFileSync(console, 'utf8').slice(-2000);
  for (let tries = 0; tries < 600; tries += 1) {
    if (outer.exitCode !== null) break;
    const init = firstChild(firstChild(outer.pid));
    const machine = machineAt(name, ['nsenter', '-t', init, '-m', '-p', '-n', '-u', '-i', '-C']);
    if (init !== '' && isUp(machine)) return { ...machine, close: () => killed(outer) };
    await new Promise((settle) => setTimeout(settle, 100));
  }
  throw new Error(`${name} did not boot: ${said()}`);
}

/** "degraded" is up as well: some units of a whole machine have no place here. */
function isUp(machine: Machine): boolean {
  try {
    return /^(running|degraded)$/m.test(machine.sh('systemctl is-system-running || true'));
  } catch {
    return false;
  }
}

async function begun(outer: ChildProcess, name: string): Promise<void> {
  const ended = once(outer, 'exit').then(() => Promise.reject(new Error(`${name}: no namespaces`)));
  ended.catch(() => {});
  await Promise.race([once(outer.stdout as NonNullable<typeof outer.stdout>, 'data'), ended]);
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'close');
  child.kill('SIGKILL');
  await gone;
}

/** Empty where there is none, or none any more. */
function firstChild(pid: number | string | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] ?? '';
  } catch {
    return '';
  }
}

/** Empty cgroups that machines left behind; waits for what is still ending in them. */
export async function removeCgroups(prefix: string): Promise<void> {
  const base = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd'].find((path) =>
    names(path).includes('cgroup.procs'),
  );
  if (base === undefined) return;
  const script =
    'for d in "$0/$1"*; do [ -d "$d" ] && find "$d" -depth -type d -exec rmdir {} +; done 2>/dev/null; exit 0';
  for (let tries = 0; tries < 40 && names(base).some((name) => name.startsWith(prefix)); tries += 1) {
    execFileSync('sh', ['-c', script, base, prefix]);
    await new Promise((settle) => setTimeout(settle, 50));
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
