/** What a report may show of a look, and what not. */
import { expect, it } from 'vitest';
import { config } from '../../checks/config.ts';
import { journal } from '../../checks/journal.ts';
import type { Check } from '../../src/check.ts';
import { describeLook } from '../../src/run/evidence.ts';
import { judged } from '../../src/run/result.ts';
import { type Look, observe } from '../../src/vantage/observe.ts';
import { replaySource } from '../../src/vantage/replay.ts';
import { readFixture } from '../support/fixture.ts';

async function resultOf<O, F>(check: Check<O, F>, name: string) {
  const fixture = readFixture(name);
  const options = check.options.parse(fixture.options);
  const looks: Look[] = [];
  const limits = { timeoutMs: 1000, signal: new AbortController().signal };
  const vantage = observe(fixture.vantage, replaySource(fixture.looks), limits, looks);
  const facts = await check.look(vantage, options, fixture.ground);
  const step = {
    id: 'x',
    kind: check.kind,
    subject: 'x',
    vantage: 'local',
    options: options as object,
    needs: [],
  };
  const looked = { looks, facts, durationMs: 1, attempts: 1 };
  return judged(
    { ...step, options: { ...step.options } },
    check as Check,
    check.judge(facts, options),
    looked,
  );
}

it.each([
  ['config/config.mismatch-port.json', '4: agent_management.port = 8081'],
  ['config/config.mismatch-mounted.json', '4: agent_management.port = 8081'],
  ['config/pass-readable.json', '(all else in the file is left out)'],
  ['config/config.mismatch-secret.json', '8: outbound.token = (not shown)'],
  ['config/config.invalid-toml.json', '(not shown: it does not parse)'],
  ['config/config.invalid-yaml.json', '(not shown: it does not parse)'],
])('%s shows the expected keys alone', async (name, shown) => {
  const result = await resultOf(config, name);
  expect(result.evidence.map(({ output }) => output).join('\n')).toContain(shown);
  const { evidence, facts, findings, summary } = result;
  expect(JSON.stringify({ evidence, facts, findings, summary })).not.toContain('not-for-reports');
});

it('a log shows its last lines in plain words', async () => {
  const { evidence } = await resultOf(journal, 'journal/journal.error-unit.json');
  expect(
    evidence
      .find(({ command }) => command.startsWith('journalctl'))
      ?.output.split('\n')
      .at(-1),
  ).toMatch(/^2026-11-24T[\d:.]+Z connection failed: 401$/);
});

it('what a check cannot clear is not shown', async () => {
  const broken: Check = {
    ...(config as Check),
    shows: () => {
      throw new Error('broken');
    },
  };
  const { evidence } = await resultOf(broken, 'config/pass-readable.json');
  expect(evidence.map(({ output }) => output)).toEqual(['']);
});

const resolved = (name: string, source: string): Look => ({
  operation: 'resolve',
  args: { name },
  outcome: { ok: true, addresses: [{ address: '127.0.0.1', family: 4 }], source },
  durationMs: 1,
});
const asked = (url: string): Look => ({
  operation: 'request',
  args: { method: 'GET', url, address: '127.0.0.1', headers: {}, tls: {}, maxBytes: 1 },
  outcome: { ok: false, failure: 'timeout', detail: 'no answer' },
  durationMs: 1,
});

it.each([
  [resolved('127.0.0.1', 'literal'), '127.0.0.1 is an address'],
  [resolved('localhost', '/etc/hosts'), 'getent ahosts localhost'],
  [
    asked('http://a.example.com/?key=%E2%80%B9TOKEN%E2%80%BA&x=%20'),
    'GET http://a.example.com/?key=‹TOKEN›&x=%20 (to 127.0.0.1)',
  ],
])('a look is shown as a person would type it: %#', (look, command) => {
  expect(describeLook(look, 'local').command).toBe(command);
});
