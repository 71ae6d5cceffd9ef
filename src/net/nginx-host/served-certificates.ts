/** The certificates that nginx would serve after a reload: those on the disk. */
import { X509Certificate } from 'node:crypto';
import { posix } from 'node:path';
import type { Ask, Vantage } from '../../check.ts';
import { reads } from '../asks.ts';
import { containerFileAsks } from '../containers.ts';
import type { Directive, Route } from '../nginx/route.ts';
import type { Configuration } from './configuration.ts';
import { lookAtTimes, namedOnHost, readOne } from './files.ts';

export interface DiskCertificate {
  readonly file: string;
  /** As a fix names it. */
  readonly hostFile: string;
  readonly fingerprint256: string;
  /** ISO 8601. */
  readonly notAfter: string;
  /** When the file was last written, ISO 8601; null: not known. */
  readonly writtenAt: string | null;
}

/** Of RSA and of ECDSA, say. */
const most = 4;

/** What {@link lookAtCertificates} may ask, besides the times of the files. */
export function certificateAsks(container: string | null): Ask[] {
  const file = '‹its certificate›';
  return [...(container === null ? [] : containerFileAsks(container, file)), reads(file)];
}

/** Of the server that takes the request; those that can't be read are left out. */
export async function lookAtCertificates(
  vantage: Vantage,
  { parsed, main, where }: Configuration,
  { server }: Route,
): Promise<DiskCertificate[]> {
  if (!parsed?.ok || main === null || server === null) return [];
  const http = parsed.root.find(({ name }) => name === 'http')?.block ?? [];
  const own = http.find(
    ({ name, file, line }) => name === 'server' && file === server.file && line === server.line,
  );
  const named = (level: readonly Directive[]) => level.filter(({ name }) => name === 'ssl_certificate');
  const inForce = named(own?.block ?? []).length > 0 ? named(own?.block ?? []) : named(http);
  const paths = inForce
    .flatMap(({ args }) => args[0] ?? [])
    .filter((path) => !path.includes('$') && !path.startsWith('data:') && !path.startsWith('engine:'))
    .slice(0, most)
    .map((path) => posix.resolve(posix.dirname(main), path));
  if (paths.length === 0) return [];
  const [times, ...texts] = await Promise.all([
    lookAtTimes(vantage, where, paths),
    ...paths.map((path) => readOne(vantage, where, path)),
  ]);
  return paths.flatMap((file, index) => {
    const answer = texts[index];
    const certificate = answer?.ok ? firstIn(answer.text) : null;
    if (!certificate) return [];
    const written = times.get(file);
    return [
      {
        file,
        hostFile: namedOnHost(where, file),
        fingerprint256: certificate.fingerprint256,
        notAfter: new Date(certificate.validTo).toISOString(),
        writtenAt: written === undefined ? null : new Date(written * 1000).toISOString(),
      },
    ];
  });
}

/** The first of a chain is the server's own. A private key beside it is not looked at. */
function firstIn(text: string): X509Certificate | null {
  const pem = /-----BEGIN CERTIFICATE-----[^-]{1,20000}-----END CERTIFICATE-----/.exec(text)?.[0];
  if (pem === undefined) return null;
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}
