/** The demo's configuration, as somebody would write it for the world of the report. */
import { nginxContainer, nginxFile, serverContainer, serverFile } from './containers.ts';
import { agentFile, agentProcess, agentUnit, endpointUrl, serverProcess } from './description.ts';

export interface Places {
  readonly nameserverPort: number;
  readonly proxyPort: number;
  readonly sshPorts: { readonly backend: number; readonly gateway: number };
  /** Paths of the files beside it. */
  readonly ca: string;
  readonly identityFile: string;
  readonly knownHosts: string;
}

/** A path as a TOML basic string: JSON's escapes are among TOML's. */
const quoted = (text: string) => JSON.stringify(text);

export function writeConfiguration(places: Places): string {
  const ssh = (port: number) =>
    `{ user = "demo", port = ${port}, identity_file = ${quoted(places.identityFile)}, known_hosts = ${quoted(places.knownHosts)} }`;
  return `title = "ViWorkS agent connectivity (demo)"

[defaults]
timeout = "1s"
resolver = "127.0.0.1:${places.nameserverPort}"

[hosts.backend]
address = "127.0.0.1"
ssh = ${ssh(places.sshPorts.backend)}

[hosts.gateway]
address = "127.0.0.1"
ssh = ${ssh(places.sshPorts.gateway)}

[endpoints.agent]
url = "${endpointUrl(places.proxyPort)}"
resolves_to = ["backend"]
health = "/health"
via = "nginx"
to = "agent-server:8081"
expect = { status = 200, json = { status = "healthy" } }
tls = { ca = ${quoted(places.ca)} }

[proxies.nginx]
host = "backend"
container = "${nginxContainer}"
config = "${nginxFile}"

[services.agent-server]
host = "backend"
container = "${serverContainer}"
process = "${serverProcess}"
listens = [
  { port = 8080, health = "/health" },
  { port = 8081, health = "/health", websocket = "/ws/agent" },
]
config = { file = "${serverFile}", expect = { "agent_management.port" = 8081 } }
runbook = { "service.not-accepting" = "main.rs creates the AgentManager and never calls run_server_loop(): call it, and deploy" }

[services.gateway-agent]
host = "gateway"
unit = "${agentUnit}"
process = "${agentProcess}"
connects_to = "agent"
config = { file = "${agentFile}", expect = { "outbound.backend_url" = "${endpointUrl(places.proxyPort)}" } }
`;
}
