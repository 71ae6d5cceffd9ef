/** A stream for a URL: plain, or TLS whose certificate verified. Nothing is sent before that, unless any will do. */
import type { Duplex } from 'node:stream';
import type { Outcome, TlsSession, TlsSettings } from '../../check.ts';
import { withoutBrackets } from '../../net/addresses.ts';
import { certificateFaults } from '../../net/certificates.ts';
import { failure } from '../source.ts';
import { openStream } from './connect.ts';
import type { Time } from './deadline.ts';
import type { VantagePoint } from './exchanges.ts';
import { openSecure, servernameOf } from './secure.ts';
import { type Tap, tap } from './tap.ts';

const ports: Readonly<Record<string, number>> = { 'http:': 80, 'ws:': 80, 'https:': 443, 'wss:': 443 };

export interface Way {
  readonly stream: Duplex;
  readonly tap: Tap;
  readonly session: TlsSession | null;
}

export async function openWay(
  point: VantagePoint,
  url: URL,
  address: string,
  tls: TlsSettings,
  time: Time,
  unverified = false,
): Promise<Outcome<Way>> {
  const port = url.port === '' ? ports[url.protocol] : Number(url.port);
  if (port === undefined) return failure('unsupported', `no such scheme here: ${url.protocol}`);
  if (url.protocol === 'http:' || url.protocol === 'ws:') {
    const opened = await openStream(point.dial, address, port, time);
    if (!opened.ok) return opened;
    const tapped = tap(opened.stream);
    return { ok: true, stream: tapped.stream, tap: tapped, session: null };
  }
  const target = { address, port, host: withoutBrackets(url.hostname), tls };
  const secured = await openSecure(point, target, time);
  if (!secured.ok) return secured;
  const { socket, session } = secured;
  const faults = unverified
    ? []
    : certificateFaults(session, servernameOf(target), await point.now(time.limits()));
  if (faults.length > 0) {
    socket.destroy();
    const codes = faults.map((fault) => fault.code).join(', ');
    return failure('unverified', `the certificate does not verify (${codes}); nothing was sent`, {
      tls: session,
    });
  }
  const tapped = tap(socket);
  return { ok: true, stream: tapped.stream, tap: tapped, session };
}
