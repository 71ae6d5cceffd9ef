/** A ControlMaster that the user has running: what ssh would use, as long as we would have let it connect. */
import type { Channels } from './channels.ts';
import { attach } from './control-socket.ts';
import type { HostKeys } from './host-key.ts';
import type { PausableTime } from './pausable-time.ts';
import type { Way } from './way.ts';

/** How long it may take to open a session through to the host, as a part of the time that is left. */
const share = 3;
const mostMs = 5000;

/** ControlPath, as `ssh -G` expands it. */
export function controlPath(way: Way): string | null {
  const path = way.options.get('controlpath')?.[0] ?? 'none';
  return path === 'none' ? null : path;
}

/** `note`: why the one that listens there is not used; '' where none does. */
export async function usersMaster(
  way: Way,
  hostKeys: HostKeys,
  time: PausableTime,
): Promise<{ readonly channels: Channels; readonly path: string } | { readonly note: string }> {
  const path = controlPath(way);
  if (path === null) return { note: '' };
  const signal = AbortSignal.any([
    time.signal,
    AbortSignal.timeout(Math.min(mostMs, Math.ceil(time.left() / share))),
  ]);
  const attached = await attach(path, signal);
  if (attached === null) return { note: '' };
  const fault = doubtOf(way, hostKeys) ?? (typeof attached === 'string' ? attached : null);
  if (typeof attached === 'string') return { note: `the ControlMaster at ${path} is not used: ${fault}` };
  const hindrance = fault ?? (await sessionHindrance(attached.channels, signal));
  if (hindrance === null) return { channels: attached.channels, path };
  attached.channels.close();
  return { note: `the ControlMaster at ${path} is not used: ${hindrance}` };
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

/** Whether a session can be opened on it: its link may be dead, and its server may allow no more of them. */
async function sessionHindrance(channels: Channels, signal: AbortSignal): Promise<string | null> {
  const silent = new Promise<string>((settle) => {
    const late = () => settle('its host does not answer');
    if (signal.aborted) late();
    else signal.addEventListener('abort', late, { once: true });
  });
  const closed: { settle: () => void } = { settle: () => {} };
  const whenClosed = new Promise<null>((settle) => {
    closed.settle = () => settle(null);
  });
  const nobody = () => {};
  const opening = channels.open('session', [], {
    data: nobody,
    errorData: nobody,
    end: nobody,
    told: nobody,
    answered: nobody,
    closed: () => closed.settle(),
  });
  const opened = await Promise.race([opening, silent]);
  if (typeof opened === 'string') return opened;
  if ('refused' in opened) return `its server opens no session on it: ${opened.refused.words}`;
  opened.channel.close();
  // only then is the session free for us where it is the only one (MaxSessions)
  return Promise.race([whenClosed, silent]);
}
