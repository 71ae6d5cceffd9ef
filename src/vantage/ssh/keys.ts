/** The keys to log in with, in the order in which they are tried. No password, and nothing that is typed but a passphrase. */
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { ParsedKey, utils as Ssh2Utilities } from 'ssh2';
import { fingerprint } from '../../net/known-hosts.ts';
import { type AgentKey, listAgentKeys, wireString } from './agent-keys.ts';
import type { SshEnvironment } from './sessions.ts';
import type { Way } from './way.ts';

type Utilities = typeof Ssh2Utilities;

export interface Identity {
  readonly public: ParsedKey;
  /** For people: where it is, its type and its fingerprint. */
  readonly says: string;
  /** Unlocks the private key in a file; null: the agent signs. */
  readonly unlock: (() => Promise<ParsedKey | string>) | null;
}

export interface Identities {
  readonly list: readonly Identity[];
  readonly notes: readonly string[];
}

/**
 * Keys of the agent that a file names come first, then the file that was asked for, then the agent's other keys, then
 * the other files: a server hangs up after a few that it does not take (MaxAuthTries), so the likely ones go first.
 */
export async function loadIdentities(
  way: Way,
  environment: SshEnvironment,
  utilities: Utilities,
  timeoutMs: number,
): Promise<Identities> {
  const notes: string[] = [];
  const files = (
    await Promise.all(way.identityFiles.map((file) => readIdentity(file, environment, utilities, notes)))
  ).filter((file) => file !== null);
  const agent = await agentIdentities(way, utilities, timeoutMs, notes);
  const blobOf = (identity: Identity) => identity.public.getPublicSSH().toString('base64');
  const inAgent = new Map(agent.map((identity) => [blobOf(identity), identity]));
  const fromAgent = files.flatMap((file) => inAgent.get(file.key) ?? []);
  const others = way.identitiesOnly ? [] : agent.filter((identity) => !fromAgent.includes(identity));
  const unlockable = files.filter((file) => !inAgent.has(file.key) && file.identity !== null);
  const ofKind = (named: boolean) =>
    unlockable.filter((file) => file.named === named).flatMap((file) => file.identity ?? []);
  const list = [...fromAgent, ...ofKind(true), ...others, ...ofKind(false)];
  const distinct = new Map(list.map((identity) => [blobOf(identity), identity]));
  return { list: [...distinct.values()], notes };
}

async function agentIdentities(
  way: Way,
  utilities: Utilities,
  timeoutMs: number,
  notes: string[],
): Promise<Identity[]> {
  if (way.agentSocket === null) return [];
  const keys = await listAgentKeys(way.agentSocket, timeoutMs);
  if (typeof keys === 'string') {
    notes.push(`agent at ${way.agentSocket}: ${keys}`);
    return [];
  }
  return keys.flatMap((key) => {
    const parsed = utilities.parseKey(key.blob);
    if (!(parsed instanceof Error) && parsed.type === key.type) {
      return [{ public: parsed, says: `agent: ${describe(key)}`, unlock: null }];
    }
    notes.push(`agent: ${key.type} ${key.comment} is a kind of key that this transport can not use`);
    return [];
  });
}

function describe(key: AgentKey): string {
  return `${key.type} ${fingerprint(key.blob.toString('base64'))} ${key.comment}`.trim();
}

interface FileIdentity {
  readonly named: boolean;
  /** The public key, base64. */
  readonly key: string;
  /** null: only the public half is here, for an agent's key. */
  readonly identity: Identity | null;
}

async function readIdentity(
  file: { readonly path: string; readonly named: boolean },
  environment: SshEnvironment,
  utilities: Utilities,
  notes: string[],
): Promise<FileIdentity | null> {
  const { path, named } = file;
  const text = await readText(path);
  if (existsSync(`${path}-cert.pub`))
    notes.push(`${path}-cert.pub: certificates are not used by this transport`);
  if (text.code !== null && text.code !== 'ENOENT') notes.push(`${path} can not be read (${text.code})`);
  const parsed = text.code === null ? utilities.parseKey(text.content) : null;
  const single = Array.isArray(parsed) ? (parsed[0] as ParsedKey) : parsed;
  if (single && !(single instanceof Error)) {
    const key = single.getPublicSSH().toString('base64');
    const says = `${path}: ${single.type} ${fingerprint(key)}`;
    const identity = single.isPrivateKey() ? { public: single, says, unlock: async () => single } : null;
    return { named, key, identity };
  }
  // an encrypted key: its public half is in it (OpenSSH's own format), or in the file beside it
  const blob = publicHalf(text.content) ?? publicOf((await readText(`${path}.pub`)).content);
  if (blob === null) {
    if (named || text.code === null) {
      notes.push(
        text.code === null ? `${path} is no key that this transport can read` : `${path} is not there`,
      );
    }
    return null;
  }
  const open = utilities.parseKey(blob);
  if (open instanceof Error) {
    const type = wireString(blob, 0)?.toString('latin1') ?? 'an unknown type';
    notes.push(`${path}: ${type} is a kind of key that this transport can not use`);
    return null;
  }
  const key = blob.toString('base64');
  if (text.code !== null) return { named, key, identity: null };
  const says = `${path}: ${open.type} ${fingerprint(key)}`;
  return {
    named,
    key,
    identity: { public: open, says, unlock: () => unlock(path, text.content, environment, utilities) },
  };
}

const tries = 3;
/** In bytes; an RSA key of 16384 bits has less than 15,000. */
const largestKey = 65_536;

/** Asks for the passphrase; a word instead of the key when nobody can or will answer. */
async function unlock(
  path: string,
  text: string,
  environment: SshEnvironment,
  utilities: Utilities,
): Promise<ParsedKey | string> {
  if (environment.askPassphrase === null) {
    return `the server takes ${path}, but it is encrypted, and there is no terminal to ask for its passphrase: add it to the agent with ssh-add`;
  }
  for (let attempt = 0; attempt < tries; attempt++) {
    const passphrase = await environment.askPassphrase(path);
    if (passphrase === null) return `no passphrase was given for ${path}`;
    const key = utilities.parseKey(text, passphrase);
    const single = Array.isArray(key) ? (key[0] as ParsedKey) : key;
    if (!(single instanceof Error)) return single;
  }
  return `${path} did not open with the passphrase (or is encrypted in a way that this transport can not read)`;
}

async function readText(path: string): Promise<{ content: string; code: string | null }> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > largestKey) return { content: '', code: 'no key file' };
    return { content: await readFile(path, 'utf8'), code: null };
  } catch (error) {
    return {
      content: '',
      code: error instanceof Error && 'code' in error ? String(error.code) : 'unreadable',
    };
  }
}

/** The public key that stands in the clear in an OpenSSH private key (PROTOCOL.key). */
function publicHalf(text: string): Buffer | null {
  const [, body] = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text) ?? [];
  const magic = 'openssh-key-v1\0';
  const blob = Buffer.from(body ?? '', 'base64');
  if (blob.toString('latin1', 0, magic.length) !== magic) return null;
  let at = magic.length;
  for (let skipped = 0; skipped < 3; skipped++) {
    const field = wireString(blob, at);
    if (!field) return null;
    at += 4 + field.length;
  }
  return wireString(blob, at + 4);
}

function publicOf(text: string): Buffer | null {
  const blob = Buffer.from(text.split(/\s+/)[1] ?? '', 'base64');
  return wireString(blob, 0) === null ? null : blob;
}
