import { describe, expect, it } from 'vitest';
import { http } from '../../checks/http.ts';
import type { Answer, Arguments } from '../../src/check.ts';
import { type Look, observe } from '../../src/vantage/observe.ts';
import { replaySource } from '../../src/vantage/replay.ts';
import { readFixture, replayFixture } from '../support/fixture.ts';

const factsOf = async (name: string) => (await replayFixture(http, readFixture(`http/${name}.json`))).facts;

describe('the second look, after silence', () => {
  it('sees what was never accepted, and does not ask again', async () => {
    const { listener, otherPath } = await factsOf('http.timeout-never-accepted');
    expect(listener?.unaccepted).toBeGreaterThan(0);
    expect(listener?.queue).toBeGreaterThan(0);
    expect(otherPath).toBe(null);
  });

  it.each([
    ['http.timeout-not-responding', 'silent'],
    ['http.timeout-slow-path', 'answered'],
  ])('%s: another path is %s', async (name, otherPath) => {
    expect(await factsOf(name)).toMatchObject({ listener: { unaccepted: 0 }, otherPath });
  });

  it('tells a full queue, which takes no connection, from silence', async () => {
    const { attempts, listener } = await factsOf('port.timeout-full-queue');
    expect(listener).toMatchObject({ queue: 2, limit: 1 });
    expect(attempts[0]).toMatchObject({ failure: 'timeout', connected: false });
  });

  it('is not taken at a listener of another host', async () => {
    expect(await factsOf('http.timeout-silent')).toMatchObject({ listener: null, otherPath: null });
  });
});

it('keeps what the port answers to the upgrade of the endpoint', async () => {
  const { endpointAnswer } = await factsOf('pass-also-upgrade');
  expect(endpointAnswer).toMatchObject({ status: 404, bodyStart: 'as asked\n' });
});

it('keeps the body only where something is expected of it', async () => {
  const [plain] = (await factsOf('http.status-404')).attempts;
  const [held] = (await factsOf('http.body-json')).attempts;
  expect(plain).toMatchObject({ bodyStart: 'as asked\n', body: null });
  expect(held?.body).toContain('degraded');
});

describe('redirects', () => {
  const headers = { authorization: 'Bearer sample' };
  const tls = { ca: '/etc/ca.pem', cert: '/etc/client.pem', key: '/etc/client.key' };

  /** Answers each URL with a redirect to the next, the last with 200; what was sent along is returned. */
  async function sent(...urls: string[]) {
    const seen: Arguments<'request'>[] = [];
    const answer = async (args: Arguments<'request'>): Promise<Answer<'request'>> => {
      seen.push(args);
      const location = urls[seen.length];
      const more = { reason: '', body: '', truncated: false, tls: null };
      return location
        ? { ok: true, status: 302, headers: { location: [location] }, ...more }
        : { ok: true, status: 200, headers: {}, ...more };
    };
    const source = {
      ...replaySource([]),
      resolve: async () =>
        ({ ok: true, source: 'system', addresses: [{ address: '127.0.0.1', family: 4 }] }) as const,
      request: answer,
    };
    const looks: Look[] = [];
    const vantage = observe('local', source, { timeoutMs: 100, signal: new AbortController().signal }, looks);
    const options = http.options.parse({ url: urls[0], headers, tls });
    const facts = await http.look(vantage, options, {});
    expect(http.judge(facts, options).findings).toEqual([]);
    expect(JSON.stringify(facts)).not.toContain('ticket');
    return seen.map((each) => [each.url, 'authorization' in each.headers, 'key' in each.tls]);
  }

  it('take our headers and key along inside the origin', async () => {
    expect(await sent('https://a.example.com/', 'https://a.example.com/2?ticket=1')).toEqual([
      ['https://a.example.com/', true, true],
      ['https://a.example.com/2?ticket=1', true, true],
    ]);
  });

  it.each([
    ['another host', 'https://a.example.com/', 'https://b.example.com/'],
    ['another port', 'https://a.example.com/', 'https://a.example.com:8443/'],
    ['another scheme', 'http://a.example.com/', 'https://a.example.com/'],
  ])('leave them behind for %s, on the way back too', async (_, here, there) => {
    const back = `${new URL(here).origin.replace('http:', 'https:')}/back`;
    const went = await sent(here, there, back);
    expect(went.map(([, ours, key]) => [ours, key])).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
  });
});

it.each([
  { url: 'ws://a.example.com/' },
  { url: 'http://user:word@a.example.com/' },
  { url: 'example.com' },
  { url: 'http://a.example.com/', method: 'POST' },
  { url: 'http://a.example.com/', expect: { upgrade: [101] } },
])('refuses %j', (options) => expect(http.options.safeParse(options).success).toBe(false));

it.each([
  [{ url: 'http://localhost:8080/health', listener: true }, 'Answers on 8080'],
  [{ url: 'http://localhost:8080/health' }, 'HTTP health'],
  [{ url: 'https://a.example.com/health' }, 'HTTP health'],
  [{ url: 'https://a.example.com/' }, 'HTTP answer'],
])('%j is labelled %s', (options, label) => expect(http.label(http.options.parse(options))).toBe(label));
