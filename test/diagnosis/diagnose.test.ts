/** What is said of a cause, besides which it is. */
import { expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { row, rows, topology } from '../support/incidents.ts';
import { firewallCases } from './cases/firewalls.ts';
import { theIncident } from './cases/paths.ts';

it('a result can be explained by several causes', () => {
  const [accepting, port] = diagnose({ results: rows(theIncident), topology });
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
  const runbook = { 'service.not-accepting': 'see docs/agent.md' };
  const server = topology.services['agent-server'] as (typeof topology.services)[string];
  const services = { ...topology.services, 'agent-server': { ...server, runbook } };
  const [first] = diagnose({ results: rows(theIncident), topology: { ...topology, services } });
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

it('a record is to have the address of a host that is known by name', () => {
  const backend = { address: 'backend.example.com', local: false, wayIn: true };
  const results = rows({ 'endpoint.agent.dns': 'dns.nxdomain' });
  const [cause] = diagnose({ results, topology: { ...topology, hosts: { ...topology.hosts, backend } } });
  expect(cause?.verify[0]).toBe('dig +short agent.example.com  → the address of backend.example.com');
});

it('an expired issuer is not called the certificate of the server', () => {
  const values = { which: 'issuer certificate', certificate: 'Example CA' };
  const results = rows({ 'endpoint.agent.tls': { code: 'tls.expired', values } });
  const [cause] = diagnose({ results, topology });
  expect(cause?.title).toBe('the issuer certificate Example CA of agent.example.com has expired');
  expect(cause?.fix.steps[0]).not.toContain('renew');
});

it('where one of several addresses takes no connection, nobody is sent to the log of the proxy', () => {
  const results = rows({
    'endpoint.agent.port': { code: 'port.partial', values: { failed: ['192.0.2.11'] } },
  });
  expect(diagnose({ results, topology }).map(({ next }) => next)).toEqual([null]);
});

it('who is kept out is named where others get through', () => {
  const [, found] = firewallCases.filter(({ causes }) => causes[0]?.startsWith('P1 firewall.blocked'));
  const [cause] = diagnose(found ?? { results: [], topology });
  expect(cause?.title).toMatch(/blocked on the way from gateway: it listens there, and others get through$/);
  expect(cause?.fix.commands).toContain('# on gateway: ssh 192.0.2.30');
});
