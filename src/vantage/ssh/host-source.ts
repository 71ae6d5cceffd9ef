/** The vantage of a host: every operation over one SSH connection. */
import type { Answer, Failure, OperationName, Outcome } from '../../check.ts';
import type { Dial } from '../dial.ts';
import { exchanges, type Roots } from '../exchange/exchanges.ts';
import { certificatesIn } from '../roots.ts';
import { failure, type Limits, type Source } from '../source.ts';
import { keepBytes, type Reply } from './batch.ts';
import { hostResolve } from './host-resolve.ts';
import { type HostLooks, hostLooks, type Question } from './looks.ts';
import type { SshConnection } from './transport.ts';

/** CA bundles by distribution: Debian and Alpine; Red Hat; SUSE; BSD. The first that can be read is the host's. */
const caBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const largestBundle = 2_097_152;

/** The connection when there is one, else why there is none. Asked once. */
export type Session = Outcome<{ connection: SshConnection; looks: HostLooks }>;

export function sessionOf(connection: SshConnection, nonce: string): Session {
  return { ok: true, connection, looks: hostLooks(connection, nonce) };
}

/** `open` logs in at the first look, and gives the same session at every other. */
export function hostSource(host: string, open: (limits: Limits) => Promise<Session>): Source {
  let lost: Failure | null = null;
  const session = async (limits: Limits): Promise<Session> => {
    const opened = await open(limits);
    if (opened.ok) {
      opened.connection.gone.then((reason) => {
        lost = reason;
      });
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
  const execute: Source['execute'] = async ({ argv }, limits) => {
    const [program] = argv;
    if (!program || argv.some((word) => word.includes('\0'))) {
      return failure('unsupported', 'no program can be started of these words');
    }
    const asked = await ask({ argv: [...argv] }, limits);
    return asked.ok ? commandResult(asked.reply, program, host) : asked;
  };
  const readFile: Source['readFile'] = async ({ path, maxBytes = keepBytes }, limits) => {
    if (path === '' || path.includes('\0')) return failure('unsupported', 'that is no path');
    const asked = await ask({ path, maxBytes }, limits);
    return asked.ok ? fileText(asked.reply, path, maxBytes, host) : asked;
  };
  const now: Source['now'] = async (_args, limits) => {
    const asked = await execute({ argv: ['date', '+%s'] }, limits);
    if (!asked.ok) return asked;
    const seconds = /^\d{1,12}$/.exec(asked.stdout.trim())?.[0];
    return seconds === undefined
      ? failure('incomplete', `${host}: date gave no time`)
      : { ok: true, epochMs: Number(seconds) * 1000 };
  };
  let roots: Promise<Roots> | null = null;
  const point = {
    dial,
    roots: (limits: Limits) => {
      roots ??= hostRoots(host, readFile, limits);
      return roots;
    },
    // a host that can't say its time has, for all we know, ours
    now: async (limits: Limits) => {
      const answer = await now({}, limits);
      return answer.ok ? answer.epochMs : Date.now();
    },
  };
  /** When the SSH connection died under an exchange, that is why it failed, whatever it looked like from inside. */
  const guard =
    <Args, A extends Answer<OperationName>>(operation: (args: Args, limits: Limits) => Promise<A>) =>
    async (args: Args, limits: Limits): Promise<A | Failure> => {
      const opened = await session(limits);
      if (!opened.ok) return opened;
      const answer = await operation(args, limits);
      return !answer.ok && lost && answer.failure !== 'aborted' ? lost : answer;
    };
  const overNetwork = exchanges(point);
  return {
    connect: guard(overNetwork.connect),
    handshake: guard(overNetwork.handshake),
    request: guard(overNetwork.request),
    upgrade: guard(overNetwork.upgrade),
    resolve: hostResolve(host, { execute, readFile }, dial),
    execute,
    readFile,
    now,
    login: async () => failure('unsupported', 'from a host no other is logged in to'),
    network: async () =>
      failure('unsupported', 'only the network of the machine that doctor runs on is looked at'),
  };
}

/** 128 and a signal's number is how a shell says that a signal ended it; 124 is `timeout`'s own. */
function commandResult(reply: Reply, program: string, host: string): Answer<'execute'> {
  if (reply.kind === 'missing') return failure('missing', `no program ${program} on ${host}`);
  if (reply.kind !== 'ran') return failure('denied', `not allowed to run ${program} on ${host}`);
  if (reply.exitCode === 124) return failure('timeout', `${program} on ${host} did not end in time`);
  const truncated = reply.stdout.length > keepBytes;
  const bySignal = reply.exitCode > 128 && reply.exitCode <= 192;
  return {
    ok: true,
    exitCode: bySignal ? null : reply.exitCode,
    stdout: reply.stdout.toString('utf8', 0, keepBytes),
    stderr: reply.stderr.toString('utf8'),
    truncated,
  };
}

function fileText(reply: Reply, path: string, maxBytes: number, host: string): Answer<'readFile'> {
  if (reply.kind === 'missing') return failure('missing', `no file ${path} on ${host}`);
  if (reply.kind === 'denied') return failure('denied', `not allowed to read ${path} on ${host}`);
  if (reply.kind === 'irregular') return failure('unsupported', `${path} on ${host} is no regular file`);
  if (reply.exitCode === 124) return failure('timeout', `${path} on ${host} could not be read in time`);
  if (reply.exitCode !== 0 && reply.stdout.length === 0) {
    return failure('denied', `${path} on ${host} can not be read: ${reply.stderr.toString('utf8').trim()}`);
  }
  const truncated = reply.stdout.length > maxBytes;
  return { ok: true, text: reply.stdout.toString('utf8', 0, maxBytes), truncated };
}

/** All are asked for in one batch; no bundle is an empty store, which is what programs there have. */
async function hostRoots(host: string, readFile: Source['readFile'], limits: Limits): Promise<Roots> {
  const answers = await Promise.all(
    caBundles.map((path) => readFile({ path, maxBytes: largestBundle }, limits)),
  );
  for (const [index, answer] of answers.entries()) {
    if (!answer.ok) continue;
    return { source: `${host}: ${caBundles[index]}`, certificates: certificatesIn(answer.text) };
  }
  return { source: `${host}: no CA bundle found`, certificates: [] };
}
