/** The two agents of the lab: real servers and clients, which can be told to misbehave. */

/** How the backend's agent behaves on a port; left out: as it should. */
export interface Manner {
  /** `silent` accepts and says nothing; `deaf` binds and never accepts; `absent` binds nothing. */
  readonly duty?: 'answers' | 'silent' | 'deaf' | 'absent' | 'resets' | 'garbage';
  /** Of the health answer; default 200. */
  readonly status?: number;
  readonly body?: string;
  readonly location?: string;
  readonly delayMs?: number;
  /** Only this path is that slow. */
  readonly slowPath?: string;
  readonly contentType?: string;
  /** To the upgrade, instead of 101. */
  readonly upgradeStatus?: number;
  /** Of an upgrade that is answered: a wrong Sec-WebSocket-Accept, no pong, a close frame at once, a cut after the 101. */
  readonly upgradeFault?: 'accept' | 'no-pong' | 'close' | 'cut' | 'silent' | 'idle';
  /** It answers with this one, or with none, whatever was asked for; else with the first that was. */
  readonly subprotocol?: string | false;
  readonly closeCode?: number;
  /** Where it binds; default 0.0.0.0. A path is a Unix socket. */
  readonly bind?: string;
  /** Speaks TLS, with nginx's certificate. */
  readonly tls?: boolean;
}

export interface Manners {
  readonly health?: Manner;
  readonly manager?: Manner;
}

export const backendFolder = '/opt/viworks/backend';
export const backendProgram = `${backendFolder}/viworks-backend-agent`;
export const backendConfiguration = `${backendFolder}/backend-agent.toml`;
export const mannersFile = `${backendFolder}/manners.json`;
export const gatewayFolder = '/opt/viworks/agent';
export const gatewayProgram = `${gatewayFolder}/viworks-agent`;
export const gatewayConfiguration = `${gatewayFolder}/agent-outbound.toml`;
export const modules = '/usr/local/lib/node_modules';

const readToml = `
const fs = require('node:fs');
const fail = (words) => { console.error(words); process.exit(1); };
const readToml = (file) => {
  const found = {};
  let section = '';
  for (const [index, raw] of fs.readFileSync(file, 'utf8').split('\\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, table] = /^\\[(.+)\\]$/.exec(line) ?? [];
    const [, key, value] = /^(\\w+) = (".*"|\\d+|true|false)$/.exec(line) ?? [];
    if (table) section = table;
    else if (key) found[section + '.' + key] = JSON.parse(value);
    else fail('invalid configuration: ' + file + ' line ' + (index + 1));
  }
  return found;
};
`;

/** A health server, and an agent manager on the port that its configuration names. */
export const backendAgent = `#!/usr/local/bin/node
${readToml}
const http = require('node:http');
const net = require('node:net');
const crypto = require('node:crypto');
const { isMainThread, parentPort, workerData, Worker } = require('node:worker_threads');
const { WebSocketServer } = require('${modules}/ws');
const settings = readToml(process.env.AGENT_CONFIG ?? '${backendConfiguration}');
let manners = {};
try { manners = JSON.parse(fs.readFileSync(process.env.AGENT_MANNERS ?? '${mannersFile}', 'utf8')); } catch {}

const answer = (manner, role) => (request, response) => {
  const send = () => {
    const path = request.url.split('?')[0];
    if (path === '/ws/agent' && role === 'manager') return response.writeHead(426, { upgrade: 'websocket' }).end();
    const found = path === '/health';
    const status = found ? (manner.status ?? 200) : 404;
    const headers = { 'content-type': manner.contentType ?? 'application/json', ...(manner.location ? { location: manner.location } : {}) };
    response.writeHead(status, headers).end(found ? (manner.body ?? '{"status":"healthy"}') : '{}');
  };
  const slow = !manner.slowPath || request.url.split('?')[0] === manner.slowPath;
  setTimeout(send, slow ? (manner.delayMs ?? 0) : 0);
};
const upgrades = (manner) => {
  const server = new WebSocketServer({
    noServer: true,
    autoPong: manner.upgradeFault !== 'no-pong',
    ...(manner.subprotocol === undefined ? {} : { handleProtocols: () => manner.subprotocol }),
  });
  return (request, socket, head) => {
    socket.on('error', () => {});
    const refuse = (status) => socket.end('HTTP/1.1 ' + status + ' ' + (http.STATUS_CODES[status] ?? '') + '\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n');
    if (manner.upgradeFault === 'silent') return;
    if (manner.upgradeStatus) return refuse(manner.upgradeStatus);
    if (request.url.split('?')[0] !== '/ws/agent') return refuse(404);
    if (manner.upgradeFault === 'accept') {
      socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + crypto.randomBytes(20).toString('base64') + '\\r\\n\\r\\n');
      return;
    }
    server.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => {});
      if (manner.upgradeFault === 'close') client.close(manner.closeCode ?? 1008, 'policy');
      if (manner.upgradeFault === 'cut') socket.destroy();
      if (manner.upgradeFault === 'idle') setTimeout(() => socket.destroy(), 4000);
    });
  };
};
const place = (port, manner) => {
  if (manner.bind?.startsWith('/')) {
    try { fs.unlinkSync(manner.bind); } catch {}
    return { path: manner.bind, writableAll: true };
  }
  const host = manner.bind ?? '0.0.0.0';
  return { host, port, backlog: 64, ipv6Only: host.includes(':') };
};
const open = (role, port, manner, opened) => {
  const duty = manner.duty ?? 'answers';
  if (duty === 'absent') return opened();
  if (duty === 'deaf') return new Worker(__filename, { workerData: place(port, manner) }).on('message', opened);
  let server;
  if (duty === 'silent') server = net.createServer((socket) => socket.on('error', () => {}).resume());
  else if (duty === 'resets') server = net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.resetAndDestroy()));
  else if (duty === 'garbage') server = net.createServer((socket) => socket.on('error', () => {}).end('220 mail.example.com ESMTP\\r\\n'));
  else {
    const tls = manner.tls ? { key: fs.readFileSync('/etc/nginx/certificates/privkey.pem'), cert: fs.readFileSync('/etc/nginx/certificates/fullchain.pem') } : null;
    server = tls ? require('node:https').createServer(tls, answer(manner, role)) : http.createServer(answer(manner, role));
    if (role === 'manager') server.on('upgrade', upgrades(manner));
  }
  server.listen(place(port, manner), opened);
};
if (!isMainThread) {
  // a thread of its own binds the port, and never comes round to its loop
  net.createServer().listen(workerData, () => {
    parentPort.postMessage('bound');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
} else {
  process.on('SIGTERM', () => process.exit());
  const [health, manager] = [settings['server.health_port'], settings['agent_management.port']];
  let left = 2;
  const opened = () => { left -= 1; if (left === 0) console.log('listening on ' + health + ' and ' + manager); };
  open('health', health, manners.health ?? {}, opened);
  open('manager', manager, manners.manager ?? {}, opened);
}
`;

/** Holds a WebSocket to the URL of its configuration, and tries again when it is gone. */
export const gatewayAgent = `#!/usr/local/bin/node
${readToml}
const { WebSocket } = require('${modules}/ws');
const settings = readToml('${gatewayConfiguration}');
const [url, ca] = [settings['outbound.backend_url'], settings['outbound.ca_file']];
process.on('SIGTERM', () => process.exit());
const connect = () => {
  let heartbeat;
  new WebSocket(url, { ca: fs.readFileSync(ca), handshakeTimeout: 2000 })
    .on('open', function () { console.log('WebSocket connection established'); heartbeat = setInterval(() => this.ping(), 1000); })
    .on('error', (error) => console.log('connection failed: ' + error.message))
    .on('close', () => { clearInterval(heartbeat); console.log('connection closed'); setTimeout(connect, 300); });
};
connect();
`;

export const backendToml = (port = 8081, health = 8080) => `[server]
bind_address = "0.0.0.0"
health_port = ${health}

[agent_management]
bind_address = "0.0.0.0"
port = ${port}
heartbeat_interval = 30
`;

export const gatewayToml = (url = 'wss://agent.example.com/ws/agent') => `[outbound]
backend_url = "${url}"
agent_id = "os-agent-gateway"
site = "production"
ca_file = "${gatewayFolder}/ca.pem"
`;

export const unitFile = (description: string, program: string, more = '') => `[Unit]
Description=${description}
After=network.target

[Service]
ExecStart=${program}
${more}
[Install]
WantedBy=multi-user.target
`;
