/** ProxyJump and ProxyCommand: a program whose standard input and output are the connection. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { Duplex, type Readable, type Writable } from 'node:stream';
import type { Outcome } from '../../check.ts';
import { hostPort } from '../../net/addresses.ts';
import { shellWord } from '../../net/shell-word.ts';
import { failure } from '../source.ts';
import { type Hop, hopsOf } from './jump.ts';
import type { SshEnvironment } from './sessions.ts';
import { configurationOf } from './ssh-config.ts';
import { expandTokens, type TokenValues } from './tokens.ts';

export interface ProxyCommand {
  readonly argv: readonly [string, ...string[]];
  /** In the words of ssh_config: `ProxyJump bastion`. */
  readonly says: string;
  /** The hosts of a ProxyJump, the nearest first; of a ProxyCommand nobody knows them. */
  readonly hops: readonly Hop[];
  /** ProxyUseFdpass: it does not carry the connection, it hands it over and ends. */
  readonly passesSocket: boolean;
}

/** What `ssh -G` says of it, as the command that ssh would run. */
export function proxyOf(
  options: ReadonlyMap<string, readonly string[]>,
  values: TokenValues,
  environment: SshEnvironment,
): Outcome<{ command: ProxyCommand | null }> {
  const jump = options.get('proxyjump')?.[0];
  const command = options.get('proxycommand')?.[0];
  if (jump !== undefined && jump !== 'none') return jumpOf(jump, values, environment);
  if (command === undefined || command === 'none') return { ok: true, command: null };
  const line = expandTokens(command, values, {});
  if (line === null)
    return failure('no-session', `ProxyCommand ${programOf(command)}: it has a token that is not known`);
  return {
    ok: true,
    command: {
      argv: [...proxyShell(environment), `exec ${line}`],
      says: `ProxyCommand ${programOf(line)}`,
      hops: [],
      passesSocket: options.get('proxyusefdpass')?.[0] === 'yes',
    },
  };
}

/** What follows can hold a password or a token (`sshpass -p`), which is no word of ours to pass on. */
const programOf = (line: string): string => line.trim().split(/\s/, 1)[0] ?? '';

export const proxyShell = ({ env }: SshEnvironment): [string, string] => [env.SHELL || '/bin/sh', '-c'];

/** No prompts, no key that is not known, nothing forwarded, written down or left behind: it only carries our bytes. */
export function jumpArgv(
  environment: SshEnvironment,
  options: readonly string[],
  to: string,
  host: string,
): [string, ...string[]] {
  const set = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'VerifyHostKeyDNS=no',
    'NoHostAuthenticationForLocalhost=no',
    'UpdateHostKeys=no',
    'AddKeysToAgent=no',
    'ForwardAgent=no',
    'PermitLocalCommand=no',
    'ControlMaster=no',
  ];
  const own = set.flatMap((option) => ['-o', option]);
  return ['ssh', ...configurationOf(environment), '-T', ...own, ...options, '-W', to, '--', host];
}

function jumpOf(
  jump: string,
  values: TokenValues,
  environment: SshEnvironment,
): Outcome<{ command: ProxyCommand }> {
  const found = hopsOf(jump);
  if (!found.ok) return found;
  const { hops } = found;
  const argv = hopsArgv(environment, hops, hostPort(values.hostname, values.port));
  return { ok: true, command: { argv, says: `ProxyJump ${jump}`, hops, passesSocket: false } };
}

/** The host that an ssh connects to by its ProxyCommand, as it expands it (ssh_config(5), TOKENS). */
const nextHost = '[%h]:%p';

/**
 * The last of them is the one that opens the connection; those before it are for its own ssh. `-J` would start theirs
 * without our options, and with StrictHostKeyChecking as the configuration has it.
 */
function hopsArgv(environment: SshEnvironment, hops: readonly Hop[], to: string): [string, ...string[]] {
  const last = hops.at(-1);
  const before = hops.slice(0, -1);
  const options = [
    ...(before.length > 0 ? ['-o', `ProxyCommand=${commandLine(environment, before)}`] : []),
    ...(last?.user == null ? [] : ['-l', last.user]),
    ...(last?.port == null ? [] : ['-p', String(last.port)]),
  ];
  return jumpArgv(environment, options, to, last?.host ?? '');
}

function commandLine(environment: SshEnvironment, hops: readonly Hop[]): string {
  return hopsArgv(environment, hops, nextHost)
    .map((word) => shellWord(word === nextHost ? word : word.replaceAll('%', '%%')))
    .join(' ');
}

export interface ProxyProcess {
  readonly stream: Duplex;
  /** What it has said on standard error so far, at most 4 KiB. */
  said(): string;
  /** It ended, or could not be started; null while it runs. */
  ended(): string | null;
  /** Ends it. Waits for its end, at most a second. */
  stop(): Promise<void>;
}

export function startProxy(command: ProxyCommand, environment: SshEnvironment): ProxyProcess {
  const [program, ...rest] = command.argv;
  const child = spawn(program, rest, {
    env: { ...environment.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // in a session of its own there is no terminal: no ssh in between can ask for anything there
    detached: true,
  });
  let words = '';
  let end: string | null = null;
  const exited = new Promise<void>((settle) => {
    child.on('close', (code, signal) => {
      end ??= `it ended with ${signal ?? `exit code ${code}`}`;
      settle();
    });
    child.on('error', (error) => {
      end = `it could not be started (${'code' in error ? error.code : error.name})`;
      settle();
    });
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(0, 4096);
  });
  return {
    stream: streamOf(child),
    said: () => words.trim(),
    ended: () => end,
    async stop() {
      child.stdin.destroy();
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 1000);
      await exited;
      clearTimeout(kill);
    },
  };
}

/** One stream over the two pipes. It ends only when the process did, so that its last words are in by then. */
export function streamOf(child: ChildProcessByStdio<Writable, Readable, Readable>): Duplex {
  child.stdin.on('error', () => {});
  const stream = new Duplex({
    allowHalfOpen: false,
    read() {
      child.stdout.resume();
    },
    write(chunk, _encoding, done) {
      if (child.stdin.destroyed) done();
      else child.stdin.write(chunk, () => done());
    },
    final(done) {
      child.stdin.end();
      done();
    },
    destroy(error, done) {
      child.stdin.destroy();
      done(error);
    },
  });
  child.stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) child.stdout.pause();
  });
  let pushedEnd = false;
  const end = () => {
    if (!pushedEnd) stream.push(null);
    pushedEnd = true;
  };
  child.on('close', end);
  child.on('error', end);
  return stream;
}
