/** A {@link Dial} over what opens `direct-tcpip` channels (RFC 4254 section 7.2), whoever does it. */
import type { Duplex } from 'node:stream';
import type { Failure, Outcome } from '../../check.ts';
import { addressOf, hostPort } from '../../net/addresses.ts';
import type { Dial } from '../dial.ts';
import { failure } from '../source.ts';
import { forwardingFailure } from './words.ts';

/** `reason`: RFC 4254 section 5.1; null when the server gave none. */
export type Forwarded =
  | { readonly stream: Duplex }
  | { readonly refused: { readonly reason: number | null; readonly words: string } };

/** `lost`: why there is no connection any more; null as long as there is one. */
export function dialOver(
  open: (address: string, port: number) => Promise<Forwarded>,
  lost: () => Failure | null,
): Dial {
  return (address, port, limits) =>
    new Promise((settle) => {
      if (!addressOf(address)) return settle(failure('invalid-name', `${address} is no address`));
      if (!Number.isInteger(port) || port < 1 || port > 65_535) {
        return settle(failure('unsupported', `no port ${port}`));
      }
      let settled = false;
      const over = (outcome: Awaited<ReturnType<Dial>>) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        limits.signal.removeEventListener('abort', stop);
        settle(outcome);
      };
      const stop = () => over(failure('aborted', 'the run ended first'));
      const timer = setTimeout(
        () => over(failure('timeout', `no answer to the connection within ${limits.timeoutMs} ms`)),
        limits.timeoutMs,
      );
      limits.signal.addEventListener('abort', stop, { once: true });
      open(address, port).then((forwarded) => {
        if ('refused' in forwarded) {
          over(lost() ?? refusal(forwarded.refused, hostPort(address, port)));
        } else if (settled) {
          forwarded.stream.on('error', () => {});
          forwarded.stream.destroy();
        } else {
          over({ ok: true, stream: forwarded.stream });
        }
      });
    });
}

function refusal({ reason, words }: { reason: number | null; words: string }, place: string): Outcome<never> {
  const code = forwardingFailure(reason, words);
  return failure(
    code,
    code === 'forwarding-refused'
      ? `the SSH server opens no connection to ${place} for us (${words}): AllowTcpForwarding, PermitOpen or the key's options forbid it`
      : `${place}: ${words}`,
  );
}
