/** SSH in this process, by ssh2 (loaded only when a host is looked into). */
import type { Duplex } from 'node:stream';
import type { Client, ConnectConfig, ParsedKey } from 'ssh2';
import type { Outcome } from '../../check.ts';
import { failure } from '../source.ts';
import { ssh2Algorithms } from './choose.ts';
import { openedConnection } from './connection.ts';
import { loadHostKeys } from './host-key.ts';
import { hearOffer } from './kex-init.ts';
import { type Identities, type Identity, loadIdentities } from './keys.ts';
import { nameFailure, type Progress, traceOf } from './login-failure.ts';
import { type PausableTime, pausableTime } from './pausable-time.ts';
import { reach } from './reach.ts';
import type { OpenConnection } from './transport.ts';

type Ssh2 = typeof import('ssh2');

const authorityNote =
  'known_hosts has a certificate authority for this host (@cert-authority), which ssh2 can not use';

/** In milliseconds: a link that is silent this long, three times over, is dead. */
const keepAliveMs = 5000;

export const openWithSsh2: OpenConnection = async (way, environment, limits) => {
  const { default: ssh2 } = await import('ssh2');
  const time = pausableTime(limits);
  const hostKeys = await loadHostKeys(way);
  const leftOut = [...way.beyondSsh2, ...(hostKeys.hasAuthority ? [authorityNote] : [])];
  const identities = await loadIdentities(way, environment, ssh2.utils, limits.timeoutMs / 3);
  const progress: Progress = {
    way,
    hostKeys,
    address: way.hostname,
    received: '',
    server: null,
    handshaken: false,
    errors: [],
    methods: [],
    notes: [...way.notes, ...leftOut, ...hostKeys.notes, ...identities.notes],
    leftOut,
    passedOver: identities.notes.slice(),
    authMethodsLeft: null,
    proxy: null,
    failedHop: null,
  };
  try {
    const reached = await reach(way, environment, time);
    if (!reached.ok) return { ...reached, login: traceOf(progress, 'ssh2') };
    progress.address = reached.address;
    progress.proxy = reached.proxy;
    const client = new ssh2.Client();
    const outcome = await logIn(ssh2, client, reached.stream, progress, identities, time);
    if (!outcome.ok) {
      client.destroy();
      reached.stream.destroy();
      await reached.proxy?.stop();
      return { ...outcome, login: traceOf(progress, 'ssh2') };
    }
    return { ok: true, connection: openedConnection(client, traceOf(progress, 'ssh2'), reached) };
  } finally {
    time.end();
  }
};

function logIn(
  ssh2: Ssh2,
  client: Client,
  stream: Duplex,
  progress: Progress,
  identities: Identities,
  time: PausableTime,
): Promise<Outcome<object>> {
  return new Promise((settle) => {
    // one connection can give many errors, the last of them after it is closed: this listener stays
    client.on('error', (error: Error & { level?: string }) => {
      if (error.level === 'agent') {
        progress.passedOver.push(error.message);
        progress.notes.push(error.message);
        return;
      }
      if (progress.errors.length < 20) progress.errors.push(error);
      // one key that can't sign is not the end; all else is, whether the server hangs up or not
      if (error.level !== 'client-authentication') setImmediate(() => settle(nameFailure(progress, null)));
    });
    client.on('handshake', () => {
      progress.handshaken = true;
    });
    client.on('ready', () => settle({ ok: true }));
    client.on('close', () => settle(nameFailure(progress, null)));
    time.over.then((reason) => settle(nameFailure(progress, reason)));
    const algorithms = progress.hostKeys.algorithms(ssh2Algorithms.serverHostKey);
    if (algorithms.length === 0) {
      settle(
        failure(
          'no-common-algorithm',
          'HostKeyAlgorithms leaves no algorithm that this transport can verify',
        ),
      );
      return;
    }
    try {
      client.connect({
        sock: stream,
        username: progress.way.user,
        algorithms: { serverHostKey: algorithms } as NonNullable<ConnectConfig['algorithms']>,
        hostVerifier: (key: Buffer): boolean => progress.hostKeys.verify(key),
        authHandler: tryEach(ssh2, progress, identities.list, time),
        readyTimeout: 0,
        keepaliveInterval: keepAliveMs,
      });
    } catch (error) {
      settle(failure('no-common-algorithm', error instanceof Error ? error.message : 'ssh2 does not start'));
      return;
    }
    // ssh2 has paused the stream by now, so that this listener takes nothing away from it
    const tap = (chunk: Buffer) => {
      progress.received = (progress.received + chunk.toString('latin1')).slice(0, 1024);
      const line = /^SSH-(?:2\.0|1\.99)-[^\r\n]{0,250}(?=\r?\n)/m.exec(progress.received);
      progress.server = line?.[0] ?? null;
      if (line || progress.received.length >= 1024) stream.off('data', tap);
    };
    stream.on('data', tap);
    progress.offer = hearOffer(stream);
  });
}

/** One key after the other. Last of all `none`, which no server grants: its refusal says what the server would take. */
function tryEach(
  ssh2: Ssh2,
  progress: Progress,
  identities: readonly Identity[],
  time: PausableTime,
): NonNullable<ConnectConfig['authHandler']> {
  const username = progress.way.user;
  const left = [...identities];
  let askedNone = false;
  return (methodsLeft, partialSuccess) => {
    if (Array.isArray(methodsLeft)) progress.authMethodsLeft = methodsLeft;
    if (partialSuccess)
      progress.passedOver.push(`the server wants more than a key: ${methodsLeft.join(', ')}`);
    const identity = left.shift();
    if (identity) {
      progress.methods.push(`publickey ${identity.says}`);
      return { type: 'agent', username, agent: agentOf(ssh2, identity, progress.way.agentSocket, time) };
    }
    if (askedNone) return false;
    askedNone = true;
    progress.methods.push('none');
    return { type: 'none', username };
  };
}

/** An agent that holds one key: ssh2 asks the server first, and only then for a signature. */
function agentOf(ssh2: Ssh2, identity: Identity, socketPath: string | null, time: PausableTime) {
  type SignCallback = (error?: Error | null, signature?: Buffer) => void;
  const { unlock } = identity;
  let unlocked: Promise<ParsedKey | string> | null = null;
  const withKey = (use: (key: ParsedKey) => void, fail: (error: Error) => void) => {
    unlocked ??= time.paused(unlock ?? (async () => 'only the agent has it'));
    unlocked.then(
      (key) => (typeof key === 'string' ? fail(new Error(key)) : use(key)),
      () => fail(new Error('the key could not be unlocked')),
    );
  };
  // ssh2 asks for a signature only once the server has said that it takes the key
  const taken = (error: Error) => new Error(`the server takes the key, but ${error.message}`);
  class OneKey extends ssh2.BaseAgent {
    override getIdentities(done: (error?: Error | null, keys?: ParsedKey[]) => void) {
      if (identity.public) done(null, [identity.public]);
      else withKey((key) => done(null, [key]), done);
    }
    override sign(key: ParsedKey, data: Buffer, options: unknown, callback?: SignCallback) {
      const done = callback ?? (options as SignCallback);
      const asked = callback ? (options as { hash?: 'sha256' | 'sha512' }) : {};
      if (unlock === null) new ssh2.OpenSSHAgent(socketPath ?? '').sign(key, data, asked, done);
      else
        withKey(
          (own) => done(null, own.sign(data, asked.hash)),
          (error) => done(taken(error)),
        );
    }
  }
  return new OneKey();
}
