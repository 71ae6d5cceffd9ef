/**
 * Whether a host is the one that known_hosts knows. The answer is a plain boolean, given at once, from files that were
 * read before: ssh2 takes anything else, a promise of `false` too, for a yes.
 */
import { readFile, stat } from 'node:fs/promises';
import type { LoginTrace } from '../../check.ts';
import {
  fingerprint,
  judgeHostKey,
  type KnownHost,
  keyType,
  knownHostName,
  matchesHost,
  parseKnownHosts,
} from '../../net/known-hosts.ts';
import { shellWord } from '../../net/shell-word.ts';
import type { Way } from './way.ts';

/** A known_hosts file larger than this is not read, and nothing in it is believed. In bytes. */
const largestFile = 16_777_216;

export interface HostKeys {
  /** True only for a key that known_hosts lists for this host. Remembers what it was shown. */
  verify(key: Buffer): boolean;
  /** Remembers what another program was shown, and made of it. */
  note(shown: { readonly type: string; readonly fingerprint: string; readonly verdict: Verdict }): void;
  /** The host key algorithms to offer, those of known keys first. Empty: nothing that both can do. */
  algorithms(supported: readonly string[]): string[];
  /** What was shown, and why it was refused; null as long as no key came. */
  seen(): { readonly type: string; readonly fingerprint: string; readonly verdict: Verdict } | null;
  readonly knownKeys: LoginTrace['knownKeys'];
  /** known_hosts has a certificate authority for this host (`@cert-authority`). */
  readonly hasAuthority: boolean;
  readonly notes: readonly string[];
  /** The failure's words: what is wrong with the key, and what mends it. */
  explain(): string;
}

export type Verdict = 'known' | 'unknown' | 'changed' | 'revoked' | 'unreadable';

export async function loadHostKeys(way: Way): Promise<HostKeys> {
  const name =
    way.hostKeyAlias === null ? knownHostName(way.hostname, way.port) : way.hostKeyAlias.toLowerCase();
  // ssh looks again without the port, but never for an alias
  const bareName = way.hostKeyAlias === null ? way.hostname.toLowerCase() : null;
  const entries: KnownHost[] = [];
  const unreadable: string[] = [];
  const notes: string[] = [];
  for (const file of new Set(way.knownHostsFiles)) {
    const text = await readSmall(file);
    if (typeof text !== 'string') {
      if (text.missing) continue;
      unreadable.push(`${file} (${text.why})`);
      continue;
    }
    const parsed = parseKnownHosts(text, file);
    entries.push(...parsed.entries);
    for (const bad of parsed.malformed.slice(0, 3)) notes.push(`${bad.file}:${bad.line}: ${bad.reason}`);
  }
  const revoked = await revokedKeys(way.revokedKeysFile, unreadable);
  const names = [name, ...(bareName === null ? [] : [bareName])];
  const ofThisHost = (entry: KnownHost) => names.some((wanted) => matchesHost(entry.hosts, wanted));
  const mine = entries.filter(ofThisHost);
  const keys = mine.filter((entry) => entry.marker !== 'cert-authority');
  let seen: { type: string; fingerprint: string; verdict: Verdict } | null = null;

  return {
    verify(key) {
      const text = key.toString('base64');
      const { verdict } = judgeHostKey(mine, name, bareName, text);
      seen = {
        type: keyType(text) ?? 'unknown',
        fingerprint: fingerprint(text),
        verdict: unreadable.length > 0 ? 'unreadable' : revoked.has(text) ? 'revoked' : verdict,
      };
      return seen.verdict === 'known';
    },
    note: (shown) => {
      const verdict = shown.verdict === 'unknown' && unreadable.length > 0 ? 'unreadable' : shown.verdict;
      seen = { ...shown, verdict };
    },
    algorithms: (supported) => orderAlgorithms(way.hostKeyAlgorithms ?? supported, supported, keys),
    seen: () => seen,
    knownKeys: keys.map((entry) => ({
      file: entry.file,
      line: entry.line,
      type: entry.type,
      fingerprint: fingerprint(entry.key),
      revoked: entry.marker === 'revoked' || revoked.has(entry.key),
    })),
    hasAuthority: mine.some((entry) => entry.marker === 'cert-authority'),
    notes,
    explain: () => explain(seen, name, way, keys, unreadable),
  };
}

/** A key type to the algorithms that prove it (RFC 8332: an RSA key signs in three ways). */
function typeOf(algorithm: string): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm;
}

/** As ssh's `order_hostkeyalgs`: what we can verify comes first, so that the server shows that key. */
function orderAlgorithms(
  wanted: readonly string[],
  supported: readonly string[],
  keys: readonly KnownHost[],
): string[] {
  const usable = wanted.filter((algorithm) => supported.includes(algorithm));
  const known = new Set(keys.filter((entry) => entry.marker === null).map((entry) => entry.type));
  return [
    ...usable.filter((algorithm) => known.has(typeOf(algorithm))),
    ...usable.filter((algorithm) => !known.has(typeOf(algorithm))),
  ];
}

async function readSmall(file: string): Promise<string | { missing: boolean; why: string }> {
  try {
    const found = await stat(file);
    // `UserKnownHostsFile /dev/null` is how an empty one is written; a FIFO would hold us up
    if (!found.isFile()) return file === '/dev/null' ? '' : { missing: false, why: 'no regular file' };
    if (found.size > largestFile) return { missing: false, why: `larger than ${largestFile} bytes` };
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { missing: code === 'ENOENT' || code === 'ENOTDIR', why: code };
  }
}

/** RevokedHostKeys: a list of public keys. A binary revocation list (KRL) can't be read here, so nothing is trusted. */
async function revokedKeys(file: string | null, unreadable: string[]): Promise<Set<string>> {
  if (file === null) return new Set();
  const text = await readSmall(file);
  if (typeof text !== 'string' || text.startsWith('SSHKRL')) {
    unreadable.push(`${file} (${typeof text === 'string' ? 'a binary revocation list' : text.why})`);
    return new Set();
  }
  return new Set(text.split(/\s+/).filter((word) => keyType(word) !== null));
}

function explain(
  seen: { type: string; fingerprint: string; verdict: Verdict } | null,
  name: string,
  way: Way,
  keys: readonly KnownHost[],
  unreadable: readonly string[],
): string {
  const shown = seen ? `${seen.type} ${seen.fingerprint}` : 'no key';
  const [first] = way.knownHostsFiles;
  const file = first === undefined ? '~/.ssh/known_hosts' : shellWord(first);
  const places = keys.map((entry) => `${entry.file}:${entry.line} (${entry.type})`).join(', ');
  switch (seen?.verdict) {
    case 'unreadable':
      return `the host's key ${shown} was not accepted: ${unreadable.join(', ')} can not be read`;
    case 'revoked':
      return `the host shows ${shown}, which is revoked: ${places}`;
    case 'changed':
      return `the host shows ${shown}, known_hosts has another key: ${places}. If the host was rightly given a new key, remove the old one with: ssh-keygen -f ${file} -R '${name}'`;
    default:
      return `the host's key ${shown} is not in known_hosts. Connect once with ssh and compare the fingerprint, or add it with: ssh-keyscan -p ${way.port} ${way.hostname} >> ${file}`;
  }
}
