/** Little servers on loopback, most of them badly behaved. Each is closed by the test that started it. */
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls';

export interface Listening {
  readonly port: number;
  /** How many connections came. */
  connections(): number;
  /** Ends it with everything that is connected to it. */
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 (or `::1`). */
export async function listening(server: Server, host = '127.0.0.1'): Promise<Listening> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((settle, reject) => {
    server.once('error', reject);
    server.listen(0, host, settle);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    connections: () => connections,
    close: () =>
      new Promise((settle) => {
        server.close(() => settle());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Does to each connection what it is told. */
export function rawServer(onConnection: (socket: Socket) => void): Promise<Listening> {
  return listening(createServer(onConnection));
}

/** Says something as soon as somebody connects. */
export function greeting(text: string): Promise<Listening> {
  return rawServer((socket) => void socket.write(text));
}

/** Waits for the first bytes, then says something, and closes if told to. */
export function answering(
  text: string | Buffer,
  then: 'stay' | 'end' | 'reset' = 'stay',
): Promise<Listening> {
  return rawServer((socket) => {
    socket.once('data', () => {
      socket.write(text, () => {
        if (then === 'end') socket.end();
        if (then === 'reset') socket.resetAndDestroy();
      });
    });
  });
}

/** Takes connections and says nothing. */
export function silent(): Promise<Listening> {
  return rawServer((socket) => void socket.resume());
}

export function httpServer(listener: RequestListener): Promise<Listening> {
  return listening(createHttpServer(listener));
}

/** TLS with whatever options; errors of its clients are its own business. */
export function tlsServer(
  options: TlsOptions,
  onConnection: (socket: TLSSocket) => void = () => {},
): Promise<Listening> {
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.on('tlsClientError', () => {});
  return listening(server);
}

/** A port of 127.0.0.1 on which nothing listens any more. */
export async function freePort(): Promise<number> {
  const server = await silent();
  await server.close();
  return server.port;
}
