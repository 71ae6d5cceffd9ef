/** Whom programs on this machine trust: Node.js's bundled roots, NODE_EXTRA_CA_CERTS, the operating system's store. */
import { readFile } from 'node:fs/promises';
import { env } from 'node:process';
import { rootCertificates } from 'node:tls';
import type { Roots } from './exchange/exchanges.ts';

/** Debian and Alpine; Red Hat; SUSE; macOS and BSD. The first that can be read is the store. */
const stores = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

export const rootFiles = (extraFile: string | undefined): string[] =>
  extraFile ? [extraFile, ...stores] : stores;

export async function localRoots(extraFile: string | undefined = env.NODE_EXTRA_CA_CERTS): Promise<Roots> {
  const bundled = { source: "Node.js's roots", certificates: rootCertificates };
  // Node.js itself only warns when this file is missing, and goes on without it
  const extra = extraFile
    ? ((await readStore(extraFile)) ?? {
        source: `NODE_EXTRA_CA_CERTS (unreadable: ${extraFile})`,
        certificates: [],
      })
    : null;
  const system = await firstOf(stores);
  const parts = [bundled, extra, system].filter((part) => part !== null);
  return {
    source: [...new Set(parts.map((part) => part.source))].join(', '),
    certificates: distinct(parts.flatMap((part) => part.certificates)),
  };
}

async function firstOf(files: readonly string[]): Promise<Roots | null> {
  for (const file of files) {
    const store = await readStore(file);
    if (store) return store;
  }
  return null;
}

async function readStore(file: string): Promise<Roots | null> {
  try {
    return { source: file, certificates: certificatesIn(await readFile(file, 'utf8')) };
  } catch {
    return null;
  }
}

const begin = '-----BEGIN CERTIFICATE-----';
const end = '-----END CERTIFICATE-----';

/** The certificates in a PEM file, one a string (RFC 7468). What stands between them is left out. */
export function certificatesIn(pem: string): string[] {
  return pem
    .split(begin)
    .slice(1)
    .flatMap((part) => {
      const length = part.indexOf(end);
      return length < 0 ? [] : [`${begin}\n${part.slice(0, length).trim()}\n${end}\n`];
    });
}

/** Each certificate once, however its lines are broken. */
function distinct(certificates: readonly string[]): string[] {
  return [...new Map(certificates.map((pem) => [pem.replace(/\s+/g, ''), pem])).values()];
}
