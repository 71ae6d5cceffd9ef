/** Names as programs on a host get them; where that fails, the reason out of that host's own name servers. */
import type { Address, Operations, Outcome } from '../../check.ts';
import { addressOf, hostName, splitHostPort } from '../../net/addresses.ts';
import type { Dial } from '../dial.ts';
import { failure, type Limits, type Source } from '../source.ts';
import { hostsFile, resolveArgv, resolverFile } from './asks.ts';
import { askOverTcp } from './dns-over-tcp.ts';

type Resolved = Outcome<Operations['resolve']['value']>;

/** A host has at most three (resolv.conf(5), MAXNS). */
const mostServers = 3;

export function hostResolve(
  host: string,
  looks: Pick<Source, 'execute' | 'readFile'>,
  dial: Dial,
): Source['resolve'] {
  const bySystem = async (name: string, limits: Limits): Promise<Resolved> => {
    const asked = await looks.execute({ argv: resolveArgv(name) }, limits);
    if (!asked.ok && asked.failure === 'missing') return withoutGetent(name, limits);
    if (!asked.ok) {
      // nobody answered the resolver there in time: as with a DNS server, that is its own failure
      return asked.failure === 'timeout' ? failure('no-answer', `${host}: ${asked.detail}`) : asked;
    }
    const addresses = distinct(asked.stdout.split('\n').map((line) => line.split(/\s/)[0] ?? ''));
    if (addresses.length > 0) return { ok: true, addresses, source: 'system' };
    const reason = await byItsServers(name, limits);
    return reason.ok
      ? failure('server-failure', `DNS knows ${name}, and the resolver of ${host} gave no answer`)
      : reason;
  };
  const withoutGetent = async (name: string, limits: Limits): Promise<Resolved> => {
    const hosts = await looks.readFile({ path: hostsFile }, limits);
    const listed = hosts.ok ? hostsEntries(hosts.text, name) : [];
    return listed.length > 0
      ? { ok: true, addresses: listed, source: '/etc/hosts' }
      : byItsServers(name, limits);
  };
  const byItsServers = async (name: string, limits: Limits): Promise<Resolved> => {
    const file = await looks.readFile({ path: resolverFile }, limits);
    const servers = file.ok ? nameservers(file.text) : [];
    // resolv.conf(5): without an entry the server of the machine itself is asked
    if (servers.length === 0) servers.push('127.0.0.1');
    let last: Resolved = failure('no-answer', `no name server of ${host} answers for ${name}`);
    for (const server of servers) {
      last = await askOverTcp(dial, { host: server, port: 53 }, name, limits);
      if (last.ok || last.failure !== 'no-answer') return last;
    }
    return last.ok || last.failure !== 'no-answer'
      ? last
      : failure('no-answer', `${host} finds no address for ${name}; why is not known: ${last.detail}`);
  };
  const byServer = async (name: string, server: string, limits: Limits): Promise<Resolved> => {
    const place = splitHostPort(server, 53);
    if (!place) return failure('invalid-name', `${server} is no DNS server (host:port)`);
    const literal = addressOf(place.host);
    const found = literal ? null : await bySystem(place.host, limits);
    if (found && !found.ok) return failure('no-answer', `the DNS server ${place.host}: ${found.detail}`);
    const address = literal?.address ?? (found?.ok ? found.addresses[0]?.address : undefined);
    if (address === undefined) return failure('no-answer', `the DNS server ${place.host} has no address`);
    return askOverTcp(dial, { host: address, port: place.port }, name, limits);
  };
  return async ({ name, server }, limits) => {
    const literal = addressOf(name);
    if (literal) return { ok: true, addresses: [literal], source: 'literal' };
    const checked = hostName(name);
    if ('fault' in checked) return failure('invalid-name', checked.fault);
    return server === undefined ? bySystem(checked.name, limits) : byServer(checked.name, server, limits);
  };
}

export function nameservers(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((server) => addressOf(server) !== null)
    .slice(0, mostServers);
}

function hostsEntries(text: string, name: string): Address[] {
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const lines = text.split('\n').map((line) => (line.split('#')[0] ?? '').trim().split(/\s+/));
  return distinct(
    lines.flatMap(([address = '', ...names]) =>
      names.some((each) => each.toLowerCase() === wanted) ? [address] : [],
    ),
  );
}

function distinct(texts: readonly string[]): Address[] {
  return [...new Set(texts)].flatMap((text) => addressOf(text) ?? []);
}
