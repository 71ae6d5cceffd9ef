/** The ways into the declared hosts: one SSH connection a host and run, opened when it is first needed. */
import { randomBytes } from 'node:crypto';
import type { Answer, Outcome } from '../../check.ts';
import type { Config } from '../../config/config.ts';
import { failure, type Limits, type Source } from '../source.ts';
import { clockArgv, hostnameArgv, userArgv } from './asks.ts';
import { hostSource, type Session, sessionOf } from './host-source.ts';
import { openConnection } from './open.ts';
import type { OpenConnection, SshConnection } from './transport.ts';
import { findWay } from './way.ts';

export interface SshEnvironment {
  /** Asks for a key's passphrase on a terminal; null: there is none, so it is never asked for. */
  readonly askPassphrase: ((keyFile: string) => Promise<string | null>) | null;
  /** `SSH_AUTH_SOCK`, `PATH`, and what the user's configuration refers to. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `.ssh` is. */
  readonly home: string;
}

export interface Sessions {
  /** Once a run and host: later calls give the first one's answer. Takes at most three times `timeoutMs`. */
  login(args: { readonly host: string }, limits: Limits): Promise<Answer<'login'>>;
  /** The vantage of that host. Its first look logs in, if that has not been done yet. */
  source(host: string): Source;
  /** Ends every connection. What is still being asked gets `no-session`. */
  close(): Promise<void>;
}

/** A login is connection, key exchange and several keys: so many times the time of one operation. */
const loginTimes = 3;

export function openSessions(
  hosts: Config['hosts'],
  environment: SshEnvironment,
  open: OpenConnection = openConnection,
): Sessions {
  // what a host's shell is to frame its answers with: nothing on the host can know it before
  const nonce = randomBytes(16).toString('hex');
  const logins = new Map<string, Promise<Login>>();
  const sources = new Map<string, Source>();
  const closing = new AbortController();

  const login = (name: string, limits: Limits): Promise<Login> => {
    let begun = logins.get(name);
    if (!begun) {
      const signal = AbortSignal.any([limits.signal, closing.signal]);
      begun = logIn(name, hosts, environment, open, nonce, {
        timeoutMs: limits.timeoutMs * loginTimes,
        signal,
      });
      logins.set(name, begun);
    }
    return begun;
  };

  return {
    login: async ({ host }, limits) => (await login(host, limits)).answer,
    source(host) {
      const made =
        sources.get(host) ?? hostSource(host, async (limits) => (await login(host, limits)).session);
      sources.set(host, made);
      return made;
    },
    async close() {
      closing.abort();
      const ended = [...logins.values()].map(async (begun) => {
        const { session } = await begun;
        if (session.ok) await session.connection.close();
      });
      await Promise.all(ended);
    },
  };
}

interface Login {
  readonly session: Session;
  readonly answer: Answer<'login'>;
}

async function logIn(
  name: string,
  hosts: Config['hosts'],
  environment: SshEnvironment,
  open: OpenConnection,
  nonce: string,
  limits: Limits,
): Promise<Login> {
  const opened = await connect(name, hosts, environment, open, limits);
  if (!opened.ok) return { session: opened, answer: opened };
  const { connection } = opened;
  const session = sessionOf(connection, nonce, hosts[name]?.ssh?.sudo ?? false);
  if (!session.ok) return { session, answer: session };
  const asked = { timeoutMs: Math.ceil(limits.timeoutMs / loginTimes), signal: limits.signal };
  const [uid, hostname, clock] = await Promise.all([
    session.looks.ask({ argv: userArgv }, asked),
    session.looks.ask({ argv: hostnameArgv }, asked),
    session.looks.ask({ argv: clockArgv }, asked),
  ]);
  const seconds = /^\d{1,12}$/.exec(wordOf(clock) ?? '')?.[0];
  const id = wordOf(uid);
  return {
    session,
    answer: {
      ok: true,
      ...connection.trace,
      uid: id !== null && /^\d{1,10}$/.test(id) ? Number(id) : null,
      hostname: wordOf(hostname)?.slice(0, 255) || null,
      ...(seconds === undefined ? {} : { clock: { hostMs: Number(seconds) * 1000, localMs: Date.now() } }),
      ...(uid.ok || hostname.ok || limits.signal.aborted ? {} : { noShell: uid.detail }),
    },
  };
}

function wordOf(asked: Awaited<ReturnType<Extract<Session, { ok: true }>['looks']['ask']>>): string | null {
  return asked.ok && asked.reply.kind === 'ran' && asked.reply.exitCode === 0
    ? asked.reply.stdout.toString('utf8').trim()
    : null;
}

async function connect(
  name: string,
  hosts: Config['hosts'],
  environment: SshEnvironment,
  open: OpenConnection,
  limits: Limits,
): Promise<Outcome<{ connection: SshConnection }>> {
  const host = Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  if (!host || host.local || host.ssh === null) return failure('unsupported', `${name} has no way in`);
  try {
    const started = performance.now();
    const found = await findWay(name, host, host.ssh, environment, limits);
    if (!found.ok) return found;
    const timeoutMs = Math.max(1, Math.ceil(limits.timeoutMs - (performance.now() - started)));
    return await open(found.way, environment, { ...limits, timeoutMs });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return failure('no-session', `the login to ${name} broke off: ${why}`);
  }
}
