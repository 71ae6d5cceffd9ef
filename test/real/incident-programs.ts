/** What the incident's world is filled with: the two agents, their configurations, nginx's, and doctor's own. */
import { createRequire } from 'node:module';

const ws = createRequire(import.meta.url).resolve('ws');

/**
 * The backend's agent: one process, a health server on 8080, and an agent manager on the port that its configuration
 * names. The manager binds its port; its loop runs only in the version that is told to (`run-server-loop`).
 */
export const backendAgent = `
const { createServer } = require('node:http');
const { isMainThread, parentPort, workerData, Worker } = require('node:worker_threads');
const answer = (request, response) => {
  const found = request.url === '/health';
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
  response.end(found ? '{"status":"healthy"}' : '{}');
};
const listening = (port) => console.log('agent manager listening on 0.0.0.0:' + port);
if (!isMainThread) {
  // a thread of its own binds the port, and never comes round to its loop
  require('node:net').createServer().listen({ host: '0.0.0.0', port: workerData, backlog: 64 }, () => {
    parentPort.postMessage('bound');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
} else {
  const text = require('node:fs').readFileSync('/app/config/backend-agent.toml', 'utf8');
  const port = Number(/^port = (\\d+)/m.exec(text)[1]);
  process.on('SIGTERM', () => process.exit());
  createServer(answer).listen(8080, '0.0.0.0', () => {
    if (process.argv[2] !== 'run-server-loop') {
      new Worker(__filename, { workerData: port }).on('message', () => listening(port));
      return;
    }
    const { WebSocketServer } = require('/app/node_modules/ws');
    const manager = createServer(answer);
    new WebSocketServer({ server: manager, path: '/ws/agent' });
    manager.listen(port, '0.0.0.0', () => listening(port));
  });
}
`;

/** Where the package that its WebSocket server is made of is on this machine. */
export const wsFolder = ws.slice(0, ws.lastIndexOf('/'));

/** The gateway's agent: holds a WebSocket to the URL of its configuration, and tries again when it is gone. */
export const gatewayAgent = `
const { WebSocket } = require(${JSON.stringify(ws)});
const fs = require('node:fs');
const read = (name) => fs.readFileSync(name, 'utf8');
const log = (words) => fs.appendFileSync('/opt/viworks/agent/agent.log', words + '\\n');
const text = read('/opt/viworks/agent/agent-outbound.toml');
const [url, ca] = ['backend_url', 'ca_file'].map((key) => new RegExp('^' + key + ' = "(.*)"', 'm').exec(text)[1]);
const connect = () => {
  new WebSocket(url, { ca: read(ca), handshakeTimeout: 2000 })
    .on('open', () => log('WebSocket connection established'))
    .on('error', (error) => log('connection failed: ' + error.message))
    .on('close', () => {
      log('connection closed');
      setTimeout(connect, 200);
    });
};
connect();
`;

export const backendToml = (port: number) => `[server]
bind_address = "0.0.0.0"
health_port = 8080

[agent_management]
bind_address = "0.0.0.0"
port = ${port}
max_agent_connections = 100
heartbeat_interval = 30
`;

export const gatewayToml = (ca: string) => `[outbound]
backend_url = "wss://agent.example.com/ws/agent"
agent_id = "os-agent-gateway"
site = "production"
ca_file = "${ca}"
`;

/** `target`: where requests for the agent are passed to. */
export const nginxConfiguration = (target: string) => `user nginx;
worker_processes 1;
error_log /dev/stderr warn;
pid /run/nginx.pid;

events {
    worker_connections 1024;
}

http {
    access_log off;
    ssl_certificate /etc/nginx/certificates/fullchain.pem;
    ssl_certificate_key /etc/nginx/certificates/privkey.pem;

    # The site itself
    server {
        listen 443 ssl default_server;
        server_name example.com www.example.com;

        location / {
            return 200 "nothing to see here\\n";
        }
    }

    # The agents
    server {
        listen 443 ssl;
        server_name agent.example.com;

        location / {
            proxy_pass ${target};
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_read_timeout 3600s;
        }
    }
}
`;

export interface Places {
  /** The certificate of the authority. */
  readonly ca: string;
  /** The container of the backend's agent. */
  readonly agent: string;
  readonly gatewayProgram: string;
  readonly nginxFile: string;
}

/** The example that the project's documents give, as far as there are units and journals here. */
export const doctorConfiguration = ({ ca, agent, gatewayProgram, nginxFile }: Places) => `
title = "ViWorkS agent connectivity"

[defaults]
cert_days = 21
resolver = "127.0.0.1:53"

[hosts.backend]
address = "backend.example.com"
ssh = { user = "root" }

[hosts.gateway]
address = "gateway.example.com"
ssh = { user = "root" }

[endpoints.agent]
url = "wss://agent.example.com/ws/agent"
resolves_to = ["backend"]
health = "/health"
via = "nginx"
to = "agent-server:8081"
headers = { Authorization = "Bearer \${AGENT_TOKEN}" }
expect = { status = 200, json = { status = "healthy" } }
tls = { ca = "${ca}" }
idle = "1s"

[services.agent-server]
host = "backend"
container = "${agent}"
process = "viworks-backend-agent"
heartbeat = "30s"
listens = [
  { port = 8080, health = "/health" },
  { port = 8081, health = "/health", websocket = "/ws/agent" },
]
config = { file = "/app/config/backend-agent.toml", expect = { "agent_management.port" = 8081 } }
journal = { expect = "agent manager listening", unwanted = "panicked" }
runbook = { "service.not-accepting" = "main.rs never calls run_server_loop(): see docs/agent.md" }

[services.gateway-agent]
host = "gateway"
process = "${gatewayProgram}"
connects_to = "agent"
config = { file = "/opt/viworks/agent/agent-outbound.toml", expect = { "outbound.backend_url" = "wss://agent.example.com/ws/agent" } }

[proxies.nginx]
host = "backend"
container = "nginx"
config = "${nginxFile}"
`;
