/** The format of known_hosts: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". What it says of a key is decided as ssh(1) does. */
import { createHash, createHmac } from 'node:crypto';

export interface KnownHost {
  /** As it was given to {@link parseKnownHosts}. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly marker: 'revoked' | 'cert-authority' | null;
  /** The host field as written: comma-separated patterns, or one hashed name. */
  readonly hosts: string;
  readonly type: string;
  /** The public key, base64. */
  readonly key: string;
}

export interface KnownHosts {
  readonly entries: readonly KnownHost[];
  /** Lines that are neither an entry nor a comment; ssh passes over them as well. */
  readonly malformed: readonly { readonly file: string; readonly line: number; readonly reason: string }[];
}

/** Longer lines than any key makes are not read: what is in the file is not ours. */
const longestLine = 65_536;

export function parseKnownHosts(text: string, file: string): KnownHosts {
  const entries: KnownHost[] = [];
  const malformed: { file: string; line: number; reason: string }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    if (raw.length > longestLine) {
      malformed.push({ file, line, reason: 'too long' });
      continue;
    }
    const fields = raw.split(/[ \t\r]+/).filter((field) => field !== '');
    if (!fields[0] || fields[0].startsWith('#')) continue;
    const marker = fields[0].startsWith('@') ? fields.shift() : undefined;
    if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') {
      malformed.push({ file, line, reason: `unknown marker ${marker}` });
      continue;
    }
    const [hosts, type, key] = fields;
    if (!hosts || !type || !key) {
      malformed.push({ file, line, reason: 'host, key type and key expected' });
    } else if (keyType(key) !== type) {
      malformed.push({ file, line, reason: `not a key of type ${type}` });
    } else {
      const kind = marker === '@revoked' ? 'revoked' : marker === '@cert-authority' ? 'cert-authority' : null;
      entries.push({ file, line, marker: kind, hosts, type, key });
    }
  }
  return { entries, malformed };
}

/**
 * The type that a public key names itself; null when it is no key. A key is fields of a length and so many bytes, the
 * type first (RFC 4253 section 6.6), and nothing after the last.
 */
export function keyType(base64: string): string | null {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return null;
  const blob = Buffer.from(base64, 'base64');
  let type: string | null = null;
  let at = 0;
  while (at + 4 <= blob.length) {
    const start = at + 4;
    at = start + blob.readUInt32BE(at);
    if (type !== null) continue;
    if (at - start < 1 || at - start > 64 || at >= blob.length) return null;
    type = blob.toString('latin1', start, at);
  }
  return at === blob.length ? type : null;
}

/** `SHA256:…`, as ssh-keygen prints it. */
export function fingerprint(base64: string): string {
  const digest = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}

/** How known_hosts names a host at a port: `name`, or `[name]:port` when it is not 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** Whether an entry's host field means that name. A negated pattern that matches rules the whole line out. */
export function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name);
  let matched = false;
  for (const written of hosts.toLowerCase().split(',')) {
    const negated = written.startsWith('!');
    const pattern = negated ? written.slice(1) : written;
    if (!matchesPattern(pattern, name.toLowerCase())) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

function matchesHash(hosts: string, name: string): boolean {
  const [empty, version, salt, hash, ...rest] = hosts.split('|');
  if (empty !== '' || version !== '1' || !salt || !hash || rest.length > 0) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** `*` is any run of characters, `?` any one (ssh_config(5), PATTERNS). Linear but for one step back to the last `*`. */
export function matchesPattern(pattern: string, text: string): boolean {
  let p = 0;
  let star = -1;
  let resume = 0;
  for (let t = 0; t < text.length; ) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked';

export interface HostKeyJudgement {
  readonly verdict: HostKeyVerdict;
  /** Every entry that means this host, authorities left out. */
  readonly known: readonly KnownHost[];
}

/**
 * What known_hosts says of a host's key, as ssh's `check_host_key` decides it: a revoked key is refused whatever else
 * is there; a key that is listed is known; any other entry for the host makes it changed. With `bareName`, entries
 * without the port may vouch for a key that is otherwise unknown.
 */
export function judgeHostKey(
  entries: readonly KnownHost[],
  name: string,
  bareName: string | null,
  key: string,
): HostKeyJudgement {
  const named = (wanted: string) =>
    entries.filter((entry) => entry.marker !== 'cert-authority' && matchesHost(entry.hosts, wanted));
  const here = named(name);
  const bare = bareName !== null && bareName !== name ? named(bareName) : [];
  const says = (list: readonly KnownHost[]): HostKeyVerdict => {
    if (list.some((entry) => entry.marker === 'revoked' && entry.key === key)) return 'revoked';
    const valid = list.filter((entry) => entry.marker === null);
    if (valid.some((entry) => entry.key === key)) return 'known';
    return valid.length > 0 ? 'changed' : 'unknown';
  };
  const verdict = says(here);
  if (verdict !== 'unknown') return { verdict, known: here };
  const vouched = says(bare);
  if (vouched === 'known' || vouched === 'revoked') return { verdict: vouched, known: [...here, ...bare] };
  return { verdict: 'unknown', known: here };
}
