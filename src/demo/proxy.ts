/** What stands where nginx would: ends TLS, forwards requests and upgrades to one port, and answers for it when it can't. */
import { type IncomingMessage, request as openRequest, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { listen, type Part } from './part.ts';

export interface ProxySettings {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** Opens a connection to the upstream. */
  readonly connect: () => Socket;
  /** How long the upstream may take to answer, in milliseconds (nginx: proxy_read_timeout, 60 s). */
  readonly timeoutMs: number;
}

/** The words of the statuses that it answers by itself: nginx says Time-out where RFC 9110 says Timeout. */
const ownStatuses = { 502: 'Bad Gateway', 504: 'Gateway Time-out' } as const;

function answerItself(response: ServerResponse, status: keyof typeof ownStatuses) {
  if (response.headersSent) {
    if (!response.writableEnded) response.destroy();
    return;
  }
  const title = `${status} ${ownStatuses[status]}`;
  const head = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n`;
  const page = `${head}<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
  response.writeHead(status, ownStatuses[status], {
    server: 'nginx',
    'content-type': 'text/html',
    'content-length': page.length,
  });
  response.end(page);
}

/** Asks the upstream what was asked here; whatever answers but an upgrade is written to `response`. */
function forward(incoming: IncomingMessage, response: ServerResponse, settings: ProxySettings) {
  const outgoing = openRequest({
    createConnection: settings.connect,
    method: incoming.method,
    path: incoming.url,
    headers: { ...incoming.headers, 'x-forwarded-proto': 'https' },
  });
  const timer = setTimeout(() => {
    answerItself(response, 504);
    outgoing.destroy();
  }, settings.timeoutMs);
  for (const end of ['response', 'upgrade', 'close']) outgoing.once(end, () => clearTimeout(timer));
  outgoing.on('error', () => answerItself(response, 502));
  outgoing.once('response', (answer) => {
    // These two are about the connection to the upstream, not about this one (RFC 9110 section 7.6.1).
    const { connection: _, 'transfer-encoding': __, ...headers } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, { ...headers, server: 'nginx' });
    answer.pipe(response);
  });
  response.once('close', () => outgoing.destroy());
  return outgoing;
}

/** Bytes one way, and the end of either side is the end of both. */
function pour(from: Duplex, to: Duplex) {
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
  from.pipe(to);
}

export function openProxy(settings: ProxySettings): Promise<Part> {
  const server = createServer({ cert: settings.cert, key: settings.key }, (incoming, response) => {
    incoming.pipe(forward(incoming, response, settings));
  });
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(incoming);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => socket.end());
    const outgoing = forward(incoming, response, settings);
    outgoing.once('upgrade', (answer, upstream, first) => {
      response.detachSocket(socket);
      const pairs = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nserver: nginx\r\n${pairs.join('')}\r\n`);
      socket.write(first);
      upstream.write(head);
      pour(socket, upstream);
      pour(upstream, socket);
    });
    outgoing.end();
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return listen(server);
}
