/** Whether a program takes the connections of its port, seen from the kernel's side: of the host, or of a container. */
import type { Answer, Ask, Failure, Sudo, Vantage } from '../check.ts';
import { onlyWhen, reads, runsAsRoot } from './asks.ts';
import type { ContainerPlace } from './containers.ts';
import { ownerAsks, withOwners } from './socket-owners.ts';
import { type ListenerLook, parseKernelTable, parseNetstat, parseSs, type Socket } from './sockets.ts';

/** Listeners come first in the kernel's table, some 150 bytes a row. */
const tableBytes = 2 * 1024 * 1024;

/** The network namespace to look into; null: the host's own. */
export type Namespace = Pick<ContainerPlace, 'pid' | 'hostNetwork' | 'name'> | null;

/** Programs of the host, in the container's network namespace: root may enter it (nsenter(1)). */
const enteringOf = (pid: number | string | null): string[] =>
  pid === null ? [] : ['nsenter', '-t', String(pid), '-n'];
/** Everybody may read the tables of a process's own namespace (proc(5)). */
const tablesFor = (pid: number | string | null) => (pid === null ? '/proc/net' : `/proc/${pid}/net`);
const ownPid = (place: Namespace) => (place && !place.hostNetwork ? place.pid : null);
const entering = (place: Namespace) => enteringOf(ownPid(place));
const tablesOf = (place: Namespace) => tablesFor(ownPid(place));
const containerPid = '‹container pid›';

/** Argv of the look at listening TCP sockets; with `-p` it also names the processes that are shown to the user. */
export const ssListening = ['ss', '-H', '-O', '-tlnp'] as const;

/**
 * The accept queue of the port at this vantage, and how many connections to it nobody has accepted: in the kernel's
 * table those are ESTABLISHED (or CLOSE_WAIT, once we hung up) without an inode, which accept(2) makes. One batch.
 * null when neither table could be read.
 */
export async function lookAtListener(
  vantage: Vantage,
  port: number,
  place: Namespace = null,
): Promise<ListenerLook | null> {
  const tables = tablesOf(place);
  const [ss, table4, table6] = await Promise.all([
    vantage.execute({ argv: [...entering(place), ...ssListening], asRoot: true }),
    vantage.readFile({ path: `${tables}/tcp`, maxBytes: tableBytes }),
    vantage.readFile({ path: `${tables}/tcp6`, maxBytes: tableBytes }),
  ]);
  const listed = ss.ok && ss.exitCode === 0 ? listenersOn(port, parseSs(ss.stdout)) : [];
  const read = [table4, table6].flatMap((table) => (table.ok ? [table] : []));
  const kernel = read.flatMap(({ text }) => parseKernelTable(text));
  if (listed.length === 0 && kernel.length === 0) return null;
  const listener = fullest(listed) ?? fullest(listenersOn(port, kernel));
  const connected = kernel.filter(
    ({ local, state }) => local.port === port && (state === 'ESTAB' || state === 'CLOSE-WAIT'),
  );
  const unaccepted = connected.filter(({ inode }) => inode === 0).length;
  const accepted = connected.length - unaccepted;
  const whole = table4.ok && read.every(({ truncated }) => !truncated);
  return {
    queue: listener?.queue ?? null,
    limit: listener?.limit ?? null,
    unaccepted: unaccepted > 0 || whole ? unaccepted : null,
    accepted: accepted > 0 || whole ? accepted : null,
  };
}

/** What {@link lookAtListener} asks; in a container that may or may not have a network of its own. */
export function listenerAsks(container: string | null): Ask[] {
  const at = (pid: string | null) => [
    runsAsRoot([...enteringOf(pid), ...ssListening]),
    reads(`${tablesFor(pid)}/tcp`),
    reads(`${tablesFor(pid)}/tcp6`),
  ];
  return container === null
    ? at(null)
    : [...at(containerPid), ...onlyWhen('where it has the network of the host', at(null))];
}

/** The listening sockets on a port. */
export function listenersOn(port: number, sockets: readonly Socket[]): Socket[] {
  return sockets.filter(({ state, local }) => state === 'LISTEN' && local.port === port);
}

/** IPv4 and IPv6, or several processes (SO_REUSEPORT), can each have a listener on a port. */
function fullest(listeners: readonly Socket[]): Socket | null {
  return listeners.reduce<Socket | null>(
    (most, socket) => (most && most.queue >= socket.queue ? most : socket),
    null,
  );
}

export interface SocketTable {
  readonly tool: 'ss' | 'netstat' | '/proc/net/tcp';
  readonly sockets: readonly Socket[];
  /** The table was cut off. */
  readonly truncated: boolean;
  readonly sudo?: Sudo | undefined;
}

type Looked = ({ readonly ok: true } & SocketTable) | Failure;

/**
 * The listening TCP sockets of the vantage, or of a container there, or (`to`) those with a connection to a port
 * elsewhere: by `ss` in one look; only without a usable one by what else there may be, asked together: an older `ss`,
 * net-tools, the kernel's own table with the owners out of /proc, a `netstat` that names none (BusyBox).
 */
export async function lookAtSockets(
  vantage: Vantage,
  to: number | null = null,
  place: Namespace = null,
): Promise<Looked> {
  const listening = to === null;
  const filter = filterOf(to);
  if (place && !place.hostNetwork) return lookInside(vantage, place, to);
  const ss = (...flags: string[]) => vantage.execute({ argv: ['ss', ...flags, ...filter], asRoot: true });
  const netstat = (flags: string) => vantage.execute({ argv: ['netstat', flags], asRoot: true });
  const first = await ss(...ssListening.slice(1, 3), listening ? '-tlnp' : '-tnp');
  const found = table('ss', first, parseSs);
  if (found.ok || !(first.ok || first.failure === 'missing' || first.failure === 'denied')) return found;
  const [older, named, unnamed, kernel4, kernel6] = await Promise.all([
    ss(listening ? '-tlnp' : '-tnp'),
    netstat(listening ? '-tlnpW' : '-tnpW'),
    netstat(listening ? '-tln' : '-tn'),
    vantage.readFile({ path: '/proc/net/tcp', maxBytes: tableBytes }),
    vantage.readFile({ path: '/proc/net/tcp6', maxBytes: tableBytes }),
  ]);
  const ways = [
    table('ss', older, parseSs),
    table('netstat', named, parseNetstat),
    kernelTable(kernel4, kernel6, to),
    // BusyBox cuts no addresses; net-tools without -W would, and needs this only when it knows no -p.
    table('netstat', unnamed, parseNetstat),
  ];
  const way = ways.find(({ ok }) => ok);
  if (way) return owned(vantage, way);
  const failures = [found, ...ways].flatMap((one) => (one.ok ? [] : [one]));
  return (
    failures.find(({ failure }) => failure === 'denied') ??
    failures.find(({ failure }) => failure !== 'missing') ?? {
      ok: false,
      failure: 'missing',
      detail: 'there is neither ss nor netstat, nor /proc/net/tcp',
    }
  );
}

async function owned(vantage: Vantage, looked: Looked): Promise<Looked> {
  return looked.ok ? { ...looked, sockets: await withOwners(vantage, looked.sockets) } : looked;
}

const filterOf = (to: number | null) => (to === null ? [] : ['dport', '=', `:${to}`]);

/** What {@link lookAtSockets} asks; in a container that may or may not have a network of its own. */
export function socketAsks(to: number | null, container: string | null): Ask[] {
  const flags = to === null ? '-tlnp' : '-tnp';
  const ss = ['ss', ...ssListening.slice(1, 3), flags, ...filterOf(to)];
  const tables = (pid: string | null) => [reads(`${tablesFor(pid)}/tcp`), reads(`${tablesFor(pid)}/tcp6`)];
  const onHost = [
    runsAsRoot(ss),
    ...onlyWhen('where ss is missing or old', [
      runsAsRoot(['ss', flags, ...filterOf(to)]),
      runsAsRoot(['netstat', `${flags}W`]),
      runsAsRoot(['netstat', flags.replace('p', '')]),
      ...tables(null),
    ]),
    ...ownerAsks,
  ];
  if (container === null) return onHost;
  return [
    runsAsRoot([...enteringOf(containerPid), ...ss]),
    ...onlyWhen('where that does not go', tables(containerPid)),
    ...ownerAsks,
    ...onlyWhen('where it has the network of the host', onHost),
  ];
}

/** A container's, whatever tools its image has: by the host's `ss`, which names owners too, else as the kernel tells. */
async function lookInside(
  vantage: Vantage,
  place: NonNullable<Namespace>,
  to: number | null,
): Promise<Looked> {
  const flags = [...ssListening.slice(1, 3), to === null ? '-tlnp' : '-tnp'];
  const ss = await vantage.execute({
    argv: [...entering(place), 'ss', ...flags, ...filterOf(to)],
    asRoot: true,
  });
  const found = table('ss', ss, parseSs);
  if (found.ok) return found;
  const [kernel4, kernel6] = await Promise.all([
    vantage.readFile({ path: `${tablesOf(place)}/tcp`, maxBytes: tableBytes }),
    vantage.readFile({ path: `${tablesOf(place)}/tcp6`, maxBytes: tableBytes }),
  ]);
  const tables = await owned(vantage, kernelTable(kernel4, kernel6, to));
  if (tables.ok || tables.failure !== 'missing') return tables;
  const detail = `process ${place.pid} of the container ${place.name} has ended since`;
  return { ok: false, failure: 'incomplete', detail };
}

function table(tool: 'ss' | 'netstat', answer: Answer<'execute'>, parse: (text: string) => Socket[]): Looked {
  if (!answer.ok) return answer;
  if (answer.exitCode === 0) {
    const { stdout, truncated, sudo } = answer;
    return { ok: true, tool, sockets: parse(stdout), truncated, sudo };
  }
  const said = answer.stderr.split('\n', 1)[0] ?? '';
  return { ok: false, failure: 'missing', detail: `${tool} ended with ${answer.exitCode}: ${said}` };
}

function kernelTable(ipv4: Answer<'readFile'>, ipv6: Answer<'readFile'>, to: number | null): Looked {
  if (!ipv4.ok) return ipv4;
  // Without IPv6 in the kernel there is no second table.
  if (!ipv6.ok && ipv6.failure !== 'missing') return ipv6;
  const texts = ipv6.ok ? [ipv4, ipv6] : [ipv4];
  return {
    ok: true,
    tool: '/proc/net/tcp',
    sockets: texts
      .flatMap(({ text }) => parseKernelTable(text))
      .filter(({ state, peer }) => (to === null ? state === 'LISTEN' : peer.port === to)),
    truncated: texts.some(({ truncated }) => truncated),
  };
}
