/** Certificates for tests, made with the openssl command: authorities, intermediates and leaves with any fault. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, as PEM and as files. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Wanted {
  /** The subject's CN. */
  readonly cn: string;
  /** `DNS:name` and `IP:address`. */
  readonly names?: readonly string[];
  /** Who signs it; without one it signs itself. */
  readonly issuer?: Issued;
  readonly authority?: boolean;
  /** Days from now on; default -1 and 365. */
  readonly from?: number;
  readonly until?: number;
  /** extendedKeyUsage; default serverAuth. */
  readonly use?: 'serverAuth' | 'clientAuth';
  /** URI of the issuer's certificate (authorityInfoAccess). */
  readonly issuerUri?: string;
  /** Signs with this one's key instead of a new one. */
  readonly sameKeyAs?: Issued;
}

export interface CertificateMaker {
  readonly folder: string;
  make(wanted: Wanted): Issued;
  /** Writes text to a file in the folder, and gives its path. */
  write(name: string, text: string): string;
  remove(): void;
}

/** A temporary folder in which certificates are made. The caller removes it. */
export function certificateMaker(): CertificateMaker {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  return {
    folder,
    write,
    make: (wanted) => make(folder, write, wanted),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function make(folder: string, write: CertificateMaker['write'], wanted: Wanted): Issued {
  const id = randomUUID();
  const path = (suffix: string) => join(folder, `${id}.${suffix}`);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  if (wanted.sameKeyAs) writeFileSync(path('key'), wanted.sameKeyAs.key);
  else openssl('ecparam', '-genkey', '-noout', '-name', 'prime256v1', '-out', path('key'));
  openssl('req', '-new', '-key', path('key'), '-subj', `/CN=${wanted.cn}`, '-utf8', '-out', path('csr'));
  write(`${id}.ext`, extensionsOf(wanted));
  write(`${id}.txt`, '');
  mkdirSync(path('new'));
  write(`${id}.cnf`, caConfiguration(path('txt'), path('new')));
  const signer = wanted.issuer
    ? ['-cert', wanted.issuer.certFile, '-keyfile', wanted.issuer.keyFile]
    : ['-selfsign', '-keyfile', path('key')];
  const dates = ['-startdate', asn1Time(wanted.from ?? -1), '-enddate', asn1Time(wanted.until ?? 365)];
  const files = ['-config', path('cnf'), '-extfile', path('ext'), '-in', path('csr'), '-out', path('crt')];
  openssl('ca', '-batch', '-notext', '-utf8', '-md', 'sha256', ...signer, ...dates, ...files);
  const text = (suffix: string) => readFileSync(path(suffix), 'utf8');
  return { cert: text('crt'), key: text('key'), certFile: path('crt'), keyFile: path('key') };
}

function extensionsOf({ authority, names = [], use = 'serverAuth', issuerUri }: Wanted): string {
  const lines = authority
    ? ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign']
    : ['basicConstraints=CA:FALSE', `extendedKeyUsage=${use}`];
  const identifiers = ['subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid'];
  const alternative = names.length > 0 ? [`subjectAltName=${names.join(',')}`] : [];
  const access = issuerUri ? [`authorityInfoAccess=caIssuers;URI:${issuerUri}`] : [];
  return [...lines, ...identifiers, ...alternative, ...access, ''].join('\n');
}

function caConfiguration(database: string, newCertificates: string): string {
  return [
    '[ca]',
    'default_ca=this',
    '[this]',
    `database=${database}`,
    `new_certs_dir=${newCertificates}`,
    'rand_serial=yes',
    'unique_subject=no',
    'policy=any',
    'string_mask=utf8only',
    '[any]',
    'commonName=supplied',
    '',
  ].join('\n');
}

/** `YYYYMMDDHHMMSSZ`, so many days from now. */
function asn1Time(days: number): string {
  const date = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${date.slice(0, 19).replace(/[-:T]/g, '')}Z`;
}
