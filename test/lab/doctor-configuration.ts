/** What doctor is told of the lab: the path of the incident, from a laptop and from a gateway. */
import { agentContainer, agentFile, nginxFolder } from './engine.ts';
import { addresses } from './network.ts';
import { backendConfiguration, backendProgram, gatewayConfiguration, gatewayProgram } from './programs.ts';

export interface Told {
  readonly ca: string;
  /** Hosts are declared by `names` (as they come) or by `addresses`. */
  readonly hosts?: 'names' | 'addresses';
  readonly to?: string;
  /** The endpoint alone, and nothing that is behind it. */
  readonly bare?: boolean;
  /** Ports of the agent. */
  readonly listens?: string;
  /** In place of the gateway agent's own lines. */
  readonly connectsTo?: string;
  readonly journal?: string;
  /** The endpoint is the agent's own port, without a proxy. */
  readonly direct?: boolean;
  readonly endpoint?: string;
  readonly backend?: string;
  readonly gateway?: string;
  readonly server?: string;
  readonly client?: string;
  readonly proxy?: string;
  readonly more?: string;
  readonly url?: string;
  readonly resolvesTo?: string;
}

const wayIn = (ssh = '{ user = "root" }'): string => (ssh === 'none' ? '' : `ssh = ${ssh}`);

const agentPorts =
  '{ port = 8080, health = "/health" }, { port = 8081, health = "/health", websocket = "/ws/agent" }';

/** The endpoint alone. */
const bareConfiguration = ({ ca }: Told): string => `[endpoints.agent]
url = "wss://agent.example.com/ws/agent"
health = "/health"
tls = { ca = "${ca}" }
`;

/** The same path, with the agent and nginx in containers on the engine. */
export const containerConfiguration = (told: Told): string => `title = "Agent connectivity"

[hosts.backend]
address = "engine.example.com"
${wayIn(told.backend)}

[hosts.gateway]
address = "gateway.example.com"
${wayIn(told.gateway)}

[endpoints.agent]
url = "${told.direct ? 'ws://engine.example.com:8081/ws/agent' : 'wss://agent.example.com/ws/agent'}"
resolves_to = ["backend"]
health = "/health"
${told.direct ? '' : `via = "nginx"`}
to = "${told.to ?? 'agent-server:8081'}"
${told.direct ? '' : `tls = { ca = "${told.ca}" }`}
${told.endpoint ?? ''}

[proxies.nginx]
host = "backend"
container = "nginx"
config = "${nginxFolder}/nginx.conf"
${told.proxy ?? ''}

[services.agent-server]
host = "backend"
container = "${agentContainer}"
process = "viworks-backend-agent"
listens = [${told.listens ?? agentPorts}]
config = { file = "${agentFile}", expect = { "agent_management.port" = 8081 } }
${told.server ?? ''}

${gatewayTable(told)}
`;

/** `endpoint`, `server`, `client`, `proxy`: more lines of that table; `more`: tables at the end. */
export const doctorConfiguration = (told: Told): string =>
  told.bare ? bareConfiguration(told) : unitsConfiguration(told);

const unitsConfiguration = (told: Told): string => `title = "Agent connectivity"

[hosts.backend]
address = "${told.hosts === 'addresses' ? addresses.backend.v4 : 'backend.example.com'}"
${wayIn(told.backend)}

[hosts.gateway]
address = "${told.hosts === 'addresses' ? addresses.gateway.v4 : 'gateway.example.com'}"
${wayIn(told.gateway)}

[endpoints.agent]
url = "${told.url ?? (told.direct ? 'ws://backend.example.com:8081/ws/agent' : 'wss://agent.example.com/ws/agent')}"
resolves_to = [${told.resolvesTo ?? '"backend"'}]
health = "/health"
${told.direct ? '' : `via = "nginx"`}
to = "${told.to ?? 'agent-server:8081'}"
${told.direct ? '' : `tls = { ca = "${told.ca}" }`}
${told.endpoint ?? ''}

[proxies.nginx]
host = "backend"
unit = "nginx.service"
${told.proxy ?? ''}

[services.agent-server]
host = "backend"
unit = "viworks-agent-server.service"
process = "${backendProgram}"
listens = [${told.listens ?? agentPorts}]
config = { file = "${backendConfiguration}", expect = { "agent_management.port" = 8081 } }
${told.server ?? ''}

${gatewayTable(told)}
`;

const gatewayTable = (told: Told): string => `[services.gateway-agent]
host = "gateway"
unit = "viworks-agent.service"
process = "${gatewayProgram}"
${told.connectsTo ?? 'connects_to = "agent"'}
config = { file = "${gatewayConfiguration}", expect = { "outbound.backend_url" = "wss://agent.example.com/ws/agent" } }
${told.journal ?? 'journal = { expect = "WebSocket connection established", unwanted = "connection failed" }'}
${told.client ?? ''}
${told.more ?? ''}`;
