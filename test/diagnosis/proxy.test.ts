/** What is said when the proxy's own rows are there: exactly these causes, in this order. */
import { expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { row, rows, topology } from '../support/incidents.ts';

const badGateway = {
  'endpoint.agent.websocket': 'http.bad-gateway',
  'endpoint.agent@gateway.websocket': 'http.bad-gateway',
  'service.gateway-agent.connection': 'service.not-connected',
} as const;

const timeouts = {
  'endpoint.agent.websocket': 'websocket.timeout',
  'endpoint.agent@gateway.websocket': 'websocket.timeout',
  'service.gateway-agent.connection': 'service.not-connected',
} as const;

const right = { verdict: 'right', host: 'agent-server', port: 8081, addresses: ['172.18.0.3'] };
const route = { outcome: { kind: 'proxy' } };
const stale =
  'connect() failed (111) while connecting to upstream, upstream: "http://172.18.0.9:8081/ws/agent"';

const noPort = {
  'endpoint.agent.port': 'port.timeout',
  'endpoint.agent.tls': 'waits on endpoint.agent.port',
  'endpoint.agent.http': 'waits on endpoint.agent.port',
  'endpoint.agent.websocket': 'waits on endpoint.agent.port',
  'endpoint.agent@gateway.port': 'port.timeout',
  'endpoint.agent@gateway.tls': 'waits on endpoint.agent@gateway.port',
  'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.port',
  'service.gateway-agent.connection': 'service.not-connected',
} as const;
const listeningAt = (address: string, v6only: boolean | null = null) => ({
  facts: { listeners: [{ address, v6only, queue: 0, limit: 511 }] },
});
const timedOut = {
  code: 'port.timeout',
  facts: { attempts: [{ address: '192.0.2.10', family: 4, failure: 'timeout' }] },
};
const dropped = { ...noPort, 'endpoint.agent.port': timedOut, 'endpoint.agent@gateway.port': timedOut };

const cases: [name: string, given: Parameters<typeof rows>[0], causes: string[]][] = [
  [
    'the route that was read says where requests go',
    {
      'endpoint.agent.websocket': 'websocket.not-found',
      'endpoint.agent@gateway.websocket': 'websocket.not-found',
      'proxy.nginx.route.agent': {
        code: 'proxy.wrong-port',
        facts: { route },
        values: {
          forwarded: 'port 8080',
          wanted: '8081',
          address: 'agent.example.com',
          service: 'agent-server',
        },
      },
      'service.gateway-agent.connection': 'service.not-connected',
    },
    [
      'P0 proxy.wrong-port certain: nginx forwards agent.example.com to port 8080; agent-server serves it on 8081',
    ],
  ],
  [
    'it does not run: nothing else is said of what is in front',
    {
      ...noPort,
      'endpoint.agent.port': 'port.refused',
      'endpoint.agent@gateway.port': 'port.refused',
      'proxy.nginx.process': {
        code: 'process.missing',
        facts: {
          unit: { active: 'failed', sub: 'failed', result: 'exit-code', journal: ['[emerg] bind() failed'] },
        },
      },
      'proxy.nginx.netstat.443': 'netstat.not-listening',
      'proxy.nginx.nginx': 'waits on host.backend.ssh',
      'proxy.nginx.route.agent': 'waits on host.backend.ssh',
    },
    ['P0 proxy.not-running certain: nginx does not run on backend'],
  ],
  [
    'another nginx of that host does not hide that this one does not run',
    {
      ...noPort,
      'endpoint.agent.port': 'port.refused',
      'endpoint.agent@gateway.port': 'port.refused',
      'proxy.nginx.netstat.443': { code: 'netstat.not-listening', facts: { processPorts: [18555] } },
      'proxy.nginx.nginx': { facts: { running: false, others: 1 } },
    },
    ['P0 proxy.not-running certain: nginx does not run on backend'],
  ],
  [
    'a configuration that nginx rejects explains that it does not run',
    {
      ...noPort,
      'endpoint.agent.port': 'port.refused',
      'endpoint.agent@gateway.port': 'port.refused',
      'proxy.nginx.process': 'process.missing',
      'proxy.nginx.netstat.443': 'netstat.not-listening',
      'proxy.nginx.nginx': {
        code: 'proxy.config-invalid',
        observed: 'unknown directive "prox_pass" in /etc/nginx/nginx.conf:41',
      },
      'proxy.nginx.route.agent': 'waits on proxy.nginx.nginx',
    },
    [
      'P0 proxy.config-invalid certain: nginx rejects its configuration: unknown directive "prox_pass" in /etc/nginx/nginx.conf:41',
    ],
  ],
  [
    'right place, sound service, and still 502: it is not reached',
    { ...badGateway, 'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [] } } },
    [
      'P0 proxy.backend-unreachable certain: nginx forwards to the right place and does not reach it: http.bad-gateway',
    ],
  ],
  [
    'files that were mended and not loaded are why the right place is not reached',
    {
      ...badGateway,
      'proxy.nginx.nginx': 'proxy.not-reloaded',
      'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [] } },
    },
    [expect.stringMatching(/^P0 proxy\.not-reloaded certain: /) as unknown as string],
  ],
  [
    'the error log names an address that the name does not have any more',
    { ...badGateway, 'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [stale] } } },
    [
      'P0 proxy.stale-address certain: nginx still uses an address that agent-server:8081 had when it started',
    ],
  ],
  [
    'so it may where nobody answers there any more, and nginx still waits',
    { ...timeouts, 'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [stale] } } },
    [
      'P0 proxy.stale-address certain: nginx still uses an address that agent-server:8081 had when it started',
    ],
  ],
  [
    'silence by itself has no such reason',
    { ...timeouts, 'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [] } } },
    ['P0 websocket.timeout certain: endpoint.agent.websocket gives no answer to the upgrade'],
  ],
  [
    'a service that is down explains the 502, whatever the proxy does',
    {
      ...badGateway,
      'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [] } },
      'service.agent-server.netstat.8081': 'netstat.not-listening',
      'service.agent-server.http.8081': 'waits on service.agent-server.netstat.8081',
      'service.agent-server.websocket.8081': 'waits on service.agent-server.netstat.8081',
    },
    ['P0 netstat.not-listening certain: agent-server does not listen on port 8081'],
  ],
  [
    'it listens outside with room in its queue, and nobody gets through: a firewall',
    { ...dropped, 'proxy.nginx.netstat.443': listeningAt('0.0.0.0') },
    [
      'P0 firewall.blocked certain: port 443 of backend is blocked on the way: it listens there, and nobody gets through from outside',
    ],
  ],
  [
    'a name that leads elsewhere says nothing about a firewall',
    {
      ...dropped,
      'endpoint.agent.dns': 'dns.wrong-address',
      'endpoint.agent@gateway.dns': 'dns.wrong-address',
      'proxy.nginx.netstat.443': listeningAt('0.0.0.0'),
    },
    ['P0 dns.wrong-address certain: agent.example.com resolves to another address, not to the declared one'],
  ],
  [
    'a listener for IPv6 alone does not take what was dialled',
    { ...dropped, 'proxy.nginx.netstat.443': listeningAt('::', true) },
    ['P0 port.timeout certain: agent.example.com port 443 does not answer'],
  ],
  [
    'nor does one at another address of the host',
    { ...dropped, 'proxy.nginx.netstat.443': listeningAt('10.0.0.5') },
    ['P0 port.timeout certain: agent.example.com port 443 does not answer'],
  ],
  [
    'a short time-out is a warning beside a sound path',
    { 'proxy.nginx.route.agent': { code: 'proxy.short-timeout', observed: '60s' } },
    ['P2 proxy.short-timeout certain: nginx cuts a silent connection after 60s'],
  ],
];

it.each(cases)('%s', (_, given, causes) => {
  const results = rows(given);
  const found = diagnose({ results, topology });
  expect(
    found.map(({ priority, code, confidence, title }) => `${priority} ${code} ${confidence}: ${title}`),
  ).toEqual(causes);
  const covered = found.flatMap(({ because, explains }) => [...because, ...explains]);
  expect(results.filter(({ findings, id }) => findings.length > 0 && !covered.includes(id))).toEqual([]);
});

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
