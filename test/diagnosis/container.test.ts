/** What is said when the service is in a container: exactly these causes, in this order. */
import { expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { row, rows, topology } from '../support/incidents.ts';

type Given = Parameters<typeof rows>[0];
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
const deaf = {
  code: 'websocket.timeout',
  facts: { listener: { queue: 1, limit: 64, unaccepted: 1 }, attempts: [{ failure: 'timeout' }] },
};

const named = { container: 'agent', engine: 'docker' };
const onBackend = {
  facts: { networks: ['backend'], container: { addresses: [{ address: '172.18.0.2' }], aliases: [] } },
};
const onFrontend = { facts: { container: { networks: ['frontend'] } } };
const routeTo = (host: string) => ({
  facts: { route: {}, target: { verdict: 'right', host, port: 8081, addresses: [] } },
});

const cases: [name: string, container: Row, given: Given, causes: string[]][] = [
  [
    'it ended',
    { code: 'container.stopped', observed: 'exited with code 3', values: named },
    { ...waiting, ...through('http.bad-gateway') },
    ['P0 container.stopped: the container agent does not run: exited with code 3'],
  ],
  [
    'it restarts, and a client gets through now and then',
    { code: 'container.restarting', observed: '7 restarts', values: named },
    { ...waiting, 'endpoint.agent.websocket': 'http.bad-gateway' },
    ['P1 container.restarting: the container agent restarts over and over: 7 restarts'],
  ],
  [
    'it is gone',
    { code: 'container.missing', values: { container: 'agent' } },
    { ...waiting, ...through('http.bad-gateway') },
    ['P0 container.missing: there is no container agent on backend'],
  ],
  [
    'it is paused',
    { code: 'container.paused', values: named },
    { ...waiting, ...through('http.gateway-timeout') },
    ['P0 container.paused: the container agent is paused'],
  ],
  [
    'it is unhealthy because it never accepts',
    { code: 'container.unhealthy', values: { ...named, failed: 9 } },
    { ...through('http.gateway-timeout'), 'service.agent-server.websocket.8081': deaf },
    ['P0 service.not-accepting: agent-server listens on port 8081 and never accepts a connection'],
  ],
  [
    'it is unhealthy, and says so itself',
    { code: 'container.unhealthy', values: { ...named, failed: 9 } },
    { ...through('http.unavailable'), 'service.agent-server.http.8081': 'http.unavailable' },
    ['P0 container.unhealthy: the container agent is unhealthy: 9 health checks failed'],
  ],
  [
    'its port is not published where the proxy is elsewhere',
    {
      code: 'container.port-not-published',
      observed: 'not published',
      values: { ...named, ports: ['8081'] },
    },
    through('http.bad-gateway'),
    [
      'P0 container.port-not-published: port 8081 of the container agent is needed from outside of backend, and not published',
    ],
  ],
  [
    'the engine could not be asked: the gateway’s answer keeps its own name',
    {
      code: 'container.engine-unavailable',
      observed: 'not allowed to ask Docker (its socket)',
      values: named,
    },
    { ...waiting, ...through('http.bad-gateway') },
    [
      'P0 http.bad-gateway: ',
      'P1 container.engine-unavailable: the container engine on backend could not be asked: not allowed to ask Docker (its socket)',
    ],
  ],
  [
    'no network has both containers',
    onBackend,
    { ...through('http.bad-gateway'), 'proxy.nginx.nginx': onFrontend },
    ['P0 container.no-shared-network: the containers of nginx and agent-server are on no common network'],
  ],
  [
    'no network has both, and the route leads to its address there',
    onBackend,
    {
      ...through('http.gateway-timeout'),
      'proxy.nginx.nginx': onFrontend,
      'proxy.nginx.route.agent': routeTo('172.18.0.2'),
    },
    ['P0 container.no-shared-network: the containers of nginx and agent-server are on no common network'],
  ],
  [
    'the proxy goes through the host, which needs no common network',
    onBackend,
    {
      ...through('http.bad-gateway'),
      'proxy.nginx.nginx': onFrontend,
      'proxy.nginx.route.agent': routeTo('192.0.2.10'),
    },
    ['P0 proxy.backend-unreachable: '],
  ],
  [
    'the proxy uses the host’s own network',
    onBackend,
    { ...through('http.bad-gateway'), 'proxy.nginx.nginx': { facts: { container: { networks: ['host'] } } } },
    ['P0 http.bad-gateway: '],
  ],
];

it.each(cases)('%s', (_, container, given, causes) => {
  const results = [...rows(given), row('service.agent-server.container', container)];
  const found = diagnose({ results, topology });
  const shown = found.map(({ priority, code, title }) => `${priority} ${code}: ${title}`);
  expect(shown).toHaveLength(causes.length);
  for (const [at, cause] of causes.entries()) expect(shown[at]).toContain(cause);
  const covered = found.flatMap(({ because, explains }) => [...because, ...explains]);
  expect(results.filter(({ findings, id }) => findings.length > 0 && !covered.includes(id))).toEqual([]);
});

it('is looked at by hand where it is: in its container, whose ports the engine listens on as well', () => {
  const { services, proxies } = topology;
  const inContainers = {
    ...topology,
    services: {
      ...services,
      'agent-server': { ...services['agent-server'], unit: null, container: 'agent' },
    },
    proxies: { nginx: { ...proxies.nginx, container: 'front' } },
  } as typeof topology;
  const results = [
    ...rows({
      'service.agent-server.websocket.8081': deaf,
      'proxy.nginx.process': 'process.missing',
      'proxy.nginx.netstat.443': 'netstat.not-listening',
    }),
    row('service.agent-server.container', { facts: { container: { engine: 'podman' } } }),
  ];
  const found = diagnose({ results, topology: inContainers });
  const [notAccepting, notRunning] = ['service.not-accepting', 'proxy.not-running'].map((code) =>
    found.find((cause) => cause.code === code),
  );
  expect(notAccepting?.verify[0]).toBe(
    "nsenter -t $(podman inspect -f '{{.State.Pid}}' agent) -n ss -tln sport = :8081  → Recv-Q 0 while clients connect (on backend)",
  );
  expect(notRunning?.fix.steps).toEqual([
    'Read why it ended: docker logs --tail 50 front',
    'Test the configuration (nginx -t), then start it: docker start front',
  ]);
});
