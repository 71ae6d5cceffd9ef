import { createServer as createHttpsServer } from 'node:https';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Arguments } from '../../src/check.ts';
import { exchanges } from '../../src/vantage/exchange/exchanges.ts';
import { dialSocket } from '../../src/vantage/local.ts';
import { certificateMaker, type Issued, type Wanted } from '../support/certificates.ts';
import {
  answering,
  freePort,
  greeting,
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
let nowMs: number | undefined;

beforeAll(() => {
  root = maker.make({ cn: 'Test Root', authority: true, from: -100, until: 3650 });
});
afterEach(async () => {
  nowMs = undefined;
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => maker.remove());

const started = async (server: Promise<Listening>) => {
  const ready = await server;
  servers.push(ready);
  return ready;
};

const { request } = exchanges({
  dial: dialSocket,
  roots: async () => ({ source: 'test roots', certificates: [root.cert] }),
  now: async () => nowMs ?? Date.now(),
});

const ask = (
  server: { readonly port: number },
  more: Partial<Arguments<'request'>> = {},
  limits: { timeoutMs?: number; signal?: AbortSignal } = {},
) =>
  request(
    {
      url: `http://${name}:${server.port}/health`,
      address: '127.0.0.1',
      method: 'GET',
      headers: {},
      tls: {},
      maxBytes: 1000,
      ...more,
    },
    { timeoutMs: 5000, signal: new AbortController().signal, ...limits },
  );

describe.skipIf(lacks)('an answer', () => {
  test('is kept as it came; the name stays, the address is pinned', async () => {
    const seen: Record<string, unknown>[] = [];
    const server = await started(
      httpServer((incoming, answer) => {
        seen.push({ url: incoming.url, method: incoming.method, ...incoming.headers });
        answer.setHeader('Set-Cookie', ['a=1', 'b=2']);
        answer.writeHead(404, 'Nothing Here').end('{"status":"héalthy"}');
      }),
    );
    const answer = await ask(server, {
      url: `http://user:password@${name}:${server.port}/a%20b?c=d#e`,
      headers: { 'X-Api-Key': 'k', 'User-Agent': 'mine' },
    });
    expect(answer).toMatchObject({
      ok: true,
      status: 404,
      reason: 'Nothing Here',
      body: '{"status":"héalthy"}',
      truncated: false,
      tls: null,
    });
    expect(answer.ok && answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(seen).toMatchObject([
      {
        url: '/a%20b?c=d',
        method: 'GET',
        host: `${name}:${server.port}`,
        'x-api-key': 'k',
        'user-agent': 'mine',
        'accept-encoding': 'identity',
      },
    ]);
    expect(seen[0]).not.toHaveProperty('authorization');
  });

  test('the Host header can be given', async () => {
    const server = await started(httpServer((incoming, answer) => answer.end(incoming.headers.host)));
    expect(await ask(server, { headers: { host: 'other.example.com' } })).toMatchObject({
      body: 'other.example.com',
    });
  });

  test('a redirect is an answer', async () => {
    const server = await started(
      httpServer((_, answer) => answer.writeHead(302, { location: 'file:///etc/passwd' }).end()),
    );
    const answer = await ask(server);
    expect(answer).toMatchObject({ status: 302, headers: { location: ['file:///etc/passwd'] } });
    expect(server.connections()).toBe(1);
  });

  test('HEAD', async () => {
    const server = await started(
      httpServer((_, answer) => answer.setHeader('content-length', 5).end('12345')),
    );
    expect(await ask(server, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  test('a long body is cut, and no more of it is read', async () => {
    const server = await started(
      httpServer((_, answer) => {
        const more = () => {
          while (answer.write('x'.repeat(10_000)));
        };
        answer.on('drain', more);
        answer.on('error', () => {});
        more();
      }),
    );
    const answer = await ask(server);
    expect(answer).toMatchObject({ ok: true, status: 200, truncated: true, body: 'x'.repeat(1000) });
  });

  test('nothing is decompressed', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const server = await started(
      httpServer((_, answer) => answer.setHeader('content-encoding', 'gzip').end(bomb)),
    );
    const answer = await ask(server);
    expect(answer).toMatchObject({ ok: true, truncated: true });
    expect(answer.ok && answer.body.length).toBeLessThanOrEqual(1000);
  });

  test('a long header value is cut', async () => {
    const server = await started(
      httpServer((_, answer) => answer.setHeader('x-long', 'x'.repeat(10_000)).end()),
    );
    const answer = await ask(server);
    expect(answer.ok && answer.headers['x-long']?.[0]).toHaveLength(4096);
  });

  test('headers with names that objects have', async () => {
    const server = await started(
      answering(
        'HTTP/1.1 200 OK\r\n__proto__: a\r\n__proto__: b\r\nconstructor: c\r\ncontent-length: 2\r\n\r\nok',
      ),
    );
    const answer = await ask(server);
    expect(answer).toMatchObject({ ok: true, status: 200, body: 'ok' });
    expect(answer.ok && Object.getPrototypeOf(answer.headers)).toBe(Object.prototype);
    expect(answer.ok && Object.entries(answer.headers)).toEqual([
      ['__proto__', ['a', 'b']],
      ['constructor', ['c']],
      ['content-length', ['2']],
    ]);
  });

  test('without a length, up to the end', async () => {
    const server = await started(answering('HTTP/1.1 200 OK\r\n\r\nall of it', 'end'));
    expect(await ask(server)).toMatchObject({ status: 200, body: 'all of it', truncated: false });
  });

  test('after a hundred early hints', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(100);
    const server = await started(answering(`${hints}HTTP/1.1 204 No Content\r\n\r\n`));
    expect(await ask(server)).toMatchObject({ status: 204 });
  });
});

describe.skipIf(lacks)('no answer', () => {
  const drip = () =>
    rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.on('close', () => clearInterval(timer));
    });
  const header = 'HTTP/1.1 200 OK\r\n';
  const cases: Record<string, readonly [() => Promise<Listening>, object]> = {
    silence: [silent, { failure: 'timeout', detail: expect.stringContaining('connected, no answer') }],
    'a drip': [
      drip,
      {
        failure: 'timeout',
        detail: '200 came, and no complete answer within 400 ms',
        received: 'HTTP/1.1 200 OK',
      },
    ],
    'a header without an end': [
      () => answering(`${header}x: ${'y'.repeat(100_000)}\r\n\r\n`),
      { failure: 'not-http' },
    ],
    'two lengths': [
      () => answering(`${header}content-length: 1\r\ncontent-length: 2\r\n\r\nxx`),
      { failure: 'not-http' },
    ],
    SSH: [
      () => greeting('SSH-2.0-OpenSSH_9.2p1\r\n'),
      { failure: 'not-http', detail: 'SSH answered', received: 'SSH-2.0-OpenSSH_9.2p1\r\n' },
    ],
    garbage: [() => answering('\u0000\u0001garbage\u001b[31m'), { failure: 'not-http' }],
    'HTTP/2': [() => answering(Buffer.from([0, 0, 18, 4, 0, 0, 0, 0, 0])), { failure: 'not-http' }],
    'an end': [() => rawServer((socket) => socket.resume().end()), { failure: 'closed' }],
    'an end after the question': [() => answering('', 'end'), { failure: 'closed' }],
    'a reset': [() => answering('', 'reset'), { failure: 'reset' }],
    'half a body': [
      () => answering(`${header}content-length: 10\r\n\r\nhalf`, 'end'),
      {
        failure: 'closed',
        detail: expect.stringContaining('before its answer was complete'),
        received: 'HTTP/1.1 200 OK',
      },
    ],
    'half a header': [() => answering(`${header}content-le`, 'end'), { failure: 'closed' }],
  };

  test.each(Object.entries(cases))('%s', async (_, [server, expected]) => {
    const answer = await ask(await started(server()), {}, { timeoutMs: 400 });
    expect(answer).toMatchObject({ ok: false, ...expected });
  });

  test('nobody listens', async () => {
    expect(await ask({ port: await freePort() })).toMatchObject({ failure: 'refused' });
  });

  test('101 to a plain question', async () => {
    const server = await started(
      answering('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    );
    expect(await ask(server, {}, { timeoutMs: 400 })).toMatchObject({ failure: 'not-http' });
  });

  test('a header that can not be written is no question', async () => {
    const server = await started(silent());
    const answer = await ask(server, { headers: { 'x-key': 'secret\r\nx: y' } });
    expect(answer).toMatchObject({ failure: 'unsupported' });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  test('a URL of another scheme', async () => {
    expect(await ask({ port: 1 }, { url: 'file:///etc/passwd' })).toMatchObject({ failure: 'unsupported' });
    expect(await ask({ port: 1 }, { url: 'not a URL' })).toMatchObject({ failure: 'unsupported' });
  });

  test('the run ends', async () => {
    const server = await started(silent());
    const run = new AbortController();
    const pending = ask(server, {}, { signal: run.signal });
    setTimeout(() => run.abort(), 50);
    expect(await pending).toMatchObject({ failure: 'aborted' });
  });
});

describe.skipIf(lacks)('https', () => {
  const secure = async (wanted: Partial<Wanted> = {}) => {
    const leaf = maker.make({ cn: name, names: [`DNS:${name}`], issuer: root, ...wanted });
    const asked: (string | undefined)[] = [];
    const server = createHttpsServer({ cert: leaf.cert, key: leaf.key }, (incoming, answer) => {
      asked.push(incoming.url);
      answer.end('secure');
    });
    server.on('tlsClientError', () => {});
    const { port } = await started(listening(server));
    return { port, asked, url: `https://${name}:${port}/health` };
  };

  test('an answer over a certificate that verifies', async () => {
    const server = await secure();
    const answer = await ask(server, { url: server.url });
    expect(answer).toMatchObject({
      status: 200,
      body: 'secure',
      tls: { trust: 'trusted', alpn: 'http/1.1', servername: name },
    });
  });

  test.each([
    ['an expired one', { from: -30, until: -2 }, 'tls.expired'],
    ['another name', { names: ['DNS:other.example.com'] }, 'tls.wrong-name'],
  ])('%s: nothing is sent', async (_, wanted, code) => {
    const server = await secure(wanted);
    const answer = await ask(server, { url: server.url, headers: { authorization: 'Bearer token' } });
    expect(answer).toMatchObject({ failure: 'unverified', tls: { chain: [{ subject: `CN=${name}` }] } });
    expect(!answer.ok && answer.detail).toContain(code);
    expect(server.asked).toEqual([]);
  });

  test('the clock is that of the vantage', async () => {
    const server = await secure({ from: -30, until: -2 });
    nowMs = Date.now() - 10 * 86_400_000;
    expect(await ask(server, { url: server.url })).toMatchObject({ status: 200 });
    nowMs = Date.now();
    expect(await ask(server, { url: server.url })).toMatchObject({ failure: 'unverified' });
  });

  test('the name to verify can be given', async () => {
    const server = await secure({ names: ['DNS:other.example.com'] });
    const tls = { servername: 'other.example.com' };
    expect(await ask(server, { url: server.url, tls })).toMatchObject({ status: 200 });
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    '%s: a server that wants a client certificate',
    async (version) => {
      const leaf = maker.make({ cn: name, names: [`DNS:${name}`], issuer: root });
      const client = maker.make({ cn: 'Client', issuer: root, use: 'clientAuth' });
      const server = createHttpsServer(
        {
          cert: leaf.cert,
          key: leaf.key,
          ca: [root.cert],
          requestCert: true,
          rejectUnauthorized: true,
          minVersion: version,
          maxVersion: version,
        },
        (_, answer) => answer.end('known'),
      );
      server.on('tlsClientError', () => {});
      const { port } = await started(listening(server));
      const url = `https://${name}:${port}/`;
      expect(await ask({ port }, { url })).toMatchObject({ ok: false, failure: 'handshake' });
      const tls = { cert: client.certFile, key: client.keyFile };
      expect(await ask({ port }, { url, tls })).toMatchObject({ ok: true, body: 'known' });
    },
  );

  test('plain HTTP behind https', async () => {
    const { port } = await started(httpServer((_, answer) => answer.end()));
    expect(await ask({ port }, { url: `https://${name}:${port}/` })).toMatchObject({ failure: 'not-tls' });
  });
});
