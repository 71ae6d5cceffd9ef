/** Real programs behind the proxy and on the gateway: scripts run by node, each findable by a name of its own. */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { firstLine, type Part, start } from './children.ts';

const ws = createRequire(import.meta.url).resolve('ws');

/** What a port of the backend's agent does. */
export type Duty = 'health' | 'websocket' | 'silent' | 'never accepts';

/**
 * One process, a duty a port: `health` answers 200 at /health and 404 elsewhere, `websocket` takes upgrades of
 * /ws/agent (a plain request there gets 426) and answers /health as well, `silent` accepts and says nothing. `never accepts` stops the whole event loop
 * once every port listens. It ends with its standard input.
 */
const backendScript = `
const { createServer } = require('node:http');
const net = require('node:net');
const { WebSocketServer } = require(${JSON.stringify(ws)});
const duties = JSON.parse(process.argv[2]);
const answer = (request, response) => {
  if (request.url === '/ws/agent' && duties[request.socket.localPort] === 'websocket') return response.writeHead(426).end('upgrade');
  const found = request.url === '/health';
  response.writeHead(found ? 200 : 404, { 'content-type': found ? 'application/json' : 'text/plain' });
  response.end(found ? '{"status":"healthy"}' : 'no such path: ' + request.url);
};
const sockets = new WebSocketServer({ noServer: true });
const upgrade = (request, socket, head) => {
  socket.on('error', () => {});
  if (request.url === '/ws/agent') return sockets.handleUpgrade(request, socket, head, () => {});
  socket.end('HTTP/1.1 404 Not Found\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n');
};
const open = (duty) => {
  if (duty === 'silent' || duty === 'never accepts') return net.createServer((socket) => socket.on('error', () => {}).resume());
  const server = createServer(answer);
  return duty === 'health' ? server : server.on('upgrade', upgrade);
};
let left = Object.keys(duties).length;
const ready = () => {
  require('node:fs').writeSync(1, 'ready\\n');
  if (!Object.values(duties).includes('never accepts')) return process.stdin.resume().on('end', () => process.exit());
  const idle = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      if (require('node:fs').readSync(0, Buffer.alloc(64)) === 0) process.exit();
    } catch (error) {
      if (error.code !== 'EAGAIN') process.exit();
      Atomics.wait(idle, 0, 0, 100);
    }
  }
};
for (const [port, duty] of Object.entries(duties))
  open(duty).listen({ host: '127.0.0.1', port: Number(port), backlog: 64 }, () => (left -= 1) || ready());
if (left === 0) ready();
`;

/** Holds a WebSocket to the URL, with a ping that keeps nginx from cutting it; or, without a URL, only runs. */
const gatewayScript = `
const [, , url, ca] = process.argv;
const ready = () => process.stdout.write('ready\\n');
process.stdin.resume().on('end', () => process.exit());
if (!url) ready();
else {
  const { WebSocket } = require(${JSON.stringify(ws)});
  const socket = new WebSocket(url, { ca: require('node:fs').readFileSync(ca) });
  setInterval(() => socket.readyState === WebSocket.OPEN && socket.ping(), 100);
  socket.once('open', ready).once('error', (error) => {
    process.stderr.write(error.message);
    process.exit(1);
  });
}
`;

export interface Programs {
  /** Names by which a process list shows them; nothing else on this machine has them. */
  readonly backend: string;
  readonly other: string;
  readonly gateway: string;
  runBackend(duties: Readonly<Record<number, Duty>>, name?: string): Promise<Part>;
  /** A process of the backend's name that has ended, and that its parent does not wait for. */
  runZombie(): Promise<Part>;
  /** Resolves once its connection is open. */
  runGateway(to?: { readonly url: string; readonly ca: string }): Promise<Part>;
}

export function writePrograms(folder: string, tag: string): Programs {
  // The tag comes first, since of a zombie no more is to be seen than 15 characters.
  const backend = `${tag}-viworks-backend-agent`;
  const other = `${tag}-other-server`;
  const gateway = `${tag}-viworks-agent`;
  writeFileSync(join(folder, backend), backendScript);
  writeFileSync(join(folder, other), backendScript);
  writeFileSync(join(folder, gateway), gatewayScript);
  mkdirSync(join(folder, 'zombie'));
  symlinkSync('/bin/true', join(folder, 'zombie', backend));
  const run = (name: string, ...args: string[]) => start(execPath, [join(folder, name), ...args], firstLine);
  return {
    backend,
    other,
    gateway,
    runBackend: (duties, name = backend) => run(name, JSON.stringify(duties)),
    runZombie: () =>
      // The shell turns into sleep, which knows nothing of a child. The program is left by its own name in the table.
      start(
        '/bin/sh',
        ['-c', '"$0" & echo started; exec sleep 600', join(folder, 'zombie', backend)],
        hasZombie,
      ),
    runGateway: (to) => (to ? run(gateway, to.url, to.ca) : run(gateway)),
  };
}

/** Until its one child has ended: only the kernel knows when. */
async function hasZombie(parent: ChildProcess): Promise<void> {
  await firstLine(parent);
  const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').trim();
  while (!/\) Z /.test(readFileSync(`/proc/${children}/stat`, 'utf8'))) {
    await new Promise((settle) => setTimeout(settle, 20));
  }
}
