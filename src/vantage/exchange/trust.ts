/** Whether presented certificates lead to a trusted root, whatever their dates and names are. */
import { X509Certificate } from 'node:crypto';
import type { Trust } from '../../check.ts';
import { isSelfSigned, signedBy } from '../../net/certificates.ts';

/** Longer chains, and more ways through them, are nobody's real ones. */
const mostDepth = 10;
const mostPaths = 64;

/** Trusted certificates, found by their subject. */
export interface Anchors {
  readonly bySubject: ReadonlyMap<string, readonly X509Certificate[]>;
  readonly fingerprints: ReadonlySet<string>;
}

/** What is no certificate is left out: one broken block in a store must not hide the others. */
export function anchorsOf(pems: readonly string[]): Anchors {
  const bySubject = new Map<string, X509Certificate[]>();
  const fingerprints = new Set<string>();
  for (const pem of pems) {
    const certificate = parsed(pem);
    if (!certificate) continue;
    const same = bySubject.get(certificate.subject);
    if (same) same.push(certificate);
    else bySubject.set(certificate.subject, [certificate]);
    fingerprints.add(certificate.fingerprint256);
  }
  return { bySubject, fingerprints };
}

export function parsed(from: string | Uint8Array): X509Certificate | null {
  try {
    return new X509Certificate(from);
  } catch {
    return null;
  }
}

export interface Path {
  /** The leaf first, each followed by its issuer; with the trusted one as the last when `trusted`. */
  readonly certificates: readonly X509Certificate[];
  readonly trusted: boolean;
}

/**
 * The best path from the first of the presented certificates (RFC 5280 section 6.1, without dates and names): a
 * trusted one if there is one, of those the one that stays valid longest (a server may send an expired cross
 * signature beside a good one), else the longest.
 */
export function bestPath(presented: readonly X509Certificate[], anchors: Anchors): Path {
  const found: Path[] = [];
  const walk = (path: readonly X509Certificate[]): void => {
    const last = path.at(-1);
    if (!last || found.length >= mostPaths) return;
    if (anchors.fingerprints.has(last.fingerprint256)) {
      found.push({ certificates: path, trusted: true });
      return;
    }
    const above = path.length < mostDepth ? issuersOf(last, presented, anchors, path) : [];
    if (above.length === 0) found.push({ certificates: path, trusted: false });
    for (const issuer of above) walk([...path, issuer]);
  };
  walk(presented.slice(0, 1));
  const score = (path: Path) => (path.trusted ? 1e15 + endOf(path) : path.certificates.length);
  return found.reduce((best, path) => (score(path) > score(best) ? path : best), {
    certificates: presented.slice(0, 1),
    trusted: false,
  });
}

function issuersOf(
  certificate: X509Certificate,
  presented: readonly X509Certificate[],
  anchors: Anchors,
  path: readonly X509Certificate[],
): X509Certificate[] {
  const trusted = anchors.bySubject.get(certificate.issuer) ?? [];
  const seen = new Set(path.map((each) => each.fingerprint256));
  const candidates = [...trusted, ...presented.filter((each) => each.subject === certificate.issuer)];
  return candidates.filter((candidate) => {
    if (seen.has(candidate.fingerprint256) || !candidate.ca) return false;
    seen.add(candidate.fingerprint256);
    return certificate.checkIssued(candidate) && signedBy(certificate, candidate);
  });
}

/** When the first of a path's certificates runs out. */
function endOf(path: Path): number {
  return Math.min(...path.certificates.map((each) => Date.parse(each.validTo) || 0));
}

/** OpenSSL's codes that speak of dates: it reports one error only, so they can hide any other (verify(1)). */
const dateErrors = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const chainErrors = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_UNTRUSTED',
]);

/** id-kp-serverAuth, anyExtendedKeyUsage (RFC 5280 section 4.2.1.12). */
const serverUses = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0'];

/**
 * OpenSSL decides, where it has an answer; where it stopped at a date, the path that was found does.
 * `privateRoots`: the subjects of the roots that the configuration adds.
 */
export function trustOf(
  verifyError: string | null,
  path: Path,
  anchors: Anchors,
  hasPrivateRoot: boolean,
): Trust {
  const leaf = path.certificates[0];
  if (verifyError === null) return 'trusted';
  if (!leaf) return 'invalid';
  if (!dateErrors.has(verifyError) && !chainErrors.has(verifyError)) return 'invalid';
  if (path.trusted) return dateErrors.has(verifyError) && servesTls(leaf) ? 'trusted' : 'invalid';
  if (isSelfSigned(leaf)) return 'self-signed';
  const last = path.certificates.at(-1) ?? leaf;
  if (path.certificates.length > 1 || isSelfSigned(last)) return 'unknown-issuer';
  // a root of its issuer's name with another key: the issuer is not the one that is trusted
  if (anchors.bySubject.has(leaf.issuer)) return 'unknown-issuer';
  return leaf.infoAccess?.includes('CA Issuers - URI:') || hasPrivateRoot
    ? 'incomplete-chain'
    : 'unknown-issuer';
}

function servesTls(leaf: X509Certificate): boolean {
  // Node.js calls the extended key usage `keyUsage`
  const uses = leaf.keyUsage as readonly string[] | undefined;
  return uses === undefined || uses.length === 0 || uses.some((use) => serverUses.includes(use));
}
