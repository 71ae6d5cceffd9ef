/** The servers of the backend, real ones: its HTTP port, its WebSocket port, and the port that nobody accepts on. */
import { createServer, type IncomingMessage, STATUS_CODES } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { listen, loopback, type Part } from './part.ts';

const websocketPath = '/ws/agent';
const notFound = 'not found';

function plainServer() {
  return createServer((request, response) => {
    if (request.url === '/health') {
      response.setHeader('content-type', 'application/json');
      response.end('{"status":"healthy"}');
    } else {
      response.statusCode = 404;
      response.setHeader('content-type', 'text/plain');
      response.end(notFound);
    }
  });
}

/** Port 8080: `/health`, and 404 for everything else, an upgrade included. */
export function openHealthServer(): Promise<Part> {
  return listen(plainServer());
}

/** Port 8081: `/health`, and WebSocket (RFC 6455) on `/ws/agent`. */
export function openAgentServer(): Promise<Part> {
  const server = plainServer();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 65_536 });
  sockets.on('connection', (socket) => socket.on('error', () => socket.terminate()));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url === websocketPath) {
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
    } else {
      const head404 = `HTTP/1.1 404 ${STATUS_CODES[404]}\r\ncontent-type: text/plain\r\nconnection: close\r\n`;
      socket.end(`${head404}content-length: ${notFound.length}\r\n\r\n${notFound}`);
    }
  });
  return listen(server);
}

/** A connection that was completed and that nobody accepted. */
export interface Unaccepted {
  /** Port of the side that connected. */
  readonly peerPort: number;
  /** The other side is still there; else it has closed, and the connection waits all the same. */
  open: boolean;
}

/** A port as the backend declares it, and what really serves it. */
export interface BackendPort {
  /** As it is declared: 8080, 8081. */
  readonly port: number;
  /** Opens a real connection to what serves it. */
  connect(): Socket;
  /** What waits in the accept queue: every connection that was made to a port on which nobody accepts. */
  readonly unaccepted: readonly Unaccepted[];
}

/** `accepts` false: each connection that is completed is counted, since nobody else can say it on every system. */
export function backendPort(port: number, server: Part, accepts: boolean): BackendPort {
  const unaccepted: Unaccepted[] = [];
  return {
    port,
    unaccepted,
    connect() {
      const socket = connect({ host: loopback, port: server.port });
      if (!accepts) {
        socket.once('connect', () => {
          const waiting: Unaccepted = { peerPort: socket.localPort ?? 0, open: true };
          unaccepted.push(waiting);
          socket.once('close', () => {
            waiting.open = false;
          });
        });
      }
      return socket;
    },
  };
}
