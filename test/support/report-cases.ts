/** Reports made by hand, as a run could have made them, for what reads and renders reports. */
import type { Report } from '../../src/report/report.ts';
import { incident } from './report-incident.ts';
import { login, onBackend, onGateway, reaches, topology, upgraded } from './report-parts.ts';
import { bad, cause, evidence, noMore, report, row, waits } from './reports.ts';

export interface ReportCase {
  readonly name: string;
  readonly exitCode: number;
  readonly report: Report;
}

function healthy(): Report {
  const results = [
    ...reaches('endpoint.agent'),
    row('endpoint.agent.http', 'HTTP health', '200 OK', { durationMs: 19 }),
    row('endpoint.agent.websocket', 'WebSocket upgrade', '101 Switching Protocols, pong', upgraded),
  ];
  return report({ results, topology, title: 'agent.example.com', durationMs: 118 });
}

function deadName(): Report {
  const dns = 'endpoint.agent.dns';
  const results = [
    row(dns, 'Name resolves', 'the name does not exist', { ...bad('fail', 'dns.nxdomain'), durationMs: 31 }),
    row('endpoint.agent.port', 'Port 443', '', waits(dns)),
    row('endpoint.agent.tls', 'Certificate', '', waits('endpoint.agent.port')),
    row('endpoint.agent.http', 'HTTP health', '', waits('endpoint.agent.tls')),
    row('endpoint.agent.websocket', 'WebSocket upgrade', '', waits('endpoint.agent.tls')),
  ];
  const causes = [
    cause('dns.nxdomain', 'endpoint.agent', 'agent.example.com does not exist', {
      because: [dns],
      explains: results.slice(1).map(({ id }) => id),
      evidence: ['the system resolver says NXDOMAIN for agent.example.com'],
      fix: {
        summary: 'Create the record, or correct the name.',
        steps: ['Add an A record agent.example.com with 192.0.2.10 to the zone example.com.'],
        ...noMore,
        rollback: 'Remove the record.',
      },
      verify: ['viworks-doctor run wss://agent.example.com/ws/agent'],
    }),
  ];
  return report({
    results,
    topology: { ...topology, hosts: {}, services: {}, proxies: {} },
    title: 'agent.example.com',
    durationMs: 33,
    diagnosis: { causes },
  });
}

/** Fine from here; the gateway's own resolver gives an address of long ago. */
function splitView(): Report {
  const port = 'endpoint.agent@gateway.port';
  const results = [
    ...reaches('endpoint.agent').slice(0, 2),
    row('endpoint.agent.tls', 'Certificate', 'valid for 12 days, fewer than 21', {
      ...bad('warn', 'tls.expiring'),
      durationMs: 24,
    }),
    row('endpoint.agent.websocket', 'WebSocket upgrade', '101 Switching Protocols, pong', upgraded),
    row('endpoint.agent@gateway.dns', 'Name resolves', '192.0.2.99 is none of backend (192.0.2.10)', {
      ...bad('fail', 'dns.wrong-address'),
      durationMs: 9,
    }),
    row(port, 'Port 443', 'no answer from 192.0.2.99', {
      ...bad('fail', 'port.timeout'),
      durationMs: 5000,
    }),
    row('endpoint.agent@gateway.tls', 'Certificate', '', waits(port)),
    row('endpoint.agent@gateway.websocket', 'WebSocket upgrade', '', waits('endpoint.agent@gateway.tls')),
    row('host.gateway.ssh', 'SSH login', 'ada@192.0.2.30:22, ssh-ed25519 SHA256:1f0c', login('ada')),
    row('observer.network', 'Own network', 'no IPv6 route', {
      ...bad('warn', 'observer.no-ipv6'),
      durationMs: 0.2,
    }),
  ];
  const causes = [
    cause('dns.wrong-address', 'endpoint.agent', "gateway's resolver sends agent.example.com to 192.0.2.99", {
      priority: 'P1',
      because: ['endpoint.agent@gateway.dns'],
      explains: [port, 'endpoint.agent@gateway.tls', 'endpoint.agent@gateway.websocket'],
      evidence: ['gateway gets 192.0.2.99, this machine gets 192.0.2.10'],
      confidence: 'likely',
      next: 'Look at /etc/hosts and /etc/resolv.conf on gateway.',
      fix: { summary: 'Correct what gateway resolves with.', steps: [], ...noMore, rollback: '' },
      verify: ['viworks-doctor run --only endpoint.agent'],
    }),
    cause('tls.expiring', 'endpoint.agent', 'The certificate of agent.example.com ends in 12 days', {
      priority: 'P1',
      because: ['endpoint.agent.tls'],
      evidence: ['notAfter 2026-03-17T08:00:00Z'],
      fix: {
        summary: 'Renew it.',
        steps: ['certbot renew', 'nginx -s reload'],
        ...noMore,
        rollback: 'Nothing to undo.',
      },
      verify: ['viworks-doctor run --only endpoint.agent.tls'],
    }),
  ];
  return report({ results, topology, durationMs: 5431, diagnosis: { causes } });
}

/** Words of others that would like to act, and words that are wide or long. */
function hostile(): Report {
  const long = `https://example.com/${'a-very-long-path/'.repeat(12)}`;
  const results = [
    row(
      'check.tokyo',
      '日本語のラベル',
      '正常です: 応答は二百です、そしてこれはとても長い文章なので一行には収まりません',
      {
        kind: 'http',
        subject: 'check.tokyo',
        target: long,
        vantage: 'gateway',
        facts: { 'x-header\u001b[2J': 'a\u2028b', ['__proto__']: { polluted: true } },
      },
    ),
    row(
      'check.escape',
      'HTTP GET /\u001b]0;owned\u0007',
      'the body says \u001b[31mred\u001b[0m\r\n\u202egnp.exe',
      {
        ...bad('fail', 'http.body'),
        kind: 'http',
        subject: 'check.escape',
        evidence: [
          evidence(
            'request',
            `GET ${long}`,
            'one\r\ntwo\tthree\n\u0000\u009b2J four\ud800\n::error::five\n',
            {
              truncated: true,
            },
          ),
        ],
      },
    ),
    row('check.long', 'A label that goes on and on, longer than any column would ever like it to be', long, {
      ...bad('error', 'http.redirect-loop'),
      kind: 'http',
      subject: 'check.long',
      target: 'x'.repeat(200),
    }),
    row('check.plugin', 'Redis answers', 'PONG', {
      kind: 'redis',
      subject: 'check.plugin',
      durationMs: 125_000,
    }),
  ];
  const causes = [
    cause('http.body', 'check.escape', `The body of ${long} is \u200bnot\u{e0041} as expected`, {
      because: ['check.escape'],
      evidence: ['\u0007\u0007\u0007', '猫'.repeat(60)],
      fix: { summary: long, steps: [long, 'second\nline'], ...noMore, rollback: '' },
      verify: [`curl ${long}`],
    }),
  ];
  return report({
    results,
    topology: { ...topology, endpoints: {} },
    title: 'Title \u001b[5mblinks\u001b[0m',
    observer: 'lap\ttop',
    notes: ['\u2066note\u2069'],
    diagnosis: { causes },
  });
}

function errorsOnly(): Report {
  const ssh = 'host.backend.ssh';
  const results = [
    row(ssh, 'SSH login', 'the host is not in known_hosts (ED25519 SHA256:9b1c)', {
      ...bad('error', 'ssh.host-key-unknown'),
      facts: { login: { user: 'root' }, failure: 'host-key-unknown' },
      durationMs: 1234,
    }),
    row('service.agent-server.process', 'Process viworks-backend-agent', '', { ...waits(ssh), ...onBackend }),
    row('service.gateway-agent.process', 'Process viworks-agent', 'not looked at: no way in', {
      status: 'skip',
      ...onGateway,
    }),
  ];
  const causes = [
    cause('ssh.host-key-unknown', 'host.backend', 'backend.example.com is not in known_hosts', {
      priority: 'P1',
      because: [ssh],
      explains: ['service.agent-server.process'],
      evidence: ['it showed an ED25519 key, SHA256:9b1c'],
      fix: {
        summary: 'Compare the fingerprint with one from a trusted place, then add the key.',
        steps: ['ssh-keyscan -t ed25519 backend.example.com >> ~/.ssh/known_hosts'],
        ...noMore,
        rollback: 'ssh-keygen -R backend.example.com',
      },
      verify: ['viworks-doctor run --only host.backend'],
    }),
  ];
  return report({
    results,
    topology: { ...topology, endpoints: {} },
    durationMs: 1290,
    diagnosis: { causes },
  });
}

/** Exit codes are the run's; here they name the files. */
export const reportCases: readonly ReportCase[] = [
  { name: 'incident', exitCode: 1, report: incident() },
  { name: 'healthy', exitCode: 0, report: healthy() },
  { name: 'dead-name', exitCode: 1, report: deadName() },
  { name: 'split-view', exitCode: 1, report: splitView() },
  { name: 'hostile', exitCode: 1, report: hostile() },
  { name: 'errors-only', exitCode: 3, report: errorsOnly() },
];
