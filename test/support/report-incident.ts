/** The incident that the project began with. */
import type { Report } from '../../src/report/report.ts';
import { login, onBackend, onGateway, reaches, topology } from './report-parts.ts';
import { bad, cause, evidence, noMore, report, row, waits } from './reports.ts';

const notFound = {
  facts: { url: 'wss://agent.example.com/ws/agent', attempts: [{ address: '192.0.2.10', status: 404 }] },
  expected: '101 Switching Protocols',
  observed: '404 Not Found',
};

export function incident(): Report {
  const results = [
    ...reaches('endpoint.agent'),
    row('endpoint.agent.http', 'HTTP health', '200 OK', { durationMs: 19 }),
    row('endpoint.agent.websocket', 'WebSocket upgrade', '404 Not Found instead of 101 Switching Protocols', {
      ...bad('fail', 'websocket.not-found', notFound),
      durationMs: 41,
      target: 'wss://agent.example.com/ws/agent',
      evidence: [
        evidence(
          'upgrade',
          'GET wss://agent.example.com/ws/agent (Upgrade: websocket, HTTP/1.1, to 192.0.2.10)',
          'HTTP/1.1 404 Not Found\nserver: nginx/1.27.1\ncontent-type: application/json\n\n{"error":"not found"}',
        ),
      ],
    }),
    ...reaches('endpoint.agent@gateway'),
    row(
      'endpoint.agent@gateway.websocket',
      'WebSocket upgrade',
      '404 Not Found instead of 101 Switching Protocols',
      { ...bad('fail', 'websocket.not-found', notFound), durationMs: 73 },
    ),
    row('host.backend.ssh', 'SSH login', 'root@192.0.2.10:22, ssh-ed25519 SHA256:1f0c', login('root')),
    row('host.gateway.ssh', 'SSH login', 'ada@192.0.2.30:22, ssh-ed25519 SHA256:1f0c', login('ada')),
    row('proxy.nginx.process', 'Process nginx', '5 processes, PID 811', onBackend),
    row('proxy.nginx.netstat.443', 'Listens on 443', '0.0.0.0:443, nginx', onBackend),
    row('proxy.nginx.route.agent', 'Route of agent', 'forwards to agent-server:8080, not to port 8081', {
      ...bad('fail', 'proxy.wrong-port', { expected: 'agent-server:8081', observed: 'agent-server:8080' }),
      ...onBackend,
      kind: 'nginx',
      subject: 'proxy.nginx',
      durationMs: 96,
      evidence: [
        evidence(
          'readFile',
          "cat '/opt/viworks/nginx/nginx.conf'",
          Array.from({ length: 30 }, (_, line) => `\t# line ${line + 1} of the configuration`).join('\n'),
          onBackend,
        ),
      ],
    }),
    row('service.agent-server.process', 'Process viworks-backend-agent', '1 process, PID 260', onBackend),
    row(
      'service.agent-server.netstat.8080',
      'Listens on 8080',
      '0.0.0.0:8080, viworks-backend-agent',
      onBackend,
    ),
    row('service.agent-server.http.8080', 'Answers on 8080', '200 OK', onBackend),
    row(
      'service.agent-server.netstat.8081',
      'Listens on 8081',
      '0.0.0.0:8081, viworks-backend-agent',
      onBackend,
    ),
    row(
      'service.agent-server.http.8081',
      'Answers on 8081',
      'connected, and never accepted: 2 connections wait in its queue of 128',
      { ...bad('fail', 'service.not-accepting'), ...onBackend, durationMs: 5004 },
    ),
    row('service.gateway-agent.systemd', 'Unit viworks-agent.service', 'no such unit', {
      ...bad('fail', 'systemd.not-found'),
      ...onGateway,
      durationMs: 62,
    }),
    row('service.gateway-agent.process', 'Process viworks-agent', 'no such process', {
      ...bad('fail', 'process.missing'),
      ...onGateway,
      durationMs: 62,
    }),
    row('service.gateway-agent.connection', 'Connected to agent', '', {
      ...waits('service.gateway-agent.process'),
      ...onGateway,
    }),
  ];
  const causes = [
    cause(
      'proxy.wrong-port',
      'proxy.nginx',
      'nginx forwards agent.example.com to port 8080; the WebSocket server is on 8081',
      {
        because: ['proxy.nginx.route.agent'],
        explains: ['endpoint.agent.websocket', 'endpoint.agent@gateway.websocket'],
        evidence: [
          'location / in /opt/viworks/nginx/nginx.conf:42 has proxy_pass http://agent-server:8080',
          'agent-server:8080 answers the upgrade of /ws/agent with the same 404 Not Found',
          'port 8081 of agent-server is bound by viworks-backend-agent (PID 260)',
        ],
        fix: {
          summary: 'Forward agent.example.com to port 8081.',
          steps: [
            'In /opt/viworks/nginx/nginx.conf:42 write: proxy_pass http://agent-server:8081;',
            'docker exec nginx nginx -t',
            'docker exec nginx nginx -s reload',
          ],
          ...noMore,
          rollback: 'Write port 8080 again, and reload.',
        },
        verify: ['viworks-doctor run --only proxy.nginx', 'viworks-doctor run --only endpoint.agent'],
      },
    ),
    cause(
      'service.not-accepting',
      'service.agent-server',
      'viworks-backend-agent listens on 8081 and never accepts a connection',
      {
        because: ['service.agent-server.http.8081'],
        explains: ['endpoint.agent.websocket', 'endpoint.agent@gateway.websocket'],
        evidence: [
          '2 of 128 places in the accept queue of 0.0.0.0:8081 are taken, and nobody takes them out',
          'our own connection to it has no owner (inode 0): the kernel completed it, the process did not accept',
        ],
        fix: {
          summary: 'main.rs never calls run_server_loop(): see docs/agent.md',
          steps: ['Start the server loop after AgentManager::start(), and deploy.'],
          ...noMore,
          rollback: 'Deploy the version before.',
        },
        verify: ['viworks-doctor run --only service.agent-server'],
      },
    ),
    cause('service.not-deployed', 'service.gateway-agent', 'gateway-agent was never installed on gateway', {
      priority: 'P1',
      because: ['service.gateway-agent.systemd', 'service.gateway-agent.process'],
      explains: ['service.gateway-agent.connection'],
      evidence: ['no unit viworks-agent.service, no process viworks-agent and no program file of that name'],
      fix: {
        summary: 'Install the agent on gateway.',
        steps: [
          'Install the program and its unit viworks-agent.service.',
          'systemctl enable --now viworks-agent',
        ],
        ...noMore,
        rollback: 'systemctl disable --now viworks-agent',
      },
      verify: ['viworks-doctor run --only service.gateway-agent'],
    }),
  ];
  return report({
    results,
    topology,
    durationMs: 6214,
    notes: ['The look at port 8081 left one more connection in its accept queue.'],
    diagnosis: { causes },
  });
}
