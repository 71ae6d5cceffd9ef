/** The hosts in between, as `ssh -J` and ProxyJump take them: `[user@]host[:port]`, the nearest first (ssh(1)). */
import type { Failure, FailureCode, Outcome } from '../../check.ts';
import { addressOf } from '../../net/addresses.ts';
import { sshWords } from '../../net/ssh-command.ts';
import { failure } from '../source.ts';
import { hostFault, userFault } from './names.ts';
import { pipesClosed, proxyFailure, wasForwarding } from './words.ts';

export interface Hop {
  /** `user@host:port`, as far as it was written. */
  readonly says: string;
  readonly user: string | null;
  /** A name of ~/.ssh/config or of the network, or an address without brackets. */
  readonly host: string;
  readonly port: number | null;
}

/** As `ssh -J` takes them: an IPv6 address in brackets, since a port may follow. */
export function jumpText(jump: readonly string[]): string {
  return jump
    .map((hop) => {
      const host = hop.slice(hop.lastIndexOf('@') + 1);
      return addressOf(host)?.family === 6 ? `${hop.slice(0, hop.length - host.length)}[${host}]` : hop;
    })
    .join(',');
}

/** Nothing that an ssh could take for an option or a shell for more than a word gets through. */
export function hopsOf(jump: string): Outcome<{ hops: readonly Hop[] }> {
  const hops: Hop[] = [];
  for (const written of jump.split(',')) {
    const text = written.replace(/^ssh:\/\//, '');
    const at = text.lastIndexOf('@');
    const user = at < 0 ? null : text.slice(0, at);
    const [, place = '', number] = /^(\[[^\]]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text.slice(at + 1)) ?? [];
    const host = place.replace(/^\[|\]$/g, '');
    const port = number === undefined ? null : Number(number);
    const wrongPort = port !== null && (port < 1 || port > 65_535) ? `there is no port ${number}` : null;
    const fault = hostFault(host) ?? (user === null ? null : userFault(user)) ?? wrongPort;
    if (fault) return failure('invalid-name', `the host in between ${JSON.stringify(written)}: ${fault}`);
    const named = host.includes(':') ? `[${host}]` : host;
    const says = `${user === null ? '' : `${user}@`}${named}${port === null ? '' : `:${port}`}`;
    hops.push({ says, user, host, port });
  }
  return { ok: true, hops };
}

/** What to type to try the way up to that host, and no further. */
export function byHand(hops: readonly Hop[], index: number): string {
  const jump = hops.slice(0, index).map(({ says }) => says);
  const hop = hops[index];
  return hop ? `ssh ${sshWords({ ...hop, jump })} true` : '';
}

/**
 * Which of them the way ended at, out of what the ssh of each said. Those behind it only say that the pipe to it was
 * closed, each once.
 */
export function hopFailure(
  hops: readonly Hop[],
  said: string,
): { readonly says: string; readonly reason: Failure } | null {
  if (said === '' || hops.length === 0) return null;
  const index = Math.max(0, hops.length - 1 - pipesClosed(said));
  const hop = hops[index];
  const next = hops[index + 1];
  if (!hop) return null;
  const code = proxyFailure(said);
  const which = hops.length > 1 ? `${hop.says} (host ${index + 1} of ${hops.length} in between)` : hop.says;
  const line = said.replace(/\s*\n\s*/g, '; ').slice(0, 500);
  if (wasForwarding(said)) {
    const detail = `${which} opens no connection to ${next?.says ?? 'it'}: ${line}`;
    return { says: hop.says, reason: failure(code, detail) };
  }
  const why = reasons[code] ?? 'no way through';
  const detail = `${which}: ${why}. Try it: ${byHand(hops, index)}. (${line})`;
  return { says: hop.says, reason: failure(code, detail) };
}

const reasons: Partial<Record<FailureCode, string>> = {
  'host-key-unknown': 'its host key is not in known_hosts',
  'host-key-changed': 'its host key is another one than known_hosts has, or is revoked',
  'auth-failed': 'it accepts none of our keys',
  'no-common-algorithm': 'no algorithm in common',
  nxdomain: 'no such name',
  'no-answer': 'no name server answers',
  refused: 'connection refused',
  timeout: 'no answer in time',
  unreachable: 'unreachable',
};
