/** A machine of its own: processes, network, name, `/etc/passwd`, homes. Nothing of it outlasts the test. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export const address = '10.88.0.1';

export interface User {
  readonly name: string;
  /** One that the real machine has not. */
  readonly uid: number;
  readonly shell: string;
  /** Default: a folder of its own in `/home`. */
  readonly home?: string;
  /** Name → text, in the home. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface HostMachine {
  /** Before the argv of a program: it then runs there. */
  readonly enter: readonly string[];
  /** The same, in a file system of its own that this command of the shell prepares. */
  within(prepare: string): string[];
  /** Runs a program there, and gives what it printed. */
  run(...argv: readonly string[]): string;
  /** Makes a file there, below what is its own: `/opt`, `/run`, `/home`. */
  write(path: string, text: string, mode?: number): void;
  close(): Promise<void>;
}

/** What stands in its `/etc/hosts`; no name server answers there. */
const names = `127.0.0.1 localhost\n::1 localhost\n${address} backend.example.com agent.example.com\n`;

const setUp = [
  'mount --make-rprivate /',
  ...['/run', '/opt', '/home'].map((folder) => `mount -t tmpfs -o mode=755 tmpfs ${folder}`),
  'mkdir /run/sshd',
  'hostname backend',
  'ip link set lo up',
  // a machine without a route calls itself offline
  'ip link add lan type veth peer name wire',
  `ip address add ${address}/24 dev lan`,
  'ip link set lan up',
  'ip link set wire up',
  'ip route add default via 10.88.0.254',
  'echo ready',
  'exec cat',
].join(' && ');

/** `unshare` (util-linux) as root. Whatever runs there ends with it. */
export async function openHostMachine(users: readonly User[]): Promise<HostMachine> {
  const namespaces = ['-f', '-p', '-m', '-n', '-u', '--kill-child', '--mount-proc'];
  const outer = spawn('unshare', [...namespaces, 'sh', '-c', setUp], { stdio: ['pipe', 'pipe', 'inherit'] });
  await Promise.race([
    once(outer.stdout, 'data'),
    once(outer, 'close').then(([code]) => Promise.reject(new Error(`no machine: ${code}`))),
  ]);
  const first = firstChild(outer);
  const enter = ['nsenter', '-t', first, '-p', '-m', '-n', '-u'];
  const run = (...argv: readonly string[]) =>
    execFileSync('nsenter', [...enter.slice(1), ...argv], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const write = (path: string, text: string, mode = 0o644) => {
    if (!/^\/(?:opt|run|home)\//.test(path)) throw new Error(`${path} is not the machine's own`);
    const place = `/proc/${first}/root${path}`;
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text);
    chmodSync(place, mode);
  };
  const machine = {
    enter,
    within: (prepare: string) => [
      ...[...enter, 'unshare', '-m', '--propagation', 'private'],
      ...['sh', '-c', `${prepare} && exec "$@"`, 'sh'],
    ],
    run,
    write,
    close: async () => {
      if (outer.exitCode !== null || outer.signalCode !== null) return;
      outer.kill('SIGKILL');
      await once(outer, 'close');
    },
  };
  const etc: Readonly<Record<string, string>> = {
    hosts: names,
    // sudo wants an account that is not expired
    shadow:
      readFileSync('/etc/shadow', 'utf8') +
      users.map(({ name }) => `${name}:*:19000:0:99999:7:::\n`).join(''),
    // for who logs in with sudo = true; the others do without, and see less
    sudoers: `Defaults !fqdn\n${users.map(({ name }) => `${name} ALL=(root) NOPASSWD: ALL\n`).join('')}`,
    'resolv.conf': 'nameserver 127.0.0.1\n',
    // the one shell that is in BusyBox's root folder too
    passwd:
      readFileSync('/etc/passwd', 'utf8').replace(/^(root:.*:)[^:]*$/m, '$1/bin/sh') +
      users.map(passwdLine).join(''),
  };
  for (const [name, text] of Object.entries(etc)) {
    write(`/run/etc/${name}`, text, ['sudoers', 'shadow'].includes(name) ? 0o440 : 0o644);
    run('mount', '--bind', `/run/etc/${name}`, `/etc/${name}`);
  }
  for (const user of users) makeHome(user, `/proc/${first}/root`, write);
  return machine;
}

const homeOf = ({ name, home = `/home/${name}` }: User) => home;

/** `*`: no password is right, and the account is not locked (shadow(5)). */
const passwdLine = (user: User) => `${user.name}:*:${user.uid}:65534::${homeOf(user)}:${user.shell}\n`;

function makeHome(user: User, root: string, write: HostMachine['write']): void {
  const home = homeOf(user);
  if (!home.startsWith('/home/') || user.files === undefined) return;
  for (const [name, text] of Object.entries(user.files)) {
    write(`${home}/${name}`, text);
    chownSync(`${root}${home}/${name}`, user.uid, 65534);
  }
}

function firstChild({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}
