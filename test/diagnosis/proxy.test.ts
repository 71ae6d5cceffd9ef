/** What is said of a proxy, besides which cause it is. */
import { expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { row, rows, topology } from '../support/incidents.ts';
import { allCases } from './cases/all.ts';
import { right, route, timeouts } from './cases/proxies.ts';

it.each([
  ['2026-09-05T10:00:05Z', ['proxy.stale-address likely']],
  ['2026-09-05T09:59:55Z', ['websocket.timeout certain']],
])('where nginx started at 10:00 and waits, one suspects a container made at %s', (startedAt, causes) => {
  const facts = { route, target: right, errorLog: [], workersStartedAt: '2026-09-05T10:00:00Z' };
  const results = [
    ...rows({ ...timeouts, 'proxy.nginx.route.agent': { facts } }),
    row('service.agent-server.container', { facts: { startedAt } }),
  ];
  const found = diagnose({ results, topology });
  expect(found.map(({ code, confidence }) => `${code} ${confidence}`)).toEqual(causes);
});

it('what keeps a WebSocket from opening keeps it from staying open, whatever was answered', () => {
  const results = rows({
    'endpoint.agent.websocket': 'websocket.not-found',
    'endpoint.agent@gateway.websocket': 'websocket.not-found',
    'proxy.nginx.route.agent': { code: 'proxy.wrong-port', facts: { route } },
    'service.agent-server.process': 'process.stuck',
  });
  const [first, second] = diagnose({
    results: [...results, row('endpoint.agent.idle', 'websocket.not-found')],
    topology,
  });
  for (const cause of [first, second]) expect(cause?.explains).toContain('endpoint.agent.idle');
});

it('a route of one endpoint is not the cause of another', () => {
  const other = {
    ...topology.endpoints.agent,
    url: 'https://other.example.com/',
    host: 'other.example.com',
    to: null,
  };
  const endpoints = {
    ...topology.endpoints,
    other: { ...other, lastRow: 'http' },
  } as typeof topology.endpoints;
  const results = rows({
    'endpoint.agent.websocket': 'websocket.not-found',
    'endpoint.agent@gateway.websocket': 'websocket.not-found',
    'proxy.nginx.route.agent': { code: 'proxy.wrong-port', facts: { route } },
  });
  const [first] = rows({ 'endpoint.agent.http': 'http.status' }).filter(({ kind }) => kind === 'http');
  const broken = {
    ...first,
    id: 'endpoint.other.http',
    subject: 'endpoint.other',
  } as (typeof results)[number];
  const causes = diagnose({ results: [...results, broken], topology: { ...topology, endpoints } });
  expect(causes.map(({ code, explains }) => `${code} ${explains.includes('endpoint.other.http')}`)).toEqual([
    'proxy.wrong-port false',
    'http.status false',
  ]);
});

it.each([
  [
    'it listens on the loopback of the other family',
    /127\.0\.0\.1:8081; agent-server listens on \[::1\]:8081 alone/,
  ],
  [
    'what is on the disk would break what works at the next reload',
    /those on the disk would break agent\.example\.com/,
  ],
  ['the declaration is out of date, and the endpoint works', /out of date: it works through port 8082/],
  ['nginx does not start: no network of its own has the name that it forwards to', /no common network/],
])('of "%s" it says just that', (name, title) => {
  const [first] = diagnose(allCases.find((one) => one.name === name) ?? { results: [], topology });
  expect(first?.title).toMatch(title);
});

it.each([
  ['nginx answers it by itself', { status: 200, place: '/etc/nginx/nginx.conf:12' }, 1],
  ['somebody behind it does', null, 0],
])('of a health page that passes while the service is dead: %s', (_, ownHealth, lines) => {
  const results = rows({
    'endpoint.agent.websocket': 'http.bad-gateway',
    'endpoint.agent@gateway.websocket': 'http.bad-gateway',
    'proxy.nginx.route.agent': { facts: { route, ownHealth } },
    'service.agent-server.systemd': 'systemd.inactive',
    'service.agent-server.process': 'process.missing',
    'service.gateway-agent.connection': 'service.not-connected',
  });
  const [cause, ...others] = diagnose({ results, topology });
  expect([cause?.code, others]).toEqual(['systemd.inactive', []]);
  const said = cause?.evidence.filter((line) => line.includes('by itself (/etc/nginx/nginx.conf:12)'));
  expect(said).toHaveLength(lines);
});

const down = {
  'endpoint.agent.port': 'port.refused',
  'endpoint.agent@gateway.port': 'port.refused',
  'proxy.nginx.netstat.443': 'netstat.not-listening',
} as const;
const unit = { active: 'inactive', sub: 'dead', result: 'success', journal: [] };
const fixOf = (given: Parameters<typeof rows>[0]) => diagnose({ results: rows(given), topology })[0]?.fix;

it.each([
  ['masked', true],
  ['loaded', false],
])('a unit that is %s has to be unmasked before it starts: %s', (load, isTyped) => {
  const process = { code: 'process.missing', facts: { unit: { ...unit, load } } };
  const fix = fixOf({ ...down, 'proxy.nginx.process': process });
  expect(fix?.commands.some((line) => line.startsWith('systemctl unmask'))).toBe(isTyped);
});

it('nobody is told to type a reload of what runs on with its former configuration', () => {
  const values = { running: true, place: '/etc/nginx/nginx.conf:4', message: 'unknown directive' };
  const fix = fixOf({ 'proxy.nginx.nginx': { code: 'proxy.config-invalid', values } });
  expect(fix?.commands).toContain('nginx -t');
  expect(fix?.commands.join()).not.toContain('reload');
});

it.each([
  [{}, 'add a location'],
  [{ about: 'name' }, 'have a server block for agent.example.com'],
  [{ taken: 'nothing' }, 'have nginx listen'],
  [{ taken: 'expression' }, 'taken before the regular expression'],
])('a request that nobody takes is mended where it is lost: %j', (values, words) => {
  expect(fixOf({ 'proxy.nginx.route.agent': { code: 'proxy.no-route', values } })?.summary).toContain(words);
});
