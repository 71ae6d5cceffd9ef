/** What doctor is told of the lab: the path of the incident, from a laptop and from a gateway. */
import { backendConfiguration, backendProgram, gatewayConfiguration, gatewayProgram } from './programs.ts';

export interface Told {
  readonly ca: string;
  readonly to?: string;
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

/** `endpoint`, `server`, `client`, `proxy`: more lines of that table; `more`: tables at the end. */
export const doctorConfiguration = (told: Told): string => `title = "Agent connectivity"

[hosts.backend]
address = "backend.example.com"
ssh = ${told.backend ?? '{ user = "root" }'}

[hosts.gateway]
address = "gateway.example.com"
ssh = ${told.gateway ?? '{ user = "root" }'}

[endpoints.agent]
url = "${told.url ?? 'wss://agent.example.com/ws/agent'}"
resolves_to = [${told.resolvesTo ?? '"backend"'}]
health = "/health"
via = "nginx"
to = "${told.to ?? 'agent-server:8081'}"
tls = { ca = "${told.ca}" }
${told.endpoint ?? ''}

[proxies.nginx]
host = "backend"
unit = "nginx.service"
${told.proxy ?? ''}

[services.agent-server]
host = "backend"
unit = "viworks-agent-server.service"
process = "${backendProgram}"
listens = [
  { port = 8080, health = "/health" },
  { port = 8081, health = "/health", websocket = "/ws/agent" },
]
config = { file = "${backendConfiguration}", expect = { "agent_management.port" = 8081 } }
${told.server ?? ''}

[services.gateway-agent]
host = "gateway"
unit = "viworks-agent.service"
process = "${gatewayProgram}"
connects_to = "agent"
config = { file = "${gatewayConfiguration}", expect = { "outbound.backend_url" = "wss://agent.example.com/ws/agent" } }
journal = { expect = "WebSocket connection established", unwanted = "connection failed" }
${told.client ?? ''}
${told.more ?? ''}
`;
