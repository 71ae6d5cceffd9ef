/** Machines of the incident: each with processes, a network, `/opt` and names of its own, on a network that leads nowhere. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Machine {
  /** Before the argv of a program: it then runs there. */
  readonly enter: readonly string[];
  /** Runs a program there, and gives what it printed. */
  run(...argv: readonly string[]): string;
  /** Makes a file there, in `/opt` or `/run`, which are its own. */
  write(path: string, text: string): void;
}

export const addresses = { backend: '10.88.0.1', gateway: '10.88.0.2', laptop: '10.88.0.3' } as const;
export type MachineName = keyof typeof addresses;

/** What stands in every machine's `/etc/hosts`. */
const hosts = [
  '127.0.0.1 localhost',
  ...Object.entries(addresses).map(([name, address]) => `${address} ${name}.example.com`),
  `${addresses.backend} agent.example.com`,
  '',
].join('\n');

export interface Opened extends Machine {
  close(): Promise<void>;
}

/** `unshare` (util-linux) as root. Whatever runs there ends with it. */
export async function openMachine(): Promise<Opened> {
  const setUp =
    'mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir /run/sshd && ip link set lo up && echo ready && exec cat';
  const outer = spawn(
    'unshare',
    ['-f', '-p', '-m', '-n', '--kill-child', '--mount-proc', 'sh', '-c', setUp],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  await once(outer.stdout, 'data');
  const machine = machineAt(['nsenter', '-t', firstChild(outer), '-p', '-m', '-n']);
  return {
    ...machine,
    close: async () => {
      if (outer.exitCode !== null || outer.signalCode !== null) return;
      outer.kill('SIGKILL');
      await once(outer, 'close');
    },
  };
}

/** Gives namespaces an `/opt` of their own, and the names of this network. */
export function machineAt(enter: readonly string[]): Machine {
  const run = (...argv: readonly string[]) => {
    const [program = '', ...args] = [...enter, ...argv];
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  };
  const place = (path: string) => `/proc/${pidOf(enter)}/root${path}`;
  const write = (path: string, text: string) => {
    if (!/^\/(?:opt|run)\//.test(path)) throw new Error(`${path} is not the machine's own`);
    mkdirSync(dirname(place(path)), { recursive: true });
    writeFileSync(place(path), text);
  };
  run('mount', '-t', 'tmpfs', 'tmpfs', '/opt');
  write('/run/hosts', hosts);
  write('/run/resolv.conf', 'nameserver 127.0.0.1\n');
  for (const name of ['hosts', 'resolv.conf']) run('mount', '--bind', `/run/${name}`, `/etc/${name}`);
  return { enter, run, write };
}

/** Plugs the machines into a switch, which stands in the laptop. */
export function connect(machines: Readonly<Record<MachineName, Machine>>): void {
  const { laptop, backend, gateway } = machines;
  laptop.run('ip', 'link', 'add', 'lan', 'type', 'bridge');
  for (const [name, machine] of Object.entries({ backend, gateway })) {
    const peer = ['peer', 'name', 'lan', 'netns', pidOf(machine.enter)];
    // not by the laptop's own names of processes
    const link = ['ip', 'link', 'add', name, 'master', 'lan', 'type', 'veth', ...peer];
    execFileSync('nsenter', ['-t', pidOf(laptop.enter), '-n', ...link]);
    laptop.run('ip', 'link', 'set', name, 'up');
  }
  for (const [name, machine] of Object.entries(machines)) {
    machine.run('ip', 'address', 'add', `${addresses[name as MachineName]}/24`, 'dev', 'lan');
    machine.run('ip', 'link', 'set', 'lan', 'up');
  }
  // a machine without a route calls itself offline
  laptop.run('ip', 'route', 'add', 'default', 'via', addresses.backend);
}

/** `nsenter -t PID …` */
const pidOf = (enter: readonly string[]): string => enter[2] ?? '';

function firstChild({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}
