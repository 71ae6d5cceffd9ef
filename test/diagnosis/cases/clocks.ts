/** Of certificates and the clocks that their dates are held against. */
import type { Result } from '../../../src/report/report.ts';
import { row, rows, topology } from '../../support/incidents.ts';
import type { Case, Given } from './case.ts';

const hourMs = 3_600_000;
const nowMs = Date.parse('2026-11-24T10:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();
const certificate = { notBefore: iso(nowMs - 800 * hourMs), fingerprint256: 'aa' };

/** A certificate that ended so many hours ago, by the clock that looked. */
const ended = (hours: number) => ({
  code: 'tls.expired',
  facts: {
    nowMs,
    attempts: [{ session: { chain: [{ ...certificate, notAfter: iso(nowMs - hours * hourMs) }] } }],
  },
});
const ahead = (hours: number, more: object = {}) =>
  row('observer.clock', {
    code: 'observer.clock-skew',
    observed: `${hours}h ahead of agent.example.com`,
    values: { skewMs: hours * hourMs, ...more },
  });
const locally = (tls: NonNullable<Given['endpoint.agent.tls']>): Given => ({
  'endpoint.agent.tls': tls,
  'endpoint.agent.http': 'waits on endpoint.agent.tls',
  'endpoint.agent.websocket': 'waits on endpoint.agent.tls',
});
const renewed = {
  hostFile: '/etc/ssl/agent.pem',
  fingerprint256: 'bb',
  notAfter: iso(nowMs + 2000 * hourMs),
  writtenAt: iso(nowMs - 10 * hourMs),
};

const clocks: [name: string, given: Given, observer: readonly Result[], causes: string[]][] = [
  [
    'expired by a clock that is ahead, and by that alone',
    locally(ended(2)),
    [ahead(3)],
    ['P1 observer.clock-skew certain'],
  ],
  [
    'so it is likely where a single server says so',
    locally(ended(2)),
    [ahead(3, { likely: true })],
    ['P1 observer.clock-skew likely'],
  ],
  [
    'expired for longer than the clock is off',
    locally(ended(5)),
    [ahead(3)],
    ['P1 tls.expired certain', 'P1 observer.clock-skew certain'],
  ],
  [
    'on a host its own clock counts',
    {
      'endpoint.agent@gateway.tls': ended(2),
      'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.tls',
      'service.gateway-agent.connection': 'service.not-connected',
    },
    [ahead(3)],
    ['P1 tls.expired certain', 'P1 observer.clock-skew certain'],
  ],
  ['a clock that is off, and nothing that it breaks', {}, [ahead(3)], ['P1 observer.clock-skew certain']],
  [
    'renewed on the disk, and not loaded',
    {
      ...locally(ended(2)),
      'endpoint.agent@gateway.tls': ended(2),
      'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.tls',
      'proxy.nginx.route.agent': {
        facts: { certificates: [renewed], workersStartedAt: iso(nowMs - 20 * hourMs) },
      },
    },
    [],
    ['P0 proxy.not-reloaded certain'],
  ],
  [
    'loaded after it was renewed: what is served comes from elsewhere',
    {
      ...locally(ended(2)),
      'proxy.nginx.route.agent': {
        facts: { certificates: [renewed], workersStartedAt: iso(nowMs - 5 * hourMs) },
      },
    },
    [],
    ['P1 tls.expired certain'],
  ],
];

export const clockCases: readonly Case[] = clocks.map(([name, given, observer, causes]) => ({
  name,
  results: [...observer, ...rows(given)],
  topology,
  causes,
}));
