/** The gateway's agent, where it runs: a real WebSocket client that tries once, and holds the connection it gets. */
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { loopback } from './part.ts';

export interface Agent {
  /** Its port of the connection it holds; null when it got none. */
  readonly localPort: number | null;
  close(): Promise<void>;
}

/** Resolves when the attempt has ended, well or not; `url` is asked of loopback. `timeoutMs` bounds the handshake. */
export function openAgent(url: string, ca: string, timeoutMs: number): Promise<Agent> {
  const { hostname, port } = new URL(url);
  let localPort: number | null = null;
  const createConnection = () =>
    connect({ host: loopback, port: Number(port), servername: hostname, ca, ALPNProtocols: ['http/1.1'] });
  const socket = new WebSocket(url, { createConnection, handshakeTimeout: timeoutMs });
  socket.once('upgrade', (response) => {
    localPort = response.socket.localPort ?? null;
  });
  return new Promise((resolve) => {
    const done = () => resolve({ localPort, close: async () => socket.terminate() });
    socket.once('open', done);
    socket.on('error', done);
  });
}
