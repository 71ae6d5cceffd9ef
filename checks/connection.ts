import { z } from 'zod';
import { couldNotLook, couldNotLookFindings, defineCheck, fail, forwardingFindings } from '../src/check.ts';
import { canonicalAddress, hostPort } from '../src/net/addresses.ts';
import { onlyWhen, resolves, runsAsRoot } from '../src/net/asks.ts';
import { containerOption, containerPlace, placeAsks } from '../src/net/containers.ts';
import { addressesInside, insideNamesAsks, lookAtProcessesOf, processesOfAsks } from '../src/net/inside.ts';
import { lookAtSockets, socketAsks } from '../src/net/listener.ts';
import { executablesArgv, family, parseExecutables } from '../src/net/processes.ts';
import { goesBy, processOption } from '../src/net/program.ts';
import { addressLimit, listed, resolveTrouble } from '../src/net/reach.ts';
import { addressSchema, hostOption, portOption, serverOption, troubleSchema } from '../src/net/schemas.ts';
import { written } from '../src/net/sockets.ts';

const options = z.strictObject({
  host: hostOption,
  port: portOption,
  process: processOption.nullable().default(null).describe('the program that should be connected'),
  server: serverOption,
  container: containerOption,
});

const connectionFields = {
  local: z.string(),
  peer: z.string(),
  pid: z.int().nullable().describe('null: not shown to us'),
};

const facts = z.object({
  trouble: troubleSchema.nullable().describe('why the sockets could not be read'),
  resolveFailure: troubleSchema.nullable(),
  tool: z.string().nullable().describe('what was read: ss, netstat or /proc/net/tcp'),
  truncated: z.boolean(),
  addresses: z.array(addressSchema).describe('what the name resolves to there'),
  established: z
    .array(z.object(connectionFields))
    .describe('to one of the addresses, of the process or of nobody known'),
  others: z
    .array(
      z.object({
        ...connectionFields,
        state: z.string().describe('as ss names it'),
        ours: z.boolean().describe('of the process, or of nobody known'),
      }),
    )
    .describe('to the same port, the nearest first: in another state, to another address, of others'),
});
type Facts = z.infer<typeof facts>;

const shown = 16;
/** From the nearest to the farthest from what should be there. */
const states: readonly { readonly state: string; readonly says: string }[] = [
  { state: 'ESTAB', says: 'connected, to an address that is not (or no longer) one of the name' },
  { state: 'SYN-SENT', says: 'still connecting' },
  { state: 'CLOSE-WAIT', says: 'the other side has hung up' },
];
const rank = (state: string) => (states.findIndex((one) => one.state === state) + 4) % 4;

function nearest(others: Facts['others']): string {
  const [first] = others;
  if (!first) return 'no connection to it';
  const pid = first.pid === null ? '' : ` (pid ${first.pid})`;
  if (!first.ours) return `only another program is connected to that port${pid}`;
  const says = states.find(({ state }) => state === first.state)?.says ?? 'its connection is ending';
  return `${says}: ${first.peer} ${first.state}${pid}`;
}

export const connection = defineCheck<z.infer<typeof options>, Facts>({
  kind: 'connection',
  summary: 'the process has an established connection to the endpoint',
  options,
  facts,
  label: ({ host }) => `Connected to ${host}`,
  target: ({ host, port }) => hostPort(host, port),

  async look(vantage, { host, port, process: wanted, server, container }, ground) {
    const placed = await containerPlace(vantage, container, ground);
    const found =
      placed.ok && placed.gone
        ? ({ ok: false, failure: 'incomplete', detail: placed.gone.says } as const)
        : placed;
    const place = found.ok ? found.place : null;
    const [resolved, table, list, ownAddresses] = await Promise.all([
      vantage.resolve(server === null ? { name: host } : { name: host, server }),
      found.ok ? lookAtSockets(vantage, port, place) : found,
      lookAtProcessesOf(vantage, place),
      addressesInside(vantage, place, host),
    ]);
    const addresses = [...ownAddresses, ...(resolved.ok ? resolved.addresses : [])]
      .slice(0, addressLimit)
      .map((one) => ({ address: canonicalAddress(one.address), family: one.family }));
    const resolving = {
      resolveFailure: ownAddresses.length > 0 ? null : resolveTrouble(resolved),
      addresses,
    };
    if (!table.ok) {
      const trouble = { failure: table.failure, detail: table.detail };
      return { trouble, ...resolving, tool: null, truncated: false, established: [], others: [] };
    }
    const processes = list.ok ? list.own : [];
    const named = (paths?: Map<number, string>) =>
      processes.filter((one) => wanted !== null && goesBy(wanted, one, paths?.get(one.pid)));
    const given = z.array(z.int()).safeParse(ground.process).data;
    let pids = given ?? named().map(({ pid }) => pid);
    if (wanted !== null && pids.length === 0) {
      const executables = await vantage.execute({ argv: executablesArgv, asRoot: true });
      pids = named(parseExecutables(executables.ok ? executables.stdout : '')).map(({ pid }) => pid);
    }
    const theirs = family(pids, processes);
    // Where processes are not shown to us, nobody can say whose a connection is.
    const allShown = list.ok && !list.hidden && !list.truncated;
    const anybody = pids.length === 0 && (wanted === null || !allShown);
    const connections = table.sockets
      .filter(({ state, peer }) => peer.port === port && !['LISTEN', 'TIME-WAIT', 'CLOSED'].includes(state))
      .map((socket) => {
        const own = socket.pids.find((pid) => theirs.has(pid));
        const ours = anybody || own !== undefined || socket.pids.length === 0;
        const there = addresses.some(({ address }) => address === socket.peer.address);
        const fields = { local: written(socket.local), peer: written(socket.peer) };
        const pid = own ?? socket.pids[0] ?? null;
        return { ...fields, pid, state: socket.state, ours, good: ours && there && socket.state === 'ESTAB' };
      })
      .sort(
        (a, b) =>
          Number(b.ours) - Number(a.ours) ||
          rank(a.state) - rank(b.state) ||
          Number(b.pid !== null) - Number(a.pid !== null),
      );
    return {
      trouble: null,
      ...resolving,
      tool: table.tool,
      truncated: table.truncated,
      established: connections
        .filter(({ good }) => good)
        .slice(0, shown)
        .map(({ local, peer, pid }) => ({ local, peer, pid })),
      others: connections
        .filter(({ good }) => !good)
        .slice(0, shown)
        .map(({ good: _, ...other }) => other),
    };
  },

  asks: ({ host, port, server, container }) => [
    ...onlyWhen('where it was not found before', placeAsks(container)),
    resolves(host, server),
    ...socketAsks(port, container),
    ...processesOfAsks(container),
    ...insideNamesAsks(container),
    runsAsRoot(executablesArgv, 'where no process goes by its name'),
  ],

  judge({ trouble, resolveFailure, truncated, addresses, established, others }, { host, port }) {
    const expected = `an established connection to ${hostPort(host, port)}`;
    const [first] = established;
    if (first) {
      const peers = listed([...new Set(established.map(({ peer }) => peer))], 2);
      const pid = first.pid === null ? 'owner unknown' : `pid ${first.pid}`;
      return { findings: [], expected, observed: `connected to ${peers} (${pid})` };
    }
    // Without addresses to compare with, a connection of ours to that port may be the one.
    const undecided = resolveFailure && others.some(({ ours, state }) => ours && state === 'ESTAB');
    const cut = { failure: 'incomplete', detail: 'the list of sockets was cut off' } as const;
    const unseen = trouble ?? (undecided ? resolveFailure : truncated ? cut : null);
    if (unseen) {
      const what = undecided && !trouble ? `the addresses of ${host}` : 'the sockets';
      return {
        findings: [couldNotLook({ ok: false, ...unseen }, what)],
        expected,
        observed: unseen.detail,
      };
    }
    const observed = nearest(others);
    const values = {
      addresses: addresses.map(({ address }) => address),
      state: others[0]?.ours ? others[0].state : 'none',
      peer: others[0]?.ours ? others[0].peer : null,
    };
    return { findings: [{ code: 'service.not-connected', expected, observed, values }], expected, observed };
  },

  findings: {
    'service.not-connected': fail(({ observed }) => `not connected: ${observed ?? 'no connection to it'}`),
    ...couldNotLookFindings,
    ...forwardingFindings,
  },

  docs: `Resolves the endpoint's name where the service runs, and reads the TCP connections to its port with \`ss\`, else
\`netstat\`, else /proc/net/tcp. One that is established, to one of these addresses, by the process or a child of it, is
what should be there. Where the owners are not shown to us, any such connection passes, and is called "owner unknown".

With \`container\` these are the connections of that container's own network namespace, and its own hosts file counts too,
where root looks; what its engine's DNS alone knows is not resolved. A connection through an HTTP proxy goes to the
proxy's address and is not recognised.`,
});
