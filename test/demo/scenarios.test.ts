/** Each scenario, looked at through the real SSH sessions and diagnosed as any run is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { scenarios } from '../../src/demo/scenario.ts';
import { openStage, type Stage } from '../../src/demo/stage.ts';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { planRun } from '../../src/plan/plan.ts';
import { topologyOf } from '../../src/plan/topology.ts';
import { registry } from '../../src/registry.ts';
import { lookLive } from '../../src/run/look.ts';
import { runSteps } from '../../src/run/run.ts';
import { localSource } from '../../src/vantage/local.ts';
import { nothingSecret } from '../../src/vantage/observe.ts';
import { openSessions } from '../../src/vantage/ssh/sessions.ts';

let stage: Stage | null = null;
afterEach(() => stage?.close());

function configOf({ config: text, folder }: Stage) {
  const loaded = loadConfig({
    text,
    file: join(folder, 'viworks-doctor.toml'),
    env: {},
    folder,
    home: folder,
    readable: (path) => (existsSync(path) ? null : 'there is no such file'),
    kinds: Object.fromEntries(Object.entries(registry).map(([kind, { options }]) => [kind, options])),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors));
  return loaded.config;
}

/** The home is the stage's folder, so that nobody's own ~/.ssh decides anything here. */
async function examined(name: keyof typeof scenarios) {
  stage = await openStage(scenarios[name]);
  const config = configOf(stage);
  const environment = { askPassphrase: null, env: { PATH: process.env.PATH }, home: stage.folder };
  const sessions = openSessions(config.hosts, environment);
  const local = localSource({ login: sessions.login });
  try {
    const outcomes = await runSteps({
      steps: planRun(config),
      checks: registry,
      lookAt: lookLive({
        source: (vantage) => (vantage === 'local' ? local : sessions.source(vantage)),
        redactor: nothingSecret,
        timeoutMs: 3000,
        signal: new AbortController().signal,
        ended: () => null,
      }),
      concurrency: 8,
      failFast: false,
      ended: () => null,
    });
    // Whether this machine has a network of its own is no matter of the demo.
    const results = outcomes.map(({ result }) => result).filter(({ subject }) => subject !== 'observer');
    return { results, causes: diagnose({ results, topology: topologyOf(config) }) };
  } finally {
    await sessions.close();
  }
}

describe('scenarios', () => {
  const cases = [
    {
      scenario: 'incident',
      causes: ['service.not-accepting certain', 'proxy.wrong-port certain', 'service.not-deployed certain'],
    },
    { scenario: 'healthy', causes: [] },
    { scenario: 'not-accepting', causes: ['service.not-accepting certain'] },
    { scenario: 'wrong-port', causes: ['proxy.wrong-port certain'] },
    { scenario: 'agent-stopped', causes: ['systemd.inactive certain'] },
    { scenario: 'expired', causes: ['tls.expired certain'] },
  ] as const;

  test('are all tried', () => {
    expect(cases.map(({ scenario }) => scenario)).toEqual(Object.keys(scenarios));
  });

  test.each(cases)('$scenario', async ({ scenario, causes }) => {
    const seen = await examined(scenario);
    expect(seen.causes.map(({ code, confidence }) => `${code} ${confidence}`)).toEqual(causes);
    const wrong = seen.results
      .flatMap(({ findings }) => findings)
      .filter(({ code }) => code === 'proxy.wrong-port');
    // The line of proxy_pass in the played configuration.
    for (const { file, line } of wrong)
      expect(`${file}:${line}`).toBe('/opt/viworks/digital ocean docker/nginx/nginx.conf:30');
    const unseen = seen.results.filter(({ status }) => status === 'error' || status === 'warn');
    expect(unseen.map(({ id, code }) => `${id} ${code}`)).toEqual([]);
    if (causes.length === 0) expect(seen.results.filter(({ status }) => status !== 'pass')).toEqual([]);
  });
});
