/** What the two played hosts are said to be like: processes, sockets, units, containers, names, files. Plain data. */
import type { BackendPort } from './backend.ts';
import { backendContainers, mountedFiles, nginxPid, type PlayedContainer, serverPid } from './containers.ts';
import type { Scenario } from './scenario.ts';

export interface HostDescription {
  readonly hostname: string;
  readonly processes: readonly PlayedProcess[];
  readonly listeners: readonly PlayedListener[];
  readonly established: readonly PlayedConnection[];
  /** Unit → its properties, as `systemctl show` names them. */
  readonly units: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What its resolver finds: name → IPv4 addresses. */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  /** Path → contents. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths of programs. */
  readonly programs: readonly string[];
  readonly containers: readonly PlayedContainer[];
  /** What `ip -o addr` prints, without loopback. */
  readonly interfaces: readonly { readonly name: string; readonly address: string }[];
}

export interface PlayedProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly user: string;
  /** One letter, as ps has it. */
  readonly state: string;
  readonly args: string;
}

/** On 0.0.0.0. */
export interface PlayedListener {
  readonly port: number;
  readonly pid: number;
  /** Connections that nobody accepted. It grows while the stage is open. */
  readonly unaccepted: BackendPort['unaccepted'];
}

export interface PlayedConnection {
  readonly localPort: number;
  readonly peerPort: number;
  readonly pid: number;
}

/** What the descriptions have to agree on with the real parts. */
export interface World {
  readonly scenario: Scenario;
  readonly backendPorts: readonly BackendPort[];
  readonly proxyPort: number;
  /** The gateway agent's port of the connection that it holds. */
  readonly agentPort: number | null;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** The server's, PEM. */
  readonly certificate: string;
  readonly addresses: Readonly<Record<string, readonly string[]>>;
}

export const agentUnit = 'viworks-agent.service';
export const agentProcess = 'viworks-agent';
export const agentFile = '/opt/viworks/agent/agent-outbound.toml';
export const serverProcess = 'viworks-backend-agent';

const init: PlayedProcess = { pid: 1, ppid: 0, user: 'root', state: 'S', args: '/sbin/init' };
const sshd: PlayedProcess = {
  pid: 611,
  ppid: 1,
  user: 'root',
  state: 'S',
  args: 'sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups',
};

function common(world: World) {
  return {
    processes: [init, sshd],
    listeners: [{ port: 22, pid: sshd.pid, unaccepted: [] }],
    addresses: { localhost: ['127.0.0.1'], ...world.addresses },
    files: {
      '/etc/resolv.conf': 'nameserver 127.0.0.1\n',
      '/proc/uptime': `${uptime}.00 ${uptime}.00\n`,
      '/etc/ssl/certs/ca-certificates.crt': world.ca,
    },
    programs: ['/sbin/init', '/usr/sbin/sshd'],
    containers: [],
    interfaces: [],
  };
}

const root = (pid: number, ppid: number, args: string): PlayedProcess => ({
  pid,
  ppid,
  user: 'root',
  state: 'S',
  args,
});

export function describeBackend(world: World): HostDescription {
  const base = common(world);
  const containers = backendContainers(world);
  const program = `/app/target/release/${serverProcess}`;
  const [engine, proxyWorker] = [190, nginxPid + 1];
  // The engine's own proxies take what comes to a published port of the host.
  const published = containers.flatMap(({ ports, networks }) =>
    ports.map((port) => ({ port, to: networks.at(-1)?.address ?? '' })),
  );
  const proxies = published.map(({ port, to }, index) => ({
    port,
    process: root(
      200 + index,
      engine,
      `/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port ${port} -container-ip ${to} -container-port ${port}`,
    ),
  }));
  const shims = containers.map(({ id, pid }) =>
    root(pid - 10, 1, `/usr/bin/containerd-shim-runc-v2 -namespace moby -id ${id}`),
  );
  return {
    ...base,
    hostname: 'backend',
    processes: [
      ...base.processes,
      root(engine, 1, '/usr/bin/dockerd -H fd://'),
      ...proxies.map(({ process }) => process),
      ...shims,
      { pid: serverPid, ppid: serverPid - 10, user: 'viworks', state: 'S', args: program },
      root(nginxPid, nginxPid - 10, 'nginx: master process /usr/sbin/nginx -g daemon off;'),
      { pid: proxyWorker, ppid: nginxPid, user: 'www-data', state: 'S', args: 'nginx: worker process' },
    ],
    listeners: [
      ...base.listeners,
      ...proxies.map(({ port, process }) => ({ port, pid: process.pid, unaccepted: [] })),
    ],
    established: [],
    units: {},
    files: { ...base.files, ...mountedFiles(world) },
    programs: [...base.programs, '/usr/bin/dockerd', '/usr/bin/docker-proxy', '/usr/sbin/nginx', program],
    containers,
    interfaces: bridges(containers),
  };
}

/** The host's end of each network of its containers. */
function bridges(containers: readonly PlayedContainer[]) {
  const networks = new Map(
    containers.flatMap(({ networks }) => networks.map(({ name, gateway }) => [name, gateway] as const)),
  );
  return [...networks].map(([name, address]) => ({ name: `br-${name}`.slice(0, 15), address }));
}

export function describeGateway(world: World): HostDescription {
  const base = common(world);
  const state = world.scenario.gatewayAgent;
  const program = `/opt/viworks/agent/${agentProcess}`;
  const agent: PlayedProcess = { pid: 911, ppid: 1, user: 'viworks', state: 'S', args: program };
  const runs = state === 'runs';
  return {
    ...base,
    hostname: 'gateway',
    processes: [
      ...base.processes,
      { pid: 640, ppid: 1, user: 'root', state: 'S', args: '/usr/sbin/monitoring-agent' },
      ...(runs ? [agent] : []),
    ],
    established:
      world.agentPort === null
        ? []
        : [{ localPort: world.agentPort, peerPort: world.proxyPort, pid: agent.pid }],
    units: state === 'not installed' ? {} : { [agentUnit]: runs ? active(agent.pid) : inactive },
    files: { ...base.files, [agentFile]: agentConfiguration(world.proxyPort) },
    programs: state === 'not installed' ? base.programs : [...base.programs, program],
  };
}

/** It lies there whether the agent is installed or not. */
const agentConfiguration = (port: number) => `[outbound]
backend_url = "${endpointUrl(port)}"
agent_id = "os-agent-gateway"
site = "production"
`;

/** What the gateway's agent has to reach. */
export const endpointUrl = (port: number): string => `wss://agent.example.com:${port}/ws/agent`;

/** Since the machine was started, in seconds: it is long ago, and so is the start of everything on it. */
export const uptime = 864_000;

const installed = {
  LoadState: 'loaded',
  Type: 'simple',
  Result: 'success',
  NRestarts: '0',
  ExecMainStatus: '0',
  UnitFileState: 'enabled',
  ConditionResult: 'yes',
  ConditionTimestampMonotonic: '20000000',
  WantedBy: 'multi-user.target',
};

const active = (pid: number) => ({
  ...installed,
  ActiveState: 'active',
  SubState: 'running',
  MainPID: `${pid}`,
  ExecMainCode: '0',
  ExecMainExitTimestampMonotonic: '0',
  ActiveEnterTimestampMonotonic: '21000000',
});

/** Stopped by somebody, in order, after it had run (`systemctl stop`). */
const inactive = {
  ...installed,
  ActiveState: 'inactive',
  SubState: 'dead',
  MainPID: '0',
  ExecMainCode: '1',
  ExecMainExitTimestampMonotonic: '4000000000',
  ActiveEnterTimestampMonotonic: '21000000',
};
