/** Which line of which ssh_config decided of the way: what `ssh -G -vvv` tells of the blocks that it applied, and the files. */
import { readFile } from 'node:fs/promises';

export interface Decided {
  /** As ssh_config(5) writes it: `Port`. */
  readonly keyword: string;
  readonly file: string;
  readonly line: number;
}

/** What a configuration can decide of the way to a host. */
const keywords = [
  'HostName',
  'User',
  'Port',
  'ProxyJump',
  'ProxyCommand',
  'IdentityFile',
  'IdentitiesOnly',
  'IdentityAgent',
  'CertificateFile',
  'HostKeyAlias',
  'HostKeyAlgorithms',
  'KexAlgorithms',
  'UserKnownHostsFile',
] as const;

export interface Applied {
  /** Read by themselves, in that order: the user's, the system's. */
  readonly files: readonly string[];
  /** `file:line` of the Host and Match lines that fit. */
  readonly blocks: ReadonlySet<string>;
  /** `file:line` of an Include → the files that it brought in. */
  readonly includes: ReadonlyMap<string, readonly string[]>;
}

/** Reads the debug lines of an ssh; what it says of a second pass (CanonicalizeHostname, `Match final`) is left out. */
export function readApplied(debug: string): Applied {
  const files: string[] = [];
  const blocks = new Set<string>();
  const includes = new Map<string, string[]>();
  const included = new Set<string>();
  let match: string | null = null;
  for (const raw of debug.split('\n')) {
    const text = raw.trimEnd();
    if (/^debug1: re-parsing configuration$/.test(text)) break;
    const [, read] = /^debug1: Reading configuration data (.+)$/.exec(text) ?? [];
    if (read !== undefined && !included.has(read) && !files.includes(read)) files.push(read);
    const [, file = '', line, rest = ''] =
      /^debug[13]: (\/.{0,4096}?) line (\d{1,7}): (.*)$/.exec(text) ?? [];
    if (line !== undefined) {
      const place = `${file}:${line}`;
      const [, brought] = /^Including file (.+) depth \d+(?: \(parse only\))?$/.exec(rest) ?? [];
      if (brought !== undefined) {
        includes.set(place, [...(includes.get(place) ?? []), brought]);
        included.add(brought);
      }
      if (rest.startsWith('Applying options for ')) blocks.add(place);
      if (/^(?:not )?matched /.test(rest)) match = place;
    }
    if (text === 'debug2: match found' && match !== null) blocks.add(match);
    if (/^debug2: match (?:not )?found$/.test(text)) match = null;
  }
  return { files, blocks, includes };
}

/** Deeper includes than ssh follows (READCONF_MAX_DEPTH). */
const mostDeep = 16;

/** For each keyword the first line that sets it, since the first one counts; every line of IdentityFile. */
export function decidedBy(applied: Applied, textOf: (file: string) => string): Decided[] {
  const found: Decided[] = [];
  const walk = (file: string, within: boolean, depth: number): void => {
    if (depth > mostDeep) return;
    let active = within;
    for (const [index, text] of textOf(file).split('\n').entries()) {
      const place = `${file}:${index + 1}`;
      const word = /^\s*([A-Za-z0-9]+)/.exec(text)?.[1]?.toLowerCase() ?? '';
      if (word === 'host' || word === 'match') active = within && applied.blocks.has(place);
      if (word === 'include') {
        for (const one of applied.includes.get(place) ?? []) walk(one, active, depth + 1);
      }
      const keyword = keywords.find((one) => one.toLowerCase() === word);
      if (!keyword || !active) continue;
      const first = !found.some((one) => one.keyword === keyword);
      if (first || keyword === 'IdentityFile') found.push({ keyword, file, line: index + 1 });
    }
  };
  for (const file of applied.files) walk(file, true, 0);
  return withoutOvertaken(found);
}

/** Whichever of ProxyJump and ProxyCommand comes first counts (ssh_config(5)). */
function withoutOvertaken(found: readonly Decided[]): Decided[] {
  const proxy = found.find(({ keyword }) => keyword.startsWith('Proxy'));
  return found.filter((one) => !one.keyword.startsWith('Proxy') || one === proxy);
}

/** The files are read anew: what changed in between is not found, and said of nothing. */
export async function decidedIn(debug: string): Promise<Decided[]> {
  const applied = readApplied(debug);
  const texts = new Map<string, string>();
  for (const file of new Set([...applied.files, ...[...applied.includes.values()].flat()])) {
    texts.set(file, await readFile(file, 'utf8').catch(() => ''));
  }
  return decidedBy(applied, (file) => texts.get(file) ?? '');
}
