/**
 * Records the fixtures of the checks over the wire. It needs root, and a network namespace of its own, so that ports
 * and addresses stay the same and nothing leaves the machine: `test/checks/record-network.sh`. Read what it wrote.
 */
import { rmSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { env } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, couldNotLook, type Ground } from '../../src/check.ts';
import { registry } from '../../src/registry.ts';
import { localSource } from '../../src/vantage/local.ts';
import { failure, operationNames, type Source } from '../../src/vantage/source.ts';
import { recordFixture } from '../support/fixture.ts';
import { peers } from '../support/network-peers.ts';
import { openStage } from '../support/network-stage.ts';

const folder = '/tmp/viworks-doctor-fixtures';
const ca = `${folder}/authority.pem`;
const server = '127.0.0.1:53';
const all = peers();
const local = localSource({ login: async () => failure('unsupported', 'no SSH here') });

interface Case {
  readonly ground?: Ground;
  readonly source?: Partial<Source>;
  readonly vantage?: string;
  readonly played?: string;
}

/** Names begin with the code that must be among the findings, or with `pass`. */
function record(kind: string, name: string, options: Record<string, unknown>, more: Case = {}) {
  it(`${kind}/${name}`, async () => {
    const check = registry[kind];
    if (!check) throw new Error(`no kind ${kind}`);
    const { source, ...rest } = more;
    const timeoutMs = 700;
    const fixture = await recordFixture(check, name, { ...local, ...source }, options, {
      ...rest,
      timeoutMs,
    });
    const codes = fixture.verdict.findings.map(({ code }) => code);
    if (name.startsWith('pass-')) expect(codes).toEqual([]);
    else expect(codes.some((code) => name.startsWith(`${code}-`))).toBe(true);
  });
}

/** Whatever the check does first on that host comes back like this. */
function blind(outcome: ReturnType<typeof failure>): Partial<Source> {
  const answer = async () => outcome;
  return Object.fromEntries(operationNames.map((name) => [name, answer])) as unknown as Source;
}

const notOverSsh = 'the vantage is a host behind SSH, which there is none of where fixtures are recorded';

/** What every kind says when it could not look, from a host. */
function recordBlind(kind: string, options: Record<string, unknown>, ground: Ground = {}) {
  const cases = [
    failure('denied', '/etc/resolv.conf can not be read (EACCES)'),
    failure('missing', 'getent is not there'),
    failure('incomplete', 'the answer came without its end'),
    failure('forwarding-refused', 'administratively prohibited'),
  ];
  for (const each of cases) {
    const { code } = couldNotLook(each, '');
    if (!registry[kind]?.findings[code]) continue;
    const more = { played: notOverSsh, vantage: 'gateway', source: blind(each), ground };
    record(kind, `${code}-on-host`, options, more);
  }
}

/** The layers below, as each kind that stands alone says them; `at` gives its options for a name. */
function recordLayers(
  kind: string,
  at: (host: string) => Record<string, unknown>,
  upTo: 'dns' | 'port' | 'tls',
) {
  record(kind, 'dns.nxdomain-missing', at('missing.example.com'));
  record(kind, 'dns.nxdomain-impossible', at(`${'a'.repeat(64)}.example.com`));
  record(kind, 'dns.no-address-empty', at('empty.example.com'));
  record(kind, 'dns.server-failure-servfail', at('broken.example.com'));
  record(kind, 'dns.no-answer-silent', at('silent.example.com'));
  if (upTo === 'dns') return;
  record(kind, 'port.refused-closed', at('shut.example.com'));
  record(kind, 'port.timeout-filtered', at('filtered.example.com'));
  record(kind, 'port.unreachable-no-route', at('v6.example.com'));
  if (upTo === 'port') return;
  for (const code of [
    'expired',
    'not-yet-valid',
    'expiring',
    'wrong-name',
    'self-signed',
    'unknown-issuer',
    'incomplete-chain',
    'not-tls',
    'handshake-failed',
  ]) {
    record(kind, `tls.${code}-alone`, at(`${code}.example.com`));
  }
}

beforeAll(async () => {
  if (!env.RECORD) return;
  const known = ['lo', 'doctor0'];
  if (Object.keys(networkInterfaces()).some((name) => !known.includes(name))) {
    throw new Error('this is no network namespace of its own: run test/checks/record-network.sh');
  }
  if (env.RECORD === 'offline') return;
  await openStage(all, folder, ca);
});

afterAll(() => {
  all.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.runIf(env.RECORD === 'offline')('without a network', () => {
  record('network', 'observer.offline-no-address', {});
});

describe.runIf(env.RECORD === '1')('with peers', () => {
  describe('network', () => {
    record('network', 'pass-ipv4', {});
    const { addresses, route4, route6 } = { addresses: [], route4: false, route6: false };
    const away = { ok: true, addresses: [{ address: '192.0.2.2', family: 4 }, ...addresses], route4, route6 };
    record(
      'network',
      'observer.offline-no-route',
      {},
      {
        played: 'an address without a route would need a second namespace',
        source: { network: async () => away as Answer<'network'> },
      },
    );
    recordBlind('network', {});
  });

  describe('dns', () => {
    const host = 'agent.example.com';
    record('dns', 'pass-server', { host, server });
    record('dns', 'pass-literal', { host: '192.0.2.10' });
    record('dns', 'pass-localhost', { host: 'localhost' });
    record('dns', 'pass-many', { host: 'many.example.com', server });
    record('dns', 'pass-resolves-to', {
      host,
      server,
      resolvesTo: ['backend.example.com', '::ffff:192.0.2.1'],
    });
    record('dns', 'dns.wrong-address-one', { host: 'two.example.com', server, resolvesTo: ['127.0.0.10'] });
    record('dns', 'doctor.no-answer-expected-name', { host, server, resolvesTo: ['missing.example.com'] });
    recordLayers('dns', (name) => ({ host: name, server }), 'dns');
    recordBlind('dns', { host });
  });

  describe('port', () => {
    const at = (host: string, port = 443) => ({ host, port, server });
    record('port', 'pass-one', at('agent.example.com'));
    record('port', 'pass-ground', at('agent.example.com', 80), {
      ground: {
        address: [
          { address: '127.0.0.10', family: 4 },
          { address: '127.0.0.21', family: 4 },
        ],
      },
    });
    record('port', 'port.partial-one-refused', at('several.example.com'));
    recordLayers('port', at, 'port');
    const unseen = {
      ground: {
        address: [
          { address: '127.0.0.30', family: 4 },
          { address: '192.0.2.10', family: 4 },
        ],
      },
    };
    record('port', 'port.refused-mixed', at('agent.example.com'), unseen);
    recordBlind('port', at('agent.example.com'), { address: [{ address: '192.0.2.10', family: 4 }] });
  });

  describe('tls', () => {
    const at = (host: string) => ({ host, port: 443, server, tls: { ca } });
    record('tls', 'pass-one', at('agent.example.com'));
    record('tls', 'pass-servername', {
      ...at('backend.example.com'),
      tls: { ca, servername: 'agent.example.com' },
    });
    record('tls', 'tls.expired-and-wrong-name', at('both.example.com'));
    record('tls', 'tls.wrong-name-one-of-two', at('agent.example.com'), {
      ground: {
        connection: [
          { address: '127.0.0.10', family: 4 },
          { address: '127.0.0.14', family: 4 },
        ],
      },
    });
    record('tls', 'tls.handshake-failed-silent', { ...at('agent.example.com'), port: 444 });
    record('tls', 'port.partial-one-refused', at('several.example.com'));
    recordLayers('tls', at, 'tls');
    recordBlind('tls', at('agent.example.com'), { connection: [{ address: '192.0.2.10', family: 4 }] });
    record('tls', 'doctor.tool-missing-authority', {
      ...at('agent.example.com'),
      tls: { ca: '/etc/none.pem' },
    });
  });

  describe('http', () => {
    const at = (url: string, more = {}) => ({ url, server, tls: { ca }, ...more });
    const plain = (path: string, more = {}) => at(`http://agent.example.com${path}`, more);
    const secure = (path: string, more = {}) => at(`https://agent.example.com${path}`, more);
    const headers = { authorization: 'Bearer sample' };
    const json = { status: 'healthy', 'checks.0.ok': true };
    record(
      'http',
      'pass-json',
      secure('/health', { headers, expect: { json, header: { 'Content-Type': 'json' } } }),
    );
    record('http', 'pass-redirect', plain('/moved', { headers }));
    record('http', 'pass-below-500', plain('/404', { expect: { status: ['<500'] } }));
    record('http', 'pass-redirect-expected', plain('/moved', { expect: { status: [302] } }));
    record('http', 'pass-second-address', at('http://localhost:8080/health'), {
      ground: {
        address: [
          { address: '127.0.0.30', family: 4 },
          { address: '127.0.0.1', family: 4 },
        ],
      },
    });
    const alsoUpgrade = { url: 'ws://localhost:8080/ws/agent/404', headers: { host: 'agent.example.com' } };
    record('http', 'pass-also-upgrade', at('http://localhost:8080/health', { alsoUpgrade, listener: true }), {
      ground: { open: [{ address: '127.0.0.1', family: 4 }] },
    });
    record('http', 'http.status-404', plain('/404'));
    record('http', 'http.status-leaves-https', secure('/plain'));
    record('http', 'http.status-one-of-two', at('http://two.example.com/health', { every: true }));
    record('http', 'port.partial-one-refused', at('http://several.example.com/health', { every: true }));
    record('http', 'http.bad-gateway-502', plain('/502'));
    record('http', 'http.unavailable-503', plain('/503'));
    record('http', 'http.gateway-timeout-504', plain('/504'));
    record('http', 'http.body-json', plain('/degraded', { expect: { json } }));
    record(
      'http',
      'http.body-text',
      plain('/200', { expect: { body: '^healthy$', header: { 'x-version': '^1' } } }),
    );
    record('http', 'http.timeout-silent', plain('/silent'));
    record('http', 'http.closed-before', plain('/close'));
    record('http', 'http.not-http-ssh', at('http://not-tls.example.com/'));
    record('http', 'http.redirect-loop-circle', plain('/circle'));
    record('http', 'http.redirect-loop-too-many', plain('/deeper'));
    record('http', 'dns.nxdomain-after-redirect', plain('/elsewhere'));
    record('http', 'port.refused-after-redirect', plain('/shut'));
    const here = (port: number, path: string) => at(`http://localhost:${port}${path}`, { listener: true });
    const open = { ground: { open: [{ address: '127.0.0.1', family: 4 }] } };
    record('http', 'http.timeout-never-accepted', here(8081, '/health'), open);
    record('http', 'http.timeout-not-responding', here(8082, '/health'), open);
    record('http', 'port.timeout-full-queue', here(8083, '/health'), open);
    record('http', 'http.timeout-slow-path', here(8080, '/silent'), open);
    recordLayers('http', (host) => at(`https://${host}/health`), 'tls');
    recordBlind('http', secure('/health'));
  });

  describe('websocket', () => {
    const at = (url: string, more = {}) => ({ url, server, tls: { ca }, ...more });
    const secure = (path: string, expected = {}) =>
      at(`wss://agent.example.com${path}`, { expect: expected });
    record('websocket', 'pass-open', secure('/ws/agent'));
    record('websocket', 'pass-subprotocol', secure('/ws/agent', { subprotocol: 'agent.v1' }));
    record('websocket', 'pass-refusal-expected', secure('/ws/401', { upgrade: [101, 401] }));
    record('websocket', 'pass-close-expected', secure('/ws/close/1008', { close: [1008] }));
    record('websocket', 'websocket.not-found-404', secure('/ws/404'));
    record('websocket', 'websocket.unauthorized-401', secure('/ws/401'));
    record('websocket', 'websocket.not-upgraded-200', secure('/ws/200'));
    record('websocket', 'websocket.not-upgraded-426', secure('/ws/426'));
    record('websocket', 'websocket.rejected-redirect', secure('/ws/301'));
    record('websocket', 'websocket.rejected-open', secure('/ws/agent', { upgrade: [401] }));
    record('websocket', 'http.bad-gateway-502', secure('/ws/502'));
    record('websocket', 'http.unavailable-503', secure('/ws/503'));
    record('websocket', 'http.gateway-timeout-504', secure('/ws/504'));
    record('websocket', 'http.not-http-ssh', at('ws://not-tls.example.com/'));
    record('websocket', 'websocket.bad-accept-wrong', secure('/ws/bad-accept'));
    record('websocket', 'websocket.bad-accept-no-upgrade', secure('/ws/dropped'));
    record('websocket', 'websocket.timeout-silent', secure('/ws/silent'));
    record('websocket', 'websocket.closed-before', secure('/ws/end'));
    record('websocket', 'websocket.closed-1011', secure('/ws/close/1011'));
    record('websocket', 'websocket.closed-cut', secure('/ws/cut'));
    record('websocket', 'websocket.no-pong-mute', secure('/ws/mute'));
    record('websocket', 'websocket.subprotocol-none', secure('/ws/plain', { subprotocol: 'agent.v1' }));
    const idle = (path: string) => at(`wss://agent.example.com${path}`, { idle: '2s' });
    record('websocket', 'pass-idle', idle('/ws/agent'));
    record('websocket', 'pass-idle-and-the-server-speaks', idle('/ws/idle/speak'));
    record('websocket', 'pass-idle-not-tried', { ...idle('/ws/401'), expect: { upgrade: [101, 401] } });
    record('websocket', 'websocket.idle-dropped-close', idle('/ws/idle/close'));
    record('websocket', 'websocket.idle-dropped-fin', idle('/ws/idle/fin'));
    record('websocket', 'websocket.idle-dropped-reset', {
      ...idle(''),
      url: 'ws://backend.example.com/ws/idle/reset',
    });
    record('websocket', 'websocket.idle-dropped-mute', idle('/ws/idle/mute'));
    record('websocket', 'websocket.no-pong-idle', idle('/ws/mute'));
    record('websocket', 'websocket.closed-idle', idle('/ws/close/1011'));
    record('websocket', 'port.partial-one-refused', at('ws://several.example.com/ws/agent', { every: true }));
    const here = (port: number, path: string) => at(`ws://localhost:${port}${path}`, { listener: true });
    const open = { ground: { open: [{ address: '127.0.0.1', family: 4 }] } };
    record('websocket', 'websocket.timeout-never-accepted', here(8081, '/ws/agent'), open);
    record('websocket', 'port.timeout-full-queue', here(8083, '/ws/agent'), open);
    record('websocket', 'websocket.timeout-not-responding', here(8082, '/ws/agent'), open);
    recordLayers('websocket', (host) => at(`wss://${host}/ws/agent`), 'tls');
    recordBlind('websocket', secure('/ws/agent'));
  });
});
