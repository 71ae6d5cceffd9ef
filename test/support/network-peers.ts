/**
 * The servers that fixtures of the network checks are recorded against, on addresses and ports that stay the same from
 * one recording to the next: only in a network namespace of its own (see test/checks/network.record.ts).
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttps, type ServerOptions } from 'node:https';
import { connect, createServer, type Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { decode, encode, RECURSION_AVAILABLE } from 'dns-packet';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Peers {
  /** Ends them all, with everything that is connected to them. */
  close(): void;
  add(end: () => void): void;
}

export function peers(): Peers {
  const ends: (() => void)[] = [];
  return {
    add: (end) => void ends.push(end),
    close: () => {
      for (const end of ends) end();
    },
  };
}

/** Addresses; or the response code (RFC 1035 section 4.1.1); or nothing at all. */
export type Zone = Readonly<Record<string, readonly string[] | 2 | 3 | 'silent'>>;

export async function nameserver(all: Peers, zone: Zone): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { id, questions } = decode(query);
    const question = questions?.[0];
    const entry = question && zone[question.name.toLowerCase()];
    if (!question || !entry || entry === 'silent') return;
    const addresses = typeof entry === 'number' ? [] : entry;
    const answers = addresses
      .filter((address) => address.includes(':') === (question.type === 'AAAA'))
      .map((data) => ({ type: question.type as 'A' | 'AAAA', name: question.name, ttl: 60, data }));
    const flags = RECURSION_AVAILABLE | (typeof entry === 'number' ? entry : 0);
    const known = id === undefined ? {} : { id };
    socket.send(
      encode({ type: 'response', ...known, flags, questions: [question], answers }),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((settle) => socket.bind(53, '127.0.0.1', settle));
  all.add(() => socket.close());
}

async function listen(all: Peers, server: Server, address: string, port: number): Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((settle, reject) => {
    server.once('error', reject);
    server.listen(port, address, settle);
  });
  all.add(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
}

/** Says this to whoever connects, or nothing. */
export function raw(all: Peers, address: string, port: number, greeting: string | null): Promise<void> {
  const server = createServer(
    (socket) => void (greeting === null ? socket.resume() : socket.write(greeting)),
  );
  return listen(all, server, address, port);
}

export function app(all: Peers, address: string, port: number, tls?: ServerOptions): Promise<void> {
  const server = tls ? createHttps(tls, answer) : createHttp(answer);
  server.on('tlsClientError', () => {});
  server.on('upgrade', upgrade);
  return listen(all, server, address, port);
}

/** `/404` is answered with 404, and so on; the rest by name. */
const answer: RequestListener = (request, response) => {
  const path = request.url ?? '/';
  const json = (status: string) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status, checks: [{ name: 'database', ok: status === 'healthy' }] }));
  };
  const to = (location: string) => response.writeHead(302, { location }).end();
  if (path === '/health') return json('healthy');
  if (path === '/degraded') return json('degraded');
  if (path === '/moved') return to('https://agent.example.com/health');
  if (path === '/plain') return to('http://agent.example.com/health');
  if (path === '/elsewhere') return to('http://missing.example.com/');
  if (path === '/shut') return to('http://shut.example.com/');
  if (path === '/circle') return to('/circle/back');
  if (path === '/circle/back') return to('/circle');
  if (path.startsWith('/deeper')) return to(`${path}/deeper`);
  if (path === '/silent' || path.startsWith('/.viworks-doctor/silent')) return;
  if (path === '/close') return void request.socket.destroy();
  const status = Number(path.slice(1));
  response.writeHead(status >= 200 && status < 600 ? status : 404, { 'content-type': 'text/plain' });
  response.end('as asked\n');
};

const sockets = new WebSocketServer({ noServer: true });
const mute = new WebSocketServer({ noServer: true, autoPong: false });
const choosesNone = new WebSocketServer({ noServer: true, handleProtocols: () => false });

function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const path = request.url ?? '/';
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  const say = (...lines: string[]) => socket.write([...lines, '', ''].join('\r\n'));
  const switching = 'HTTP/1.1 101 Switching Protocols';
  const proper = ['Upgrade: websocket', 'Connection: Upgrade'];
  socket.on('error', () => {});
  if (path === '/ws/agent') return void sockets.handleUpgrade(request, socket, head, () => {});
  if (path === '/ws/mute') return void mute.handleUpgrade(request, socket, head, () => {});
  if (path === '/ws/plain') return void choosesNone.handleUpgrade(request, socket, head, () => {});
  const idle = /^\/ws\/idle\/(\w+)$/.exec(path)?.[1];
  if (idle) return void sockets.handleUpgrade(request, socket, head, (one) => whileIdle(one, socket, idle));
  const code = Number(/^\/ws\/close\/(\d+)$/.exec(path)?.[1] ?? 0);
  if (code > 0)
    return void sockets.handleUpgrade(request, socket, head, (one) => one.close(code, 'says the server'));
  if (path === '/ws/cut') {
    say(switching, ...proper, `Sec-WebSocket-Accept: ${accept}`);
    return void socket.end();
  }
  if (path === '/ws/bad-accept') return void say(switching, ...proper, 'Sec-WebSocket-Accept: AAAA');
  if (path === '/ws/dropped') return void say(switching, `Sec-WebSocket-Accept: ${accept}`);
  if (path === '/ws/silent') return;
  if (path === '/ws/end') return void socket.end();
  const status = Number(/(\d+)$/.exec(path)?.[1] ?? 404);
  const location = status === 301 ? ['Location: https://agent.example.com/ws/agent'] : [];
  const body = 'as asked\n';
  say(`HTTP/1.1 ${status} `, ...location, 'Content-Type: text/plain', `Content-Length: ${body.length}`);
  socket.end(body);
}

/** What happens to a connection a while after it was pinged. */
function whileIdle(one: WebSocket, socket: Duplex, what: string): void {
  const ends: Readonly<Record<string, () => void>> = {
    close: () => one.close(1001, 'idle'),
    fin: () => socket.end(),
    reset: () => (socket instanceof Socket ? socket.resetAndDestroy() : socket.destroy()),
    mute: () => one.pause(),
    speak: () => one.send('still there'),
  };
  one.once('ping', () => setTimeout(() => ends[what]?.(), 1200));
}

/** A process that listens and never accepts: what would accept stands still. */
export function stuck(all: Peers, address: string, port: number, backlog = 16): Promise<void> {
  const program = `
    require('node:net').createServer().listen({ host: '${address}', port: ${port}, backlog: ${backlog} }, () => {
      require('node:fs').writeSync(1, 'up');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 120_000);
      process.exit();
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  all.add(() => void child.kill('SIGKILL'));
  return new Promise((settle) => void child.stdout.once('data', () => settle()));
}

/** So many connections that the queue of a stuck server is full: the kernel lets one more in than its backlog says. */
export async function fill(all: Peers, address: string, port: number, count: number): Promise<void> {
  for (let each = 0; each < count; each += 1) {
    const socket = connect(port, address);
    socket.on('error', () => {});
    all.add(() => void socket.destroy());
    await new Promise<void>((settle) => void socket.once('connect', settle));
  }
}
