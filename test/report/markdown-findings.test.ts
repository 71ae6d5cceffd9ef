/**
 * The report that the project began with, finding by finding: all of it that can be observed from outside of the
 * source code is in the incident report of the demo, in its place, and nothing that is not so.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../src/report/formats.ts';
import { demoReport } from '../support/demo-report.ts';

let text = '';
/** The endpoint's port: a free one of the day of the record. */
let port = '';

beforeAll(async () => {
  const report = await demoReport();
  port = String(report.topology.endpoints.agent?.port);
  text = await render('markdown', report, { columns: 80, color: false, verbose: false, quiet: false });
});

/** The level of a heading by its line; what is fenced has none. */
function levelsOf(lines: readonly string[]): number[] {
  let fenced = false;
  return lines.map((line) => {
    if (/^ *```/.test(line)) fenced = !fenced;
    return fenced ? 0 : (/^#+(?= )/.exec(line)?.[0].length ?? 0);
  });
}

/** What stands under a heading, with what is under it. `path`: headings, or their starts, from the outermost. */
function under(path: string): string {
  return path.split(' / ').reduce((within, heading) => {
    const lines = within.split('\n');
    const levels = levelsOf(lines);
    const start = lines.findIndex(
      (line, index) => levels[index] && line.replace(/^#+ (?:\d+\. )?/, '').startsWith(heading),
    );
    if (start < 0) return '';
    const level = levels[start] ?? 0;
    const end = levels.findIndex((other, index) => index > start && other > 0 && other <= level);
    return lines.slice(start + 1, end < 0 ? lines.length : end).join('\n');
  }, text);
}

const state = 'Current state summary';
const findings = 'Detailed findings';
const inventory = `${findings} / Inventory & topology`;
const proxy = `${findings} / Proxy nginx: analysis`;
const server = `${findings} / Service agent-server: analysis`;
const agent = `${findings} / Service gateway-agent: analysis`;
const network = `${findings} / Network connectivity analysis`;
const testing = `${findings} / WebSocket endpoint testing`;
const conf = '/opt/viworks/digital ocean docker/nginx/nginx.conf';

interface Case {
  readonly finding: string;
  readonly where: string;
  readonly says: string | RegExp;
}

const cases: readonly Case[] = [
  // executive summary
  {
    finding: 'the root cause: the WebSocket server does not serve although its process runs',
    where: 'Executive summary',
    says: 'The root cause: **agent-server listens on port 8081 and never accepts a connection** (P0)',
  },
  {
    finding: 'besides: the mismatch of the proxy, and an agent that is not deployed',
    where: 'Executive summary',
    says: /Besides, \*\*nginx forwards agent\.example\.com to port 8080;.* 8081\*\* \(P0\), and \*\*gateway-agent was never deployed on gateway\*\* \(P1\)/,
  },
  {
    finding: 'where the path breaks',
    where: 'Executive summary',
    says: /laptop ─✔ dns ─✔ \d+ ─✔ tls ─✔ nginx ─✘ agent-server:8081/,
  },
  // current state
  { finding: 'nginx runs', where: `${state} / backend`, says: '✅ **Process nginx** (proxy nginx): pid 702' },
  {
    finding: "the backend agent's process runs, PID 260",
    where: `${state} / backend`,
    says: '✅ **Process viworks-backend-agent** (service agent-server): pid 260',
  },
  {
    finding: 'the WebSocket server does not answer on 8081',
    where: `${state} / backend`,
    says: '❌ **WebSocket on 8081** (service agent-server): connected, and no answer to the upgrade in time',
  },
  {
    finding: 'the certificate is valid',
    where: `${state} / laptop`,
    says: /✅ \*\*Certificate\*\* \(endpoint agent\): agent\.example\.com, \d+ days left/,
  },
  {
    finding: 'no process of the gateway agent',
    where: `${state} / gateway`,
    says: '❌ **Process viworks-agent** (service gateway-agent): no such process',
  },
  {
    finding: 'no systemd service of it',
    where: `${state} / gateway`,
    says: '❌ **Unit viworks-agent.service** (service gateway-agent): no such unit',
  },
  {
    finding: 'the gateway reaches the backend',
    where: `${state} / gateway`,
    says: /✅ \*\*Port \d+ · from gateway\*\* \(endpoint agent\): connected/,
  },
  {
    finding: "the agent's configuration is there, and valid",
    where: `${state} / gateway`,
    says: '✅ **Configuration agent-outbound.toml**',
  },
  // 1 inventory and topology
  {
    finding: 'the container: its id',
    where: `${inventory} / Service agent-server (backend, container viworks-backend-agent-new)`,
    says: '- **Container ID:** `0c1ee291c468`',
  },
  {
    finding: 'the container: running',
    where: `${inventory} / Service agent-server`,
    says: '- **Container:** running since',
  },
  {
    finding: 'the container: ports 8080 and 8081 published',
    where: `${inventory} / Service agent-server`,
    says: '- **Ports:** `8080->8080` and `8081->8081`',
  },
  {
    finding: 'the container: its two networks and addresses',
    where: `${inventory} / Service agent-server`,
    says: '- **Networks:** viworks-internal (172.19.0.4) and viworks-public (172.18.0.3)',
  },
  {
    finding: 'the container: its process',
    where: `${inventory} / Service agent-server`,
    says: '- **Process:** `/app/target/release/viworks-backend-agent (PID 260)`',
  },
  {
    finding: 'nginx: its server block',
    where: `${inventory} / Proxy nginx`,
    says: `- **Server block:** \`agent.example.com\`, \`${conf}:17\``,
  },
  {
    finding: 'nginx: its certificate and when it expires',
    where: `${inventory} / Proxy nginx`,
    says: /\*\*Certificate:\*\* ✅ `CN=agent\.example\.com`[\s\S]*\*\*Expires:\*\* \w+ \d+, \d{4}/,
  },
  {
    finding: 'nginx: its target, which is the wrong port',
    where: `${inventory} / Proxy nginx`,
    says: '- **Proxy target:** ❌ `viworks-backend-agent-new:8080`',
  },
  {
    finding: 'nginx: the WebSocket headers are right',
    where: `${inventory} / Proxy nginx`,
    says: '- **WebSocket headers:** ✅ Upgrade and Connection are passed on, over HTTP/1.1',
  },
  {
    finding: 'the gateway agent: the URL of the backend',
    where: `${inventory} / Service gateway-agent`,
    says: /- \*\*Connects to:\*\* `wss:\/\/agent\.example\.com:\d+\/ws\/agent`/,
  },
  {
    finding: 'the gateway agent: not running',
    where: `${inventory} / Service gateway-agent`,
    says: '- **Process:** no such process',
  },
  // 2 the proxy
  {
    finding: 'the block that takes the request, with its lines, and the line at fault',
    where: `${proxy} / Route of /ws/agent`,
    says: /```nginx\n {2}29 \| +location \/ws\/agent \{\n> 30 \| +proxy_pass http:\/\/viworks-backend-agent-new:8080; {2}# ❌ .*8081\n {2}31 \| +proxy_http_version 1\.1;/,
  },
  {
    finding: 'HTTP/1.1 and the upgrade headers are passed on',
    where: proxy,
    says: '✅ **WebSocket headers**: Upgrade and Connection are passed on, over HTTP/1.1',
  },
  { finding: 'the read timeout of an hour', where: proxy, says: '✅ **Read timeout**: 3600 s' },
  { finding: 'nginx finds its configuration valid', where: proxy, says: 'test is successful' },
  // 3 the backend agent
  {
    finding: 'the status of the WebSocket server: critical',
    where: server,
    says: '**Status: ❌ FAILED**, agent-server listens on port 8081 and never accepts a connection',
  },
  {
    finding: 'its configuration has port 8081',
    where: server,
    says: '✅ **agent_management.port** = 8081, `viworks-backend-agent-new:/app/config/backend-agent.toml:7`',
  },
  {
    finding: 'both sockets are listening, of the same process',
    where: server,
    says: /LISTEN 0 128 0\.0\.0\.0:8080 .*pid=260.*\nLISTEN \d+ 128 0\.0\.0\.0:8081 .*pid=260/,
  },
  {
    finding: 'port 8081 never accepts',
    where: server,
    says: /\d+ connections? waits? of at most 128 to be accepted; the kernel completed \d+ that no process has accepted/,
  },
  // 4 the gateway agent
  {
    finding: 'the status of the gateway agent: not deployed',
    where: agent,
    says: '**Status: ❌ FAILED**, gateway-agent was never deployed on gateway',
  },
  { finding: 'what runs there instead', where: agent, says: /gateway\$ ps .*\n[\s\S]*monitoring-agent/ },
  { finding: 'the unit is not there', where: agent, says: /systemctl show .*\n[\s\S]*LoadState=not-found/ },
  {
    finding: 'its configuration has the right URL',
    where: agent,
    says: /✅ \*\*outbound\.backend_url\*\* = "?`?"?wss:\/\/agent\.example\.com/,
  },
  // 5 the network
  { finding: 'connectivity is confirmed', where: network, says: '**Status: ✅ OK**, connectivity confirmed' },
  {
    finding: 'the name resolves, from here and from the gateway',
    where: `${network} / DNS resolution`,
    says: /✅ \*\*Name resolves\*\*.*127\.0\.0\.1[\s\S]*✅ \*\*Name resolves · from gateway\*\*.*127\.0\.0\.1/,
  },
  { finding: 'the port is open', where: `${network} / Port connectivity`, says: /connected to 127\.0\.0\.1/ },
  {
    finding: 'the certificate: name, issuer, expiry, a whole chain',
    where: `${network} / TLS and certificate`,
    says: /`CN=agent\.example\.com`[\s\S]*\*\*Issuer:\*\* `CN=Demo authority`, trusted[\s\S]*\*\*Expires:\*\*/,
  },
  // 6 the WebSocket endpoint
  {
    finding: 'direct: health through 8080',
    where: `${testing} / Direct`,
    says: /backend\$ GET http:\/\/localhost:8080\/health.*\nHTTP\/1\.1 200 OK[\s\S]*\{"status":"healthy"\}/,
  },
  {
    finding: 'direct: no answer on 8081',
    where: `${testing} / Direct`,
    says: /backend\$ GET http:\/\/localhost:8081\/health.*\ntimeout: connected, no answer/,
  },
  {
    finding: 'through nginx: health is well',
    where: `${testing} / Through the endpoint, from laptop`,
    says: /✅ \*\*HTTP health\*\*.*200 OK/,
  },
  {
    finding: 'through nginx: 404 to the upgrade',
    where: `${testing} / Through the endpoint, from laptop`,
    says: /GET wss:.*Upgrade: websocket.*\nHTTP\/1\.1 404 Not Found/,
  },
  {
    finding: 'through nginx, from the gateway: the same',
    where: `${testing} / Through the endpoint, from gateway`,
    says: '404 Not Found instead of 101 Switching Protocols',
  },
  // root cause analysis
  {
    finding: 'the primary root cause, seen directly, and what it explains',
    where: 'Root cause analysis / Primary root cause: agent-server listens on port 8081 and never accepts',
    says: /certain: seen directly[\s\S]*What cannot pass while it stands:[\s\S]*WebSocket upgrade[\s\S]*Connected to/,
  },
  {
    finding: 'the port mismatch',
    where: 'Root cause analysis / Secondary issues',
    says: '1. **nginx forwards agent.example.com to port 8080; agent-server serves it on 8081**',
  },
  {
    finding: 'the gateway agent is not deployed, its unit is not installed',
    where: 'Root cause analysis / Secondary issues',
    says: /2\. \*\*gateway-agent was never deployed on gateway\*\*[\s\S]*Unit viworks-agent\.service \(gateway\): no such unit/,
  },
  // fix plan
  {
    finding: 'P0: the server loop that is never run',
    where: 'Fix plan / P0 / Fix service agent-server',
    says: 'main.rs creates the AgentManager and never calls run_server_loop()',
  },
  {
    finding: 'P0: the file and line of the proxy',
    where: 'Fix plan / P0 / Fix proxy nginx',
    says: `- **File:** \`${conf}:30\``,
  },
  {
    finding: 'P0: the change, as a diff',
    where: 'Fix plan / P0 / Fix proxy nginx',
    says: /```diff\n--- .*\n\+\+\+ .*\n@@ -30 \+30 @@\n-proxy_pass http:\/\/viworks-backend-agent-new:8080;\n\+proxy_pass http:\/\/viworks-backend-agent-new:8081;\n```/,
  },
  {
    finding: 'P0: reload nginx',
    where: 'Fix plan / P0 / Fix proxy nginx',
    says: /```sh\n[\s\S]*docker exec nginx nginx .*-s reload/,
  },
  {
    finding: 'P1: deploy the gateway agent, install its unit, start it',
    where: 'Fix plan / P1 / Fix service gateway-agent',
    says: /deploy gateway-agent on gateway[\s\S]*systemctl enable --now viworks-agent\.service/,
  },
  // verification
  {
    finding: 'after P0: the server accepts',
    where: 'Verification steps / After the P0 fixes',
    says: /ss -tln sport = :8081\n[\s\S]*\*\*Expected:\*\* Recv-Q 0/,
  },
  {
    finding: 'after P0: the upgrade through nginx',
    where: 'Verification steps / After the P0 fixes',
    says: /Upgrade: websocket.*\n[\s\S]*\*\*Expected:\*\* HTTP\/1\.1 101 Switching Protocols/,
  },
  {
    finding: 'after P1: the unit is active',
    where: 'Verification steps / After the P1 fixes',
    says: /on gateway:[\s\S]*systemctl is-active viworks-agent\.service\n[\s\S]*\*\*Expected:\*\* active/,
  },
  // rollback
  ...['Service agent-server', 'Proxy nginx', 'Service gateway-agent'].map((part) => ({
    finding: `rollback with its impact: ${part}`,
    where: `Rollback considerations / ${part}`,
    says: /\*\*Rollback:\*\* \w+[\s\S]*\*\*Impact:\*\* \w+/,
  })),
  // evidence
  {
    finding: 'the commands on the backend',
    where: 'Evidence summary / Commands executed / On backend',
    says: /docker container inspect[\s\S]*ss -H -O -tlnp[\s\S]*GET http:\/\/localhost:8081\/health/,
  },
  {
    finding: 'the commands on the gateway',
    where: 'Evidence summary / Commands executed / On gateway',
    says: /getent ahosts agent\.example\.com[\s\S]*systemctl show[\s\S]*ps -ww/,
  },
  {
    finding: 'the connectivity tests from here',
    where: 'Evidence summary / Commands executed / On laptop',
    says: /dig @[\s\S]*openssl s_client[\s\S]*GET https:.*\/health[\s\S]*GET wss:/,
  },
  ...[
    'viworks-backend-agent-new:/app/config/backend-agent.toml',
    conf,
    '/opt/viworks/agent/agent-outbound.toml',
  ].map((file) => ({
    finding: `a file of evidence: ${file}`,
    where: 'Evidence summary / Key evidence files',
    says: `\`${file}\``,
  })),
  // conclusion
  {
    finding: 'the causes, and what mends them',
    where: 'Conclusion',
    says: /3 causes explain[\s\S]*1\. \*\*agent-server[\s\S]*2\. \*\*nginx[\s\S]*3\. \*\*gateway-agent/,
  },
];

describe('what the report found', () => {
  it.each(cases)('$where: $finding', ({ where, says }) => {
    const there = under(where);
    if (typeof says === 'string') expect(there).toContain(says);
    else expect(there).toMatch(says);
  });
});

it('has the sections of the report, in its order', () => {
  expect(text.match(/^## .*/gm)).toEqual([
    '## Executive summary',
    '## Current state summary',
    '## Detailed findings',
    '## Root cause analysis',
    '## Fix plan',
    '## Verification steps',
    '## Rollback considerations',
    '## Evidence summary',
    '## Conclusion',
  ]);
  expect(
    under(findings)
      .match(/^### .*/gm)
      ?.map((line) => line.replace(/ \(.*/, '')),
  ).toEqual([
    '### 1. Inventory & topology',
    '### 2. Proxy nginx: analysis',
    '### 3. Service agent-server: analysis',
    '### 4. Service gateway-agent: analysis',
    '### 5. Network connectivity analysis',
    '### 6. WebSocket endpoint testing',
  ]);
});

it('is headed by date, scope, vantages and the version, and closed by who made it', () => {
  const [head = ''] = text.split('\n## ');
  expect(head).toMatch(/^# ViWorkS agent connectivity \(demo\): incident report\n/);
  expect(head).toMatch(/- \*\*Date:\*\* \w+ \d+, \d{4}, \d\d:\d\d UTC\n/);
  expect(head).toContain(`wss://agent.example.com:${port}/ws/agent\` through nginx to agent-server:8081`);
  expect(head).toMatch(
    /- \*\*Looked from:\*\* laptop \(this run\), .*gateway.* over SSH and backend.* over SSH\n/,
  );
  expect(text).toMatch(/\n---\n\n\*Report generated by viworks-doctor [\d.]+ on .* \(run [\w-]+\)\*\n$/);
});

it('says nothing that is not so', () => {
  // nothing in front of the server is at fault, and no row could not be looked at
  expect(text).not.toMatch(/❓ \*\*|⚠️ \*\*/);
  for (const sound of [
    'Name resolves',
    'Port',
    'Certificate',
    'HTTP health',
    'Process nginx',
    'Listens on',
    'Container',
  ])
    expect(text).not.toMatch(new RegExp(`❌ \\*\\*${sound}`));
  // its upgrade test spoke HTTP/2, over which no upgrade is possible
  expect(text).not.toContain('HTTP/2');
  expect(text.match(/❌ \*\*(?:Answers|WebSocket) on 8080/)).toBeNull();
});
