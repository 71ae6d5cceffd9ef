/** The subjects and rows that the hand-made reports share. */
import type { Result, Topology } from '../../src/report/report.ts';
import { row } from './reports.ts';

export const topology: Topology = {
  file: '/home/ada/viworks-doctor.toml',
  hosts: {
    backend: { address: 'backend.example.com', local: false, wayIn: true },
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
      unit: null,
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

export const login = (user: string): Partial<Result> => ({
  durationMs: 388,
  facts: { login: { user } },
});
export const onBackend = { vantage: 'backend' };
export const onGateway = { vantage: 'gateway' };
export const upgraded = { facts: { attempts: [{ address: '192.0.2.10', status: 101 }] } };

export function reaches(prefix: string): Result[] {
  return [
    row(`${prefix}.dns`, 'Name resolves', '192.0.2.10', { durationMs: 3.2 }),
    row(`${prefix}.port`, 'Port 443', '192.0.2.10', { durationMs: 11 }),
    row(`${prefix}.tls`, 'Certificate', "valid for 68 days, issued by Let's Encrypt R13", { durationMs: 24 }),
  ];
}
