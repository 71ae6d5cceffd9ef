/** A place of its own to record in: own processes, an own loopback, an own `/opt`; nothing of the machine shows in it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { localSource } from '../../src/vantage/local.ts';
import { failure, type Source } from '../../src/vantage/source.ts';

export interface Namespace {
  /** Looks from inside, as root or as another user. */
  readonly source: Source;
  sourceAs(user: number): Source;
  /** Makes a file below `/opt`. */
  write(path: string, text: string): void;
  link(path: string, target: string): void;
  /** Starts a program inside; gives its pid there once it has printed a line. */
  start(...argv: string[]): Promise<{ pid: number; child: ChildProcess; line: string }>;
  run(...argv: string[]): string;
  end(): Promise<void>;
}

/** `unshare` (util-linux) as root: PID, mount and network namespaces with a shell as PID 1 that reaps what ends. */
export async function openNamespace(): Promise<Namespace> {
  const setUp =
    'mount -t tmpfs tmpfs /opt && ip link set lo up && echo "while :; do sleep 1000; done" > /opt/init && echo ready && exec sh /opt/init';
  const outer = spawn(
    'unshare',
    ['-f', '-p', '-m', '-n', '--kill-child', '--mount-proc', 'sh', '-c', setUp],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await once(outer.stdout, 'data');
  const first = firstChild(outer);
  const enter = ['nsenter', '-t', first, '-p', '-m', '-n'];
  const inside = (path: string) => `/proc/${first}/root${path}`;
  const local = localSource({ login: async () => failure('unsupported', 'no login here') });
  const source = (before: readonly string[]): Source => ({
    ...local,
    execute: ({ argv }, limits) => local.execute({ argv: [...enter, ...before, ...argv] }, limits),
    readFile: (args, limits) => {
      const path = args.path.startsWith('/proc/net/')
        ? args.path.replace('/proc/', `/proc/${first}/`)
        : args.path.startsWith('/opt/')
          ? inside(args.path)
          : args.path;
      return local.readFile({ ...args, path }, limits);
    },
  });
  const run = (...argv: string[]) =>
    execFileSync('nsenter', [...enter.slice(1), ...argv], { encoding: 'utf8' });
  const place = (path: string) => {
    if (!path.startsWith('/opt/')) throw new Error(`${path} is not below /opt`);
    mkdirSync(dirname(inside(path)), { recursive: true });
    return inside(path);
  };
  const entered: ChildProcess[] = [];
  return {
    source: source([]),
    sourceAs: (user) => source(['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups']),
    write: (path, text) => writeFileSync(place(path), text),
    link: (path, target) => symlinkSync(target, place(path)),
    async start(...argv) {
      const child = spawn('nsenter', [...enter.slice(1), ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
      entered.push(child);
      const [line] = await once(child.stdout, 'data');
      const status = readFileSync(`/proc/${firstChild(child)}/status`, 'utf8');
      return { pid: Number(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]), child, line: String(line).trim() };
    },
    run,
    async end() {
      outer.kill('SIGKILL');
      // nsenter stops itself when what it started is stopped
      for (const child of entered) child.kill('SIGKILL');
      await once(outer, 'close');
    },
  };
}

function firstChild({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}
