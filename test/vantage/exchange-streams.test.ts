/** The exchanges over streams that are no sockets, and that end at the worst moment. */
import { createServer as createHttpsServer } from 'node:https';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Outcome } from '../../src/check.ts';
import type { Dial } from '../../src/vantage/dial.ts';
import { exchanges } from '../../src/vantage/exchange/exchanges.ts';
import { dialSocket } from '../../src/vantage/local.ts';
import { failure } from '../../src/vantage/source.ts';
import { certificateMaker, type Issued } from '../support/certificates.ts';
import { type Listening, listening } from '../support/servers.ts';
import { needs } from '../support/tools.ts';

const lacks = needs('openssl', '/usr/bin/openssl');

const name = 'agent.example.com';
const maker = certificateMaker();
let root: Issued;
let leaf: Issued;
let secure: Listening;

beforeAll(async () => {
  root = maker.make({ cn: 'Test Root', authority: true });
  leaf = maker.make({ cn: name, names: [`DNS:${name}`], issuer: root });
  const server = createHttpsServer({ cert: leaf.cert, key: leaf.key }, (_, answer) => answer.end('secure'));
  server.on('tlsClientError', () => {});
  new WebSocketServer({ server }).on('connection', (socket) => socket.on('error', () => {}));
  secure = await listening(server);
});
afterAll(async () => {
  maker.remove();
  await secure.close();
});

/** Like a channel through SSH: a stream, with none of a socket's own methods. Cut after so many chunks. */
function channel(
  port: number,
  cutAfter = Number.POSITIVE_INFINITY,
  how: 'end' | 'error' | 'destroy' = 'destroy',
): Duplex {
  const socket = connect({ host: '127.0.0.1', port });
  let chunks = 0;
  const cut = () => {
    chunks += 1;
    if (chunks <= cutAfter) return false;
    socket.destroy();
    if (how === 'end') outer.push(null);
    else outer.destroy(how === 'error' ? Object.assign(new Error('cut'), { code: 'ECONNRESET' }) : undefined);
    return true;
  };
  const outer = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, _encoding, done) => {
      if (!cut()) socket.write(chunk, done);
      else done();
    },
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    if (!cut() && !outer.push(chunk)) socket.pause();
  });
  socket.on('end', () => void outer.push(null));
  socket.on('error', (error) => outer.destroy(error));
  return outer;
}

const over = (dial: Dial) =>
  exchanges({
    dial,
    roots: async () => ({ source: 'test roots', certificates: [root.cert] }),
    now: async () => Date.now(),
  });

type Exchanges = ReturnType<typeof over>;
const operations: Record<
  string,
  (from: Exchanges, timeoutMs?: number, signal?: AbortSignal) => Promise<Outcome<object>>
> = {
  connect: (from, timeoutMs = 3000, signal = new AbortController().signal) =>
    from.connect({ address: '127.0.0.1', port: secure.port }, { timeoutMs, signal }),
  handshake: (from, timeoutMs = 3000, signal = new AbortController().signal) =>
    from.handshake({ address: '127.0.0.1', port: secure.port, host: name, tls: {} }, { timeoutMs, signal }),
  request: (from, timeoutMs = 3000, signal = new AbortController().signal) =>
    from.request(
      {
        url: `https://${name}:${secure.port}/`,
        address: '127.0.0.1',
        method: 'GET',
        headers: {},
        tls: {},
        maxBytes: 100,
      },
      { timeoutMs, signal },
    ),
  upgrade: (from, timeoutMs = 3000, signal = new AbortController().signal) =>
    from.upgrade(
      {
        url: `wss://${name}:${secure.port}/`,
        address: '127.0.0.1',
        headers: {},
        subprotocols: [],
        tls: {},
        maxBytes: 100,
      },
      { timeoutMs, signal },
    ),
};

describe.skipIf(lacks).each(Object.entries(operations))('%s', (_, operation) => {
  test('over a channel it is as over a socket', async () => {
    const viaChannel = await operation(over(async (_address, port) => ({ ok: true, stream: channel(port) })));
    const viaSocket = await operation(over(dialSocket));
    const timeless = (outcome: object) =>
      JSON.parse(
        JSON.stringify(outcome).replace(/"date":\[[^\]]*\]|"sec-websocket-accept":\[[^\]]*\]/g, '"date":[]'),
      );
    expect(viaChannel.ok).toBe(true);
    expect(timeless(viaChannel)).toEqual(timeless(viaSocket));
  });

  test.each(['end', 'error', 'destroy'] as const)(
    'cut (%s) after any number of chunks, it ends',
    async (how) => {
      for (let cutAfter = 0; cutAfter < 8; cutAfter += 1) {
        const stream = () => channel(secure.port, cutAfter, how);
        const outcome = await operation(
          over(async () => ({ ok: true, stream: stream() })),
          1000,
        );
        if (!outcome.ok) expect(outcome.failure, outcome.detail).toMatch(/closed|reset|handshake|timeout/);
      }
    },
  );

  test('aborted at any time, it ends', async () => {
    for (const delay of [0, 1, 2, 5, 10]) {
      const run = new AbortController();
      const pending = operation(over(dialSocket), 5000, run.signal);
      setTimeout(() => run.abort(), delay);
      const outcome = await pending;
      if (!outcome.ok) expect(outcome.failure).toBe('aborted');
    }
  });

  test('a dial that comes too late leaves nothing open', async () => {
    const late: Duplex[] = [];
    const dial: Dial = async (_address, port) => {
      await new Promise((settle) => setTimeout(settle, 150));
      const stream = channel(port);
      late.push(stream);
      return { ok: true, stream };
    };
    expect(await operation(over(dial), 50)).toMatchObject({ ok: false, failure: 'timeout' });
    await vi.waitFor(() => expect(late.map((stream) => stream.destroyed)).toEqual([true]));
  });

  test('what the dial says is passed on', async () => {
    const refused = over(async () => failure('forwarding-refused', 'administratively prohibited'));
    expect(await operation(refused)).toEqual({
      ok: false,
      failure: 'forwarding-refused',
      detail: 'administratively prohibited',
    });
  });

  test('a dial that throws is an answer too', async () => {
    const outcome = await operation(
      over(() => Promise.reject(new Error('http://user:password@example.com'))),
    );
    expect(outcome).toMatchObject({ ok: false, failure: 'incomplete' });
    expect(JSON.stringify(outcome)).not.toContain('password');
  });
});

test.skipIf(lacks)('nothing stays open', async () => {
  const inUse = () => {
    const resources = process.getActiveResourcesInfo();
    return resources.filter((each) => each === 'TCPSocketWrap' || each === 'Timeout').length;
  };
  const before = inUse();
  for (const operation of Object.values(operations)) await operation(over(dialSocket));
  const ends = performance.now() + 10_000;
  while (inUse() > before && performance.now() < ends) await new Promise((settle) => setTimeout(settle, 20));
  expect(inUse()).toBeLessThanOrEqual(before);
});
