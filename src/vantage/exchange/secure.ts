/** TLS over any stream, with what the handshake found as plain data. */

import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Failure, Outcome, TlsSession, TlsSettings } from '../../check.ts';
import { describeCertificate } from '../../net/certificates.ts';
import { protocolOf } from '../../net/protocols.ts';
import { failure } from '../source.ts';
import { openStream } from './connect.ts';
import { type Credentials, credentialsFor } from './credentials.ts';
import type { Time } from './deadline.ts';
import type { VantagePoint } from './exchanges.ts';
import { codeOf, failureOf } from './failures.ts';
import { looksLikeTls, presentedCertificates } from './presented.ts';
import { type Tap, tap } from './tap.ts';
import { bestPath, parsed, trustOf } from './trust.ts';

/** Where a TLS connection goes. */
export interface Target {
  readonly address: string;
  readonly port: number;
  /** The name in the URL; `tls.servername` stands in for it. */
  readonly host: string;
  readonly tls: TlsSettings;
}

export interface Secured {
  readonly socket: TLSSocket;
  readonly session: TlsSession;
}

/** What is told about bytes that are not TLS. */
const shownBytes = 256;

/** The name that a target is asked for and must have a certificate of. */
export function servernameOf({ host, tls }: Pick<Target, 'host' | 'tls'>): string {
  return tls.servername ?? host;
}

/** Connects and carries a handshake to its end, whatever the certificate is: that is for whoever reads the session. */
export async function openSecure(point: VantagePoint, target: Target, time: Time): Promise<Outcome<Secured>> {
  const credentials = await credentialsFor(target.tls, await point.roots(time.limits()));
  if (!credentials.ok) return credentials;
  const opened = await openStream(point.dial, target.address, target.port, time);
  if (!opened.ok) return opened;
  const tapped = tap(opened.stream);
  time.reached('connected, no answer to the TLS handshake');
  const shaken = await shakeHands(tapped, target, credentials, time);
  if (!shaken.ok) return shaken;
  const session = await sessionOf(shaken.socket, tapped, point, target, credentials, time);
  return { ok: true, socket: shaken.socket, session };
}

/** What both handshakes with a target say alike. */
function greetingOf(target: Target) {
  const name = servernameOf(target);
  return {
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    // RFC 6066 section 3: an address is no server name
    servername: isIP(name) === 0 ? name.replace(/\.$/, '') : '',
    checkServerIdentity: () => undefined,
  };
}

function shakeHands(
  tapped: Tap,
  target: Target,
  credentials: Credentials,
  time: Time,
): Promise<Outcome<{ socket: TLSSocket }>> {
  return new Promise((settle) => {
    const socket = connectTls({
      ...greetingOf(target),
      secureContext: credentials.context,
      socket: tapped.stream,
    });
    time.signal.addEventListener('abort', () => socket.destroy(), { once: true });
    // the first error counts; later ones must find a listener too
    socket.on('error', (error) => settle(handshakeFailure(error, tapped)));
    socket.on('close', () => settle(handshakeFailure(undefined, tapped)));
    socket.once('secureConnect', () => settle({ ok: true, socket }));
  });
}

/** Why a handshake ended: by what came, then by OpenSSL's code. */
export function handshakeFailure(error: unknown, tapped: Pick<Tap, 'received' | 'state'>): Failure {
  const received = tapped.received();
  if (received.length > 0 && !looksLikeTls(received)) {
    const text = received.subarray(0, shownBytes).toString('utf8');
    const protocol = protocolOf(text);
    return failure('not-tls', protocol ? `${protocol} answered` : 'what answered is not TLS', {
      received: text,
    });
  }
  if (codeOf(error).startsWith('ERR_SSL_')) return failureOf(error);
  if (tapped.state() === 'ended')
    return failure('closed', 'the other side closed the connection in the TLS handshake');
  const mapped = failureOf(error);
  return mapped.failure === 'reset' || error === undefined
    ? failure('reset', 'the connection was reset in the TLS handshake')
    : mapped;
}

async function sessionOf(
  socket: TLSSocket,
  tapped: Tap,
  point: VantagePoint,
  target: Target,
  credentials: Credentials,
  time: Time,
): Promise<TlsSession> {
  // a string on Node.js 20, an Error elsewhere in its documentation
  const reported: unknown = socket.authorizationError;
  const verifyError = socket.authorized
    ? null
    : typeof reported === 'string'
      ? reported
      : codeOf(reported) || null;
  const linked = linkedCertificates(socket);
  const exact =
    certificatesFrom(tapped.received()) ??
    (verifyError === null ? null : await presentedOverTls12(point, target, linked[0], time));
  // linked: the last may come out of our own store, and then nobody presented it
  const presented =
    exact ??
    linked.filter((each, index) => index === 0 || !credentials.anchors.fingerprints.has(each.fingerprint256));
  const path = bestPath(presented, credentials.anchors);
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher()?.standardName ?? socket.getCipher()?.name ?? 'unknown',
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : null,
    servername: servernameOf(target),
    chain: presented.map(describeCertificate),
    path: path.trusted ? path.certificates.map(describeCertificate) : [],
    trust: trustOf(verifyError, path, credentials.anchors, credentials.hasPrivateRoot),
    verifyError,
    trustStore: credentials.trustStore,
  };
}

/** The leaf and the issuers that Node.js found for it, in what was presented and in the trust store. */
function linkedCertificates(socket: TLSSocket): X509Certificate[] {
  const found: X509Certificate[] = [];
  for (let each = socket.getPeerX509Certificate(); each && found.length < 32; each = each.issuerCertificate) {
    const certificate = each;
    if (found.some((before) => before.fingerprint256 === certificate.fingerprint256)) break;
    found.push(certificate);
  }
  return found;
}

function certificatesFrom(received: Uint8Array): X509Certificate[] | null {
  const certificates = presentedCertificates(received)?.map(parsed);
  return certificates?.every((each) => each !== null) && certificates.length > 0 ? certificates : null;
}

/**
 * What the server presents, read from a second handshake in TLS 1.2, where it is not encrypted. Null when the
 * server does not speak it, or presents another certificate there.
 */
async function presentedOverTls12(
  point: VantagePoint,
  target: Target,
  leaf: X509Certificate | undefined,
  time: Time,
): Promise<X509Certificate[] | null> {
  const half = { ...time, limits: () => ({ ...time.limits(), timeoutMs: time.left() / 2 }) };
  const opened = await openStream(point.dial, target.address, target.port, half);
  if (!opened.ok) return null;
  const tapped = tap(opened.stream);
  const certificates = await new Promise<X509Certificate[] | null>((settle) => {
    // the first handshake has answered the question: this one may not cost it its answer
    const patience = setTimeout(() => settle(null), time.left() / 2);
    time.signal.addEventListener('abort', () => clearTimeout(patience), { once: true });
    const socket = connectTls({
      ...greetingOf(target),
      socket: tapped.stream,
      ca: [],
      maxVersion: 'TLSv1.2',
    });
    const done = () => {
      settle(certificatesFrom(tapped.received()));
      socket.destroy();
      opened.stream.destroy();
    };
    socket.once('secureConnect', done);
    socket.on('error', done);
    socket.on('close', done);
  });
  return certificates?.[0]?.fingerprint256 === leaf?.fingerprint256 ? certificates : null;
}
