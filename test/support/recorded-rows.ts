/** Results as the runner makes them out of recorded looks: of fixtures, and of whole recorded runs. */
import { readFileSync } from 'node:fs';
import type { Check } from '../../src/check.ts';
import { reexamine } from '../../src/cli/examine.ts';
import type { Step } from '../../src/plan/step.ts';
import { registry } from '../../src/registry.ts';
import type { Report, Result } from '../../src/report/report.ts';
import { recordSchema } from '../../src/run/record.ts';
import { crashed, endedEarly, judged } from '../../src/run/result.ts';
import { readFixture, replayFixture } from './fixture.ts';

const hosts: Readonly<Record<string, string>> = {
  'service.agent-server': 'backend',
  'service.gateway-agent': 'gateway',
  'proxy.nginx': 'backend',
};

/** Where a row of the incident's topology is looked at from is in its id. */
function stepOf(id: string, kind: string, options: Step['options']): Step {
  const [, subject = 'observer', from] =
    /^([a-z]+\.[a-z0-9-]+)(?:@([a-z0-9-]+))?/.exec(id.replace(/^observer\..*/, '')) ?? [];
  return { id, kind, subject, vantage: from ?? hosts[subject] ?? 'local', options, needs: [] };
}

/** A fixture's looks, judged again, as the row `id`. */
export async function recordedRow(name: string, id: string): Promise<Result> {
  const fixture = readFixture(name);
  const check = registry[fixture.kind] as Check;
  const { facts, verdict, options } = await replayFixture(check, fixture);
  const looked = { facts, looks: [], durationMs: 1, attempts: 1 };
  return judged(stepOf(id, fixture.kind, options as Step['options']), check, verdict, looked);
}

/** What the runner itself says of a row: that the time was up, or that its check threw. */
export function runnersRow(id: string, kind: string, options: Step['options'], says: 'deadline' | 'crash') {
  const check = registry[kind] as Check;
  const step = stepOf(id, kind, check.options.parse(options) as Step['options']);
  return says === 'deadline'
    ? endedEarly(step, check, 'deadline')
    : crashed(step, check, 'TypeError: x is not a function (at look (redis.js:12))');
}

/** A whole recorded run of `fixtures/incidents`, judged and diagnosed again. */
export async function replayedIncident(name: string): Promise<Report> {
  const file = new URL(`../../fixtures/incidents/${name}.json`, import.meta.url);
  const { report } = await reexamine(recordSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  return report;
}
