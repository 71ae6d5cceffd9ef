import { expect, it } from 'vitest';
import { paths } from '../../src/report/path.ts';
import type { Result, Topology } from '../../src/report/report.ts';
import { report, row } from '../support/reports.ts';

type Endpoint = Topology['endpoints'][string];

const endpoint: Endpoint = {
  url: 'wss://a.example.com/ws',
  host: 'a.example.com',
  port: 443,
  resolvesTo: [],
  via: 'nginx',
  to: { service: 'agent', port: 8081 },
  lastRow: 'websocket',
};

const signs = { pass: '✔', warn: '⚠', fail: '✘', error: '?', skip: '─' } as const;

function drawn(results: readonly Result[], change: Partial<Endpoint> = {}): string[] {
  const endpoints = { a: { ...endpoint, ...change } };
  const made = report({
    results: [...results],
    topology: { file: null, hosts: {}, endpoints, services: {}, proxies: {} },
  });
  return paths(made, 'a').map(({ from, parts }) =>
    [from, ...parts.map(({ name, status }) => `─${signs[status]} ${name}`)].join(' '),
  );
}

/** Rows `endpoint.a.<kind>`, or from a host: `dns:pass`, `websocket:fail:502`. */
function rows(text: string, from = ''): Result[] {
  return text.split(' ').map((entry) => {
    const [kind, status, answer] = entry.split(':') as [string, Result['status'], string?];
    const attempts = [{ status: answer === undefined ? null : Number(answer) }];
    return row(`endpoint.a${from}.${kind}`, kind, '', { status, facts: { attempts } });
  });
}

it.each<[string, string, string, Partial<Endpoint>?]>([
  [
    'all is well',
    'dns:pass port:pass tls:pass http:pass websocket:pass:101',
    '─✔ dns ─✔ 443 ─✔ tls ─✔ nginx ─✔ agent:8081',
  ],
  [
    'an answer of the proxy, and none of the service',
    'dns:pass port:pass tls:pass websocket:fail:502',
    '─✔ dns ─✔ 443 ─✔ tls ─✔ nginx ─✘ agent:8081',
  ],
  [
    'no answer at all: whose silence it is is unknown',
    'dns:pass port:pass tls:pass websocket:fail',
    '─✔ dns ─✔ 443 ─✔ tls ─? nginx ─✘ agent:8081',
  ],
  [
    'a dead name',
    'dns:fail port:skip tls:skip http:skip websocket:skip',
    '─✘ dns ── 443 ── tls ── nginx ── agent:8081',
  ],
  [
    'a look that could not be taken',
    'dns:error port:skip tls:skip websocket:skip',
    '─? dns ── 443 ── tls ── nginx ── agent:8081',
  ],
  [
    'rows that were not asked for, and were passed',
    'websocket:fail:404',
    '─✔ dns ─✔ 443 ─✔ tls ─✔ nginx ─✘ agent:8081',
  ],
  [
    'rows that were not asked for, of which nothing is known',
    'port:fail',
    '── dns ─✘ 443 ── tls ── nginx ── agent:8081',
  ],
  ['a port alone', 'port:pass', '─✔ dns ─✔ 443 ── tls ── nginx ── agent:8081'],
  [
    'silence that was borne, and nothing else asked for',
    'idle:pass:101',
    '─✔ dns ─✔ 443 ─✔ tls ─✔ nginx ─✔ agent:8081',
  ],
  [
    'silence that was not borne, and nothing else asked for',
    'idle:fail:101',
    '─✔ dns ─✔ 443 ─✔ tls ─✔ nginx ─✘ agent:8081',
  ],
  [
    'no proxy',
    'dns:pass port:pass tls:warn websocket:pass',
    '─✔ dns ─✔ 443 ─⚠ tls ─✔ agent:8081',
    { via: null },
  ],
  [
    'a proxy, and no service',
    'dns:pass port:pass tls:pass websocket:fail:404',
    '─✔ dns ─✔ 443 ─✔ tls ─✔ nginx ─✘ websocket',
    { to: null },
  ],
  [
    'https alone',
    'dns:pass port:pass tls:pass http:fail:500',
    '─✔ dns ─✔ 443 ─✔ tls ─✘ http',
    { url: 'https://a.example.com/', via: null, to: null, lastRow: 'http' },
  ],
  [
    'tcp to an address',
    'port:pass',
    '─✔ 5432',
    { url: 'tcp://192.0.2.7:5432', host: '192.0.2.7', port: 5432, via: null, to: null, lastRow: 'port' },
  ],
])('%s', (_, given, expected, change) => {
  expect(drawn(rows(given), change)).toEqual([`laptop ${expected}`]);
});

it('draws another vantage only where it sees something else', () => {
  const here = rows('dns:pass port:pass tls:pass websocket:pass:101');
  const same = rows('dns:pass port:pass tls:pass websocket:pass:101', '@one');
  const other = rows('dns:pass port:fail tls:skip websocket:skip', '@two');
  const unseen = rows('dns:skip port:skip tls:skip websocket:skip', '@three');
  expect(drawn([...same, ...here, ...other, ...unseen])).toEqual([
    'laptop ─✔ dns ─✔ 443 ─✔ tls ─✔ nginx ─✔ agent:8081',
    'two ─✔ dns ─✘ 443 ── tls ── nginx ── agent:8081',
  ]);
});
