/** The backend's played containers, and what Docker says of them and does in them. */
import type { HostDescription, PlayedListener, World } from './description.ts';
import { configurationFile, writeNginxConfiguration } from './nginx-configuration.ts';

export interface PlayedContainer {
  readonly name: string;
  readonly id: string;
  readonly image: string;
  /** Of its first process, as the host sees it. */
  readonly pid: number;
  readonly networks: readonly { readonly name: string; readonly address: string; readonly gateway: string }[];
  /** Published under the same number on the host. */
  readonly ports: readonly number[];
  readonly mounts: readonly { readonly source: string; readonly destination: string }[];
  /** Path inside → contents; what is mounted is in the host's files. */
  readonly files: Readonly<Record<string, string>>;
  /** In its own network namespace. */
  readonly listeners: readonly PlayedListener[];
}

export const serverContainer = 'viworks-backend-agent-new';
export const serverFile = '/app/config/backend-agent.toml';
export const nginxContainer = 'nginx';
/** On the host. */
export const nginxFile = '/opt/viworks/digital ocean docker/nginx/nginx.conf';
const certificates = '/opt/viworks/certificates';

export const serverPid = 260;
export const nginxPid = 702;

/** Files of the host that are mounted into containers. */
export function mountedFiles(world: World): Record<string, string> {
  const { certificate, proxyPort, scenario } = world;
  return {
    [nginxFile]: writeNginxConfiguration({ listen: proxyPort, to: `${serverContainer}:${scenario.proxyTo}` }),
    [`${certificates}/fullchain.pem`]: certificate,
  };
}

export function backendContainers({ backendPorts, proxyPort }: World): PlayedContainer[] {
  return [
    {
      name: serverContainer,
      id: '0c1ee291c4687d1b4ab36e0c2f6b3ad4c5f2e9c0b1a7d8e6f3c4b5a697d8e9f0',
      image: 'viworks/backend-agent',
      pid: serverPid,
      networks: [
        { name: 'viworks-internal', address: '172.19.0.4', gateway: '172.19.0.1' },
        { name: 'viworks-public', address: '172.18.0.3', gateway: '172.18.0.1' },
      ],
      ports: backendPorts.map(({ port }) => port),
      mounts: [],
      files: { [serverFile]: serverConfiguration },
      listeners: backendPorts.map(({ port, unaccepted }) => ({ port, pid: serverPid, unaccepted })),
    },
    {
      name: nginxContainer,
      id: '87ee93b344246098e77f9468d4f5a29b2a2e4da6859cee8dce3af4d8986a9ac5',
      image: 'nginx:1.22',
      pid: nginxPid,
      networks: [{ name: 'viworks-public', address: '172.18.0.2', gateway: '172.18.0.1' }],
      ports: [proxyPort],
      mounts: [
        { source: nginxFile, destination: configurationFile },
        { source: certificates, destination: '/etc/nginx/certificates' },
      ],
      files: {},
      listeners: [{ port: proxyPort, pid: nginxPid, unaccepted: [] }],
    },
  ];
}

const serverConfiguration = `[server]
bind_address = "0.0.0.0"
health_port = 8080

[agent_management]
bind_address = "0.0.0.0"
port = 8081
max_agent_connections = 100
heartbeat_interval = 30
`;

/** A file inside, its own or one that is mounted; null where there is none. */
export function fileIn(host: HostDescription, container: PlayedContainer, path: string): string | null {
  if (Object.hasOwn(container.files, path)) return container.files[path] ?? null;
  const mount = container.mounts.find(
    ({ destination }) => path === destination || path.startsWith(`${destination}/`),
  );
  const outside = mount ? mount.source + path.slice(mount.destination.length) : '';
  return Object.hasOwn(host.files, outside) ? (host.files[outside] ?? null) : null;
}

/** What the engine's `container inspect` prints of it in doctor's format. */
export function inspected(container: PlayedContainer, startedAt: string): string {
  const { id, name, image, pid, networks, ports, mounts } = container;
  const names = [name, id.slice(0, 12)];
  return `${JSON.stringify({
    id,
    name: `/${name}`,
    image,
    state: {
      Status: 'running',
      Pid: pid,
      ExitCode: 0,
      OOMKilled: false,
      Error: '',
      StartedAt: startedAt,
      FinishedAt: '0001-01-01T00:00:00Z',
    },
    restarts: 0,
    mode: networks[0]?.name,
    policy: { Name: 'unless-stopped' },
    network: {
      Ports: Object.fromEntries(
        ports.map((port) => [`${port}/tcp`, [{ HostIp: '0.0.0.0', HostPort: String(port) }]]),
      ),
      Networks: Object.fromEntries(
        networks.map((one) => [one.name, { IPAddress: one.address, GlobalIPv6Address: '', DNSNames: names }]),
      ),
    },
    mounts: mounts.map(({ source, destination }) => ({ Source: source, Destination: destination })),
  })}\n`;
}
