/** What a choice of the transport depends on, beside the configuration. Nothing is connected to but the agent's socket and a master's. */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Limits } from '../source.ts';
import type { Surroundings } from './choose.ts';
import { loadHostKeys } from './host-key.ts';
import { keysBeyondSsh2 } from './keys.ts';
import { localUser } from './local-user.ts';
import { runProgram } from './program.ts';
import type { SshEnvironment } from './sessions.ts';
import { controlPath } from './users-master.ts';
import type { Way } from './way.ts';

/** How long an agent, a master or klist may take, in milliseconds. */
const longestMs = 2000;

export async function surroundingsOf(
  way: Way,
  environment: SshEnvironment,
  limits: Limits,
): Promise<Surroundings> {
  const { default: ssh2 } = await import('ssh2');
  const short = { ...limits, timeoutMs: Math.min(limits.timeoutMs, longestMs) };
  const [keys, hostKeys, hasBinaryRevocations, hasTicket, controlMaster] = await Promise.all([
    keysBeyondSsh2(way, environment, ssh2.utils, short.timeoutMs),
    loadHostKeys(way),
    startsWith(way.revokedKeysFile, 'SSHKRL'),
    way.options.get('gssapiauthentication')?.[0] === 'yes' ? ticket(environment, short) : false,
    runningMaster(way, short.timeoutMs),
  ]);
  return { keys, hasAuthority: hostKeys.hasAuthority, hasBinaryRevocations, hasTicket, controlMaster };
}

/** Where a ControlMaster listens; null where none does. */
async function runningMaster(way: Way, timeoutMs: number): Promise<string | null> {
  const path = controlPath(way);
  return path !== null && (await listens(path, timeoutMs)) ? path : null;
}

function listens(path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(path);
    const over = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      settle(answer);
    };
    const timer = setTimeout(() => over(false), timeoutMs);
    socket.on('connect', () => over(true));
    socket.on('error', () => over(false));
  });
}

/** As `klist -s` says; without one, whether there is a cache where they usually are. */
async function ticket(environment: SshEnvironment, limits: Limits): Promise<boolean> {
  const asked = await runProgram(['klist', '-s'], environment.env, limits);
  if (asked.kind === 'ended') return asked.exitCode === 0;
  return Boolean(environment.env.KRB5CCNAME) || existsSync(`/tmp/krb5cc_${localUser().uid}`);
}

async function startsWith(path: string | null, magic: string): Promise<boolean> {
  if (path === null) return false;
  try {
    const file = await open(path);
    const { buffer } = await file
      .read(Buffer.alloc(magic.length), 0, magic.length, 0)
      .finally(() => file.close());
    return buffer.toString('latin1') === magic;
  } catch {
    return false;
  }
}
