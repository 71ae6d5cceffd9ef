/** The whole path, from the client on the gateway to the server's process, fault by fault, with real parts. */
import { existsSync } from 'node:fs';
import { kill } from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Duty } from './agents.ts';
import { causesOf } from './doctor.ts';
import { port } from './ports.ts';
import {
  endpointSection,
  hostSection,
  rowsSeen,
  rowsWithClient,
  rowsWithServer,
  serverSection,
  withClient,
  withServer,
} from './topology.ts';
import { lacks, openWorld, type SiteName, type World } from './world.ts';

interface Scenario {
  readonly fault: string;
  readonly start: (world: World) => Promise<unknown>;
  readonly sections?: (world: World) => readonly string[];
  readonly args?: readonly string[];
  /** What is not `pass`. */
  readonly rows: Readonly<Record<string, string>>;
  /** Default: the rows with a server alone. */
  readonly goodDay?: Readonly<Record<string, string>>;
  readonly code: number;
  readonly causes: readonly string[];
}

/** Both servers of the backend in one process. */
const server = (world: World, websocket: Duty = 'websocket', health: Duty = 'health') =>
  world.during(world.programs.runBackend({ [world.health]: health, [world.websocket]: websocket }));

const connected = (world: World, site: SiteName = 'good') =>
  world.during(
    world.programs.runGateway({ url: `wss://localhost:${world.sites[site]}/ws/agent`, ca: world.ca }),
  );

const unconnected = (world: World) => world.during(world.programs.runGateway());

/** What waits when the server's process is gone and its ports with it. */
const serverIsGone = {
  'service.agent-server.process': 'fail process.missing',
  'service.agent-server.netstat.8080': 'fail netstat.not-listening',
  'service.agent-server.netstat.8081': 'fail netstat.not-listening',
  'service.agent-server.http.8080': 'skip service.agent-server.netstat.8080',
  'service.agent-server.http.8081': 'skip service.agent-server.netstat.8081',
  'service.agent-server.websocket.8081': 'skip service.agent-server.netstat.8081',
};

/** So that nginx says 504 first. */
const longerThanNginx = ['--timeout', '4s'];

const badGateways = {
  'endpoint.agent.http': 'fail http.bad-gateway',
  'endpoint.agent.websocket': 'fail http.bad-gateway',
};

const systemdRunsHere = existsSync('/run/systemd/system');

const scenarios: readonly Scenario[] = [
  { fault: 'none', start: server, rows: {}, code: 0, causes: [] },
  {
    fault: 'none, one look after another',
    start: server,
    args: ['--concurrency', '1'],
    rows: {},
    code: 0,
    causes: [],
  },
  {
    fault: 'none, with the client connected',
    start: async (world) => {
      await server(world);
      await connected(world);
    },
    sections: withClient,
    goodDay: rowsWithClient,
    rows: {},
    code: 0,
    causes: [],
  },
  {
    fault: 'the server does not run: 502',
    start: async () => {},
    rows: { ...badGateways, ...serverIsGone },
    code: 1,
    causes: ['P0 process.missing service.agent-server'],
  },
  {
    fault: 'the server does not run, and the client is not connected for it',
    start: unconnected,
    sections: withClient,
    goodDay: rowsWithClient,
    rows: {
      ...badGateways,
      'endpoint.agent@gateway.websocket': 'fail http.bad-gateway',
      ...serverIsGone,
      'service.gateway-agent.connection': 'fail service.not-connected',
    },
    code: 1,
    causes: ['P0 process.missing service.agent-server'],
  },
  {
    fault: 'the server does not run, and there is no way in to see it',
    start: async () => {},
    sections: (world) => [
      '[hosts.backend]\naddress = "127.0.0.1"',
      endpointSection(world, 'good', 'agent.example.com'),
      serverSection(world),
    ],
    goodDay: Object.fromEntries(
      Object.entries(rowsWithServer)
        .filter(([id]) => !id.startsWith('host.'))
        .map(([id, status]) => [id, /^(?:service|proxy)\./.test(id) ? 'skip' : status]),
    ),
    rows: badGateways,
    code: 1,
    causes: ['P0 http.bad-gateway endpoint.agent'],
  },
  {
    fault: 'the server never opened its WebSocket port',
    start: (world) => world.during(world.programs.runBackend({ [world.health]: 'health' })),
    rows: {
      'endpoint.agent.websocket': 'fail http.bad-gateway',
      'service.agent-server.netstat.8081': 'fail netstat.not-listening',
      'service.agent-server.http.8081': 'skip service.agent-server.netstat.8081',
      'service.agent-server.websocket.8081': 'skip service.agent-server.netstat.8081',
    },
    code: 1,
    causes: ['P0 netstat.not-listening service.agent-server'],
  },
  {
    fault: 'the server listens on another port than declared',
    start: async (world) =>
      world.during(world.programs.runBackend({ [world.health]: 'health', [await port()]: 'websocket' })),
    rows: {
      'endpoint.agent.websocket': 'fail http.bad-gateway',
      'service.agent-server.netstat.8081': 'fail netstat.not-listening',
      'service.agent-server.http.8081': 'skip service.agent-server.netstat.8081',
      'service.agent-server.websocket.8081': 'skip service.agent-server.netstat.8081',
    },
    code: 1,
    causes: ['P0 service.wrong-port service.agent-server'],
  },
  {
    fault: 'the server is stopped (SIGSTOP)',
    start: async (world) => kill((await server(world)).pid, 'SIGSTOP'),
    args: longerThanNginx,
    rows: {
      'endpoint.agent.http': 'fail http.gateway-timeout',
      'endpoint.agent.websocket': 'fail http.gateway-timeout',
      'service.agent-server.process': 'fail process.stuck',
      'service.agent-server.http.8080': 'fail http.timeout',
      'service.agent-server.http.8081': 'fail http.timeout',
      'service.agent-server.websocket.8081': 'fail websocket.timeout',
    },
    code: 1,
    causes: ['P0 process.stuck service.agent-server'],
  },
  {
    fault: 'the server has ended, and nobody noticed (a zombie)',
    start: (world) => world.during(world.programs.runZombie()),
    rows: { ...badGateways, ...serverIsGone, 'service.agent-server.process': 'fail process.stuck' },
    code: 1,
    causes: ['P0 process.stuck service.agent-server'],
  },
  {
    fault: 'the WebSocket port is bound, and nobody accepts',
    start: async (world) => {
      await world.during(world.programs.runBackend({ [world.health]: 'health' }));
      await world.during(world.programs.runBackend({ [world.websocket]: 'never accepts' }));
    },
    args: longerThanNginx,
    rows: {
      'endpoint.agent.websocket': 'fail http.gateway-timeout',
      'service.agent-server.http.8081': 'fail http.timeout',
      'service.agent-server.websocket.8081': 'fail websocket.timeout',
    },
    code: 1,
    causes: ['P0 service.not-accepting service.agent-server'],
  },
  {
    fault: 'the WebSocket port accepts, and says nothing',
    start: (world) => server(world, 'silent'),
    args: longerThanNginx,
    rows: {
      'endpoint.agent.websocket': 'fail http.gateway-timeout',
      'service.agent-server.http.8081': 'fail http.timeout',
      'service.agent-server.websocket.8081': 'fail websocket.timeout',
    },
    code: 1,
    causes: ['P0 service.not-responding service.agent-server'],
  },
  {
    fault: 'nginx sends the upgrade to the health port: 404',
    start: server,
    sections: (world) => withServer(world, 'toHealth'),
    rows: {
      'endpoint.agent.websocket': 'fail websocket.not-found',
      'proxy.nginx.route.agent': 'fail proxy.wrong-port',
    },
    code: 1,
    causes: ['P0 proxy.wrong-port proxy.nginx'],
  },
  {
    fault: 'another program has the WebSocket port',
    start: async (world) => {
      await world.during(world.programs.runBackend({ [world.health]: 'health' }));
      await world.during(world.programs.runBackend({ [world.websocket]: 'health' }, world.programs.other));
    },
    rows: {
      'endpoint.agent.websocket': 'fail websocket.not-found',
      'service.agent-server.netstat.8081': 'fail netstat.wrong-process',
      'service.agent-server.websocket.8081': 'fail websocket.not-found',
    },
    code: 1,
    causes: ['P0 netstat.wrong-process service.agent-server'],
  },
  {
    fault: 'the client does not run',
    start: server,
    sections: withClient,
    goodDay: rowsWithClient,
    rows: {
      'service.gateway-agent.process': 'fail process.missing',
      'service.gateway-agent.connection': 'skip service.gateway-agent.process',
    },
    code: 1,
    causes: ['P0 process.missing service.gateway-agent'],
  },
  {
    fault: 'the client runs, and is not connected',
    start: async (world) => {
      await server(world);
      await unconnected(world);
    },
    sections: withClient,
    goodDay: rowsWithClient,
    rows: { 'service.gateway-agent.connection': 'fail service.not-connected' },
    code: 1,
    causes: ['P1 service.not-connected service.gateway-agent'],
  },
  {
    fault: 'two at once: the certificate has expired, and the server does not run',
    start: async () => {},
    sections: (world) => withServer(world, 'expired'),
    rows: {
      'endpoint.agent.tls': 'fail tls.expired',
      'endpoint.agent.http': 'skip endpoint.agent.tls',
      'endpoint.agent.websocket': 'skip endpoint.agent.tls',
      ...serverIsGone,
    },
    code: 1,
    causes: ['P0 process.missing service.agent-server', 'P0 tls.expired endpoint.agent'],
  },
  {
    fault: 'two at once: the wrong port behind nginx, and no client',
    start: server,
    sections: (world) => withClient(world, 'toHealth'),
    goodDay: rowsWithClient,
    rows: {
      'endpoint.agent.websocket': 'fail websocket.not-found',
      'endpoint.agent@gateway.websocket': 'fail websocket.not-found',
      'proxy.nginx.route.agent': 'fail proxy.wrong-port',
      'service.gateway-agent.process': 'fail process.missing',
      'service.gateway-agent.connection': 'skip service.gateway-agent.process',
    },
    code: 1,
    causes: ['P0 proxy.wrong-port proxy.nginx', 'P0 process.missing service.gateway-agent'],
  },
];

/** Without a proxy: the endpoint is the service's own port. */
const direct = (world: World) => [
  hostSection(world, 'backend'),
  `[endpoints.agent]
url = "ws://agent.example.com:${world.websocket}/ws/agent"
resolves_to = ["backend"]
health = "/health"`,
  serverSection(world),
];

const directRows = Object.fromEntries(
  Object.entries(rowsWithServer).filter(([id]) => id !== 'endpoint.agent.tls' && !id.startsWith('proxy.')),
);

const more: readonly Scenario[] = [
  {
    fault: 'without a proxy: the server does not run',
    start: async () => {},
    sections: direct,
    goodDay: directRows,
    rows: {
      'endpoint.agent.port': 'fail port.refused',
      'endpoint.agent.http': 'skip endpoint.agent.port',
      'endpoint.agent.websocket': 'skip endpoint.agent.port',
      ...serverIsGone,
    },
    code: 1,
    causes: ['P0 process.missing service.agent-server'],
  },
  {
    fault: 'without a proxy: nobody accepts on the WebSocket port',
    start: async (world) => {
      await world.during(world.programs.runBackend({ [world.health]: 'health' }));
      await world.during(world.programs.runBackend({ [world.websocket]: 'never accepts' }));
    },
    sections: direct,
    goodDay: directRows,
    args: ['--timeout', '2s'],
    rows: {
      'endpoint.agent.http': 'fail http.timeout',
      'endpoint.agent.websocket': 'fail websocket.timeout',
      'service.agent-server.http.8081': 'fail http.timeout',
      'service.agent-server.websocket.8081': 'fail websocket.timeout',
    },
    code: 1,
    causes: ['P0 service.not-accepting service.agent-server'],
  },
  {
    fault: 'the incident: never accepting, the wrong port behind nginx, and no client',
    start: async (world) => {
      await world.during(world.programs.runBackend({ [world.health]: 'health' }));
      await world.during(world.programs.runBackend({ [world.websocket]: 'never accepts' }));
    },
    sections: (world) => withClient(world, 'toHealth'),
    goodDay: rowsWithClient,
    args: ['--timeout', '2s'],
    rows: {
      'endpoint.agent.websocket': 'fail websocket.not-found',
      'endpoint.agent@gateway.websocket': 'fail websocket.not-found',
      'proxy.nginx.route.agent': 'fail proxy.wrong-port',
      'service.agent-server.http.8081': 'fail http.timeout',
      'service.agent-server.websocket.8081': 'fail websocket.timeout',
      'service.gateway-agent.process': 'fail process.missing',
      'service.gateway-agent.connection': 'skip service.gateway-agent.process',
    },
    code: 1,
    causes: [
      'P0 service.not-accepting service.agent-server',
      'P0 proxy.wrong-port proxy.nginx',
      'P0 process.missing service.gateway-agent',
    ],
  },
  {
    fault: 'the client is stopped (SIGSTOP), and not connected for it',
    start: async (world) => {
      await server(world);
      kill((await unconnected(world)).pid, 'SIGSTOP');
    },
    sections: withClient,
    goodDay: rowsWithClient,
    rows: {
      'service.gateway-agent.process': 'fail process.stuck',
      'service.gateway-agent.connection': 'fail service.not-connected',
    },
    code: 1,
    causes: ['P1 process.stuck service.gateway-agent'],
  },
  {
    fault: 'nginx passes no upgrade on, and the server itself is fine',
    start: server,
    sections: (world) => {
      const [host = '', endpoint = '', service = ''] = withServer(world);
      return [host, endpoint.replace('/ws/agent', '/no-upgrade'), service];
    },
    rows: {
      'endpoint.agent.websocket': 'fail websocket.not-upgraded',
      'proxy.nginx.route.agent': 'fail proxy.no-upgrade',
    },
    code: 1,
    causes: ['P0 proxy.no-upgrade proxy.nginx'],
  },
  {
    fault: 'nothing listens where nginx should, and the client is not connected for it',
    start: async (world) => {
      await server(world);
      await unconnected(world);
    },
    sections: (world) =>
      withClient(world).map((section) => section.replaceAll(`:${world.sites.good}/`, `:${world.free}/`)),
    goodDay: rowsWithClient,
    rows: {
      'endpoint.agent.port': 'fail port.refused',
      'endpoint.agent.tls': 'skip endpoint.agent.port',
      'endpoint.agent.http': 'skip endpoint.agent.port',
      'endpoint.agent.websocket': 'skip endpoint.agent.port',
      'endpoint.agent@gateway.port': 'fail port.refused',
      'endpoint.agent@gateway.tls': 'skip endpoint.agent@gateway.port',
      'endpoint.agent@gateway.websocket': 'skip endpoint.agent@gateway.port',
      'proxy.nginx.netstat.443': 'fail netstat.not-listening',
      'proxy.nginx.route.agent': 'fail proxy.no-route',
      'service.gateway-agent.connection': 'fail service.not-connected',
    },
    code: 1,
    causes: ['P0 proxy.no-route proxy.nginx'],
  },
  {
    fault: 'the server says nothing, and the client is not connected for it',
    start: async (world) => {
      await server(world, 'silent');
      await unconnected(world);
    },
    sections: withClient,
    goodDay: rowsWithClient,
    args: longerThanNginx,
    rows: {
      'endpoint.agent.websocket': 'fail http.gateway-timeout',
      'endpoint.agent@gateway.websocket': 'fail http.gateway-timeout',
      'service.agent-server.http.8081': 'fail http.timeout',
      'service.agent-server.websocket.8081': 'fail websocket.timeout',
      'service.gateway-agent.connection': 'fail service.not-connected',
    },
    code: 1,
    causes: ['P0 service.not-responding service.agent-server'],
  },
  {
    fault: 'an expired certificate keeps the client from connecting',
    start: async (world) => {
      await server(world);
      await unconnected(world);
    },
    sections: (world) => withClient(world, 'expired'),
    goodDay: rowsWithClient,
    rows: {
      'endpoint.agent.tls': 'fail tls.expired',
      'endpoint.agent.http': 'skip endpoint.agent.tls',
      'endpoint.agent.websocket': 'skip endpoint.agent.tls',
      'endpoint.agent@gateway.tls': 'fail tls.expired',
      'endpoint.agent@gateway.websocket': 'skip endpoint.agent@gateway.tls',
      'service.gateway-agent.connection': 'fail service.not-connected',
    },
    code: 1,
    causes: ['P0 tls.expired endpoint.agent'],
  },
  {
    fault: 'the server is looked at here, without SSH',
    start: async () => {},
    sections: (world) => [
      '[hosts.backend]\nlocal = true',
      endpointSection(world, 'good', 'agent.example.com'),
      serverSection(world),
    ],
    goodDay: Object.fromEntries(Object.entries(rowsWithServer).filter(([id]) => !id.startsWith('host.'))),
    rows: { ...badGateways, ...serverIsGone },
    code: 1,
    causes: ['P0 process.missing service.agent-server'],
  },
  {
    fault: 'more processes than there should be, and all else is well',
    start: async (world) => {
      await server(world);
      await world.during(world.programs.runBackend({}));
    },
    sections: (world) => [...withServer(world).slice(0, 2), serverSection(world, 'process_count = 1')],
    rows: { 'service.agent-server.process': 'fail process.count' },
    code: 1,
    causes: ['P1 process.count service.agent-server'],
  },
  {
    fault: 'a check of its own, from the gateway, of a port that nothing listens on',
    start: server,
    sections: (world) => [
      ...withServer(world),
      hostSection(world, 'gateway'),
      `[[checks]]
kind = "http"
name = "admin-api"
from = "gateway"
url = "http://localhost:${world.free}/health"`,
    ],
    goodDay: { ...rowsWithServer, 'host.gateway.ssh': 'pass' },
    rows: { 'check.admin-api': 'fail port.refused' },
    code: 1,
    causes: ['P0 port.refused check.admin-api'],
  },
];

const withoutSystemd: Scenario = {
  fault: 'a unit on a host that systemd does not run on',
  start: server,
  sections: (world) => [
    hostSection(world, 'backend'),
    endpointSection(world, 'good', 'agent.example.com'),
    serverSection(world, 'unit = "viworks-backend.service"'),
  ],
  goodDay: { ...rowsWithServer, 'service.agent-server.systemd': 'error doctor.tool-missing' },
  rows: {},
  code: 3,
  causes: ['P2 doctor.tool-missing service.agent-server'],
};

describe.skipIf(lacks)('the whole path', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ ssh: true });
  });
  afterEach(() => world?.endScenario());
  afterAll(() => world?.close());

  const all = [...scenarios, ...more, ...(systemdRunsHere ? [] : [withoutSystemd])];
  it.each(all.map((one) => [one.fault, one] as const))(
    '%s',
    async (_, { start, sections = withServer, args = [], ...expected }) => {
      await start(world);
      const examined = await world.run(sections(world), ...args);
      expect(rowsSeen(world, examined)).toEqual({
        ...(expected.goodDay ?? rowsWithServer),
        ...expected.rows,
      });
      expect(causesOf(examined.report)).toEqual(expected.causes);
      expect(examined.code).toBe(expected.code);
    },
  );
});
