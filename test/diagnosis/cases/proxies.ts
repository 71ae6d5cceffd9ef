/** Of the proxy in front: what it was told, what it does, and what the way to it is. */
import type { Result } from '../../../src/report/report.ts';
import { row, rows, topology } from '../../support/incidents.ts';
import type { Case, Given } from './case.ts';

const badGateway = {
  'endpoint.agent.websocket': 'http.bad-gateway',
  'endpoint.agent@gateway.websocket': 'http.bad-gateway',
  'service.gateway-agent.connection': 'service.not-connected',
} as const;

export const timeouts = {
  'endpoint.agent.websocket': 'websocket.timeout',
  'endpoint.agent@gateway.websocket': 'websocket.timeout',
  'service.gateway-agent.connection': 'service.not-connected',
} as const;

export const right = { verdict: 'right', host: 'agent-server', port: 8081, addresses: ['172.18.0.3'] };
export const route = { outcome: { kind: 'proxy' } };
const stale =
  'connect() failed (111) while connecting to upstream, upstream: "http://172.18.0.9:8081/ws/agent"';

const otherPort = stale.replace(':8081/', ':8080/');
const onLoopback = { verdict: 'right', host: '127.0.0.1', port: 8081, addresses: ['127.0.0.1'] };
const forwardsTo8082 = {
  code: 'proxy.wrong-port',
  observed: 'port 8082',
  expected: 'port 8081',
  facts: { route },
  values: { works: true, forwarded: 'port 8082', wanted: '8081', place: '/etc/nginx/nginx.conf:41' },
};

const scheme = (speaksTls: boolean | null) => ({
  code: 'proxy.wrong-scheme',
  facts: { route, target: { ...onLoopback, speaksTls } },
  values: { wanted: speaksTls === true ? 'https' : 'http' },
});
const closedOnHost = {
  'service.agent-server.http.8081': 'http.closed',
  'service.agent-server.websocket.8081': 'websocket.closed',
} as const;

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
const elsewhere = {
  code: 'port.timeout',
  facts: { attempts: [{ address: '198.51.100.9', family: 4, failure: 'timeout' }] },
};
const dropped = { ...noPort, 'endpoint.agent.port': timedOut, 'endpoint.agent@gateway.port': timedOut };

const shortTimeout = {
  code: 'proxy.short-timeout',
  observed: '60 s',
  expected: '70 s',
  facts: { route: { outcome: { kind: 'proxy', readTimeout: { ms: 60_000 } } } },
};
const cutAfter = (heldMs: number) => ({
  code: 'websocket.idle-dropped',
  values: { heldMs, idleMs: 70_000, by: 'ended' },
});

const proxies: [name: string, given: Given, causes: string[], more?: readonly Result[]][] = [
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
    ['P0 proxy.wrong-port certain'],
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
    ['P0 proxy.not-running certain'],
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
    ['P0 proxy.not-running certain'],
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
    ['P0 proxy.config-invalid certain'],
  ],
  [
    'right place, sound service, and still 502: it is not reached',
    { ...badGateway, 'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [] } } },
    ['P0 proxy.backend-unreachable certain'],
  ],
  [
    'files that were mended and not loaded are why the right place is not reached',
    {
      ...badGateway,
      'proxy.nginx.nginx': 'proxy.not-reloaded',
      'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [] } },
    },
    ['P0 proxy.not-reloaded certain'],
  ],
  [
    'the error log names an address that the name does not have any more',
    { ...badGateway, 'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [stale] } } },
    ['P0 proxy.stale-address certain'],
  ],
  [
    'so it may where nobody answers there any more, and nginx still waits',
    { ...timeouts, 'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [stale] } } },
    ['P0 proxy.stale-address certain'],
  ],
  [
    'silence by itself has no such reason',
    { ...timeouts, 'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [] } } },
    ['P0 websocket.timeout certain'],
  ],
  [
    'what was not loaded yet, where the error log shows that nginx uses another port',
    {
      ...badGateway,
      'proxy.nginx.nginx': 'proxy.not-reloaded',
      'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [otherPort] } },
    },
    ['P0 proxy.not-reloaded certain'],
  ],
  [
    'a change that has nothing to do with it: nginx goes where the files say, and the address is an old one',
    {
      ...badGateway,
      'proxy.nginx.nginx': 'proxy.not-reloaded',
      'proxy.nginx.route.agent': { facts: { route, target: right, errorLog: [stale] } },
    },
    ['P0 proxy.stale-address certain', 'P2 proxy.not-reloaded certain'],
  ],
  [
    'it listens on the loopback of the other family',
    {
      ...badGateway,
      'service.agent-server.netstat.8081': { facts: { ...listeningAt('::1').facts, container: null } },
      'proxy.nginx.nginx': { facts: { container: null } },
      'proxy.nginx.route.agent': { facts: { route, container: null, target: onLoopback, errorLog: [] } },
    },
    ['P0 proxy.backend-unreachable certain'],
  ],
  [
    'the declaration is out of date, and the endpoint works',
    { 'proxy.nginx.route.agent': { ...forwardsTo8082, status: 'warn' } },
    ['P2 proxy.wrong-port certain'],
  ],
  [
    'one of several servers is another, and the others take what comes',
    {
      'proxy.nginx.route.agent': {
        ...forwardsTo8082,
        status: 'warn',
        values: { ...forwardsTo8082.values, works: false, partly: true },
      },
    },
    ['P1 proxy.wrong-port certain'],
  ],
  [
    'what is on the disk would break what works at the next reload',
    {
      'proxy.nginx.nginx': 'proxy.not-reloaded',
      'proxy.nginx.route.agent': { ...forwardsTo8082, status: 'warn' },
    },
    ['P2 proxy.not-reloaded likely'],
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
    ['P0 netstat.not-listening certain'],
  ],
  [
    'the service speaks TLS: our own plain look at its port got no answer either',
    { ...badGateway, ...closedOnHost, 'proxy.nginx.route.agent': scheme(true) },
    ['P0 proxy.wrong-scheme certain'],
  ],
  [
    'the proxy speaks TLS to a plain service, which is none of why that closes what it is asked',
    { ...badGateway, ...closedOnHost, 'proxy.nginx.route.agent': scheme(false) },
    ['P0 http.closed certain', 'P0 proxy.wrong-scheme certain'],
  ],
  [
    'no server block has the name, and the default server rejects its handshakes',
    {
      'proxy.nginx.route.agent': { code: 'proxy.no-route', values: { about: 'name' } },
      'endpoint.agent.tls': 'tls.handshake-failed',
      'endpoint.agent.http': 'waits on endpoint.agent.tls',
      'endpoint.agent.websocket': 'waits on endpoint.agent.tls',
    },
    ['P1 proxy.no-route certain'],
  ],
  [
    'it listens outside with room in its queue, and nobody gets through: a firewall',
    { ...dropped, 'proxy.nginx.netstat.443': listeningAt('0.0.0.0') },
    ['P0 firewall.blocked certain'],
  ],
  [
    'a name that leads elsewhere says nothing about a firewall',
    {
      ...noPort,
      'endpoint.agent.port': elsewhere,
      'endpoint.agent@gateway.port': elsewhere,
      'endpoint.agent.dns': 'dns.wrong-address',
      'endpoint.agent@gateway.dns': 'dns.wrong-address',
      'proxy.nginx.netstat.443': listeningAt('0.0.0.0'),
    },
    ['P0 dns.wrong-address certain'],
  ],
  [
    'a listener for IPv6 alone does not take what was dialled',
    { ...dropped, 'proxy.nginx.netstat.443': listeningAt('::', true) },
    ['P0 port.timeout certain'],
  ],
  [
    'nor does one at another address of the host',
    { ...dropped, 'proxy.nginx.netstat.443': listeningAt('10.0.0.5') },
    ['P0 port.timeout certain'],
  ],
  [
    'an idle connection is cut after just the time that the proxy waits',
    { 'proxy.nginx.route.agent': shortTimeout },
    ['P1 proxy.short-timeout certain'],
    [row('endpoint.agent.idle', cutAfter(60_400))],
  ],
  [
    'an idle connection is cut long before the proxy would',
    { 'proxy.nginx.route.agent': shortTimeout },
    ['P1 websocket.idle-dropped certain', 'P2 proxy.short-timeout certain'],
    [row('endpoint.agent.idle', cutAfter(30_000))],
  ],
  [
    'a short time-out is a warning beside a sound path',
    { 'proxy.nginx.route.agent': { code: 'proxy.short-timeout', observed: '60s' } },
    ['P2 proxy.short-timeout certain'],
  ],
];

export const proxyCases: readonly Case[] = proxies.map(([name, given, causes, more = []]) => ({
  name,
  results: [...rows(given), ...more],
  topology,
  causes,
}));
