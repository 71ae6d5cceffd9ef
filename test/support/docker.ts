/** A Docker engine for tests: the real one, in namespaces of its own, with images made here and no way out. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { Duplex } from 'node:stream';
import type { Dial } from '../../src/vantage/dial.ts';
import { exchanges } from '../../src/vantage/exchange/exchanges.ts';
import { localSource } from '../../src/vantage/local.ts';
import { failure, type Source } from '../../src/vantage/source.ts';
import { type Image, importImage, importOwnImages } from './docker-images.ts';
import { needs } from './tools.ts';

export { images } from './docker-images.ts';

/** Whether a part of it is missing on this machine. */
export const lacksDocker = () =>
  [
    needs('docker.io', '/usr/sbin/dockerd'),
    needs('iptables', '/usr/sbin/iptables'),
    needs('busybox', '/usr/bin/busybox'),
  ].some(Boolean);

export interface Docker {
  /** Before the argv of a program: it then runs beside the engine, on its host. */
  readonly enter: readonly string[];
  /** Looks from that host, as root or as another user. */
  readonly source: Source;
  sourceAs(user: number): Source;
  /** Runs a program there, and gives what it printed. */
  run(...argv: readonly string[]): string;
  docker(...args: readonly string[]): string;
  /** Makes an image of the machine's own programs. */
  image(name: string, parts: Image): void;
  /** Ends the engine's process, as a crash would, for good. */
  stopEngine(): void;
  close(): Promise<void>;
}

/** Network, PID, mount and cgroup namespaces; the engine's files are in memory, and gone when the last of them ends. */
const setUp = `
folder=$1
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /run/lock
mount -t tmpfs tmpfs "$folder/data"
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 none /sys/fs/cgroup
  mkdir -p "/sys/fs/cgroup/$2.first"
  echo $$ > "/sys/fs/cgroup/$2.first/cgroup.procs"
  sed 's/^/+/; s/ / +/g' /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
else
  mount -t tmpfs tmpfs /sys/fs/cgroup
  for name in $(sed -n 's/^\\([a-z_]*\\)\\t[1-9].*\\t1$/\\1/p' /proc/cgroups); do
    mkdir "/sys/fs/cgroup/$name"
    mount -t cgroup -o "$name" "$name" "/sys/fs/cgroup/$name" 2>/dev/null || rmdir "/sys/fs/cgroup/$name"
  done
fi
if [ ! -f /sys/fs/cgroup/cgroup.controllers ] && grep -q :name=systemd: /proc/self/cgroup; then
  mkdir /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd systemd /sys/fs/cgroup/systemd
fi
ip link set lo up
echo ready
# until the test ends, however it ends
exec cat
`;

export async function startDocker(): Promise<Docker> {
  const folder = mkdtempSync(join(tmpdir(), 'docker-'));
  const cgroup = `viworks-doctor-${randomBytes(4).toString('hex')}`;
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'set-up.sh'), setUp);
  const outer = spawn(
    'unshare',
    [
      '-f',
      '-p',
      '-m',
      '-n',
      '-C',
      '--kill-child',
      '--mount-proc',
      'sh',
      join(folder, 'set-up.sh'),
      folder,
      cgroup,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const close = async () => {
    if (outer.exitCode === null && outer.signalCode === null) {
      outer.kill('SIGKILL');
      await once(outer, 'close');
    }
    removeCgroups(cgroup);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([
      once(outer.stdout, 'data'),
      once(outer, 'exit').then(() => Promise.reject(new Error('no namespaces'))),
    ]);
    return await ready(folder, cgroup, firstChild(outer), close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function ready(
  folder: string,
  cgroup: string,
  first: string,
  close: () => Promise<void>,
): Promise<Docker> {
  const enter = ['nsenter', '-t', first, '-p', '-m', '-n', '-C'];
  const run = (...argv: readonly string[]) => runs([...enter, ...argv]);
  const docker = (...args: readonly string[]) => run('docker', ...args);
  const startEngine = async () => {
    const log = join(folder, 'engine.log');
    const options = [
      '--data-root',
      join(folder, 'data'),
      '--exec-root',
      '/run/docker',
      '--pidfile',
      '/run/docker.pid',
    ];
    const script = `exec dockerd "$@" --cgroup-parent /${cgroup} >>${log} 2>&1`;
    const child = spawn(enter[0] as string, [...enter.slice(1), 'sh', '-c', script, 'sh', ...options], {
      stdio: 'ignore',
    });
    for (;;) {
      try {
        docker('version');
        return;
      } catch {
        if (child.exitCode !== null)
          throw new Error(`dockerd did not start: ${readFileSync(log, 'utf8').slice(-2000)}`);
        await new Promise((settle) => setTimeout(settle, 100));
      }
    }
  };
  await startEngine();
  importOwnImages(enter);
  return {
    enter,
    source: sourceIn(first, enter, []),
    sourceAs: (user) =>
      sourceIn(first, enter, ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']),
    run,
    docker,
    image: (name, parts) => importImage(enter, name, parts),
    stopEngine: () => {
      run('sh', '-c', 'kill -9 $(cat /run/docker.pid) && rm -f /run/docker.pid /run/docker.sock');
    },
    close,
  };
}

const runs = ([program = '', ...args]: readonly string[]) =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

function sourceIn(first: string, enter: readonly string[], before: readonly string[]): Source {
  const root = `/proc/${first}/root`;
  const local = localSource({ login: async () => failure('unsupported', 'no login here') });
  const overWire = exchanges({
    dial: dialIn(enter),
    roots: async () => ({ source: 'none', certificates: [] }),
    now: async () => Date.now(),
  });
  return {
    ...local,
    ...overWire,
    execute: ({ argv }, limits) => local.execute({ argv: [...enter, ...before, ...argv] }, limits),
    readFile: (args, limits) =>
      local.readFile(
        { ...args, path: `${root}${args.path.replace(/^\/proc\/net\//, '/proc/1/net/')}` },
        limits,
      ),
  };
}

const relay = `
const [, host, port] = process.argv;
const socket = require('node:net').connect({ host, port: Number(port), allowHalfOpen: true });
const end = (word) => { require('node:fs').writeSync(2, word); process.exit(); };
socket.once('connect', () => { require('node:fs').writeSync(2, 'connected'); process.stdin.pipe(socket).pipe(process.stdout); });
socket.on('error', (error) => end(error.code));
socket.on('close', () => process.exit());
`;

/** A connection made by a process in there. */
function dialIn(enter: readonly string[]): Dial {
  return (address, port, limits) =>
    new Promise((settle) => {
      const argv = [...enter.slice(1), execPath, '-e', relay, address, String(port)];
      const child = spawn(enter[0] as string, argv, { stdio: ['pipe', 'pipe', 'pipe'] });
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        settle(failure('timeout', `no answer from ${address}:${port} within ${limits.timeoutMs} ms`));
      }, limits.timeoutMs + 500);
      child.stderr.once('data', (word: Buffer) => {
        clearTimeout(timer);
        if (String(word) !== 'connected') {
          settle(failure(String(word) === 'ECONNREFUSED' ? 'refused' : 'unreachable', String(word)));
          return;
        }
        const stream = Duplex.from({ writable: child.stdin, readable: child.stdout });
        stream.on('error', () => {});
        stream.on('close', () => child.kill('SIGKILL'));
        settle({ ok: true, stream });
      });
    });
}

/** What an engine that was killed leaves behind: the empty cgroups of its containers. */
function removeCgroups(cgroup: string): void {
  // a paused container's processes do not even end by SIGKILL
  const thaw =
    'for f in $(find /sys/fs/cgroup -path "*/$0/*/freezer.state"); do echo THAWED >"$f"; done 2>/dev/null; exit 0';
  execFileSync('sh', ['-c', thaw, cgroup]);
  const script = `find /sys/fs/cgroup -depth -type d \\( -path "*/$0/*" -o -name "$0" -o -name "$0.first" \\) -exec rmdir {} + 2>/dev/null; exit 0`;
  for (let tries = 0; tries < 20; tries += 1) {
    execFileSync('sh', ['-c', script, cgroup]);
    const left = execFileSync('sh', ['-c', `find /sys/fs/cgroup -type d -name "$0*" | wc -l`, cgroup], {
      encoding: 'utf8',
    });
    if (left.trim() === '0') return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

function firstChild({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}
