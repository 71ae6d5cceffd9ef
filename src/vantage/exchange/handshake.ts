/** One TLS handshake, carried far enough that a server that wants a client certificate has said so. */
import type { TLSSocket } from 'node:tls';
import type { Failure } from '../../check.ts';
import type { Source } from '../source.ts';
import { type Time, within } from './deadline.ts';
import type { VantagePoint } from './exchanges.ts';
import { codeOf, failureOf } from './failures.ts';
import { openSecure } from './secure.ts';

/** How long a server may take to refuse us after the handshake: a round trip, with room. */
const refusalMs = 1000;

export function handshakeOver(point: VantagePoint): Source['handshake'] {
  return (target, limits) =>
    within(limits, async (time) => {
      const secured = await openSecure(point, target, time);
      if (!secured.ok) return secured;
      const { socket, session } = secured;
      const refused = session.protocol === 'TLSv1.3' ? await refusal(socket, time) : null;
      socket.destroy();
      return refused ?? { ok: true, ...session };
    });
}

/**
 * In TLS 1.3 the client is done before the server has seen the client's certificate (RFC 8446 section 2): the alert
 * comes a round trip later. Our closing makes a server that is content answer at once.
 */
function refusal(socket: TLSSocket, time: Time): Promise<Failure | null> {
  return new Promise((settle) => {
    const timer = setTimeout(() => settle(null), Math.min(refusalMs, time.left() / 2));
    const content = () => {
      clearTimeout(timer);
      settle(null);
    };
    socket.once('error', (error) => {
      clearTimeout(timer);
      settle(codeOf(error).startsWith('ERR_SSL_') ? failureOf(error) : null);
    });
    // a ticket is sent after the client's part was accepted
    socket.once('session', content);
    socket.once('end', content);
    socket.once('close', content);
    socket.resume();
    socket.end();
  });
}
