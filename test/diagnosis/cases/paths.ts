/** Of a path as a whole: what is in front, the service, who connects to it, and the ways in. */
import { rows, topology } from '../../support/incidents.ts';
import type { Case, Given } from './case.ts';

const notFound = { status: 404, bodyStart: 'not found' };
const deaf = {
  facts: {
    listener: { queue: 1, limit: 128, unaccepted: 1 },
    attempts: [{ failure: 'timeout' }],
    otherPath: null,
  },
};
const hungUp = {
  facts: { listener: { queue: 0, limit: 128, unaccepted: 0 }, attempts: [{ failure: 'timeout' }] },
};
const answered = { attempts: [{ status: 200, bodyStart: '' }] };
const opened = {
  facts: { url: 'ws://localhost:8081/ws', attempts: [{ status: 101, bodyStart: '' }] },
};
const throughProxy = { code: 'websocket.not-found', facts: { attempts: [notFound] } };
const gone = { code: 'process.missing', facts: { program: null, programKnown: true } };

export const theIncident: Given = {
  'endpoint.agent.websocket': throughProxy,
  'endpoint.agent@gateway.websocket': throughProxy,
  'service.agent-server.http.8080': { facts: { endpointAnswer: notFound } },
  'service.agent-server.http.8081': { code: 'http.timeout', ...deaf },
  'service.agent-server.websocket.8081': { code: 'websocket.timeout', ...deaf },
  'service.gateway-agent.systemd': 'systemd.not-found',
  'service.gateway-agent.process': gone,
  'service.gateway-agent.connection': 'waits on service.gateway-agent.process',
};

const paths: [name: string, given: Given, causes: string[], hangsOn?: string][] = [
  ['a sound path', {}, []],
  [
    'the incident: never accepting, the proxy on another port, and an agent that was never deployed',
    theIncident,
    ['P0 service.not-accepting', 'P0 proxy.wrong-port', 'P1 service.not-deployed'],
  ],
  [
    'the proxy on another port alone',
    {
      'endpoint.agent.websocket': throughProxy,
      'endpoint.agent@gateway.websocket': throughProxy,
      'service.agent-server.http.8080': { facts: { endpointAnswer: notFound } },
      'service.agent-server.websocket.8081': { facts: { attempts: [{ status: 101, bodyStart: '' }] } },
      'service.gateway-agent.connection': 'service.not-connected',
    },
    ['P0 proxy.wrong-port'],
  ],
  [
    'the right port says the same as the proxy: nobody is accused of a wrong port',
    {
      'endpoint.agent.websocket': throughProxy,
      'endpoint.agent@gateway.websocket': throughProxy,
      'service.agent-server.http.8080': { facts: { endpointAnswer: notFound } },
      'service.agent-server.websocket.8081': throughProxy,
    },
    ['P0 websocket.not-found'],
  ],
  [
    'the path of the URL is wrong, and the right port says just that',
    {
      'endpoint.agent.websocket': throughProxy,
      'endpoint.agent@gateway.websocket': throughProxy,
      'service.agent-server.http.8080': { facts: { endpointAnswer: notFound } },
      'service.agent-server.http.8081': {
        facts: { endpointAnswer: { ...notFound, url: 'ws://localhost:8081/ws/agent' }, ...answered },
      },
      'service.agent-server.websocket.8081': opened,
    },
    ['P0 websocket.not-found'],
  ],
  [
    'the right port was not asked the same: that it opens at another path accuses nobody',
    {
      'endpoint.agent.websocket': throughProxy,
      'endpoint.agent@gateway.websocket': throughProxy,
      'service.agent-server.http.8080': { facts: { endpointAnswer: notFound } },
      'service.agent-server.websocket.8081': opened,
    },
    ['P0 websocket.not-found'],
  ],
  [
    'the right port, asked the same, opens',
    {
      'endpoint.agent.websocket': throughProxy,
      'endpoint.agent@gateway.websocket': throughProxy,
      'service.agent-server.http.8080': { facts: { endpointAnswer: notFound } },
      'service.agent-server.http.8081': {
        facts: { endpointAnswer: { ...notFound, status: 101 }, ...answered },
      },
      'service.agent-server.websocket.8081': opened,
    },
    ['P0 proxy.wrong-port'],
  ],
  [
    'a busy worker: some wait, and it has taken others',
    {
      'service.agent-server.http.8081': {
        code: 'http.timeout',
        facts: { listener: { ...deaf.facts.listener, accepted: 1 }, attempts: [{ failure: 'timeout' }] },
      },
    },
    ['P1 http.timeout'],
  ],
  [
    'a busy worker: some wait, and it has just answered',
    {
      'service.agent-server.http.8081': { facts: { attempts: [{ status: 200, bodyStart: '' }] } },
      'service.agent-server.websocket.8081': { code: 'websocket.timeout', ...deaf },
    },
    ['P1 websocket.timeout'],
    'service.agent-server.http.8081',
  ],
  [
    'a stopped unit explains everything above it',
    {
      'endpoint.agent.http': 'http.bad-gateway',
      'endpoint.agent.websocket': 'http.bad-gateway',
      'endpoint.agent@gateway.websocket': 'http.bad-gateway',
      'service.agent-server.systemd': 'systemd.inactive',
      'service.agent-server.process': {
        code: 'process.missing',
        facts: { program: '/opt/agent', programKnown: true },
      },
      'service.agent-server.netstat.8080': 'netstat.not-listening',
      'service.agent-server.netstat.8081': 'netstat.not-listening',
      'service.agent-server.http.8080': 'waits on service.agent-server.netstat.8080',
      'service.agent-server.http.8081': 'waits on service.agent-server.netstat.8081',
      'service.agent-server.websocket.8081': 'waits on service.agent-server.netstat.8081',
      'service.gateway-agent.connection': 'service.not-connected',
    },
    ['P0 systemd.inactive'],
  ],
  [
    'a stopped unit does not explain an expired certificate',
    {
      'endpoint.agent.tls': 'tls.expired',
      'endpoint.agent.http': 'waits on endpoint.agent.tls',
      'endpoint.agent.websocket': 'waits on endpoint.agent.tls',
      'endpoint.agent@gateway.tls': 'tls.expired',
      'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.tls',
      'service.agent-server.systemd': 'systemd.inactive',
      'service.agent-server.process': 'process.missing',
      'service.agent-server.netstat.8080': 'netstat.not-listening',
      'service.agent-server.netstat.8081': 'netstat.not-listening',
      'service.agent-server.http.8080': 'waits on service.agent-server.netstat.8080',
      'service.agent-server.http.8081': 'waits on service.agent-server.netstat.8081',
      'service.agent-server.websocket.8081': 'waits on service.agent-server.netstat.8081',
      'service.gateway-agent.connection': 'service.not-connected',
    },
    ['P0 systemd.inactive', 'P0 tls.expired'],
  ],
  [
    'a name that only the gateway cannot resolve is P1',
    {
      'endpoint.agent@gateway.dns': 'dns.nxdomain',
      'endpoint.agent@gateway.port': 'waits on endpoint.agent@gateway.dns',
      'endpoint.agent@gateway.tls': 'waits on endpoint.agent@gateway.dns',
      'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.dns',
      'service.gateway-agent.connection': 'service.not-connected',
    },
    ['P1 dns.nxdomain'],
  ],
  [
    'an agent that is not connected though its host gets through is a cause of its own',
    { 'service.gateway-agent.connection': 'service.not-connected' },
    ['P1 service.not-connected'],
  ],
  [
    'a stopped process explains a full accept queue',
    {
      'endpoint.agent.websocket': 'http.gateway-timeout',
      'endpoint.agent@gateway.websocket': 'http.gateway-timeout',
      'service.agent-server.process': 'process.stuck',
      'service.agent-server.http.8080': { code: 'http.timeout', ...deaf },
      'service.agent-server.http.8081': { code: 'http.timeout', ...deaf },
      'service.agent-server.websocket.8081': { code: 'websocket.timeout', ...deaf },
    },
    ['P0 process.stuck'],
  ],
  [
    'accepted and never answered, whatever the path',
    {
      'endpoint.agent.websocket': 'websocket.timeout',
      'endpoint.agent@gateway.websocket': 'websocket.timeout',
      'service.agent-server.http.8081': {
        code: 'http.timeout',
        facts: { ...hungUp.facts, otherPath: 'silent' },
      },
      'service.agent-server.websocket.8081': {
        code: 'websocket.timeout',
        facts: { ...hungUp.facts, otherPath: 'silent' },
      },
    },
    ['P0 service.not-responding'],
  ],
  [
    'its health page answers on that port: only upgrades do not',
    {
      'endpoint.agent.websocket': 'websocket.timeout',
      'endpoint.agent@gateway.websocket': 'websocket.timeout',
      'service.agent-server.http.8081': { facts: { attempts: [{ status: 200, bodyStart: '' }] } },
      'service.agent-server.websocket.8081': {
        code: 'websocket.timeout',
        facts: { ...hungUp.facts, otherPath: 'silent' },
      },
    },
    ['P0 websocket.timeout'],
    'service.agent-server.http.8081',
  ],
  [
    'slow for one path only is a time-out of that row',
    {
      'service.agent-server.http.8081': {
        code: 'http.timeout',
        facts: { ...hungUp.facts, otherPath: 'answered' },
      },
    },
    ['P1 http.timeout'],
  ],
  [
    'it listens on a port that nobody declared',
    {
      'endpoint.agent.websocket': 'http.bad-gateway',
      'endpoint.agent@gateway.websocket': 'http.bad-gateway',
      'service.agent-server.netstat.8081': {
        code: 'netstat.not-listening',
        facts: { processPorts: [8080, 8082] },
      },
      'service.agent-server.http.8081': 'waits on service.agent-server.netstat.8081',
      'service.agent-server.websocket.8081': 'waits on service.agent-server.netstat.8081',
    },
    ['P0 service.wrong-port'],
  ],
  [
    'no way into the gateway: nothing is said of what is behind it',
    {
      'host.gateway.ssh': { code: 'ssh.auth-failed', facts: { failure: 'auth-failed' } },
      'endpoint.agent@gateway.dns': 'waits on host.gateway.ssh',
      'endpoint.agent@gateway.port': 'waits on host.gateway.ssh',
      'endpoint.agent@gateway.tls': 'waits on host.gateway.ssh',
      'endpoint.agent@gateway.websocket': 'waits on host.gateway.ssh',
      'service.gateway-agent.systemd': 'waits on host.gateway.ssh',
      'service.gateway-agent.process': 'waits on host.gateway.ssh',
      'service.gateway-agent.connection': 'waits on host.gateway.ssh',
    },
    ['P1 ssh.auth-failed'],
  ],
  [
    'silence on the port and on SSH, while DNS answers: the host is down',
    {
      'endpoint.agent.port': 'port.timeout',
      'endpoint.agent.tls': 'waits on endpoint.agent.port',
      'endpoint.agent.http': 'waits on endpoint.agent.port',
      'endpoint.agent.websocket': 'waits on endpoint.agent.port',
      'endpoint.agent@gateway.port': 'port.timeout',
      'endpoint.agent@gateway.tls': 'waits on endpoint.agent@gateway.port',
      'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.port',
      'host.backend.ssh': { code: 'ssh.unreachable', facts: { failure: 'timeout' } },
      'service.agent-server.systemd': 'waits on host.backend.ssh',
      'service.gateway-agent.connection': 'service.not-connected',
    },
    ['P0 host.down'],
  ],
  [
    'a host that refuses one connection is not down',
    {
      'endpoint.agent.port': 'port.refused',
      'endpoint.agent.tls': 'waits on endpoint.agent.port',
      'endpoint.agent.http': 'waits on endpoint.agent.port',
      'endpoint.agent.websocket': 'waits on endpoint.agent.port',
      'endpoint.agent@gateway.port': 'port.timeout',
      'endpoint.agent@gateway.tls': 'waits on endpoint.agent@gateway.port',
      'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.port',
      'host.backend.ssh': { code: 'ssh.unreachable', facts: { failure: 'timeout' } },
      'service.gateway-agent.connection': 'service.not-connected',
    },
    ['P1 port.timeout', 'P1 port.refused', 'P1 ssh.unreachable'],
  ],
  [
    'ports of another service of that host are not its own, and of several nobody knows which is meant',
    {
      'service.agent-server.netstat.8081': {
        code: 'netstat.not-listening',
        facts: { processPorts: [8080, 8082, 8083] },
      },
      'service.agent-server.http.8081': 'waits on service.agent-server.netstat.8081',
      'service.agent-server.websocket.8081': 'waits on service.agent-server.netstat.8081',
    },
    ['P1 netstat.not-listening'],
  ],
  [
    'what could not be looked at in time is no P0',
    {
      'endpoint.agent.port': 'doctor.deadline',
      'endpoint.agent.tls': 'waits on endpoint.agent.port',
      'endpoint.agent.http': 'waits on endpoint.agent.port',
      'endpoint.agent.websocket': 'waits on endpoint.agent.port',
    },
    ['P2 doctor.deadline'],
  ],
  [
    'one silent SSH port alone is no host that is down',
    { 'host.backend.ssh': { code: 'ssh.unreachable', facts: { failure: 'timeout' } } },
    ['P1 ssh.unreachable'],
  ],
  [
    'a zombie has no sockets any more',
    {
      'service.agent-server.process': 'process.stuck',
      'service.agent-server.netstat.8080': 'netstat.not-listening',
      'service.agent-server.netstat.8081': 'netstat.not-listening',
      'endpoint.agent.websocket': 'http.bad-gateway',
      'endpoint.agent@gateway.websocket': 'http.bad-gateway',
    },
    ['P0 process.stuck'],
  ],
  [
    'a warning brings nothing about',
    { 'service.agent-server.systemd': 'systemd.disabled', 'endpoint.agent.tls': 'tls.expiring' },
    ['P1 systemd.disabled', 'P1 tls.expiring'],
  ],
];

export const pathCases: readonly Case[] = paths.map(([name, given, causes, hangsOn]) => ({
  name,
  results: rows(given),
  topology,
  causes,
  hangsOn,
}));
