/** Which causes follow from which results: exactly these, in this order. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import type { Result } from '../../src/report/report.ts';
import { row, rows, topology } from '../support/incidents.ts';

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

type Given = Parameters<typeof rows>[0];

const cases: [name: string, given: Given, causes: string[]][] = [
  ['a sound path', {}, []],
  [
    'the incident: never accepting, the proxy on another port, and an agent that was never deployed',
    {
      'endpoint.agent.websocket': throughProxy,
      'endpoint.agent@gateway.websocket': throughProxy,
      'service.agent-server.http.8080': { facts: { endpointAnswer: notFound } },
      'service.agent-server.http.8081': { code: 'http.timeout', ...deaf },
      'service.agent-server.websocket.8081': { code: 'websocket.timeout', ...deaf },
      'service.gateway-agent.systemd': 'systemd.not-found',
      'service.gateway-agent.process': gone,
      'service.gateway-agent.connection': 'waits on service.gateway-agent.process',
    },
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
    ['P0 http.timeout'],
  ],
  [
    'a busy worker: some wait, and it has just answered',
    {
      'service.agent-server.http.8081': { facts: { attempts: [{ status: 200, bodyStart: '' }] } },
      'service.agent-server.websocket.8081': { code: 'websocket.timeout', ...deaf },
    },
    ['P0 websocket.timeout'],
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
    'slow for one path only is a time-out of that row',
    {
      'service.agent-server.http.8081': {
        code: 'http.timeout',
        facts: { ...hungUp.facts, otherPath: 'answered' },
      },
    },
    ['P0 http.timeout'],
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
    ['P0 netstat.not-listening'],
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

const named = (results: readonly Result[]) =>
  diagnose({ results, topology }).map(({ priority, code }) => `${priority} ${code}`);

describe('causes', () => {
  it.each(cases)('%s', (_, given, causes) => {
    expect(named(rows(given))).toEqual(causes);
  });

  it.each(cases)('no finding is left unexplained: %s', (_, given) => {
    const results = rows(given);
    const causes = diagnose({ results, topology });
    const covered = new Set(causes.flatMap(({ because, explains }) => [...because, ...explains]));
    const found = results.filter(({ findings }) => findings.length > 0).map(({ id }) => id);
    expect(found.filter((id) => !covered.has(id))).toEqual([]);
  });

  it.each(cases)('the order of the results does not matter: %s', (_, given, causes) => {
    expect(named(rows(given).reverse())).toEqual(causes);
  });

  it.each(cases)('texts are filled: %s', (_, given) => {
    for (const { title, fix, verify, evidence } of diagnose({ results: rows(given), topology })) {
      expect([title, fix.summary, fix.rollback, ...fix.steps, ...verify, ...evidence].join('\n')).not.toMatch(
        /undefined|\[object|\{\w+\}/,
      );
    }
  });
});

it('a result can be explained by several causes', () => {
  const [, given] = cases[1] as (typeof cases)[number];
  const [accepting, port] = diagnose({ results: rows(given), topology });
  const upgrades = ['endpoint.agent.websocket', 'endpoint.agent@gateway.websocket'];
  expect(accepting?.explains).toEqual([...upgrades, 'service.gateway-agent.connection']);
  expect(port?.because).toEqual(upgrades);
  expect(port?.confidence).toBe('likely');
});

it('what keeps from looking is one cause, not one for each row', () => {
  const given = {
    'endpoint.agent.websocket': 'doctor.deadline',
    'service.agent-server.netstat.8080': 'doctor.no-permission',
    'service.agent-server.netstat.8081': 'doctor.no-permission',
    'service.agent-server.http.8080': 'ssh.forwarding-refused',
    'service.agent-server.http.8081': 'ssh.forwarding-refused',
    'service.agent-server.websocket.8081': 'doctor.deadline',
  };
  const causes = diagnose({ results: rows(given), topology });
  expect(causes.map(({ code, subject, because }) => `${code} ${subject} ${because.length}`)).toEqual([
    'ssh.forwarding-refused host.backend 2',
    'doctor.deadline observer 2',
    'doctor.no-permission service.agent-server 2',
  ]);
});

it.each([
  ['check.admin-api', 'http://gateway.example.com:9000/health', 'gateway.example.com port 9000'],
  ['check.admin-api', 'https://gateway.example.com/', 'gateway.example.com port 443'],
  ['check.database', '[2001:db8::5]:5432', '2001:db8::5 port 5432'],
])('%s at %s is called by its place', (subject, target, place) => {
  const result = { ...row(`${subject}.port`, 'port.refused'), id: subject, subject, target };
  const [cause] = diagnose({ results: [result], topology });
  expect(cause?.title).toBe(`nothing accepts connections at ${place}`);
});

it.each([
  ['backend.example.com:22', 'ssh root@backend.example.com true', 'ssh-keygen -R backend.example.com'],
  ['192.0.2.10:2222', 'ssh -p 2222 root@192.0.2.10 true', "ssh-keygen -R '[192.0.2.10]:2222'"],
])('a login at %s is tried again as it was', (place, login, forget) => {
  const given = {
    code: 'ssh.host-key-changed',
    observed: 'ssh-ed25519 SHA256:new',
    values: { place, user: 'root' },
  };
  const [cause] = diagnose({ results: rows({ 'host.backend.ssh': given }), topology });
  expect(cause?.verify[0]).toContain(login.replace('ssh ', ''));
  expect(cause?.fix.steps.join()).toContain(forget);
  expect(cause?.fix.steps[0]).toContain('SHA256:new');
});

it('what stops requests is verified at its endpoints, everything else at its own rows', () => {
  const given = {
    'service.agent-server.process': 'process.missing',
    'service.agent-server.systemd': 'doctor.tool-missing',
  };
  expect(diagnose({ results: rows(given), topology }).map(({ verify }) => verify.at(-1))).toEqual([
    'viworks-doctor run --only endpoint.agent',
    'viworks-doctor run --only service.agent-server',
  ]);
});

it('words of the configuration take the place of the fix', () => {
  const [, given] = cases[1] as (typeof cases)[number];
  const runbook = { 'service.not-accepting': 'see docs/agent.md' };
  const server = topology.services['agent-server'] as (typeof topology.services)[string];
  const services = { ...topology.services, 'agent-server': { ...server, runbook } };
  const [first] = diagnose({ results: rows(given), topology: { ...topology, services } });
  expect(first?.fix.summary).toBe('see docs/agent.md');
});

it('what several rows of an endpoint say is told in the words of its last row', () => {
  const results = rows({
    'endpoint.agent.http': 'http.bad-gateway',
    'endpoint.agent.websocket': 'http.bad-gateway',
  });
  const [cause] = diagnose({ results, topology });
  expect(cause?.title).toMatch(/^endpoint\.agent\.websocket: /);
  expect(cause?.because).toEqual(['endpoint.agent.http', 'endpoint.agent.websocket']);
});

it.each([
  'http.bad-gateway',
  'http.unavailable',
  'http.gateway-timeout',
  'http.timeout',
  'http.status',
  'port.refused',
  'port.timeout',
])("%s at a service's own port is told of the service, with no proxy in it", (code) => {
  const own = row('service.agent-server.http.8081', code);
  const target = 'http://localhost:8081/health';
  const [cause] = diagnose({ results: [{ ...own, target }], topology });
  expect(cause?.title).toContain('agent-server port 8081 on backend');
  const words = [cause?.title, cause?.fix.summary, ...(cause?.fix.steps ?? [])].join(' ');
  expect(words).not.toMatch(/localhost|make the server behind the proxy|proxy_pass/);
});

it.each(['websocket.not-found', 'websocket.not-upgraded', 'websocket.bad-accept'])(
  "%s at a service's own port accuses no proxy",
  (code) => {
    const own = row('service.agent-server.websocket.8081', code);
    const [cause] = diagnose({ results: [{ ...own, target: 'ws://localhost:8081/ws' }], topology });
    expect(cause?.fix.steps.join(' ')).toMatch(/no proxy between/);
    expect(cause?.fix.steps.join(' ')).not.toMatch(/nginx|A proxy/);
  },
);
