import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localResolve, type SystemResolver } from '../../src/vantage/resolve.ts';
import { type Nameserver, nameserver } from '../support/nameserver.ts';
import { freePort } from '../support/servers.ts';

let dns: Nameserver;

beforeAll(async () => {
  dns = await nameserver({
    'agent.example.com': { A: ['192.0.2.10', '192.0.2.11', '192.0.2.10'], AAAA: ['2001:db8::10'] },
    'four.example.com': { A: ['192.0.2.10'] },
    'alias.example.com': { CNAME: 'agent.example.com', A: ['192.0.2.10'] },
    'dangling.example.com': { CNAME: 'gone.example.com' },
    'empty.example.com': {},
    'many.example.com': {
      A: Array.from({ length: 300 }, (_, n) => `10.0.${n >> 8}.${n & 255}`),
      truncated: true,
    },
    'servfail.example.com': 'SERVFAIL',
    'refused.example.com': 'REFUSED',
    'formerr.example.com': 'FORMERR',
    'notimp.example.com': 'NOTIMP',
    'silent.example.com': 'silent',
    'wrong-id.example.com': 'wrong-id',
    'garbage.example.com': 'garbage',
    'short.example.com': 'short',
    ok: { A: ['192.0.2.66'] },
  });
});
afterAll(() => dns.close());

const limits = (timeoutMs = 2000, signal = new AbortController().signal) => ({ timeoutMs, signal });

/** getaddrinfo, played: the real one asks servers that are not ours. */
const failing = (errno: number): SystemResolver => ({
  lookup: () => Promise.reject(Object.assign(new Error('lookup'), { errno, code: 'EAI_AGAIN' })),
  servers: [dns.server],
});

describe('a DNS server', () => {
  const ask = (name: string, timeoutMs?: number) =>
    localResolve()({ name, server: dns.server }, limits(timeoutMs));

  test('answers with both families, each address once', async () => {
    expect(await ask('agent.example.com')).toEqual({
      ok: true,
      source: dns.server,
      addresses: [
        { address: '192.0.2.10', family: 4 },
        { address: '192.0.2.11', family: 4 },
        { address: '2001:db8::10', family: 6 },
      ],
    });
  });

  test('one family is enough, and an alias is followed', async () => {
    expect(await ask('four.example.com')).toMatchObject({ addresses: [{ address: '192.0.2.10' }] });
    expect(await ask('alias.example.com')).toMatchObject({ addresses: [{ address: '192.0.2.10' }] });
  });

  test('a long answer comes over TCP, and is capped', async () => {
    const answer = await ask('many.example.com');
    expect(answer.ok && answer.addresses).toHaveLength(100);
  });

  test.each([
    ['missing.example.com', 'nxdomain'],
    ['empty.example.com', 'no-address'],
    ['dangling.example.com', 'no-address'],
    ['servfail.example.com', 'server-failure'],
    ['refused.example.com', 'server-failure'],
    ['formerr.example.com', 'server-failure'],
    ['notimp.example.com', 'server-failure'],
    ['garbage.example.com', 'server-failure'],
    ['short.example.com', 'server-failure'],
    ['silent.example.com', 'no-answer'],
    ['wrong-id.example.com', 'no-answer'],
  ])('%s: %s', async (name, failure) => {
    expect(await ask(name, 1500)).toMatchObject({ ok: false, failure });
  });

  test('nothing listens there', async () => {
    const server = `127.0.0.1:${await freePort()}`;
    const answer = await localResolve()({ name: 'agent.example.com', server }, limits());
    expect(answer).toMatchObject({ failure: 'no-answer' });
  });

  test('it can be named', async () => {
    const server = `localhost:${dns.port}`;
    const answer = await localResolve()({ name: 'four.example.com', server }, limits());
    expect(answer).toMatchObject({ source: server, addresses: [{ address: '192.0.2.10' }] });
  });

  test('it is no server', async () => {
    expect(await localResolve()({ name: 'a', server: 'x:y' }, limits())).toMatchObject({
      failure: 'invalid-name',
    });
  });

  test('names that are none are asked of nobody', async () => {
    const before = dns.asked.length;
    for (const name of ['', 'ok\0.evil', 'a..b', '-oProxyCommand=x', '127.1', '0x7f.1', 'x'.repeat(64)]) {
      expect(await ask(name)).toMatchObject({ ok: false, failure: 'invalid-name' });
    }
    expect(dns.asked).toHaveLength(before);
  });
});

describe('this machine', () => {
  test('localhost, and addresses', async () => {
    const resolve = localResolve();
    const local = await resolve({ name: 'localhost' }, limits());
    expect(local).toMatchObject({ ok: true, source: 'system' });
    expect(local.ok && local.addresses.map((each) => each.address)).toContain('127.0.0.1');
    expect(await resolve({ name: '::1' }, limits())).toEqual({
      ok: true,
      source: 'literal',
      addresses: [{ address: '::1', family: 6 }],
    });
  });

  test('what getaddrinfo found is not asked of DNS', async () => {
    const before = dns.asked.length;
    const resolve = localResolve({ lookup: async () => [{ address: '192.0.2.99' }], servers: [dns.server] });
    expect(await resolve({ name: 'agent.example.com' }, limits())).toMatchObject({
      source: 'system',
      addresses: [{ address: '192.0.2.99', family: 4 }],
    });
    expect(dns.asked).toHaveLength(before);
  });

  test.each([
    ['missing.example.com', -3008, 'nxdomain'],
    ['missing.example.com', -3001, 'nxdomain'],
    ['empty.example.com', -3007, 'no-address'],
    ['servfail.example.com', -3001, 'server-failure'],
    ['refused.example.com', -3001, 'server-failure'],
    ['silent.example.com', -3001, 'no-answer'],
    ['agent.example.com', -3001, 'server-failure'],
  ])('%s, getaddrinfo says %i: %s', async (name, errno, failure) => {
    expect(await localResolve(failing(errno))({ name }, limits(1000))).toMatchObject({ ok: false, failure });
  });

  test('an empty answer is none', async () => {
    const resolve = localResolve({ lookup: async () => [] });
    expect(await resolve({ name: 'empty.example.com' }, limits())).toMatchObject({ failure: 'no-address' });
  });

  test('getaddrinfo can not be stopped, and is not waited for', async () => {
    const resolve = localResolve({ lookup: () => new Promise(() => {}) });
    expect(await resolve({ name: 'a.example.com' }, limits(100))).toMatchObject({ failure: 'no-answer' });
    const run = new AbortController();
    const pending = resolve({ name: 'a.example.com' }, limits(5000, run.signal));
    run.abort();
    expect(await pending).toMatchObject({ failure: 'aborted' });
  });
});
