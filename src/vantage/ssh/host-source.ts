/** The vantage of a host: every operation over one SSH connection. */
import type { Answer, Failure, OperationName, Outcome, TlsSettings } from '../../check.ts';
import type { Dial } from '../dial.ts';
import { exchanges } from '../exchange/exchanges.ts';
import { failure, type Limits, type Source } from '../source.ts';
import { clockArgv } from './asks.ts';
import { keepBytes, keepErrorBytes, type Reply } from './batch.ts';
import { hostResolve } from './host-resolve.ts';
import { hostTrust } from './host-trust.ts';
import { type HostLooks, hostLooks, type Question } from './looks.ts';
import type { SshConnection } from './transport.ts';
import { fileFailure, sudoRefused } from './words.ts';

/** The connection when there is one, else why there is none. Asked once. */
export type Session = Outcome<{ connection: SshConnection; looks: HostLooks }>;

export function sessionOf(connection: SshConnection, nonce: string, sudo = false): Session {
  return { ok: true, connection, looks: hostLooks(connection, nonce, sudo) };
}

/** `open` logs in at the first look, and gives the same session at every other. */
export function hostSource(host: string, open: (limits: Limits) => Promise<Session>): Source {
  let lost: Failure | null = null;
  let watched = false;
  const session = async (limits: Limits): Promise<Session> => {
    const opened = await open(limits);
    if (opened.ok) {
      if (!watched) {
        watched = true;
        opened.connection.gone.then((reason) => {
          lost = reason;
        });
      }
      return opened;
    }
    return opened.failure === 'aborted'
      ? opened
      : failure('no-session', `no SSH session with ${host}: ${opened.detail}`);
  };
  const dial: Dial = async (address, port, limits) => {
    const opened = await session(limits);
    return opened.ok ? opened.connection.dial(address, port, limits) : opened;
  };
  const ask = async (question: Question, limits: Limits): Promise<Outcome<{ reply: Reply }>> => {
    const opened = await session(limits);
    return opened.ok ? opened.looks.ask(question, limits) : opened;
  };
  const execute: Source['execute'] = async ({ argv, asRoot }, limits) => {
    const [program] = argv;
    if (!program || argv.some((word) => word.includes('\0'))) {
      return failure('unsupported', 'no program can be started of these words');
    }
    const asked = await ask({ argv: [...argv], ...(asRoot ? { asRoot } : {}) }, limits);
    if (!asked.ok) return asked;
    if (!isRefusal(asked.reply)) return commandResult(asked.reply, program, host);
    const without = await ask({ argv: [...argv] }, limits);
    return without.ok ? commandResult(refused(without.reply), program, host) : without;
  };
  const readFile: Source['readFile'] = async ({ path, maxBytes = keepBytes }, limits) => {
    if (path === '' || path.includes('\0')) return failure('unsupported', 'that is no path');
    const asked = await ask({ path, maxBytes }, limits);
    return asked.ok ? fileText(asked.reply, path, maxBytes, host) : asked;
  };
  const now: Source['now'] = async (_args, limits) => {
    const asked = await execute({ argv: clockArgv }, limits);
    if (!asked.ok) return asked;
    const seconds = /^\d{1,12}$/.exec(asked.stdout.trim())?.[0];
    return seconds === undefined
      ? failure('incomplete', `${host}: date gave no time`)
      : { ok: true, epochMs: Number(seconds) * 1000 };
  };
  const trust = hostTrust(host, { readFile, now });
  const overNetwork = exchanges({ dial, roots: trust.roots, now: trust.now });
  /** When the SSH connection died under an exchange, that is why it failed, whatever it looked like from inside. */
  const guard =
    <Args, A extends Answer<OperationName>>(
      operation: (args: Args, limits: Limits) => Promise<A>,
      tlsOf: (args: Args) => TlsSettings | null,
    ) =>
    async (args: Args, limits: Limits): Promise<A | Failure> => {
      const opened = await session(limits);
      if (!opened.ok) return opened;
      const tls = tlsOf(args);
      const hindrance = tls && (await trust.prepare(tls, limits));
      if (hindrance) return hindrance;
      const answer = await operation(args, limits);
      return !answer.ok && lost && answer.failure !== 'aborted' ? lost : answer;
    };
  const tlsOfUrl = ({ url, tls }: { readonly url: string; readonly tls: TlsSettings }) =>
    /^(https|wss):/i.test(url) ? tls : null;
  return {
    connect: guard(overNetwork.connect, () => null),
    handshake: guard(overNetwork.handshake, ({ tls }) => tls),
    request: guard(overNetwork.request, tlsOfUrl),
    upgrade: guard(overNetwork.upgrade, tlsOfUrl),
    resolve: hostResolve(host, { execute, readFile }, dial),
    execute,
    readFile,
    now,
    login: async () => failure('unsupported', 'from a host no other is logged in to'),
    network: async () =>
      failure('unsupported', 'only the network of the machine that doctor runs on is looked at'),
  };
}

/** `sudo -l` grants commands for which it wants a password too: that shows only when one is run. */
function isRefusal(reply: Reply): boolean {
  return (
    reply.kind === 'ran' &&
    reply.sudo === 'used' &&
    reply.exitCode === 1 &&
    reply.stdout.length === 0 &&
    sudoRefused(reply.stderr.toString('utf8'))
  );
}

const refused = (reply: Reply): Reply => (reply.kind === 'ran' ? { ...reply, sudo: 'refused' } : reply);

/**
 * 128 and a signal's number is how a shell says that a signal ended it; 124 is `timeout`'s own. A program that has more
 * to say than is kept ends by our doing (SIGPIPE, or an error of its own): that is no failure, and `truncated` tells it.
 */
function commandResult(reply: Reply, program: string, host: string): Answer<'execute'> {
  if (reply.kind === 'missing') return failure('missing', `no program ${program} on ${host}`);
  if (reply.kind !== 'ran') return failure('denied', `not allowed to run ${program} on ${host}`);
  if (reply.exitCode === 124) return failure('timeout', `${program} on ${host} did not end in time`);
  const wasCut = reply.stdout.length > keepBytes;
  const truncated = wasCut || reply.stderr.length >= keepErrorBytes;
  const bySignal = reply.exitCode > 128 && reply.exitCode <= 192;
  return {
    ok: true,
    exitCode: wasCut ? 0 : bySignal ? null : reply.exitCode,
    stdout: reply.stdout.toString('utf8', 0, keepBytes),
    stderr: reply.stderr.toString('utf8'),
    truncated,
    ...(reply.sudo ? { sudo: reply.sudo } : {}),
  };
}

function fileText(reply: Reply, path: string, maxBytes: number, host: string): Answer<'readFile'> {
  if (reply.kind !== 'ran') {
    if (reply.kind === 'missing') return failure('missing', `no file ${path} on ${host}`);
    if (reply.kind === 'denied') return failure('denied', `not allowed to read ${path} on ${host}`);
    return failure('unsupported', `${path} on ${host} is no regular file`);
  }
  if (reply.exitCode === 124) return failure('timeout', `${path} on ${host} could not be read in time`);
  if (reply.exitCode !== 0 && reply.stdout.length === 0) {
    const words = reply.stderr.toString('utf8').trim();
    return failure(fileFailure(words), `${path} on ${host} can not be read: ${words}`);
  }
  const truncated = reply.stdout.length > maxBytes;
  const text = reply.stdout.toString('utf8', 0, maxBytes);
  return { ok: true, text, truncated, ...(reply.sudo ? { sudo: reply.sudo } : {}) };
}
