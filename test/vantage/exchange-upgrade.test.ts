import { createHash } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Arguments } from '../../src/check.ts';
import { exchanges } from '../../src/vantage/exchange/exchanges.ts';
import { dialSocket } from '../../src/vantage/local.ts';
import { certificateMaker, type Issued } from '../support/certificates.ts';
import {
  answering,
  freePort,
  httpServer,
  type Listening,
  listening,
  rawServer,
  silent,
} from '../support/servers.ts';
import { needs } from '../support/tools.ts';

const lacks = needs('openssl', '/usr/bin/openssl');

const name = 'agent.example.com';
const maker = certificateMaker();
const servers: Listening[] = [];
let root: Issued;

beforeAll(() => {
  root = maker.make({ cn: 'Test Root', authority: true });
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => maker.remove());

const started = async (server: Promise<Listening>) => {
  const ready = await server;
  servers.push(ready);
  return ready;
};

const { upgrade } = exchanges({
  dial: dialSocket,
  roots: async () => ({ source: 'test roots', certificates: [root.cert] }),
  now: async () => Date.now(),
});

const ask = (
  server: { readonly port: number },
  more: Partial<Arguments<'upgrade'>> = {},
  limits: { timeoutMs?: number; signal?: AbortSignal } = {},
) =>
  upgrade(
    {
      url: `ws://${name}:${server.port}/ws/agent`,
      address: '127.0.0.1',
      headers: {},
      subprotocols: [],
      tls: {},
      maxBytes: 1000,
      ...more,
    },
    { timeoutMs: 5000, signal: new AbortController().signal, ...limits },
  );

/** A real WebSocket server. */
const webSocketServer = (onConnection: (socket: WebSocket, asked: IncomingMessage) => void = () => {}) => {
  const server = createHttpServer((_, answer) => answer.writeHead(426).end());
  new WebSocketServer({ server, handleProtocols: () => 'agent.v1' }).on('connection', onConnection);
  return started(listening(server));
};

/** Answers the upgrade with a header of its own making (`ACCEPT` is put in), then does what it is told. */
const byHand = (header: string, then: (socket: Socket) => void = () => {}) =>
  started(
    rawServer((socket) => {
      socket.once('data', (data: Buffer) => {
        const key = /sec-websocket-key: (\S+)/i.exec(data.toString())?.[1] ?? '';
        const accept = createHash('sha1')
          .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest('base64');
        socket.write(header.replace('ACCEPT', accept).replaceAll('\n', '\r\n'));
        then(socket);
      });
    }),
  );

const status = 'HTTP/1.1 101 Switching Protocols\n';
const up = 'Upgrade: websocket\n';
const on = 'Connection: Upgrade\n';
const accept = 'Sec-WebSocket-Accept: ACCEPT\n';
const good = `${status}${up}${on}${accept}\n`;

describe.skipIf(lacks)('101', () => {
  test('open, ping, pong, a clean close', async () => {
    const seen: unknown[] = [];
    const server = await webSocketServer((socket, asked) => {
      seen.push(asked.url, asked.headers.host, asked.headers.authorization);
      socket.on('close', (code) => seen.push(code));
      socket.send('welcome');
    });
    const answer = await ask(server, { headers: { Authorization: 'Bearer token' } });
    expect(answer).toMatchObject({
      ok: true,
      status: 101,
      reason: 'Switching Protocols',
      headers: { upgrade: ['websocket'] },
      handshakeFault: null,
      subprotocol: null,
      pong: true,
      closed: null,
      tls: null,
    });
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    expect(seen).toEqual(['/ws/agent', `${name}:${server.port}`, 'Bearer token', 1000]);
  });

  test('the subprotocol that was chosen', async () => {
    const answer = await ask(await webSocketServer(), { subprotocols: ['agent.v1', 'agent.v2'] });
    expect(answer).toMatchObject({ status: 101, subprotocol: 'agent.v1', pong: true });
  });

  test('one that was not asked for, and none where one was', async () => {
    const unasked = await byHand(`${status}${up}${on}${accept}Sec-WebSocket-Protocol: other\n\n`);
    expect(await ask(unasked)).toMatchObject({ status: 101, subprotocol: 'other', pong: null, closed: null });
    const missing = await byHand(good);
    expect(await ask(missing, { subprotocols: ['agent.v1'] })).toMatchObject({
      status: 101,
      subprotocol: null,
    });
  });

  test.each([
    ['no-upgrade-header', `${status}${on}${accept}\n`],
    ['no-upgrade-header', `${status}Upgrade: h2c\n${on}${accept}\n`],
    ['no-connection-header', `${status}${up}${accept}\n`],
    ['no-connection-header', `${status}${up}Connection: close\n${accept}\n`],
    ['bad-accept', `${status}${up}${on}\n`],
    ['bad-accept', `${status}${up}${on}Sec-WebSocket-Accept: c29tZXRoaW5nIGVsc2U=\n\n`],
    ['bad-extension', `${status}${up}${on}${accept}Sec-WebSocket-Extensions: permessage-deflate\n\n`],
  ])('%s', async (handshakeFault, header) => {
    const answer = await ask(await byHand(header));
    expect(answer).toMatchObject({ ok: true, status: 101, handshakeFault, pong: null, closed: null });
  });

  const frame = (first: number, payload: string) =>
    Buffer.concat([Buffer.from([first, payload.length]), Buffer.from(payload)]);
  const closing = (code: number, reason: string) =>
    Buffer.concat([Buffer.from([0x88, reason.length + 2, code >> 8, code & 255]), Buffer.from(reason)]);

  test.each([
    [
      'a close frame',
      (socket: Socket) => socket.write(closing(1008, 'no token')),
      { code: 1008, reason: 'no token' },
    ],
    [
      'a close frame without a code',
      (socket: Socket) => socket.end(frame(0x88, '')),
      { code: 1005, reason: '' },
    ],
    ['an end', (socket: Socket) => socket.end(), { code: null, reason: '', cut: 'ended' }],
    [
      'a reset',
      (socket: Socket) => setTimeout(() => socket.resetAndDestroy(), 20),
      { code: null, cut: 'reset' },
    ],
    [
      'garbage',
      (socket: Socket) => socket.write('garbage'),
      { code: null, reason: expect.stringMatching(/^WS_ERR_/) },
    ],
    [
      'a masked frame',
      (socket: Socket) => socket.write(Buffer.from([0x81, 0x80, 0, 0, 0, 0])),
      { code: null },
    ],
    [
      'a frame of 2^63 bytes',
      (socket: Socket) => socket.write(Buffer.from([0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0])),
      { code: null },
    ],
    [
      'a frame of 2 MiB',
      (socket: Socket) => socket.write(Buffer.from([0x82, 0x7f, 0, 0, 0, 0, 0, 0x20, 0, 0])),
      { code: null, reason: 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' },
    ],
  ])('then %s', async (_, then, closed) => {
    const answer = await ask(await byHand(good, then));
    expect(answer).toMatchObject({ ok: true, status: 101, handshakeFault: null, pong: false, closed });
  });

  test.each([
    ['a close frame', closing(1008, 'no token'), { code: 1008, reason: 'no token' }],
    ['garbage', Buffer.from('garbage'), { code: null, reason: expect.stringMatching(/^WS_ERR_/) }],
  ])('then %s from a server that does not hang up, whatever we do', async (_, bytes, closed) => {
    const server = await byHand(good, (socket) => {
      socket.allowHalfOpen = true;
      socket.write(bytes);
    });
    const answer = await ask(server, {}, { timeoutMs: 10_000 });
    expect(answer).toMatchObject({ ok: true, status: 101, pong: false, closed });
  });

  test('then silence: no pong', async () => {
    const answer = await ask(await byHand(good), {}, { timeoutMs: 300 });
    expect(answer).toMatchObject({ ok: true, status: 101, pong: false, closed: null });
  });

  test('a pong that answers no ping is none', async () => {
    const server = await byHand(good, (socket) => void socket.write(frame(0x8a, 'unasked')));
    expect(await ask(server, {}, { timeoutMs: 300 })).toMatchObject({ ok: true, pong: false });
  });
});

describe.skipIf(lacks)('silence', () => {
  const idleMs = 300;
  const limits = { timeoutMs: 2000 };

  test('is borne', async () => {
    const pings: number[] = [];
    const server = await webSocketServer((socket) => socket.on('ping', () => pings.push(performance.now())));
    const answer = await ask(server, { idleMs }, limits);
    expect(answer).toMatchObject({ pong: true, closed: null, idleHeldMs: idleMs, idleFrames: 0 });
    const [first = 0, second = 0] = pings;
    expect(second - first).toBeGreaterThanOrEqual(idleMs - 20);
  });

  test('may be longer than an operation, and a server that fills it is told of', async () => {
    const server = await webSocketServer((socket) => {
      socket.once('ping', () => setTimeout(() => socket.send('still there'), 50));
    });
    const answer = await ask(server, { idleMs: 700 }, { timeoutMs: 500 });
    expect(answer).toMatchObject({ pong: true, closed: null, idleHeldMs: 700, idleFrames: 1 });
  });

  test.each([
    ['a close frame', (socket: WebSocket) => socket.close(1001, 'idle'), { code: 1001, reason: 'idle' }],
    ['a cut', (socket: WebSocket) => socket.terminate(), { code: null, reason: '' }],
  ])('is ended by %s', async (_, end, closed) => {
    const server = await webSocketServer((socket) => {
      socket.once('ping', () => setTimeout(() => end(socket), 100));
    });
    const answer = await ask(server, { idleMs: 5000 }, limits);
    expect(answer).toMatchObject({ pong: false, closed });
    if (!answer.ok) throw new Error(answer.detail);
    expect(answer.idleHeldMs).toBeGreaterThan(50);
    expect(answer.idleHeldMs).toBeLessThan(4000);
  });

  test('after which no pong comes', async () => {
    const server = await webSocketServer((socket) => void socket.once('ping', () => socket.pause()));
    const answer = await ask(server, { idleMs }, { timeoutMs: 600 });
    expect(answer).toMatchObject({ pong: false, closed: null, idleHeldMs: idleMs });
  });

  test('does not begin without a pong', async () => {
    const answer = await ask(await byHand(good), { idleMs: 5000 }, { timeoutMs: 300 });
    expect(answer).toMatchObject({ pong: false, closed: null, idleHeldMs: null });
  });

  test('ends with the run', async () => {
    const run = new AbortController();
    const pending = ask(await webSocketServer(), { idleMs: 60_000 }, { signal: run.signal });
    setTimeout(() => run.abort(), 100);
    expect(await pending).toMatchObject({ failure: 'aborted' });
  });
});

describe.skipIf(lacks)('another answer', () => {
  test.each([
    [404, 'Not Found'],
    [401, 'Unauthorized'],
    [200, 'OK'],
    [426, 'Upgrade Required'],
    [502, 'Bad Gateway'],
  ])('%i is kept with its body', async (code, reason) => {
    const server = await started(
      httpServer((_, answer) => answer.writeHead(code, reason).end('<h1>answer</h1>')),
    );
    const { port } = server;
    expect(await ask({ port })).toMatchObject({
      ok: true,
      status: code,
      reason,
      body: '<h1>answer</h1>',
      truncated: false,
      handshakeFault: null,
      pong: null,
      closed: null,
    });
  });

  test('a redirect is not followed', async () => {
    const server = await started(
      answering('HTTP/1.1 301 Moved\r\nlocation: ws://other.example.com/\r\ncontent-length: 0\r\n\r\n'),
    );
    expect(await ask(server)).toMatchObject({
      status: 301,
      headers: { location: ['ws://other.example.com/'] },
    });
    expect(server.connections()).toBe(1);
  });

  test('a long body is cut', async () => {
    const server = await started(
      answering(`HTTP/1.1 404 No\r\ncontent-length: 5000\r\n\r\n${'x'.repeat(5000)}`),
    );
    const answer = await ask(server);
    expect(answer).toMatchObject({ status: 404, truncated: true, body: 'x'.repeat(1000) });
  });

  test.each([
    ['stops', 'stay' as const],
    ['is cut', 'reset' as const],
  ])('a body that %s leaves the status', async (_, then) => {
    const server = await started(answering('HTTP/1.1 404 No\r\ncontent-length: 10\r\n\r\nhalf', then));
    const answer = await ask(server, {}, { timeoutMs: 400 });
    expect(answer).toMatchObject({ ok: true, status: 404, truncated: true });
  });
});

describe.skipIf(lacks)('no answer', () => {
  test.each([
    ['silence', silent, 'timeout'],
    ['an end', () => answering('', 'end'), 'closed'],
    ['a reset', () => answering('', 'reset'), 'reset'],
    ['SSH', () => answering('SSH-2.0-OpenSSH_9.2p1\r\n'), 'not-http'],
    ['half a header', () => answering('HTTP/1.1 101 Swi', 'end'), 'closed'],
    ['a header without an end', () => answering(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`), 'not-http'],
    [
      'a dripping header',
      () =>
        rawServer((socket) => {
          socket.write('HTTP/1.1 101 Switching Protocols\r\nx: ');
          const timer = setInterval(() => socket.write('y'), 20);
          socket.on('close', () => clearInterval(timer));
        }),
      'timeout',
    ],
  ] as const)('%s', async (_, server, failure) => {
    expect(await ask(await started(server()), {}, { timeoutMs: 400 })).toMatchObject({ ok: false, failure });
  });

  test('nobody listens', async () => {
    expect(await ask({ port: await freePort() })).toMatchObject({ failure: 'refused' });
  });

  test('what can not be asked', async () => {
    expect(await ask({ port: 1 }, { url: 'http://example.com/' })).toMatchObject({ failure: 'unsupported' });
    const server = await started(silent());
    const twice = await ask(server, { subprotocols: ['a', 'a'] });
    expect(twice).toMatchObject({ failure: 'unsupported' });
    const bad = await ask(server, { headers: { 'x-key': 'secret\r\n' } });
    expect(bad).toMatchObject({ failure: 'unsupported' });
    expect(JSON.stringify(bad)).not.toContain('secret');
  });

  test('the run ends', async () => {
    const run = new AbortController();
    const pending = ask(await byHand(good), {}, { signal: run.signal });
    setTimeout(() => run.abort(), 50);
    expect(await pending).toMatchObject({ failure: 'aborted' });
  });
});

describe.skipIf(lacks)('wss', () => {
  const secure = async (names: string[]) => {
    const leaf = maker.make({ cn: name, names, issuer: root });
    const server = createHttpsServer({ cert: leaf.cert, key: leaf.key });
    server.on('tlsClientError', () => {});
    const asked: unknown[] = [];
    new WebSocketServer({ server }).on('connection', (_, incoming) => asked.push(incoming.headers.host));
    const { port } = await started(listening(server));
    return { port, asked, url: `wss://${name}:${port}/` };
  };

  test('over a certificate that verifies', async () => {
    const server = await secure([`DNS:${name}`]);
    expect(await ask(server, { url: server.url })).toMatchObject({
      status: 101,
      pong: true,
      tls: { trust: 'trusted', alpn: 'http/1.1' },
    });
    expect(server.asked).toEqual([`${name}:${server.port}`]);
  });

  test('over another nothing is sent', async () => {
    const server = await secure(['DNS:other.example.com']);
    const answer = await ask(server, { url: server.url });
    expect(answer).toMatchObject({ failure: 'unverified', tls: { trust: 'trusted' } });
    expect(server.asked).toEqual([]);
  });
});
