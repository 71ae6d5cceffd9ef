/** What runs on the machine: nginx with TLS, an agent behind it on two ports of three, and a client of it. */
import { createRequire } from 'node:module';
import { execPath } from 'node:process';
import type { CertificateMaker } from '../../support/certificates.ts';
import { firstLine, type Part, start } from '../children.ts';
import { nginx } from '../nginx.ts';
import type { HostMachine } from './machine.ts';

const ws = createRequire(import.meta.url).resolve('ws');

export const agentProgram = '/opt/agent/agent.js';
export const clientProgram = '/opt/client/client.js';
/** Which root alone may read. */
export const agentConfiguration = '/opt/agent/agent.toml';

const agent = `
const { createServer } = require('node:http');
const { WebSocketServer } = require(${JSON.stringify(ws)});
const answer = (request, response) => {
  response.writeHead(request.url === '/health' ? 200 : 404, { 'content-type': 'application/json' });
  response.end('{"status":"healthy"}');
};
const server = createServer(answer);
new WebSocketServer({ server, path: '/ws/agent' });
createServer(answer).listen(8080, '0.0.0.0', () => server.listen(8081, '127.0.0.1', () => console.log('listening')));
`;

const client = (ca: string) => `
const { WebSocket } = require(${JSON.stringify(ws)});
const ca = require('node:fs').readFileSync(${JSON.stringify(ca)});
new WebSocket('wss://agent.example.com/ws/agent', { ca }).on('open', () => console.log('connected'));
`;

const nginxConfiguration = `daemon off;
user root;
worker_processes 1;
pid /opt/nginx/nginx.pid;
error_log /opt/nginx/error.log;
events { worker_connections 256; }
http {
    access_log off;
    ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path /opt/nginx/${kind};`).join('\n    ')}
    ssl_certificate /opt/nginx/fullchain.pem;
    ssl_certificate_key /opt/nginx/privkey.pem;
    server {
        listen 443 ssl;
        server_name agent.example.com;
        location / {
            proxy_pass http://127.0.0.1:8081;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header Host $host;
            proxy_read_timeout 3600s;
        }
    }
}
`;

/** Gives the file with the certificate of the authority. */
export async function startServices(machine: HostMachine, { make }: CertificateMaker): Promise<string> {
  const ca = make({ cn: 'Example Root', authority: true });
  const leaf = make({ cn: 'agent.example.com', names: ['DNS:agent.example.com'], issuer: ca });
  machine.write('/opt/nginx/fullchain.pem', leaf.cert);
  machine.write('/opt/nginx/privkey.pem', leaf.key, 0o600);
  machine.write('/opt/nginx/nginx.conf', nginxConfiguration);
  machine.write('/opt/ca.pem', ca.cert);
  machine.write(agentProgram, agent);
  machine.write(agentConfiguration, 'port = 8081\ntoken = "kept to itself"\n', 0o600);
  machine.write(clientProgram, client('/opt/ca.pem'));
  await startThere(machine, [execPath, agentProgram], firstLine);
  await startThere(machine, [nginx, '-c', '/opt/nginx/nginx.conf', '-e', '/opt/nginx/error.log'], () =>
    until(() => machine.run('ss', '-Htln').includes(':443')),
  );
  await startThere(machine, [execPath, clientProgram], firstLine);
  return ca.certFile;
}

/** It ends with the machine. */
export function startThere(
  { enter }: HostMachine,
  argv: readonly string[],
  ready: Parameters<typeof start>[2],
): Promise<Part> {
  const [program = '', ...args] = enter;
  return start(program, [...args, ...argv], ready);
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((settle) => setTimeout(settle, 50));
}
