/** Which `server` block takes a request: by socket first, then by name (ngx_http_find_virtual_server). */
import { isIP } from 'node:net';
import { canonicalAddress } from '../addresses.ts';
import { placeOf } from './levels.ts';
import type { Listen, Server } from './listens.ts';
import type { Outcome, Step } from './outcome.ts';
import { parsePattern } from './pattern.ts';
import { type Budget, matchRegex } from './regex.ts';
import { toBytes } from './uri.ts';

/** One socket, and the servers on it in their order. */
export interface Socket {
  readonly servers: readonly { readonly server: Server; readonly listen: Listen }[];
  readonly fallback: Server;
  readonly tls: boolean;
}

export type Named = {
  readonly server: Server | null;
  readonly captures: readonly string[];
  readonly names: ReadonlyMap<string, string>;
  readonly steps: readonly Step[];
  /** Names that can't be read: that the request is for one of them can't be excluded. */
  readonly doubts: readonly Step[];
};

/** `address`: the local one that the connection comes to; `unix:PATH` for a Unix socket. Undefined: not known. */
export function socketOf(servers: readonly Server[], port: number, address?: string): Socket | Outcome {
  const all = servers.flatMap((server) => server.listens.map((listen) => ({ server, listen })));
  const unix = address?.startsWith('unix:') ? address.slice(5) : null;
  const there = all.filter(({ listen }) =>
    unix === null
      ? listen.kind !== 'unix' && port >= listen.ports[0] && port <= listen.ports[1]
      : listen.kind === 'unix' && listen.address === unix,
  );
  const at = (...addresses: string[]) => there.filter(({ listen }) => addresses.includes(listen.address));
  const dual = there.filter(({ listen }) => listen.address === '::' && listen.flags.includes('ipv6only=off'));
  const version = address === undefined ? 0 : isIP(address);
  const exact = address === undefined ? [] : at(version === 6 ? canonicalAddress(address) : address);
  const any = version === 6 ? at('::') : first(at('0.0.0.0'), version === 4 ? dual : at('::'));
  // whether `localhost` is ::1 too is up to the machine
  const named = there.filter(
    ({ listen }) => listen.kind === 'name' || (address === '::1' && /^localhost\b/i.test(listen.text)),
  );
  let found: Entries = unix === null ? first(exact, any) : there;
  if (found.length === 0 && address === undefined) {
    const sockets = [...new Set(there.map(({ listen }) => listen.address))].map((one) => at(one));
    const [one = []] = sockets;
    if (sockets.some((other) => !sameServers(one, other))) {
      const why = `it listens on several addresses with port ${port}, and which one is asked is not known`;
      const [any] = there;
      if (any) return { kind: 'undecided', why, otherwise: null, ...placeOf(any.listen) };
    }
    found = one;
  }
  if (found.length === 0) found = named;
  const [one] = found;
  if (!one) {
    const socket = unix === null ? `${address ?? 'any address'}, port ${port}` : `unix:${unix}`;
    return { kind: 'no-server', why: `no server block listens on ${socket}` };
  }
  const isDefault = ({ flags }: Listen) => flags.includes('default_server') || flags.includes('default');
  const fallback = found.find(({ listen }) => isDefault(listen)) ?? one;
  const tls =
    found.some(({ listen }) => listen.flags.includes('ssl')) ||
    fallback.server.body.some(({ name, args }) => name === 'ssl' && args[0] === 'on');
  return { servers: found, fallback: fallback.server, tls };
}

type Entries = Socket['servers'];

function sameServers(some: Entries, others: Entries): boolean {
  return (
    some.length === others.length &&
    some.every(
      ({ server, listen }, index) =>
        server === others[index]?.server && listen.flags.join() === others[index]?.listen.flags.join(),
    )
  );
}

function first<Item>(...lists: (readonly Item[])[]): readonly Item[] {
  return lists.find((list) => list.length > 0) ?? [];
}

/** `host`: lower case, without port and final dot; '' without a Host header. Server null: no name is this one. */
export function serverNamed({ servers }: Socket, host: string, budget: Budget): Named {
  const names = servers.flatMap(({ server }) => server.names.map((name) => ({ server, name })));
  const doubts: Step[] = [];
  const taken = (one: { server: Server; name: string }): Named => ({
    server: one.server,
    captures: [],
    names: new Map(),
    steps: [{ what: `server_name "${one.name}" is "${host}"`, ...placeOf(one.server) }],
    doubts,
  });
  const plain = withoutConflicts(names);
  const exact = plain.find(({ low }) => low === host || (low.startsWith('.') && low.slice(1) === host));
  if (exact) return taken(exact);
  const longest = (fits: (low: string) => boolean) => {
    const length = (low: string) => low.replace(/^\*/, '').length;
    return plain
      .filter(({ low }) => fits(low))
      .reduce<PlainName | undefined>(
        (best, one) => (best && length(best.low) >= length(one.low) ? best : one),
        undefined,
      );
  };
  const leading = longest((low) => {
    const end = low.startsWith('*.') ? low.slice(1) : low;
    return end.startsWith('.') && host.length > end.length && host.endsWith(end);
  });
  if (leading) return taken(leading);
  const trailing = longest((low) => low.endsWith('.*') && host.startsWith(low.slice(0, -1)));
  if (trailing) return taken(trailing);
  for (const one of names) {
    if (one.name === '$hostname') {
      doubts.push({ what: 'the name of the machine is not known', ...placeOf(one.server) });
    }
    if (!one.name.startsWith('~') || host === '') continue;
    const pattern = one.name.slice(1);
    const match = matchRegex(toBytes(pattern), /[A-Z]/.test(pattern), toBytes(host), budget);
    if (match.matched) {
      // one server alone needs no choice: nginx matches its names only to fill the groups
      const fills = servers.length > 1 || lastCaptures(one.server);
      return fills ? { ...taken(one), captures: match.captures, names: match.names } : taken(one);
    }
    if (match.matched === null) doubts.push({ what: match.why, ...placeOf(one.server) });
  }
  return { server: null, captures: [], names: new Map(), steps: [], doubts };
}

interface PlainName {
  readonly server: Server;
  readonly name: string;
  readonly low: string;
}

/**
 * Names that are no expressions. nginx ignores one that an earlier one has taken, and for that counts `.example.com`
 * both as `example.com` and as `*.example.com` (ngx_hash_add_key).
 */
function withoutConflicts(names: readonly { server: Server; name: string }[]): PlainName[] {
  const seen = new Set<string>();
  return names
    .filter(({ name }) => !name.startsWith('~'))
    .map((one) => ({ ...one, low: one.name.toLowerCase() }))
    .filter(({ low }) => {
      const keys = low.startsWith('.') ? [low.slice(1), `*${low}`] : [low];
      return keys.every((key) => {
        const isNew = !seen.has(key);
        seen.add(key);
        return isNew;
      });
    });
}

/** Whether the last of its expressions has groups: the one that nginx goes by (ngx_http_regex_compile's `captures`). */
function lastCaptures({ names }: Server): boolean {
  const last = names.findLast((name) => name.startsWith('~'));
  const pattern = last === undefined ? '' : parsePattern(toBytes(last.slice(1)), false);
  return typeof pattern === 'string' ? last !== undefined : pattern.groups > 0;
}
