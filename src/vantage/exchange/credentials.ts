/** The files of an endpoint's TLS settings, and the secure context made of them and the vantage's roots. */
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Outcome, TlsSettings } from '../../check.ts';
import { certificatesIn } from '../roots.ts';
import { failure } from '../source.ts';
import type { Roots } from './exchanges.ts';
import { codeOf } from './failures.ts';
import { type Anchors, anchorsOf } from './trust.ts';

/** What a TLS client needs, and what its verification went by. */
export interface Credentials {
  readonly context: SecureContext;
  readonly anchors: Anchors;
  readonly trustStore: string;
  readonly hasPrivateRoot: boolean;
}

/** Parsing a few hundred roots takes a while, and a vantage's are always the same array. */
const known = new WeakMap<readonly string[], Map<string, Credentials>>();

/** Reads `ca`, `cert` and `key` on the machine that doctor runs on; a file that can't be read is named in the failure. */
export async function credentialsFor(tls: TlsSettings, roots: Roots): Promise<Outcome<Credentials>> {
  const [ca, cert, key] = await Promise.all([fileOf(tls.ca), fileOf(tls.cert), fileOf(tls.key)]);
  for (const file of [ca, cert, key]) if (!file.ok) return file;
  if (!ca.ok || !cert.ok || !key.ok) return failure('incomplete', 'a file of the TLS settings was not read');
  const privateRoots = ca.text === undefined ? [] : certificatesIn(ca.text);
  if (ca.text !== undefined && privateRoots.length === 0) {
    return failure('unsupported', `${tls.ca} has no certificate in it (PEM)`);
  }
  const cached = known.get(roots.certificates) ?? new Map<string, Credentials>();
  known.set(roots.certificates, cached);
  const made = JSON.stringify([ca.text, cert.text, key.text]);
  const before = cached.get(made);
  if (before) return { ok: true, ...before };
  const anchors = anchorsOf([...privateRoots, ...roots.certificates]);
  const trusted = [...anchors.bySubject.values()].flat().map((certificate) => certificate.toString());
  try {
    const credentials: Credentials = {
      // as curl, Go and rustls: a certificate that is named as trusted ends the path, root or not
      context: createSecureContext({
        ca: trusted,
        cert: cert.text,
        key: key.text,
        allowPartialTrustChain: true,
      }),
      anchors,
      trustStore: tls.ca === undefined ? roots.source : `${roots.source}, ${tls.ca}`,
      hasPrivateRoot: privateRoots.length > 0,
    };
    cached.set(made, credentials);
    return { ok: true, ...credentials };
  } catch (error) {
    const files = [tls.cert, tls.key].filter((path) => path !== undefined).join(' and ');
    return failure('unsupported', `no client certificate can be made of ${files} (${codeOf(error)})`);
  }
}

async function fileOf(path: string | undefined): Promise<Outcome<{ text: string | undefined }>> {
  if (path === undefined) return { ok: true, text: undefined };
  try {
    return { ok: true, text: await readFile(path, 'utf8') };
  } catch (error) {
    const code = codeOf(error);
    const denied = code === 'EACCES' || code === 'EPERM';
    return failure(denied ? 'denied' : 'missing', `${path} can not be read (${code})`);
  }
}
