/** What the words for a login are filled with: what to type to try the way, and to mend it. */
import type { Finding, LoginTrace } from '../check.ts';
import { hostPort } from './addresses.ts';
import { shellWord } from './shell-word.ts';
import { sshWords } from './ssh-command.ts';

/** What a person types to try the way, and to mend it. */
export function wayValues(login: LoginTrace): NonNullable<Finding['values']> {
  const { address, port, user, hops = [], failedHop = null, decided = [], known, asked = address } = login;
  const sets = (keyword: string) => decided.some((one) => one.keyword === keyword);
  const target = {
    jump: sets('ProxyJump') ? [] : hops,
    user: sets('User') ? null : user,
    host: asked,
    port: port === 22 || sets('Port') ? null : port,
  };
  const index = failedHop === null ? -1 : hops.indexOf(failedHop);
  // ssh-keyscan knows of no way but the straight one, and of no name but the host's own
  const scans = known && hops.length === 0 && !sets('ProxyCommand') && !sets('HostKeyAlias');
  const scanned = /^\[(.*)\]:\d+$/.exec(known?.name ?? '')?.[1] ?? known?.name ?? address;
  return {
    place: hostPort(address, port),
    user,
    sshtarget: sshWords(target),
    copytarget: sshWords({ ...target, jump: [] }).replace(/^/, jumpOption(target.jump)),
    ...(failedHop === null ? {} : { hop: failedHop, hoptry: `ssh ${hopWords(hops, index)} true` }),
    ...(decided.length > 0 ? { decided: decided.map(decidedWords).join(', ') } : {}),
    ...(known ? { knownname: shellWord(known.name) } : {}),
    ...(known?.file ? { knownfile: shellWord(known.file) } : {}),
    way: failedHop !== null ? 'between' : scans ? 'straight' : 'other',
    configured: decided.length > 0,
    ...(scans
      ? { scan: sshWords({ jump: [], user: null, host: scanned, port: port === 22 ? null : port }) }
      : {}),
  };
}

const decidedWords = ({ keyword, file, line }: { keyword: string; file: string; line: number }) =>
  `${keyword} (${file}:${line})`;

const jumpOption = (jump: readonly string[]) =>
  jump.length > 0 ? `-o ProxyJump=${shellWord(jump.join(','))} ` : '';

/** Up to that host in between, and no further. */
function hopWords(hops: readonly string[], index: number): string {
  const [, user, host = '', port] = /^(?:(.*)@)?(.*?)(?::(\d+))?$/.exec(hops[index] ?? '') ?? [];
  const bare = host.replace(/^\[|\]$/g, '');
  return sshWords({
    jump: hops.slice(0, index),
    user: user ?? null,
    host: bare,
    port: port === undefined ? null : Number(port),
  });
}

/** The first key of a file that was offered. */
export function keyValues(methods: readonly string[]): { keyfile?: string } {
  const file = methods.map((method) => /^publickey (\/.*): \S+ SHA256:\S+$/.exec(method)?.[1]).find(Boolean);
  return file ? { keyfile: shellWord(file) } : {};
}

/** An option that has a client of one's own take the first of them. */
export function offerValues(login: LoginTrace | null): NonNullable<Finding['values']> {
  const { keyword, algorithms = [] } = login?.offer ?? {};
  const [first] = algorithms;
  return first === undefined
    ? { offered: false }
    : { offered: true, offer: algorithms.join(', '), option: `${keyword}=+${first}` };
}
