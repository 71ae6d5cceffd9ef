/** A real OpenSSH server on loopback, with keys of its own, and the home folder of somebody who uses it. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type Host, plainSsh, type SshSettings } from '../../src/config/config.ts';
import { hostPort } from '../../src/net/addresses.ts';
import type { SshEnvironment } from '../../src/vantage/ssh/sessions.ts';

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';

export interface Sshd {
  readonly address: string;
  readonly port: number;
  /** As known_hosts names it. */
  readonly place: string;
  readonly configFile: string;
  readonly hostKeys: readonly KeyType[];
  /** `type base64`, as it stands in known_hosts. */
  hostKey(type: KeyType): string;
  /** Lets one more key in. */
  authorize(key: string): void;
  /** What it has logged so far. */
  log(): string;
  stop(): Promise<void>;
}

/** `more`: further options of ssh-keygen, such as `-b` and `-m`. */
export function makeKey(
  file: string,
  type: KeyType = 'ed25519',
  passphrase = '',
  more: readonly string[] = type === 'rsa' ? ['-b', '2048'] : [],
): string {
  execFileSync('ssh-keygen', ['-q', '-t', type, ...more, '-N', passphrase, '-C', 'test', '-f', file]);
  return publicKey(`${file}.pub`);
}

export function publicKey(file: string): string {
  return readFileSync(file, 'utf8').split(' ').slice(0, 2).join(' ').trim();
}

async function freePort(loopback: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((settle) => server.listen(0, loopback, settle));
  const address = server.address();
  await new Promise((settle) => server.close(settle));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/**
 * `lines` go first into its configuration, where the first of a keyword counts; they may be made of what is in its
 * folder: the host's keys are `host_<type>` there. `enter` is what runs a program in other namespaces, where it then
 * listens.
 */
export async function startSshd(options: {
  authorized: readonly string[];
  hostKeys?: readonly KeyType[];
  lines?: readonly string[] | ((folder: string) => readonly string[]);
  enter?: readonly string[];
  loopback?: '127.0.0.1' | '::1';
}): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'sshd-'));
  // where sshd, when root started it, locks its unprivileged half up
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const hostKeys = options.hostKeys ?? ['ed25519'];
  for (const type of hostKeys) makeKey(join(folder, `host_${type}`), type);
  writeFileSync(join(folder, 'authorized'), `${options.authorized.join('\n')}\n`, { mode: 0o600 });
  const loopback = options.loopback ?? '127.0.0.1';
  const port = await freePort(loopback);
  const configFile = join(folder, 'sshd_config');
  const { lines: more = [] } = options;
  const lines = [
    ...(typeof more === 'function' ? more(folder) : more),
    `ListenAddress ${hostPort(loopback, port)}`,
    ...hostKeys.map((type) => `HostKey ${join(folder, `host_${type}`)}`),
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'PidFile none',
    'UseDNS no',
    'LogLevel VERBOSE',
  ];
  writeFileSync(configFile, `${lines.join('\n')}\n`);
  // OpenSSH 9.8 and later stop talking to addresses that fail too often, which tests do
  const patient = ['-o', 'PerSourcePenalties=no'];
  const knowsPenalties = spawnSync('/usr/sbin/sshd', ['-t', '-f', configFile, ...patient]).status === 0;
  if (knowsPenalties) appendFileSync(configFile, 'PerSourcePenalties no\n');
  const [program = '', ...args] = [...(options.enter ?? []), '/usr/sbin/sshd', '-D', '-e', '-f', configFile];
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  await new Promise<void>((settle, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('Server listening')) settle();
    });
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`sshd did not start: ${log}`)));
  });
  return {
    address: loopback,
    port,
    place: `[${loopback}]:${port}`,
    configFile,
    hostKeys,
    hostKey: (type) => publicKey(join(folder, `host_${type}.pub`)),
    authorize: (key) => appendFileSync(join(folder, 'authorized'), `${key}\n`),
    log: () => log,
    stop: async () => {
      await stopped(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((settle) => child.once('exit', settle));
  child.kill('SIGTERM');
  await gone;
}

/** A home folder with a key in `.ssh/id_ed25519`, and nothing known yet. */
export class Home {
  readonly folder: string;
  readonly ssh: string;
  readonly key: string;
  readonly variables: Record<string, string | undefined>;

  constructor(name = 'home-') {
    this.folder = mkdtempSync(join(tmpdir(), name));
    this.ssh = join(this.folder, '.ssh');
    mkdirSync(this.ssh, { mode: 0o700 });
    this.key = makeKey(join(this.ssh, 'id_ed25519'));
    this.variables = { PATH: process.env.PATH, HOME: this.folder };
  }

  environment(more: Partial<SshEnvironment> = {}): SshEnvironment {
    return { askPassphrase: null, env: this.variables, home: this.folder, ...more };
  }

  knows(sshd: Sshd, key: string = sshd.hostKey('ed25519')): void {
    appendFileSync(join(this.ssh, 'known_hosts'), `[127.0.0.1]:${sshd.port} ${key}\n`);
  }

  writes(name: string, text: string): string {
    const file = join(this.ssh, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  read(name: string): string {
    return readFileSync(join(this.ssh, name), 'utf8');
  }

  append(name: string, text: string): void {
    appendFileSync(join(this.ssh, name), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A declared host behind that port of this machine. */
export function hostAt(port: number | null, ssh: Partial<SshSettings> = {}, address = '127.0.0.1'): Host {
  return {
    address,
    local: false,
    ssh: { ...plainSsh, user: userInfo().username, port, ...ssh },
  };
}

export interface Agent {
  readonly socket: string;
  add(keyFile: string): void;
  /** It holds its keys, and shows none. */
  lock(): Promise<void>;
  stop(): Promise<void>;
}

export async function startAgent(): Promise<Agent> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-'));
  const socket = join(folder, 'socket');
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  // it prints where it listens once it does
  await new Promise<void>((settle, reject) => {
    child.stdout.once('data', () => settle());
    child.once('exit', () => reject(new Error('ssh-agent did not start')));
  });
  return {
    socket,
    add: (keyFile) => {
      execFileSync('ssh-add', ['-q', keyFile], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
        stdio: 'ignore',
      });
    },
    lock: () => askAgent(socket, Buffer.concat([Buffer.from([22]), wireText('a word')])),
    stop: async () => {
      await stopped(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One request (draft-miller-ssh-agent) that is answered with SSH_AGENT_SUCCESS. */
async function askAgent(path: string, request: Buffer): Promise<void> {
  const socket = connect(path);
  socket.write(Buffer.concat([uint32(request.length), request]));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  if (answer[4] !== 6) throw new Error(`the agent says ${answer[4]}`);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A `string` of RFC 4251 section 5. */
function wireText(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

/** A file as ssh-keygen makes it for a security key (PROTOCOL.u2f), for a device that is not there. */
export function makeSecurityKey(file: string): string {
  const type = wireText('sk-ssh-ed25519@openssh.com');
  const key = wireText(randomBytes(32));
  const application = wireText('ssh:');
  const shown = Buffer.concat([type, key, application]);
  const noFlags = Buffer.from([0]);
  const check = randomBytes(4);
  const secret = [
    check,
    check,
    type,
    key,
    application,
    noFlags,
    wireText('a handle'),
    wireText(''),
    wireText('test'),
  ];
  const length = secret.reduce((sum, part) => sum + part.length, 0);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, -length & 7));
  const none = wireText('none');
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...[none, none, wireText(''), uint32(1), wireText(shown), wireText(Buffer.concat([...secret, padding]))],
  ]);
  const text = whole.toString('base64').replace(/.{70}/g, '$&\n');
  const [begin, end] = ['BEGIN', 'END'].map((word) => `-----${word} OPENSSH PRIVATE KEY-----\n`);
  writeFileSync(file, `${begin}${text}\n${end}`, { mode: 0o600 });
  const line = `sk-ssh-ed25519@openssh.com ${shown.toString('base64')}`;
  writeFileSync(`${file}.pub`, `${line} test\n`);
  return line;
}

/** Signs a user's key, or a host's with `-h`. `more`: further options of ssh-keygen, such as `-V`. */
export function certify(authority: string, publicFile: string, ...more: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'test', ...more, publicFile]);
}
