/** Why a login failed, out of all that was seen on the way. */
import type { Failure, LoginTrace } from '../../check.ts';
import { hostPort } from '../../net/addresses.ts';
import { knownHostName } from '../../net/known-hosts.ts';
import { codeOf, failureOf } from '../exchange/failures.ts';
import { failure } from '../source.ts';
import type { HostKeys } from './host-key.ts';
import { hopFailure } from './jump.ts';
import type { ProxyProcess } from './proxy-command.ts';
import type { Way } from './way.ts';
import { isTurnedAway, loginFailure, proxyFailure, theirOffer } from './words.ts';

/** How far a login got. Grows while it goes on. */
export interface Progress {
  readonly way: Way;
  readonly hostKeys: HostKeys;
  address: string;
  /** The first bytes that came. */
  received: string;
  /** The server's identification string, once it came. */
  server: string | null;
  handshaken: boolean;
  readonly errors: Error[];
  readonly methods: string[];
  readonly notes: string[];
  /** What the configuration asks for and this transport leaves out. */
  readonly leftOut: readonly string[];
  /** What was not tried or did not work with the keys, and why. */
  readonly passedOver: string[];
  /** What the server said last that it would take. */
  authMethodsLeft: readonly string[] | null;
  proxy: Pick<ProxyProcess, 'said' | 'ended'> | null;
  /** The host in between that the way ended at. */
  failedHop: string | null;
  /** What the server offers and we have nothing of, where it does not say so itself. */
  offer?: () => LoginTrace['offer'];
}

/** What there is to tell of it by now. */
export function traceOf(progress: Progress, transport: 'ssh2' | 'openssh'): LoginTrace {
  const seen = progress.hostKeys.seen();
  return {
    address: progress.address,
    port: progress.way.port,
    user: progress.way.user,
    transport,
    notes: progress.way.proxy ? [progress.way.proxy.says, ...progress.notes] : progress.notes,
    hostKey: seen && { type: seen.type, fingerprint: seen.fingerprint },
    knownKeys: progress.hostKeys.knownKeys,
    methods: progress.methods,
    server: progress.server,
    hops: (progress.way.proxy?.hops ?? []).map(({ says }) => says),
    failedHop: progress.failedHop,
    asked: progress.way.original,
    decided: progress.way.decided,
    known: { name: knownName(progress.way), file: progress.way.knownHostsFiles[0] ?? null },
    takes: progress.authMethodsLeft ?? [],
    offer: theirOffer(progress.errors.map(({ message }) => message).join('\n')) ?? progress.offer?.() ?? null,
  };
}

const knownName = ({ hostKeyAlias, hostname, port }: Way) => hostKeyAlias ?? knownHostName(hostname, port);

/** `cut`: the deadline's or the run's end, when that is what ended it. */
export function nameFailure(progress: Progress, cut: Failure | null): Failure {
  if (cut?.failure === 'aborted') return cut;
  const seen = progress.hostKeys.seen();
  if (seen && seen.verdict !== 'known') {
    const code =
      seen.verdict === 'changed' || seen.verdict === 'revoked' ? 'host-key-changed' : 'host-key-unknown';
    const leftOut = seen.verdict === 'unknown' ? progress.leftOut : [];
    return failure(code, [progress.hostKeys.explain(), ...leftOut].join('. '));
  }
  const place = hostPort(progress.address, progress.way.port);
  const words = progress.errors.map((error) => error.message);
  const said = words.join('; ');
  if (progress.server === null) return beforeBanner(progress, cut, place, said);
  if (cut) {
    const stage = progress.handshaken ? 'logging in' : 'the key exchange';
    return failure('timeout', `${place} is an SSH server, but ${stage} did not end in time`);
  }
  const code = words.map(loginFailure).find((named) => named !== null);
  if (code === 'auth-failed') return failure(code, authenticationWords(progress));
  if (code) return failure(code, `${place}: ${said}`);
  const broken = progress.errors.find((error) => codeOf(error) !== '');
  const named = broken && failureOf(broken);
  return failure(
    named?.failure === 'reset' ? 'reset' : 'closed',
    `${place} closed the connection during ${progress.handshaken ? 'the login' : 'the key exchange'}${said ? `: ${said}` : ''}`,
  );
}

function beforeBanner(progress: Progress, cut: Failure | null, place: string, said: string): Failure {
  const { proxy, received } = progress;
  const proxySaid = proxy?.said() ?? '';
  if (proxy && received === '') {
    const hop = hopFailure(progress.way.proxy?.hops ?? [], proxySaid);
    if (hop) {
      progress.failedHop = hop.says;
      return hop.reason;
    }
    const how = [progress.way.proxy?.says, proxySaid || proxy.ended() || 'no answer'].join(': ');
    return failure(cut && proxySaid === '' ? 'timeout' : proxyFailure(proxySaid), how);
  }
  if (isTurnedAway(received)) {
    return failure('closed', `${place} takes no more connections now: ${received.split(/[\r\n]/)[0]}`, {
      received,
    });
  }
  if (received !== '')
    return failure('not-ssh', `what answers on ${place} is not an SSH server`, { received });
  if (cut) return failure('timeout', `${place} took the connection and sent no SSH banner`);
  const broken = progress.errors.find((error) => codeOf(error) !== '');
  if (broken) return failure(failureOf(broken).failure, `${place}: ${failureOf(broken).detail}`);
  const code = loginFailure(said);
  if (code) return failure(code, `${place}: ${said}`);
  return failure('closed', `${place} closed the connection before any SSH banner${said ? ` (${said})` : ''}`);
}

function authenticationWords(progress: Progress): string {
  const { methods, authMethodsLeft, leftOut, passedOver } = progress;
  const tried = methods.filter((method) => method !== 'none');
  const what = tried.length > 0 ? `tried ${tried.join('; ')}` : 'there was no key to try';
  const takes = authMethodsLeft ? [`The server takes: ${authMethodsLeft.join(', ')}`] : [];
  return [`no login as ${progress.way.user}: ${what}`, ...leftOut, ...passedOver, ...takes, '']
    .join('. ')
    .trim();
}
