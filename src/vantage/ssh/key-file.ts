/** A key in a file, in the formats that ssh-keygen writes. What is locked is opened only when its turn comes. */
import { createPrivateKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { ParsedKey, utils as Ssh2Utilities } from 'ssh2';
import { fingerprint } from '../../net/known-hosts.ts';
import { wireString } from './agent-keys.ts';
import type { SshEnvironment } from './sessions.ts';

export type Utilities = typeof Ssh2Utilities;

/** Gives the private key, or a word about why not. Asks for the passphrase where one is needed and somebody is there. */
export type Unlock = () => Promise<ParsedKey | string>;

export interface KeyFile {
  /** The public half as on the wire; null when it is not to be had without the passphrase. */
  readonly blob: Buffer | null;
  /** The public half, when it is of a type that ssh2 has. */
  readonly public: ParsedKey | null;
  /** For people: where it is, its type and its fingerprint. */
  readonly says: string;
  /** null: this file gives no private key. */
  readonly unlock: Unlock | null;
  /** Why it doesn't; null when nothing is wrong with it. */
  readonly fault: string | null;
  readonly absent: boolean;
  /** The fault is ssh2's: OpenSSH could use it. */
  readonly beyondSsh2: boolean;
}

export async function readKeyFile(
  path: string,
  environment: SshEnvironment,
  utilities: Utilities,
): Promise<KeyFile> {
  const text = await readText(path);
  const absent = text.code === 'ENOENT';
  const halfOf = (
    blob: Buffer | null,
    fault: string | null,
    unlock: Unlock | null = null,
    beyondSsh2 = false,
  ): KeyFile => {
    const common = { blob, unlock, fault, absent, beyondSsh2 };
    if (blob === null) return { ...common, public: null, says: `${path} (locked)` };
    const type = wireString(blob, 0)?.toString('latin1');
    const says = `${path}: ${type} ${fingerprint(blob.toString('base64'))}`;
    const parsed = parseKey(blob, null, utilities);
    if (parsed) return { ...common, public: parsed, says };
    const unusable = `${path}: ${type} ${unusableType}`;
    return { ...common, public: null, says, unlock: null, fault: unusable, beyondSsh2: true };
  };
  const beside = async () => publicOf((await readText(`${path}.pub`)).content);
  if (text.code !== null) {
    const why = absent ? 'is not there' : `can not be read (${text.code})`;
    return halfOf(await beside(), `${path} ${why}`);
  }
  const open = parseKey(text.content, null, utilities);
  if (open?.isPrivateKey()) return halfOf(open.getPublicSSH(), null, async () => open);
  const written = publicOf(text.content);
  if (written) return halfOf(written, `${path} is only the public half of a key`);
  const blob = publicHalf(text.content) ?? (await beside());
  const cipher = cipherOf(text.content);
  if (cipher === null) {
    const isKey = /-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----/.test(text.content);
    return halfOf(blob, `${path} is no key that this transport can read`, null, isKey);
  }
  if (cipher === notInSsh2) {
    const fault = `${path} is encrypted with ${cipher}, which this transport can not open`;
    return halfOf(blob, fault, null, true);
  }
  return halfOf(blob, null, () => unlock(path, text.content, environment, utilities));
}

export const unusableType = 'is a kind of key that this transport can not use';

export function lockedWords(path: string): string {
  return `${path} is encrypted, and there is no terminal to ask for its passphrase: add it to the agent with ssh-add`;
}

export async function isLocked(path: string): Promise<boolean> {
  return cipherOf((await readText(path)).content) !== null;
}

const notInSsh2 = 'chacha20-poly1305@openssh.com';
const tries = 3;

async function unlock(
  path: string,
  text: string,
  environment: SshEnvironment,
  utilities: Utilities,
): Promise<ParsedKey | string> {
  if (environment.askPassphrase === null) return lockedWords(path);
  for (let attempt = 0; attempt < tries; attempt++) {
    const passphrase = await environment.askPassphrase(path);
    if (passphrase === null) return `no passphrase was given for ${path}`;
    const key = parseKey(text, passphrase, utilities);
    if (key) return key;
  }
  return `${path} did not open with the passphrase`;
}

/** ssh2 has no PKCS#8, Node has. Null: it can't be read, or not without another passphrase. */
function parseKey(data: string | Buffer, passphrase: string | null, utilities: Utilities): ParsedKey | null {
  const readable = typeof data === 'string' && isPkcs8(data) ? rewritten(data, passphrase) : data;
  if (readable === null) return null;
  const parsed: unknown = utilities.parseKey(readable, passphrase ?? undefined);
  const key: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  return key instanceof Error ? null : (key as ParsedKey);
}

function isPkcs8(text: string): boolean {
  return /-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(text);
}

function rewritten(text: string, passphrase: string | null): string | null {
  try {
    const key = createPrivateKey({ key: text, ...(passphrase === null ? {} : { passphrase }) });
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
    return null;
  } catch {
    return null;
  }
}

const opensshMagic = 'openssh-key-v1\0';

/** What follows the magic in an OpenSSH private key (PROTOCOL.key): cipher, kdf, its options, a number, the public key. */
function opensshFields(text: string): Buffer | null {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text) ?? [];
  const blob = Buffer.from(body ?? '', 'base64');
  return blob.toString('latin1', 0, opensshMagic.length) === opensshMagic
    ? blob.subarray(opensshMagic.length)
    : null;
}

/** What the private half is encrypted with; null when it isn't, or is no key. */
function cipherOf(text: string): string | null {
  const fields = opensshFields(text);
  const cipher = fields && wireString(fields, 0)?.toString('latin1');
  if (cipher) return cipher === 'none' ? null : cipher;
  if (text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')) return 'PKCS#8';
  return /^DEK-Info: ([A-Za-z0-9-]{1,40})/m.exec(text)?.[1] ?? null;
}

/** The public key that stands in the clear in an OpenSSH private key. */
function publicHalf(text: string): Buffer | null {
  const fields = opensshFields(text);
  if (!fields) return null;
  let at = 0;
  for (let skipped = 0; skipped < 3; skipped++) {
    const field = wireString(fields, at);
    if (!field) return null;
    at += 4 + field.length;
  }
  return wireString(fields, at + 4);
}

/** A line `type base64 comment`. */
function publicOf(text: string): Buffer | null {
  const [type, base64] = text.trimStart().split(/\s+/, 2);
  const blob = Buffer.from(base64 ?? '', 'base64');
  return type !== '' && wireString(blob, 0)?.toString('latin1') === type ? blob : null;
}

/** In bytes; an RSA key of 16384 bits has less than 15,000. */
const largestKey = 65_536;

async function readText(path: string): Promise<{ content: string; code: string | null }> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > largestKey) return { content: '', code: 'no key file' };
    return { content: await readFile(path, 'utf8'), code: null };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { content: '', code };
  }
}
