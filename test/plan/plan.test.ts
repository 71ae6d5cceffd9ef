/** The plan is data: compared whole. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { configFromTargets } from '../../src/config/targets.ts';
import { planRun } from '../../src/plan/plan.ts';
import { select } from '../../src/plan/select.ts';
import { topologyOf } from '../../src/plan/topology.ts';
import { registry } from '../../src/registry.ts';

const incident = `
title = "agent connectivity"
[defaults]
resolver = "192.0.2.53:53"
[hosts.backend]
address = "backend.example.com"
ssh = { user = "root" }
[hosts.gateway]
address = "192.0.2.30"
ssh = true
[hosts.silent]
address = "192.0.2.40"
[endpoints.agent]
url = "wss://agent.example.com/ws/agent"
resolves_to = ["backend", "192.0.2.11"]
health = "/health"
via = "nginx"
to = "agent-server:8081"
headers = { Authorization = "Bearer x" }
expect = { status = 200 }
[services.agent-server]
host = "backend"
process = "viworks-backend-agent"
listens = [
  { port = 8080, health = "/health" },
  { port = 8081, health = "/health", websocket = "/ws/agent" },
]
[services.gateway-agent]
host = "gateway"
unit = "viworks-agent.service"
process = "viworks-agent"
connects_to = "agent"
[services.blind]
host = "silent"
process = "x"
[proxies.nginx]
host = "backend"
[[checks]]
kind = "http"
name = "admin-api"
from = "gateway"
url = "http://backend.example.com:9000/health"
`;

function configOf(text: string) {
  const loaded = loadConfig({
    text,
    file: 'viworks-doctor.toml',
    env: {},
    folder: '/etc/viworks',
    home: '/home/user',
    readable: () => null,
    kinds: Object.fromEntries(Object.entries(registry).map(([kind, { options }]) => [kind, options])),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  return loaded.config;
}

const config = configOf(incident);
const steps = planRun(config);

function golden(name: string, value: unknown): void {
  const file = new URL(`../../fixtures/plans/${name}.json`, import.meta.url);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (process.env.UPDATE) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

it("the incident's plan", () => golden('incident', steps));
it("the incident's topology", () => golden('incident-topology', topologyOf(config)));

it('every step is of a kind, has options that its schema takes, and stands on steps of the plan', () => {
  for (const { id, kind, options, needs, doubts } of steps) {
    expect(registry[kind]?.options.safeParse(options).error, id).toBeUndefined();
    for (const other of [...needs, ...(doubts ? [doubts] : [])]) {
      const provider = steps.find((step) => step.id === other.id);
      // `works` is the runner's own, of any row that passed.
      const provided = ['works', ...Object.keys(registry[provider?.kind ?? '']?.provides ?? {})];
      expect(provided, id).toContain(other.fact);
    }
  }
});

describe('the rows of a target', () => {
  it.each([
    ['wss://agent.example.com/ws', ['dns', 'port', 'tls', 'http', 'websocket']],
    ['ws://agent.example.com/ws', ['dns', 'port', 'http', 'websocket']],
    ['https://example.com/api', ['dns', 'port', 'tls', 'http']],
    ['example.com', ['dns', 'port', 'tls', 'http']],
    ['http://example.com', ['dns', 'port', 'http']],
    ['tcp://db.example.com:5432', ['dns', 'port']],
    ['tls://mail.example.com:993', ['dns', 'port', 'tls']],
    ['tcp://192.0.2.1:5432', ['port']],
    ['ssh://root@db.example.com', ['ssh']],
  ])('%s', (target, kinds) => {
    const made = configFromTargets([target]);
    if (!made.ok) throw new Error(JSON.stringify(made.errors));
    const planned = planRun(made.config).filter(({ subject }) => subject !== 'observer');
    expect(planned.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('--only and --skip', () => {
  const shown = (only: string[], skip: string[] = []) =>
    select(steps, only, skip)
      .steps.filter(({ quiet }) => !quiet)
      .map(({ id }) => id);

  it('a kind', () => expect(shown(['process'])).toHaveLength(4));
  it('a subject with all its vantages', () => {
    expect(shown(['endpoint.agent'])).toContain('endpoint.agent@gateway.dns');
    expect(shown(['endpoint.agent'])).toHaveLength(9);
  });
  it('a glob over ids', () => {
    expect(shown(['*.8081'])).toEqual([
      'service.agent-server.netstat.8081',
      'service.agent-server.http.8081',
      'service.agent-server.websocket.8081',
    ]);
  });
  it('what a chosen step stands on is looked at too, quietly', () => {
    const selected = select(steps, ['endpoint.agent@gateway.websocket'], []).steps;
    expect(selected.filter(({ quiet }) => quiet).map(({ id }) => id)).toEqual([
      'observer.network',
      'endpoint.agent@gateway.dns',
      'endpoint.agent@gateway.port',
      'endpoint.agent@gateway.tls',
      'host.gateway.ssh',
    ]);
  });
  it('the clock is looked at with what a wrong one would break', () => {
    const quiet = select(steps, ['endpoint.agent.tls'], []).steps.filter((step) => step.quiet);
    expect(quiet.map(({ id }) => id)).toContain('observer.clock');
    expect(quiet.map(({ id }) => id)).not.toContain('host.backend.ssh');
  });
  it('what stands on a skipped step stands alone', () => {
    const { needs } = select(steps, [], ['dns']).steps.find(({ id }) => id === 'endpoint.agent.port') ?? {};
    expect(needs).toEqual([]);
  });
  it('a pattern that matches nothing is said', () => {
    expect(select(steps, ['apache'], ['tsl']).unmatched).toEqual(['apache', 'tsl']);
  });
});

it('a service reached by a proxy on another host, or directly, is reached from outside', () => {
  const outside = (text: string) => {
    const step = planRun(configOf(text)).find(({ id }) => id === 'service.s.netstat.80');
    return step?.options.outside;
  };
  const service =
    '[services.s]\nhost = "a"\nlistens = [{ port = 80 }]\n[hosts.a]\nssh = true\naddress = "192.0.2.1"\n';
  const endpoint = '[endpoints.e]\nurl = "http://e.example.com"\nto = "s:80"\n';
  expect(outside(service)).toBe(false);
  expect(outside(service + endpoint)).toBe(true);
  expect(outside(`${service}${endpoint}via = "p"\n[proxies.p]\nhost = "a"\n`)).toBe(false);
  expect(
    outside(`${service}${endpoint}via = "p"\n[proxies.p]\nhost = "b"\n[hosts.b]\naddress = "192.0.2.2"\n`),
  ).toBe(true);
});
