/** What really reaches the demo's hosts, script by script, is what `plan` prints for them. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { planned } from '../../src/cli/planned.ts';
import { loadConfig } from '../../src/config/load.ts';
import { scenarios } from '../../src/demo/scenario.ts';
import { openStage, type Stage } from '../../src/demo/stage.ts';
import { commandsOf, commandsText } from '../../src/plan/commands.ts';
import { planRun } from '../../src/plan/plan.ts';
import { registry } from '../../src/registry.ts';
import { lookLive } from '../../src/run/look.ts';
import { runSteps } from '../../src/run/run.ts';
import { localSource } from '../../src/vantage/local.ts';
import { nothingSecret } from '../../src/vantage/observe.ts';
import { readScript } from '../../src/vantage/ssh/batch.ts';
import { openSessions } from '../../src/vantage/ssh/sessions.ts';
import { openWithSsh2 } from '../../src/vantage/ssh/ssh2.ts';
import type { OpenConnection } from '../../src/vantage/ssh/transport.ts';
import { matches, untold } from '../support/asks.ts';

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

/** Runs a scenario; what each host was sent, as a person would type it. */
async function sentIn(name: keyof typeof scenarios) {
  stage = await openStage(scenarios[name]);
  const config = configOf(stage);
  const sent: { host: string; argv: readonly string[] }[] = [];
  const open: OpenConnection = async (way, environment, limits) => {
    const opened = await openWithSsh2(way, environment, limits);
    if (!opened.ok) return opened;
    const { connection } = opened;
    const shell: typeof connection.shell = (script, onOutput) => {
      const looks = readScript(script)?.looks ?? [];
      for (const look of looks) {
        sent.push({ host: way.name, argv: 'argv' in look ? look.argv : ['cat', look.path] });
      }
      return connection.shell(script, onOutput);
    };
    return { ok: true, connection: { ...connection, shell } };
  };
  const environment = { askPassphrase: null, env: { PATH: process.env.PATH }, home: stage.folder };
  const sessions = openSessions(config.hosts, environment, open);
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
    return { config, sent, outcomes };
  } finally {
    await sessions.close();
  }
}

test.each(['incident', 'agent-stopped'] as const)('%s', async (name) => {
  const { config, sent, outcomes } = await sentIn(name);
  const steps = planned(config, planRun(config));
  const commands = commandsOf(steps);
  expect([...new Set(sent.map(({ host }) => host))].sort()).toEqual(['backend', 'gateway']);
  expect(sent.length).toBeGreaterThan(20);
  const untyped = sent.filter(
    ({ host, argv }) => !(commands.get(host) ?? []).some((command) => matches(command.argv, argv)),
  );
  expect(untyped).toEqual([]);
  for (const { step, looked } of outcomes) {
    const told = steps.find(({ id }) => id === step.id)?.asks ?? [];
    expect(untold(told, looked?.looks ?? []), step.id).toEqual([]);
  }
  // And in words, where nothing has to be filled in.
  const text = commandsText(steps);
  const isWhole = (argv: readonly string[]) =>
    !/nginx|nsenter|\/proc\/\d/.test(argv.join()) && argv.every((word) => /^[\w@%+=:,./-]+$/.test(word));
  const literal = sent.filter(({ argv }) => isWhole(argv));
  expect(literal.length).toBeGreaterThan(10);
  for (const { argv } of literal) expect(text).toContain(`\n  ${argv.join(' ')}`);
});
