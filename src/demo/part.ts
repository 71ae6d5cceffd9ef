/** A part of the stage: something that was started on a port of loopback, and is ended with the stage. */
import type { AddressInfo, Server, Socket } from 'node:net';

export interface Part {
  readonly port: number;
  /** Ends it and what it has open. Safe to call twice. */
  close(): Promise<void>;
}

export const loopback = '127.0.0.1';

/** Listens on a port of loopback (0: a free one). Rejects with Node's error, `EADDRINUSE` for example. */
export async function listen(server: Server, port = 0): Promise<Part> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
