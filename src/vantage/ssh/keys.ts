/** The keys to log in with, in the order in which they are tried. No password, and nothing that is typed but a passphrase. */
import { existsSync } from 'node:fs';
import type { ParsedKey } from 'ssh2';
import { fingerprint } from '../../net/known-hosts.ts';
import { type AgentKey, listAgentKeys } from './agent-keys.ts';
import { type KeyFile, readKeyFile, type Unlock, type Utilities, unusableType } from './key-file.ts';
import type { SshEnvironment } from './sessions.ts';
import type { Way } from './way.ts';

export interface Identity {
  /** null: it shows itself only when it is unlocked. */
  readonly public: ParsedKey | null;
  /** For people: where it is, its type and its fingerprint. */
  readonly says: string;
  /** null: the agent signs. */
  readonly unlock: Unlock | null;
}

export interface Identities {
  readonly list: readonly Identity[];
  /** What was passed over, and why. */
  readonly notes: readonly string[];
}

/**
 * Keys of the agent that a file names come first, then the files that were asked for, then the agent's other keys, then
 * the other files: a server hangs up after a few that it does not take (MaxAuthTries), so the likely ones go first.
 */
export async function loadIdentities(
  way: Way,
  environment: SshEnvironment,
  utilities: Utilities,
  timeoutMs: number,
): Promise<Identities> {
  const [files, agent] = await Promise.all([
    Promise.all(
      way.identityFiles.map(async ({ path, named }) => ({
        path,
        named,
        ...(await readKeyFile(path, environment, utilities)),
      })),
    ),
    agentIdentities(way, utilities, timeoutMs),
  ]);
  const inAgent = new Map(agent.list.map((identity) => [blobOf(identity), identity]));
  const held = (file: KeyFile) => inAgent.get(file.blob?.toString('base64') ?? '');
  const fromAgent = files.flatMap((file) => held(file) ?? []);
  const others = way.identitiesOnly ? [] : agent.list.filter((identity) => !fromAgent.includes(identity));
  const alone = files.filter((file) => !held(file));
  const ofKind = (named: boolean) => alone.filter((file) => file.named === named && file.unlock !== null);
  const list: Identity[] = [...fromAgent, ...ofKind(true), ...others, ...ofKind(false)];
  const distinct = new Map(list.map((identity) => [blobOf(identity), identity]));
  return {
    list: [...distinct.values()],
    notes: [
      ...agent.notes,
      ...certificateNotes(way),
      // a default file that is not there is no news
      ...alone.flatMap(({ named, fault, absent }) => (fault && (named || !absent) ? [fault] : [])),
    ],
  };
}

/** What ssh would log in with, and ssh2 passes over: certificates, and keys of kinds or in formats that it has not. */
export async function keysBeyondSsh2(
  way: Way,
  environment: SshEnvironment,
  utilities: Utilities,
  timeoutMs: number,
): Promise<string[]> {
  const files = await Promise.all(
    way.identityFiles.map(({ path }) => readKeyFile(path, environment, utilities)),
  );
  const ofFiles = files.flatMap(({ fault, beyondSsh2 }) => (fault && beyondSsh2 ? [fault] : []));
  const inAgent =
    way.agentSocket === null || way.identitiesOnly ? [] : await listAgentKeys(way.agentSocket, timeoutMs);
  const ofAgent = typeof inAgent === 'string' ? [] : sortAgentKeys(inAgent, utilities).notes;
  return [...certificateNotes(way), ...ofFiles, ...ofAgent];
}

function certificateNotes(way: Way): string[] {
  return way.identityFiles
    .map(({ path }) => `${path}-cert.pub`)
    .filter((path) => existsSync(path))
    .map((path) => `${path}: certificates are not used by this transport`);
}

/** Two locked keys that don't show themselves are told apart by their files. */
function blobOf(identity: Identity): string {
  return identity.public?.getPublicSSH().toString('base64') ?? identity.says;
}

async function agentIdentities(way: Way, utilities: Utilities, timeoutMs: number): Promise<Identities> {
  if (way.agentSocket === null) return { list: [], notes: [] };
  const keys = await listAgentKeys(way.agentSocket, timeoutMs);
  const faults = agentFaults(way.agentSocket, keys);
  if (typeof keys === 'string') return { list: [], notes: faults };
  const { list, notes } = sortAgentKeys(keys, utilities);
  return { list, notes: [...faults, ...notes] };
}

/** What ssh2 can use of them, and what not. */
function sortAgentKeys(keys: readonly AgentKey[], utilities: Utilities): Identities {
  const list: Identity[] = [];
  const notes: string[] = [];
  for (const key of keys) {
    const parsed = utilities.parseKey(key.blob);
    if (parsed instanceof Error || parsed.type !== key.type) {
      notes.push(`agent: ${key.type} ${key.comment} ${unusableType}`);
    } else {
      list.push({ public: parsed, says: `agent: ${describe(key)}`, unlock: null });
    }
  }
  return { list, notes };
}

export function agentFaults(socketPath: string, answer: readonly AgentKey[] | string): string[] {
  if (typeof answer === 'string') return [`agent at ${socketPath}: ${answer}`];
  return answer.length === 0 ? [`agent at ${socketPath}: it shows no key (is it empty, or locked?)`] : [];
}

function describe(key: AgentKey): string {
  return `${key.type} ${fingerprint(key.blob.toString('base64'))} ${key.comment}`.trim();
}
