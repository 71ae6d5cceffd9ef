import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reexamine } from '../../src/cli/examine.ts';
import { exitCodeOf } from '../../src/cli/exit.ts';
import { recordSchema } from '../../src/run/record.ts';
import { compare } from './run.ts';
import { scenarios } from './scenarios.ts';

const folder = new URL('../../fixtures/incidents/lab/', import.meta.url);
const recorded = readdirSync(folder).map((file) => file.replace(/\.json$/, ''));

describe('what the lab has seen, judged and diagnosed again', () => {
  it('is kept of every scenario, and of no other', () => {
    expect(recorded.sort()).toEqual(scenarios.map(({ name }) => name).sort());
  });

  it.each(scenarios.filter(({ name }) => recorded.includes(name)))('$name: $about', async (scenario) => {
    const text = readFileSync(new URL(`${scenario.name}.json`, folder), 'utf8');
    const { report } = await reexamine(recordSchema.parse(JSON.parse(text)));
    expect(compare(scenario, report, exitCodeOf(report, false)).faults).toEqual([]);
  });
});
