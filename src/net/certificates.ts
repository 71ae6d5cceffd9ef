/** What a certificate says, and what is wrong with those of a TLS session. Pure. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { Certificate, Failure, Finding, FindingWords, TlsSession } from '../check.ts';
import { protocolOf } from './protocols.ts';

export type CertificateCode =
  | 'tls.expired'
  | 'tls.not-yet-valid'
  | 'tls.expiring'
  | 'tls.wrong-name'
  | 'tls.self-signed'
  | 'tls.unknown-issuer'
  | 'tls.incomplete-chain'
  | 'tls.handshake-failed';

/** A finding, whose values name the certificate (`certificate`, `which`) and what its words need. */
export interface CertificateFault extends Finding {
  readonly code: CertificateCode;
}

const dayMs = 86_400_000;

/** Reads a certificate. Throws when the bytes are none. */
export function describeCertificate(from: Uint8Array | X509Certificate): Certificate {
  const certificate = from instanceof X509Certificate ? from : new X509Certificate(from);
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: namesOf(certificate.subjectAltName),
    notBefore: isoDate(certificate.validFrom),
    notAfter: isoDate(certificate.validTo),
    fingerprint256: certificate.fingerprint256,
    selfSigned: isSelfSigned(certificate),
    isAuthority: certificate.ca,
    issuerUri: issuerUriOf(certificate.infoAccess),
  };
}

/** It names itself as its issuer, and its own key made its signature. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && signedBy(certificate, certificate);
}

/** The signature of `certificate` is of `issuer`'s key. A key that can't verify anything verified nothing. */
export function signedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** `CN` of a name as {@link describeCertificate} writes it, else all of it, else what there is to call it by. */
export function commonName(distinguishedName: string): string {
  const part = distinguishedName.split(/(?<!\\), /).find((each) => each.startsWith('CN='));
  return part?.slice(3) || distinguishedName || '(no subject)';
}

/**
 * Everything that is wrong with a session's certificates at `nowMs`, for a client that asked for `name`: trust,
 * dates of each certificate on the path, and names (RFC 6125; the subject's CN is no name). `certDays` is how
 * many days of validity there should be left; without it nothing is `tls.expiring`.
 */
export function certificateFaults(
  session: TlsSession,
  name: string,
  nowMs: number,
  certDays?: number,
): CertificateFault[] {
  return [
    ...trustFaults(session),
    ...pathOf(session).flatMap((certificate, depth) => dateFaults(certificate, depth, nowMs, certDays)),
    ...nameFaults(session, name),
  ];
}

/** The certificates whose dates count: the path that was verified, else what was presented as far as it hangs together. */
function pathOf(session: TlsSession): readonly Certificate[] {
  if (session.path && session.path.length > 0) return session.path;
  const path = session.chain.slice(0, 1);
  for (let last = path[0]; last && !last.selfSigned; last = path.at(-1)) {
    const issuer = session.chain.find((each) => each.subject === last?.issuer && !path.includes(each));
    if (!issuer) break;
    path.push(issuer);
  }
  return path;
}

function trustFaults({ trust, chain, verifyError, trustStore }: TlsSession): CertificateFault[] {
  const [leaf, last] = [chain[0], chain.at(-1)];
  if (trust === 'trusted' || !leaf) return [];
  const values = {
    which: 'certificate',
    certificate: commonName(leaf.subject),
    issuer: commonName((trust === 'unknown-issuer' ? last : leaf)?.issuer ?? ''),
    verifyError,
    trustStore,
    presented: chain.length,
  };
  if (trust === 'self-signed') {
    const observed = `signed by itself (${commonName(leaf.subject)})`;
    return [{ code: 'tls.self-signed', expected: 'signed by a trusted issuer', observed, values }];
  }
  if (trust === 'incomplete-chain') {
    const observed = `${chain.length === 1 ? 'its certificate alone' : `${chain.length} certificates`}, without that of ${values.issuer}`;
    const expected = 'every intermediate certificate sent';
    return [
      { code: 'tls.incomplete-chain', expected, observed, values: { ...values, issuerUri: leaf.issuerUri } },
    ];
  }
  if (trust === 'unknown-issuer') {
    const observed = `issued by ${values.issuer}, which is not trusted here`;
    return [{ code: 'tls.unknown-issuer', expected: `an issuer in ${trustStore}`, observed, values }];
  }
  const observed = `certificate refused${verifyError ? ` (${verifyError})` : ''}`;
  return [{ code: 'tls.handshake-failed', expected: 'a certificate for a TLS server', observed, values }];
}

function dateFaults(
  certificate: Certificate,
  depth: number,
  nowMs: number,
  certDays: number | undefined,
): CertificateFault[] {
  const [from, until] = [Date.parse(certificate.notBefore), Date.parse(certificate.notAfter)];
  const which =
    depth === 0 ? 'certificate' : certificate.selfSigned ? 'root certificate' : 'issuer certificate';
  const values = {
    which,
    certificate: commonName(certificate.subject),
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    now: iso(nowMs),
    days: Math.floor(Math.abs(until - nowMs) / dayMs),
  };
  const named = depth === 0 ? '' : ` (${which} ${values.certificate})`;
  if (nowMs < from) {
    const observed = `valid from ${certificate.notBefore}${named}`;
    return [{ code: 'tls.not-yet-valid', expected: `valid at ${values.now}`, observed, values }];
  }
  if (nowMs > until) {
    const observed = `valid until ${certificate.notAfter}${named}`;
    return [{ code: 'tls.expired', expected: `valid at ${values.now}`, observed, values }];
  }
  if (certDays !== undefined && until - nowMs < certDays * dayMs) {
    const observed = `${values.days} days left, until ${certificate.notAfter}${named}`;
    return [{ code: 'tls.expiring', expected: `at least ${certDays} days left`, observed, values }];
  }
  return [];
}

function nameFaults(session: TlsSession, name: string): CertificateFault[] {
  const leaf = session.chain[0];
  if (!leaf || matchesName(leaf.names, name)) return [];
  const shown = leaf.names.slice(0, 8).map((each) => each.replace(/^(DNS|IP):/, ''));
  const more = leaf.names.length > shown.length ? ` and ${leaf.names.length - shown.length} more` : '';
  const observed = shown.length === 0 ? 'for no name at all' : `for ${shown.join(', ')}${more}`;
  const values = { which: 'certificate', certificate: commonName(leaf.subject), name, names: shown };
  return [{ code: 'tls.wrong-name', expected: `for ${name}`, observed, values }];
}

/** Whether one of `DNS:…`, `IP:…` covers a name or address, by the rules of RFC 6125 as Node has them. */
export function matchesName(names: readonly string[], name: string): boolean {
  // what has other characters than a name or pattern matches nothing, and must not look like several entries
  const usable = names.filter((each) => /^(DNS|IP):[\x21\x23-\x2b\x2d-\x7e]+$/.test(each));
  if (usable.length === 0) return false;
  const subjectaltname = usable.map((each) => each.replace(/^IP:/, 'IP Address:')).join(', ');
  const bare = isIP(name.split('%')[0] ?? '') === 0 ? name : (name.split('%')[0] ?? '');
  const certificate = { subject: {}, subjectaltname } as Parameters<typeof checkServerIdentity>[1];
  return checkServerIdentity(bare, certificate) === undefined;
}

/** Node's text of subjectAltName: entries apart by `, `, those with odd characters as JSON strings. */
function namesOf(text: string | undefined): string[] {
  const entries = (text ?? '').match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  return entries.flatMap((entry) => {
    const [, type, value = ''] = /^\s*(DNS|IP Address):(.*)$/s.exec(entry) ?? [];
    if (!type) return [];
    const name = value.startsWith('"') ? unquoted(value) : value;
    return [type === 'DNS' ? `DNS:${name}` : `IP:${name}`];
  });
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

function issuerUriOf(infoAccess: string | undefined): string | null {
  const line = infoAccess?.split('\n').find((each) => each.startsWith('CA Issuers - URI:'));
  return line ? unquoted(line.slice('CA Issuers - URI:'.length)) : null;
}

function oneLine(distinguishedName: string | undefined): string {
  // an empty name comes as undefined
  return (distinguishedName ?? '').split('\n').reverse().join(', ');
}

/** OpenSSL's `Nov 24 06:50:08 2026 GMT` as ISO 8601; what can't be read stays as it is. */
function isoDate(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : iso(time);
}

function iso(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

const failing = (says: FindingWords['says']): FindingWords => ({ status: 'fail', says });

const day = (date: unknown) => String(date ?? 'an unknown day').slice(0, 10);

const named = (finding: Finding) =>
  finding.values?.which === 'certificate'
    ? 'the certificate'
    : `the ${finding.values?.which ?? 'certificate'} ${finding.values?.certificate ?? ''}`.trimEnd();

/** The words of {@link certificateFaults}' codes: a check that can give them spreads them into its `findings`. */
export const certificateFindings = {
  'tls.expired': failing((f) => `${named(f)} expired on ${day(f.values?.notAfter)}`),
  'tls.not-yet-valid': failing((f) => `${named(f)} is not valid before ${day(f.values?.notBefore)}`),
  'tls.expiring': {
    status: 'warn',
    says: (f) => `${named(f)} expires in ${f.values?.days ?? 'a few'} days, on ${day(f.values?.notAfter)}`,
  },
  'tls.wrong-name': failing(
    (f) => `the certificate is ${f.observed ?? 'for another name'}, not ${f.expected ?? ''}`,
  ),
  'tls.self-signed': failing(() => 'the certificate signed itself'),
  'tls.unknown-issuer': failing(
    (f) => `the certificate's issuer is not trusted: ${f.values?.issuer ?? 'unknown'}`,
  ),
  'tls.incomplete-chain': failing(
    (f) => `the server does not send the certificate of ${f.values?.issuer ?? 'its issuer'}`,
  ),
  'tls.not-tls': failing((f) => `no TLS on that port: ${f.observed ?? 'something else answered'}`),
  'tls.handshake-failed': failing((f) => `no TLS connection: ${f.observed ?? 'the handshake failed'}`),
} as const satisfies Record<string, FindingWords>;

/** The finding of a handshake that did not come about: `not-tls`, else `tls.handshake-failed`. */
export function tlsFailureFinding(failure: Failure): Finding {
  const values = { failure: failure.failure, received: failure.received ?? null };
  const protocol = protocolOf(failure.received ?? '');
  return failure.failure === 'not-tls'
    ? { code: 'tls.not-tls', expected: 'TLS', observed: protocol ?? failure.detail, values }
    : { code: 'tls.handshake-failed', expected: 'a TLS handshake', observed: failure.detail, values };
}
