/** What Docker and Podman say of a container, as one shape. Pure. */
import { z } from 'zod';

const place = z.object({ network: z.string(), address: z.string() });

export const containerSchema = z.object({
  engine: z.enum(['docker', 'podman']),
  name: z.string(),
  id: z.string(),
  image: z.string(),
  status: z.string().describe('as the engine names it: created, running, restarting, paused, exited, dead'),
  pid: z.int().describe('of its first process, as the host sees it; 0 when it does not run'),
  exitCode: z.int(),
  oomKilled: z.boolean(),
  error: z.string().describe('why the engine could not start it; empty when it could'),
  restarts: z.int(),
  restartPolicy: z.string().describe('no, always, on-failure, unless-stopped; empty when not told'),
  startedAt: z.string(),
  finishedAt: z.string(),
  health: z
    .object({
      status: z.string().describe('starting, healthy or unhealthy'),
      failingStreak: z.int(),
      output: z.string().describe('the start of what its last check printed'),
      exitCode: z.int().nullable(),
    })
    .nullable()
    .describe('null: it has no health check'),
  networkMode: z.string().describe('bridge, host, none, container:ID, or the name of a network'),
  hostNetwork: z.boolean(),
  rootless: z.boolean().describe('the host does not reach its addresses: they are in a namespace of a user'),
  networks: z.array(z.string()),
  addresses: z.array(place),
  aliases: z.array(z.object({ network: z.string(), names: z.array(z.string()) })),
  published: z
    .array(z.object({ containerPort: z.int(), hostAddress: z.string(), hostPort: z.int() }))
    .describe('TCP ports of the host'),
  mounts: z.array(z.object({ source: z.string(), destination: z.string() })),
});

export type Container = z.infer<typeof containerSchema>;
export type Engine = Container['engine'];
export type Health = NonNullable<Container['health']>;

/**
 * Whole objects alone: both engines have these, and their environment and labels are in none of them. As one JSON
 * object, whatever line breaks are in it.
 */
export const inspectFormat = `{"id":"{{.Id}}","name":{{json .Name}},"image":{{json .Config.Image}},"state":{{json .State}},"restarts":{{json .RestartCount}},"mode":{{json .HostConfig.NetworkMode}},"policy":{{json .HostConfig.RestartPolicy}},"network":{{json .NetworkSettings}},"mounts":{{json .Mounts}}}`;

const text = z.string().catch('');
const number = z.number().catch(0);
const flag = z.boolean().catch(false);
const list = <T extends z.ZodType>(of: T) => z.array(of).catch([]);
const table = <T extends z.ZodType>(of: T) => z.record(z.string(), of).catch({});

const healthSchema = z
  .object({
    Status: z.string(),
    FailingStreak: number,
    Log: list(z.object({ ExitCode: z.number().nullable().catch(null), Output: text })),
  })
  .nullable()
  .catch(null);

const inspected = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  image: text,
  state: z.object({
    Status: z.string().min(1),
    Pid: number,
    ExitCode: number,
    OOMKilled: flag,
    Error: text,
    StartedAt: text,
    FinishedAt: text,
    Health: healthSchema,
    Healthcheck: healthSchema,
    OciVersion: text,
  }),
  restarts: number,
  mode: text,
  policy: z.object({ Name: text }).catch({ Name: '' }),
  network: z
    .object({
      SandboxKey: text,
      IPAddress: text,
      GlobalIPv6Address: text,
      Ports: table(z.array(z.object({ HostIp: text, HostPort: text })).nullable()),
      Networks: table(
        z.object({
          IPAddress: text,
          GlobalIPv6Address: text,
          Aliases: list(z.string()),
          DNSNames: list(z.string()),
        }),
      ),
    })
    .catch({ SandboxKey: '', IPAddress: '', GlobalIPv6Address: '', Ports: {}, Networks: {} }),
  mounts: list(z.object({ Source: text, Destination: text })),
});

/** Foreign text, and so many at most: what others wrote into a container's description. */
const shortText = 256;
const shownPath = 1024;
const shownOutput = 500;
const many = 64;

/** Reads {@link inspectFormat}; null when that is not what it is, or it is another container's. */
export function parseInspect(stdout: string, asked: Engine, name: string): Container | null {
  const seen = inspected.safeParse(fromJson(stdout)).data;
  if (!seen) return null;
  const ownName = seen.name.replace(/^\//, '');
  // Both engines take the start of an id for a name.
  if (ownName !== name && !seen.id.startsWith(name)) return null;
  const { state, network } = seen;
  const networks = Object.entries(network.Networks).slice(0, many);
  const named = (ipv4: string, ipv6: string, of: string) =>
    [ipv4, ipv6].filter((address) => address !== '').map((address) => ({ network: of, address }));
  const addresses = networks.flatMap(([of, one]) => named(one.IPAddress, one.GlobalIPv6Address, of));
  return {
    // `docker` is Podman where podman-docker is installed.
    engine: state.OciVersion === '' ? asked : 'podman',
    name: ownName,
    id: seen.id,
    image: seen.image.slice(0, shortText),
    status: state.Status.slice(0, shortText),
    pid: state.Pid,
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled,
    error: state.Error.slice(0, shownOutput),
    restarts: seen.restarts,
    restartPolicy: seen.policy.Name.slice(0, shortText),
    startedAt: state.StartedAt.slice(0, shortText),
    finishedAt: state.FinishedAt.slice(0, shortText),
    health: healthOf(state.Health ?? state.Healthcheck),
    networkMode: seen.mode.slice(0, shortText),
    hostNetwork: seen.mode === 'host',
    // Such an engine keeps its namespaces where its user may write.
    rootless: network.SandboxKey.startsWith('/run/user/') || network.SandboxKey.startsWith('/tmp/'),
    networks: networks.map(([of]) => of),
    // Podman's default network has no entry of its own in some versions.
    addresses:
      addresses.length > 0 ? addresses : named(network.IPAddress, network.GlobalIPv6Address, seen.mode),
    aliases: networks.map(([of, one]) => ({
      network: of,
      // The default bridge has no DNS of its own, and names mean nothing there.
      names: [...new Set([...(of === 'bridge' ? [] : [ownName]), ...one.Aliases, ...one.DNSNames])].slice(
        0,
        many,
      ),
    })),
    published: publishedOf(network.Ports),
    mounts: seen.mounts.slice(0, many).map(({ Source, Destination }) => ({
      source: Source.slice(0, shownPath),
      destination: Destination.slice(0, shownPath),
    })),
  };
}

function fromJson(stdout: string): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    return null;
  }
}

function healthOf(seen: z.infer<typeof healthSchema>): Health | null {
  // `none`, or empty: no health check is defined.
  if (!seen || !['starting', 'healthy', 'unhealthy'].includes(seen.Status)) return null;
  const last = seen.Log.at(-1);
  return {
    status: seen.Status,
    failingStreak: seen.FailingStreak,
    output: (last?.Output ?? '').slice(0, shownOutput),
    exitCode: last?.ExitCode ?? null,
  };
}

/** `8081/tcp` → where on the host; null there: exposed, and not published. */
function publishedOf(ports: z.infer<typeof inspected>['network']['Ports']): Container['published'] {
  return Object.entries(ports)
    .slice(0, many)
    .flatMap(([key, places]) => {
      const port = /^(\d{1,5})(?:\/tcp)?$/.exec(key)?.[1];
      if (port === undefined || places === null) return [];
      return places.slice(0, many).map(({ HostIp, HostPort }) => ({
        containerPort: Number(port),
        hostAddress: HostIp === '' ? '0.0.0.0' : HostIp.slice(0, shortText),
        hostPort: Number(HostPort) || 0,
      }));
    });
}
