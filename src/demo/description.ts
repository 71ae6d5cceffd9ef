/** What the two played hosts are said to be like: processes, sockets, units, names, files. Plain data. */
import type { BackendPort } from './backend.ts';
import { configurationFile, writeNginxConfiguration } from './nginx-configuration.ts';
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
  readonly addresses: Readonly<Record<string, readonly string[]>>;
}

export const agentUnit = 'viworks-agent.service';
export const agentProcess = 'viworks-agent';
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
  };
}

export function describeBackend(world: World): HostDescription {
  const base = common(world);
  const [nginx, worker, server] = [702, 703, 260];
  const program = `/app/target/release/${serverProcess}`;
  return {
    ...base,
    hostname: 'backend',
    processes: [
      ...base.processes,
      { pid: server, ppid: 1, user: 'viworks', state: 'S', args: program },
      {
        pid: nginx,
        ppid: 1,
        user: 'root',
        state: 'S',
        args: `nginx: master process /usr/sbin/nginx -c ${configurationFile}`,
      },
      { pid: worker, ppid: nginx, user: 'www-data', state: 'S', args: 'nginx: worker process' },
    ],
    listeners: [
      ...base.listeners,
      { port: world.proxyPort, pid: nginx, unaccepted: [] },
      ...world.backendPorts.map(({ port, unaccepted }) => ({ port, pid: server, unaccepted })),
    ],
    established: [],
    units: {},
    files: {
      ...base.files,
      [configurationFile]: writeNginxConfiguration({ listen: world.proxyPort, to: world.scenario.proxyTo }),
    },
    programs: [...base.programs, '/usr/sbin/nginx', program],
  };
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
    programs: state === 'not installed' ? base.programs : [...base.programs, program],
  };
}

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
