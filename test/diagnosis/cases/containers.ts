/** Of a service in a container, and of the networks that containers share. */
import { row, rows, topology } from '../../support/incidents.ts';
import type { Case, Given } from './case.ts';

type Row = Parameters<typeof row>[1];

const ownRows = [
  'service.agent-server.systemd',
  'service.agent-server.process',
  'service.agent-server.netstat.8080',
  'service.agent-server.netstat.8081',
  'service.agent-server.http.8080',
  'service.agent-server.http.8081',
  'service.agent-server.websocket.8081',
] as const;
const waiting = Object.fromEntries(
  ownRows.slice(1).map((id) => [id, 'waits on service.agent-server.container']),
) as Given;

const through = (code: string): Given => ({
  'endpoint.agent.websocket': code,
  'endpoint.agent@gateway.websocket': code,
  'service.gateway-agent.connection': 'service.not-connected',
});
export const deaf = {
  code: 'websocket.timeout',
  facts: { listener: { queue: 1, limit: 64, unaccepted: 1 }, attempts: [{ failure: 'timeout' }] },
};

const named = { container: 'agent', engine: 'docker' };
const onBackend = {
  facts: {
    networks: ['backend'],
    startedAt: '2026-09-05T10:00:00Z',
    container: {
      engine: 'docker',
      name: 'agent',
      addresses: [{ network: 'backend', address: '172.18.0.2' }],
      aliases: [{ network: 'backend', names: ['agent', 'agent-server'] }],
    },
  },
};
const onFrontend = { facts: { container: { networks: ['frontend'] } } };
const routeTo = (host: string) => ({
  facts: {
    route: { outcome: { kind: 'proxy' } },
    target: { verdict: 'right', host, port: 8081, addresses: [] },
  },
});

const rejects = (unknownName: string) => ({
  code: 'proxy.config-invalid',
  observed: `host not found in upstream "${unknownName}"`,
  facts: { ...onFrontend.facts, running: false, rejected: { unknownName } },
});
const closed: Given = {
  'endpoint.agent.port': 'port.refused',
  'endpoint.agent.tls': 'waits on endpoint.agent.port',
  'endpoint.agent.http': 'waits on endpoint.agent.port',
  'endpoint.agent.websocket': 'waits on endpoint.agent.port',
  'endpoint.agent@gateway.port': 'port.refused',
  'endpoint.agent@gateway.tls': 'waits on endpoint.agent@gateway.port',
  'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.port',
  'service.gateway-agent.connection': 'service.not-connected',
};

const lostProxy: Given = {
  ...closed,
  'proxy.nginx.process': 'process.missing',
  'proxy.nginx.netstat.443': 'netstat.not-listening',
  'proxy.nginx.route.agent': 'waits on proxy.nginx.nginx',
};
const server = topology.services['agent-server'];
const inContainer = {
  ...topology,
  services: { ...topology.services, ...(server && { 'agent-server': { ...server, container: 'agent' } }) },
};

const containers: [name: string, container: Row, given: Given, causes: string[]][] = [
  [
    'it ended',
    { code: 'container.stopped', observed: 'exited with code 3', values: named },
    { ...waiting, ...through('http.bad-gateway') },
    ['P0 container.stopped'],
  ],
  [
    'it restarts, and a client gets through now and then',
    { code: 'container.restarting', observed: '7 restarts', values: named },
    { ...waiting, 'endpoint.agent.websocket': 'http.bad-gateway' },
    ['P1 container.restarting'],
  ],
  [
    'it restarts, and its name is not known meanwhile',
    { code: 'container.restarting', observed: '7 restarts', values: named },
    { ...waiting, ...through('http.bad-gateway'), 'proxy.nginx.route.agent': 'proxy.backend-unreachable' },
    ['P0 container.restarting'],
  ],
  [
    'it is gone',
    { code: 'container.missing', values: { container: 'agent' } },
    { ...waiting, ...through('http.bad-gateway') },
    ['P0 container.missing'],
  ],
  [
    'it is paused',
    { code: 'container.paused', values: named },
    { ...waiting, ...through('http.gateway-timeout') },
    ['P0 container.paused'],
  ],
  [
    'it is unhealthy because it never accepts',
    { code: 'container.unhealthy', values: { ...named, failed: 9 } },
    { ...through('http.gateway-timeout'), 'service.agent-server.websocket.8081': deaf },
    ['P0 service.not-accepting'],
  ],
  [
    'it is unhealthy, and says so itself',
    { code: 'container.unhealthy', values: { ...named, failed: 9 } },
    { ...through('http.unavailable'), 'service.agent-server.http.8081': 'http.unavailable' },
    ['P0 container.unhealthy'],
  ],
  [
    'its port is not published where the proxy is elsewhere',
    {
      code: 'container.port-not-published',
      observed: 'not published',
      values: { ...named, ports: ['8081'] },
    },
    through('http.bad-gateway'),
    ['P0 container.port-not-published'],
  ],
  [
    'the port of the proxy’s container is not published: nobody gets there, and no firewall is why',
    onBackend,
    {
      ...closed,
      'proxy.nginx.netstat.443': {
        code: 'container.port-not-published',
        facts: {
          listeners: [{ address: '0.0.0.0', v6only: null, queue: 0, limit: 511 }],
          container: { hostNetwork: false, published: [] },
        },
        values: { container: 'nginx', ports: ['443'] },
      },
    },
    ['P0 container.port-not-published'],
  ],
  [
    'it is gone, and with it the name that nginx forwards to',
    { code: 'container.missing', values: { container: 'agent' } },
    { ...waiting, ...lostProxy, 'proxy.nginx.nginx': rejects('agent:8081') },
    ['P0 container.missing'],
  ],
  [
    'it is gone, and nginx does not know another name',
    { code: 'container.missing', values: { container: 'agent' } },
    { ...waiting, ...lostProxy, 'proxy.nginx.nginx': rejects('cache:6379') },
    ['P0 proxy.config-invalid', 'P0 container.missing'],
  ],
  [
    'the engine could not be asked: the gateway’s answer keeps its own name',
    {
      code: 'container.engine-unavailable',
      observed: 'not allowed to ask Docker (its socket)',
      values: named,
    },
    { ...waiting, ...through('http.bad-gateway') },
    ['P0 http.bad-gateway', 'P1 container.engine-unavailable'],
  ],
  [
    'no network has both containers',
    onBackend,
    {
      ...through('http.bad-gateway'),
      'proxy.nginx.nginx': onFrontend,
      'proxy.nginx.route.agent': routeTo('agent-server'),
    },
    ['P0 container.no-shared-network'],
  ],
  [
    'no network has both, and the route leads to its address there',
    onBackend,
    {
      ...through('http.gateway-timeout'),
      'proxy.nginx.nginx': onFrontend,
      'proxy.nginx.route.agent': routeTo('172.18.0.2'),
    },
    ['P0 container.no-shared-network'],
  ],
  [
    'nginx does not start: no network of its own has the name that it forwards to',
    onBackend,
    {
      ...closed,
      'proxy.nginx.process': 'process.missing',
      'proxy.nginx.netstat.443': 'netstat.not-listening',
      'proxy.nginx.nginx': rejects('agent-server:8081'),
      'proxy.nginx.route.agent': 'waits on proxy.nginx.nginx',
    },
    ['P0 container.no-shared-network'],
  ],
  [
    'a name that is nobody’s has nothing to do with networks',
    onBackend,
    {
      ...closed,
      'proxy.nginx.process': 'process.missing',
      'proxy.nginx.netstat.443': 'netstat.not-listening',
      'proxy.nginx.nginx': rejects('agnet-server:8081'),
      'proxy.nginx.route.agent': 'waits on proxy.nginx.nginx',
    },
    ['P0 proxy.config-invalid'],
  ],
  [
    'the proxy goes through the host, which needs no common network',
    onBackend,
    {
      ...through('http.bad-gateway'),
      'proxy.nginx.nginx': onFrontend,
      'proxy.nginx.route.agent': routeTo('192.0.2.10'),
    },
    ['P0 proxy.backend-unreachable'],
  ],
  [
    'the proxy uses the host’s own network',
    onBackend,
    { ...through('http.bad-gateway'), 'proxy.nginx.nginx': { facts: { container: { networks: ['host'] } } } },
    ['P0 http.bad-gateway'],
  ],
];

export const containerCases: readonly Case[] = containers.map(([name, container, given, causes]) => ({
  name,
  results: [...rows(given), row('service.agent-server.container', container)],
  topology: inContainer,
  causes,
}));
