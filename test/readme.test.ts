/** What the README shows is so: its configuration loads and plans, and its picture is the program's own output. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reexamine } from '../src/cli/examine.ts';
import { loadConfig } from '../src/config/load.ts';
import { planRun } from '../src/plan/plan.ts';
import { registry } from '../src/registry.ts';
import { render } from '../src/report/formats.ts';
import { terminalPicture } from '../src/report/picture.ts';
import { reportSchema } from '../src/report/report.ts';
import { recordSchema } from '../src/run/record.ts';

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const readme = readFileSync(at('README.md'), 'utf8');

it('its configuration loads, and each of its steps has options that its kind takes', () => {
  const [, text = ''] = /```toml\n(.*?)```/s.exec(readme) ?? [];
  const loaded = loadConfig({
    text,
    file: 'viworks-doctor.toml',
    env: { AGENT_TOKEN: 'a secret token' },
    folder: '/etc',
    home: '/home/user',
    readable: () => null,
    kinds: Object.fromEntries(Object.entries(registry).map(([kind, { options }]) => [kind, options])),
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors, null, 2));
  const steps = planRun(loaded.config);
  expect(new Set(steps.map(({ kind }) => kind)).size).toBeGreaterThan(12);
  for (const { id, kind, options } of steps) {
    expect(registry[kind]?.options.safeParse(options).error, id).toBeUndefined();
  }
});

it("the demo's record gives the incident's three causes again, and the picture is made of it", async () => {
  const record = recordSchema.parse(JSON.parse(readFileSync(at('fixtures/incidents/demo.json'), 'utf8')));
  const { report } = await reexamine(record);
  expect(reportSchema.safeParse(report).error).toBeUndefined();
  expect(report.notes.filter((note) => note.startsWith('left out'))).toEqual([]);
  expect(
    report.diagnosis.causes.map(({ priority, code, confidence }) => `${priority} ${code} ${confidence}`),
  ).toEqual([
    'P0 service.not-accepting certain',
    'P0 proxy.wrong-port certain',
    'P1 service.not-deployed certain',
  ]);
  const options = { columns: 96, color: true, verbose: false, quiet: false };
  const picture = terminalPicture(await render('table', report, options), 'viworks-doctor demo');
  if (process.env.UPDATE) writeFileSync(at('.github/demo.svg'), picture);
  expect(picture).toBe(readFileSync(at('.github/demo.svg'), 'utf8'));
  expect(readme).toContain('(.github/demo.svg)');
});
