/** The configuration of the whole path, client to service, and its rows as one would expect them of a good day. */
import { join } from 'node:path';
import { rowsOf } from './doctor.ts';
import { type Examined, type SiteName, user, type World } from './world.ts';

export type HostName = 'backend' | 'gateway';

/** A declared host with the way in that the world has for it; `knownHosts` is another file than the home's. */
export function hostSection(
  world: World,
  name: HostName,
  way: { readonly port?: number; readonly knownHosts?: string; readonly identity?: string } = {},
): string {
  const { knownHosts = join(world.home.ssh, 'known_hosts'), identity = join(world.home.ssh, 'id_ed25519') } =
    way;
  const port = way.port ?? world.hosts?.[name].port;
  const files = `identity_file = "${identity}", known_hosts = "${knownHosts}"`;
  return `[hosts.${name}]\naddress = "127.0.0.1"\nssh = { user = "${user}", port = ${port}, ${files} }`;
}

/** The agent's endpoint behind nginx. Where the gateway looks too, it is `localhost`, which its own resolver knows. */
export function endpointSection(world: World, site: SiteName, host: string, more = ''): string {
  return `[endpoints.agent]
url = "wss://${host}:${world.sites[site]}/ws/agent"
health = "/health"
via = "nginx"
to = "agent-server:${world.websocket}"
expect = { status = 200, json = { status = "healthy" } }
tls = { ca = "${world.ca}" }
${more}
[proxies.nginx]
host = "backend"
config = "${join(world.folder, 'nginx', 'nginx.conf')}"`;
}

export function serverSection(world: World, more = ''): string {
  return `[services.agent-server]
host = "backend"
process = "${world.programs.backend}"
heartbeat = "1s"
listens = [
  { port = ${world.health}, health = "/health" },
  { port = ${world.websocket}, health = "/health", websocket = "/ws/agent" },
]
${more}`;
}

export function gatewaySection(world: World): string {
  return `[services.gateway-agent]
host = "gateway"
process = "${world.programs.gateway}"
connects_to = "agent"`;
}

/** Endpoint, proxy, service and the host that they are on. */
export const withServer = (world: World, site: SiteName = 'good') => [
  hostSection(world, 'backend'),
  endpointSection(world, site, 'agent.example.com', 'resolves_to = ["backend"]'),
  serverSection(world),
];

/** The same, and the client on the gateway that must be connected. */
export const withClient = (world: World, site: SiteName = 'good') => [
  hostSection(world, 'backend'),
  hostSection(world, 'gateway'),
  endpointSection(world, site, 'localhost'),
  serverSection(world),
  gatewaySection(world),
];

const pass = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, 'pass']));

export const endpointRows = pass(
  'endpoint.agent.dns',
  'endpoint.agent.port',
  'endpoint.agent.tls',
  'endpoint.agent.http',
  'endpoint.agent.websocket',
);

export const serverRows = pass(
  'service.agent-server.process',
  'service.agent-server.netstat.8080',
  'service.agent-server.netstat.8081',
  'service.agent-server.http.8080',
  'service.agent-server.http.8081',
  'service.agent-server.websocket.8081',
);

export const proxyRows = pass(
  'proxy.nginx.process',
  'proxy.nginx.netstat.443',
  'proxy.nginx.nginx',
  'proxy.nginx.route.agent',
);

export const rowsWithServer = {
  ...endpointRows,
  ...pass('host.backend.ssh'),
  ...proxyRows,
  ...serverRows,
};

export const rowsWithClient = {
  ...endpointRows,
  ...pass(
    'endpoint.agent@gateway.dns',
    'endpoint.agent@gateway.port',
    'endpoint.agent@gateway.tls',
    'endpoint.agent@gateway.websocket',
    'host.backend.ssh',
    'host.gateway.ssh',
  ),
  ...proxyRows,
  ...serverRows,
  ...pass('service.gateway-agent.process', 'service.gateway-agent.connection'),
};

/** The rows, with 8080, 8081 and 443 for the ports that were free today. */
export function rowsSeen(world: World, { report }: Examined): Record<string, string> {
  const told = (text: string) =>
    text
      .replaceAll(String(world.health), '8080')
      .replaceAll(String(world.websocket), '8081')
      .replace(/^(proxy\.nginx\.netstat)\.\d+/, '$1.443');
  return Object.fromEntries(Object.entries(rowsOf(report)).map(([id, says]) => [told(id), told(says)]));
}
