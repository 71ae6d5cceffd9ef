import { z } from 'zod';
import {
  type Address,
  couldNotLook,
  couldNotLookFindings,
  defineCheck,
  type Finding,
  fail,
} from '../src/check.ts';
import { onlyWhen, runsAsRoot } from '../src/net/asks.ts';
import { publishedPorts } from '../src/net/container-state.ts';
import { containerOption, containerPlace, placeAsks } from '../src/net/containers.ts';
import { lookAtProcessesOf, processesOfAsks, reachableIn } from '../src/net/inside.ts';
import { listenersOn, lookAtSockets, socketAsks } from '../src/net/listener.ts';
import { ancestors, executablesArgv, family, type Process, parseExecutables } from '../src/net/processes.ts';
import { goesBy, processOption, shownArguments, shownName } from '../src/net/program.ts';
import { addressLimit, listed } from '../src/net/reach.ts';
import { portOption, troubleSchema } from '../src/net/schemas.ts';
import { isLocal, written } from '../src/net/sockets.ts';

const options = z.strictObject({
  port: portOption,
  process: processOption.nullable().default(null).describe('the program that should have it'),
  outside: z.boolean().default(false).describe('somebody outside of this host has to reach it'),
  published: z
    .boolean()
    .default(false)
    .describe('a container’s port has to be published to the outside of its host'),
  container: containerOption,
});

const facts = z.object({
  trouble: troubleSchema.nullable().describe('why the sockets could not be read'),
  tool: z.string().nullable().describe('what was read: ss, netstat or /proc/net/tcp'),
  truncated: z.boolean(),
  gone: z.string().nullable().describe('the container does not run, so nothing listens in it'),
  listeners: z.array(
    z.object({
      address: z.string().describe('`*` is IPv4 and IPv6'),
      device: z.string().nullable(),
      v6only: z.boolean().nullable().describe('of `::`; null: not told'),
      queue: z.int().describe('connections that wait to be accepted'),
      limit: z.int().nullable().describe('how many may wait'),
      owners: z.array(
        z.object({
          pid: z.int(),
          name: z.string().nullable().describe('null: the process list does not have it'),
          args: z.string().nullable().describe('at most 512 characters'),
          expected: z
            .boolean()
            .nullable()
            .describe('it is the named process, or an ancestor or descendant of one; null: not known'),
        }),
      ),
    }),
  ),
  processPorts: z
    .array(z.int())
    .nullable()
    .describe('ports that the named process listens on; null: not known'),
  container: z
    .object({
      hostNetwork: z.boolean(),
      rootless: z.boolean(),
      addresses: z.array(z.object({ network: z.string(), address: z.string() })),
      published: z
        .array(z.int())
        .optional()
        .describe('its ports that the host publishes where others reach them'),
    })
    .nullable()
    .describe('in whose network namespace it was looked; null: the host’s'),
  asRoot: z.boolean().nullable().describe('whether root looked: others are not shown the owners of sockets'),
});
type Facts = z.infer<typeof facts>;
type Owner = Facts['listeners'][number]['owners'][number];

const nothing: Facts = {
  trouble: null,
  tool: null,
  truncated: false,
  gone: null,
  listeners: [],
  processPorts: null,
  container: null,
  asRoot: null,
};
const onHost = { hostNetwork: true, rootless: false, addresses: [] };

/** They hold a container's port for it, and are no other program; nor is PID 1, which holds that of a socket unit. */
const stewards =
  /^(?:docker-proxy|dockerd|rootlessport(?:-child)?|rootlesskit|conmon|slirp4netns|pasta(?:\.avx2)?)$/;
const isSteward = ({ pid, name }: Pick<Owner, 'pid' | 'name'>) => pid === 1 || stewards.test(name ?? '');

function ownersWords(listeners: Facts['listeners'], asRoot: boolean | null): string {
  const owners = listeners.flatMap((listener) => listener.owners);
  if (owners.length === 0) return asRoot ? 'owner unknown' : 'owner unknown (needs root)';
  const names = [...new Set(owners.map(({ name }) => name))];
  const words = names.map((name) => {
    const named = owners.filter((owner) => owner.name === name).map(({ pid }) => pid);
    const pids = [...new Set(named)].sort((a, b) => a - b).map(String);
    return name === null ? `pid ${listed(pids, 1)}` : `${name} (pid ${listed(pids, 1)})`;
  });
  return listed(words, 2);
}

export const netstat = defineCheck<z.infer<typeof options>, Facts>({
  kind: 'netstat',
  summary: 'something listens on the port, where it can be reached, and it is the right program',
  options,
  facts,
  label: ({ port }) => `Listens on ${port}`,
  target: ({ port }) => `:${port}`,

  async look(vantage, { port, process: wanted, container }, ground) {
    const found = await containerPlace(vantage, container, ground);
    if (!found.ok) return { ...nothing, trouble: { failure: found.failure, detail: found.detail } };
    const { place, gone } = found;
    if (gone) return { ...nothing, gone: gone.says };
    const [table, list] = await Promise.all([
      lookAtSockets(vantage, null, place),
      lookAtProcessesOf(vantage, place),
    ]);
    const within = place && {
      hostNetwork: place.hostNetwork,
      rootless: place.rootless,
      addresses: [...place.addresses],
      published: publishedPorts(place),
    };
    if (!table.ok) {
      const trouble = { failure: table.failure, detail: table.detail };
      return { ...nothing, trouble, container: within };
    }
    const inside = list.ok ? list.own : [];
    const processes = list.ok ? list.processes : [];
    const byPid = new Map(processes.map((process) => [process.pid, process]));
    const listeners = listenersOn(port, table.sockets);
    const owning = [...new Set(listeners.flatMap(({ pids }) => pids))];
    const named = (process: Process, paths?: Map<number, string>) =>
      wanted !== null && goesBy(wanted, process, paths?.get(process.pid));
    const related = (pid: number, expected: readonly number[]) =>
      [pid, ...ancestors(pid, processes)].some((one) => expected.includes(one)) ||
      expected.some((one) => ancestors(one, processes).includes(pid));

    let expected = inside.filter((process) => named(process)).map(({ pid }) => pid);
    if (wanted !== null && owning.length > 0 && !owning.some((pid) => related(pid, expected))) {
      const executables = await vantage.execute({ argv: executablesArgv, asRoot: true });
      const paths = parseExecutables(executables.ok ? executables.stdout : '');
      expected = inside.filter((process) => named(process, paths)).map(({ pid }) => pid);
    }
    const theirs = family(expected, processes);
    const ports = table.sockets
      .filter(({ state, pids }) => state === 'LISTEN' && pids.some((pid) => theirs.has(pid)))
      .flatMap(({ local }) => local.port ?? []);
    const allShown = table.sockets.every(({ pids }) => pids.length > 0) && list.ok && !list.truncated;
    const sure = list.ok && !list.truncated && !list.hidden;
    return {
      trouble: null,
      tool: table.tool,
      truncated: table.truncated,
      gone: null,
      listeners: listeners.map(({ local, queue, limit, pids }) => ({
        address: local.address,
        device: local.device,
        v6only: local.v6only,
        queue,
        limit,
        owners: pids.map((pid) => {
          const process = byPid.get(pid);
          if (!process) return { pid, name: null, args: null, expected: null };
          const isExpected = related(pid, expected) ? true : wanted !== null && sure ? false : null;
          const args = shownArguments(process.args);
          return { pid, name: shownName(process), args, expected: isExpected };
        }),
      })),
      processPorts:
        wanted === null || (ports.length === 0 && !allShown)
          ? null
          : [...new Set(ports)].sort((a, b) => a - b),
      container: within,
      asRoot: table.sudo
        ? table.sudo === 'used'
        : list.ok && list.lookedAs !== null
          ? ['root', '0'].includes(list.lookedAs)
          : null,
    };
  },

  asks: ({ container }) => [
    ...onlyWhen('where it was not found before', placeAsks(container)),
    ...socketAsks(null, container),
    ...processesOfAsks(container),
    runsAsRoot(executablesArgv, 'where its owner goes by another name'),
  ],

  judge(
    { trouble, truncated, gone, listeners, processPorts, container, asRoot },
    { port, process: wanted, outside, published, container: name },
  ) {
    const expected = wanted === null ? `something listens on ${port}` : `${wanted} listens on ${port}`;
    const lost = listeners.length === 0 && truncated;
    const cut = { failure: 'incomplete', detail: 'the list of sockets was cut off' } as const;
    const unseen = trouble ?? (lost ? cut : null);
    if (unseen) {
      const finding = couldNotLook({ ok: false, ...unseen }, 'the sockets');
      return { findings: [finding], expected, observed: unseen.detail };
    }
    if (listeners.length === 0) {
      const others = (processPorts ?? []).map(String);
      const observed =
        others.length > 0 ? `${wanted} listens on ${listed(others)}` : (gone ?? 'nothing listens on it');
      const values = { port, process: wanted, processPorts: others };
      return {
        findings: [{ code: 'netstat.not-listening', expected, observed, values }],
        expected,
        observed,
      };
    }

    const findings: Finding[] = [];
    const owners = listeners.flatMap((listener) => listener.owners);
    const known = listeners.every((listener) => listener.owners.length > 0);
    const who = ownersWords(listeners, asRoot);
    if (known && owners.every((owner) => owner.expected === false && !isSteward(owner))) {
      findings.push({
        code: 'netstat.wrong-process',
        expected: wanted,
        observed: who,
        values: { port, process: wanted, pids: [...new Set(owners.map(({ pid }) => String(pid)))] },
      });
    }
    const places = [...new Set(listeners.map(({ address }) => written({ address, port })))];
    // Nobody but the container itself is on its loopback.
    const inOwnNetwork = container !== null && !container.hostNetwork;
    if ((outside || inOwnNetwork) && listeners.every(isLocal)) {
      findings.push({
        code: 'netstat.loopback-only',
        expected: 'an address that can be reached from outside',
        observed: listed(places),
        values: { port, addresses: places },
      });
    }
    if (published && inOwnNetwork && container.published?.includes(port) === false) {
      findings.push({
        code: 'container.port-not-published',
        expected: `${port} published to the outside`,
        observed: 'not published',
        values: { container: name, ports: [String(port)] },
      });
    }
    const full = listeners.find(({ queue, limit }) => limit !== null && queue > limit);
    const queue = full ? `, accept queue full (${full.queue} wait, limit ${full.limit})` : '';
    return { findings, expected, observed: `${listed(places, 2)}, ${who}${queue}` };
  },

  provides: {
    open: ({ trouble, truncated, listeners, container }) => {
      if (listeners.length === 0) return trouble || truncated ? [] : undefined;
      const places = new Map<string, Address>();
      const at = container ?? onHost;
      for (const place of listeners.flatMap((one) => reachableIn(at, one))) places.set(place.address, place);
      // On the loopback of a container alone nobody but the container gets to it.
      return places.size > 0 ? [...places.values()].slice(0, addressLimit) : undefined;
    },
  },

  findings: {
    'netstat.not-listening': fail(({ values }) => `nothing listens on ${values?.port}`),
    'container.port-not-published': fail(({ values, observed }) => `port ${values?.ports}: ${observed}`),
    'netstat.wrong-process': fail(({ observed }) => `another program has the port: ${observed}`),
    'netstat.loopback-only': fail(({ observed }) => `listens on ${observed} alone`),
    ...couldNotLookFindings,
  },

  docs: `Reads the listening TCP sockets with \`ss\`, else \`netstat\`, else /proc/net/tcp, and their owners by pid from the
process list. The program that has the port is another one only when none of its owners is the named process, or an
ancestor or descendant of it; a container engine's proxy and PID 1 hold ports for others. Who is not root is not shown
the owners: that is said, and is no failure.

With \`container\` the sockets are those of the container's own network namespace, which root reads with \`ss\`, and
everybody from /proc/PID/net, whatever tools the image has; the port that the host publishes says nothing about them.
A program that is bound may still never accept: that shows when somebody connects (kinds http and websocket).`,
});
