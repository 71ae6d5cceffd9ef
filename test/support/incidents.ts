/** Results as the runner makes them, in one line each, for tests of the diagnosis. What they show is written by hand. */

import { registry } from '../../src/registry.ts';
import type { Result, Topology } from '../../src/report/report.ts';
import { runnerFindings } from '../../src/run/result.ts';

interface Row {
  readonly code?: string;
  /** Where it is not the code's own. */
  readonly status?: Result['status'];
  readonly facts?: Record<string, unknown>;
  readonly values?: Record<string, unknown>;
  readonly expected?: string;
  readonly observed?: string;
}

/** `status` is the code's own; a row without a code passes; `waits on ID` is a skip. */
export function row(id: string, what: string | Row = {}): Result {
  const given: Row = typeof what === 'string' ? (what.startsWith('waits on ') ? {} : { code: what }) : what;
  const blockedBy = typeof what === 'string' && what.startsWith('waits on ') ? what.slice(9) : null;
  const [, subject = '', from, rest = ''] = /^([a-z]+\.[a-z0-9-]+)(?:@([a-z0-9-]+))?\.(.+)$/.exec(id) ?? [];
  const own = /^observer\.(\w+)$/.exec(id)?.[1];
  const kind = own ?? (rest.split('.')[0] ?? '').replace('route', 'nginx').replace('idle', 'websocket');
  const status = given.status
    ? given.status
    : given.code
      ? ((registry[kind]?.findings[given.code] ?? runnerFindings[given.code])?.status ?? 'fail')
      : blockedBy
        ? 'skip'
        : 'pass';
  return {
    id,
    kind,
    subject: own ? 'observer' : subject,
    label: rest,
    target: id,
    vantage: from ?? vantageOfRow(subject),
    status,
    code: given.code ?? null,
    findings: given.code
      ? [
          {
            code: given.code,
            status: status as 'fail',
            says: given.code,
            expected: given.expected ?? null,
            observed: given.observed ?? null,
            file: null,
            line: null,
            values: given.values ?? {},
          },
        ]
      : [],
    summary: given.code ?? (blockedBy ? `waits on ${blockedBy}` : 'fine'),
    expected: given.expected ?? null,
    observed: given.observed ?? null,
    durationMs: 1,
    attempts: 1,
    blockedBy,
    waiver: null,
    evidence: [],
    facts: blockedBy ? null : completed(given.facts ?? {}),
  };
}

/** Of an attempt and a listener a look keeps every fact, null where it is not known. */
function completed({ attempts, listener, ...facts }: Record<string, unknown>): Record<string, unknown> {
  const attempt = { failure: null, status: null, bodyStart: null, received: null, session: null };
  return {
    ...facts,
    ...(Array.isArray(attempts) ? { attempts: attempts.map((one: object) => ({ ...attempt, ...one })) } : {}),
    ...(listener ? { listener: { queue: null, limit: null, unaccepted: null, ...listener } } : {}),
  };
}

const hostOfService: Readonly<Record<string, string>> = {
  'service.agent-server': 'backend',
  'service.gateway-agent': 'gateway',
  'proxy.nginx': 'backend',
};
const vantageOfRow = (subject: string): string => hostOfService[subject] ?? 'local';

/** The incident's: a gateway's agent → an endpoint → nginx → a service's port on the backend. */
export const topology: Topology = {
  file: 'viworks-doctor.toml',
  hosts: {
    backend: { address: '192.0.2.10', local: false, wayIn: true },
    gateway: { address: '192.0.2.30', local: false, wayIn: true },
  },
  endpoints: {
    agent: {
      url: 'wss://agent.example.com/ws/agent',
      host: 'agent.example.com',
      port: 443,
      resolvesTo: ['backend'],
      via: 'nginx',
      to: { service: 'agent-server', port: 8081 },
      lastRow: 'websocket',
    },
  },
  services: {
    'agent-server': {
      host: 'backend',
      unit: 'agent-server.service',
      process: 'viworks-backend-agent',
      ports: [8080, 8081],
      connectsTo: null,
      runbook: {},
    },
    'gateway-agent': {
      host: 'gateway',
      unit: 'viworks-agent.service',
      process: 'viworks-agent',
      ports: [],
      connectsTo: 'agent',
      runbook: {},
    },
  },
  proxies: { nginx: { host: 'backend' } },
};

const ids = [
  'endpoint.agent.dns',
  'endpoint.agent.port',
  'endpoint.agent.tls',
  'endpoint.agent.http',
  'endpoint.agent.websocket',
  'endpoint.agent@gateway.dns',
  'endpoint.agent@gateway.port',
  'endpoint.agent@gateway.tls',
  'endpoint.agent@gateway.websocket',
  'host.backend.ssh',
  'host.gateway.ssh',
  'service.agent-server.systemd',
  'service.agent-server.process',
  'service.agent-server.netstat.8080',
  'service.agent-server.netstat.8081',
  'service.agent-server.http.8080',
  'service.agent-server.http.8081',
  'service.agent-server.websocket.8081',
  'proxy.nginx.process',
  'proxy.nginx.netstat.443',
  'proxy.nginx.nginx',
  'proxy.nginx.route.agent',
  'service.gateway-agent.systemd',
  'service.gateway-agent.process',
  'service.gateway-agent.connection',
] as const;

/** Every row of the topology: as given, and a pass where nothing is said. */
export function rows(given: Partial<Record<(typeof ids)[number], string | Row>> = {}): Result[] {
  return ids.map((id) => row(id, given[id]));
}
