/** A service in a container, seen from its host: its processes, where it can be connected to, its hosts file. */
import type { Address, Ask, Failure, Ground, Vantage } from '../check.ts';
import { addressOf, canonicalAddress, isLoopback } from './addresses.ts';
import { onlyWhen, reads, runsAsRoot } from './asks.ts';
import { type ContainerPlace, containerPlace, engines, placeAsks } from './containers.ts';
import { listenersOn, lookAtSockets, socketAsks } from './listener.ts';
import {
  family,
  lookAtProcesses,
  type Process,
  type ProcessList,
  parseProcesses,
  processAsks,
  withoutContainers,
} from './processes.ts';
import { addressLimit, type Reach, reach, reachAsks } from './reach.ts';
import { isLocal, reachableAt, type SocketEnd } from './sockets.ts';

export interface ProcessesOf extends ProcessList {
  readonly ok: true;
  /** Those of the container; all of them where there is none. */
  readonly inside: readonly Process[];
  /** Without a container: those that are in none. A bare service is no container's program of the same name. */
  readonly own: readonly Process[];
}

const topArgv = ({ engine, name }: Pick<ContainerPlace, 'engine' | 'name'>) =>
  engine === 'docker'
    ? ['docker', 'top', name, '-eo', 'pid,ppid,user:32,stat,args']
    : ['podman', 'top', name, 'hpid', 'ppid', 'huser', 'state', 'args'];

/**
 * The host's process list, and which of it are the container's: its first process and all that came from it (in a PID
 * namespace of its own, orphans become children of the first; pid_namespaces(7)). Where the list does not show that
 * one (hidden, or another machine's), the engine is asked.
 */
export async function lookAtProcessesOf(
  vantage: Vantage,
  place: ContainerPlace | null,
): Promise<ProcessesOf | Failure> {
  const list = await lookAtProcesses(vantage);
  if (list.ok && place === null) {
    return { ...list, inside: list.processes, own: withoutContainers(list.processes) };
  }
  if (place === null) return list as Failure;
  if (list.ok && list.processes.some(({ pid }) => pid === place.pid)) {
    const theirs = family([place.pid], list.processes);
    const inside = list.processes.filter(({ pid }) => theirs.has(pid));
    return { ...list, hidden: false, inside, own: inside };
  }
  const top = await vantage.execute({ argv: topArgv(place), asRoot: true });
  if (top.ok && top.exitCode === 0) {
    const inside = parseProcesses(top.stdout, ' ');
    const { truncated } = top;
    const seen = { tool: 'top', processes: inside, inside, own: inside, truncated, hidden: false } as const;
    return { ok: true, ...seen, lookedAs: list.ok ? list.lookedAs : null };
  }
  if (!list.ok) return list;
  const detail = `process ${place.pid} of the container ${place.name} is not to be seen`;
  return { ok: false, failure: 'incomplete', detail };
}

export const processesOfAsks = (container: string | null): Ask[] => [
  ...processAsks,
  ...(container === null ? [] : engines).map((engine) =>
    runsAsRoot(topArgv({ engine, name: container ?? '' }), 'where the host does not show its processes'),
  ),
];

/** Addresses at which the host reaches a listener in a container; none when only the container itself does. */
export function reachableIn(
  { hostNetwork, rootless, addresses }: Pick<ContainerPlace, 'hostNetwork' | 'rootless' | 'addresses'>,
  socket: Omit<SocketEnd, 'port'>,
): Address[] {
  if (hostNetwork) return reachableAt(socket);
  const at = reachableAt(socket);
  if (rootless || at.length === 0) return [];
  if (!['0.0.0.0', '*', '::'].includes(socket.address)) {
    return at.filter(({ address }) => !isLoopback(address));
  }
  // `*` takes both, whichever loopback address stands for it.
  const families = socket.address === '*' ? [4, 6] : at.map(({ family }) => family);
  return addresses
    .flatMap(({ address }) => addressOf(address) ?? [])
    .filter(({ family }) => families.includes(family));
}

/**
 * Where an exchange goes: to the container's own address when the service is in one. The engine's proxy on a published
 * port accepts whatever the service does, so that is never asked instead.
 */
export async function reachOf(
  vantage: Vantage,
  { host, port }: { readonly host: string; readonly port: number },
  server: string | null,
  ground: Ground,
  facts: Parameters<typeof reach>[4],
  container: string | null,
): Promise<Reach & { readonly place: ContainerPlace | null }> {
  const found = await containerPlace(vantage, container, ground);
  if (!found.ok) return { ...nowhere(found), place: null };
  const { place, gone } = found;
  if (gone) return { ...nowhere({ failure: 'incomplete', detail: gone.says }), place };
  const known = facts.some((fact) => Array.isArray(ground[fact]) && ground[fact].length > 0);
  if (place === null || place.hostNetwork || known) {
    return { ...(await reach(vantage, host, server, ground, facts)), place };
  }
  const table = await lookAtSockets(vantage, null, place);
  const listeners = table.ok ? listenersOn(port, table.sockets) : [];
  if (listeners.length > 0 && listeners.every(({ local }) => isLocal(local))) {
    return { ...cannotAsk(`it listens on loopback of the container ${place.name} alone`), place };
  }
  const at = listeners.length > 0 ? listeners.map(({ local }) => local) : [everyAddress];
  const addresses = at.flatMap((socket) => reachableIn(place, socket)).slice(0, addressLimit);
  if (addresses.length === 0)
    return { ...cannotAsk(`the host does not reach ${place.name}'s addresses`), place };
  return { addresses, proven: false, resolveFailure: null, place };
}

/** What {@link reachOf} may ask, where the container was found by an earlier look or not. */
export const reachOfAsks = (host: string, server: string | null, container: string | null): Ask[] => [
  ...onlyWhen('where it was not found before', placeAsks(container)),
  ...(container === null ? [] : socketAsks(null, container)),
  ...reachAsks(host, server),
];

const everyAddress = { address: '*', device: null, v6only: null };

const cannotAsk = (why: string): Reach =>
  nowhere({ failure: 'unsupported', detail: `${why}: it cannot be asked from the host` });

/** Not a matter of names: without an address nobody looked. */
function nowhere({ failure, detail }: Pick<Failure, 'failure' | 'detail'>): Reach {
  const why = failure === 'denied' || failure === 'missing' ? failure : 'incomplete';
  return { addresses: [], proven: false, resolveFailure: { failure: why, detail } };
}

const hostsBytes = 65_536;
const hostsFile = (pid: number | string) => `/proc/${pid}/root/etc/hosts`;

export const insideNamesAsks = (container: string | null): Ask[] =>
  container === null ? [] : [reads(hostsFile('‹container pid›'))];

/** What the container's own `/etc/hosts` has for a name (hosts(5)); root may read it, else nothing is known of it. */
export async function addressesInside(
  vantage: Vantage,
  place: ContainerPlace | null,
  name: string,
): Promise<Address[]> {
  if (place === null) return [];
  const file = await vantage.readFile({ path: hostsFile(place.pid), maxBytes: hostsBytes });
  if (!file.ok) return [];
  return file.text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*$/, '').trim().split(/\s+/);
    const known = names.some((one) => one.toLowerCase() === name.toLowerCase());
    return known ? (addressOf(canonicalAddress(address)) ?? []) : [];
  });
}
