/** A ControlMaster that the user has running: what ssh would use, as long as we would have let it connect. */
import { greetMaster } from './control-socket.ts';
import type { HostKeys } from './host-key.ts';
import type { Packets } from './packets.ts';
import { type Passengers, passengersOf } from './passengers.ts';
import type { PausableTime } from './pausable-time.ts';
import type { SshEnvironment } from './sessions.ts';
import type { Way } from './way.ts';

/** How long it may take to open a session through to the host, as a part of the time that is left. */
const share = 3;
const mostMs = 5000;

/** ControlPath, as `ssh -G` expands it. */
export function controlPath(way: Way): string | null {
  const path = way.options.get('controlpath')?.[0] ?? 'none';
  return path === 'none' ? null : path;
}

export interface UsersMaster {
  readonly path: string;
  readonly master: Packets;
  readonly passengers: Passengers;
}

/** `note`: why the one that listens there is not used; '' where none does. */
export async function usersMaster(
  way: Way,
  environment: SshEnvironment,
  hostKeys: HostKeys,
  time: PausableTime,
): Promise<UsersMaster | { readonly note: string }> {
  const path = controlPath(way);
  if (path === null) return { note: '' };
  const note = (why: string) => ({ note: `the ControlMaster at ${path} is not used: ${why}` });
  const patience = AbortSignal.timeout(Math.min(mostMs, Math.ceil(time.left() / share)));
  const signal = AbortSignal.any([time.signal, patience]);
  const master = await greetMaster(path, signal);
  if (master === null) return { note: '' };
  if (typeof master === 'string') return note(master);
  const passengers = passengersOf(way, environment, path);
  const hindrance = doubtOf(way, hostKeys) ?? (await sessionHindrance(passengers, signal));
  if (hindrance === null) return { path, master, passengers };
  master.close();
  return note(hindrance);
}

/** Why we can't know that it speaks to the right host, as the right user. */
function doubtOf({ settings, options }: Way, hostKeys: HostKeys): string | null {
  const { identityFile, knownHosts, jump } = settings;
  if (identityFile !== null || knownHosts !== null || jump.length > 0) {
    return 'identity_file, known_hosts or jump is set, of which it knows nothing';
  }
  const value = (key: string) => options.get(key)?.[0] ?? '';
  if (['no', 'off', 'false'].includes(value('stricthostkeychecking'))) {
    return 'with StrictHostKeyChecking no it may have connected to anybody';
  }
  if (value('nohostauthenticationforlocalhost') === 'yes') {
    return 'with NoHostAuthenticationForLocalhost it may have connected to anybody';
  }
  const isKnown =
    hostKeys.hasAuthority ||
    hostKeys.knownKeys.some(({ revoked }) => !revoked) ||
    !['', 'none'].includes(value('knownhostscommand'));
  return isKnown ? null : 'known_hosts has no key of this host';
}

/** Whether a shell can be had over it: its link may be dead, and its server may allow no more sessions. */
async function sessionHindrance(passengers: Passengers, signal: AbortSignal): Promise<string | null> {
  const shell = passengers.shell('exit 42\n', () => {});
  const late = () => shell.stop();
  signal.addEventListener('abort', late, { once: true });
  const end = await shell.ended;
  signal.removeEventListener('abort', late);
  if (signal.aborted) return 'its host does not answer';
  if (end.kind === 'refused') return 'its server opens no more sessions (MaxSessions)';
  // a forced command, a login shell that is none: for what asks for more to find out
  return end.exitCode === 255 ? `it opens no session: ${end.stderr.slice(0, 300)}` : null;
}
