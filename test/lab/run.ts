/** Runs scenarios one by one: puts the fault in, has doctor look from the laptop, compares, and repairs. */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cwd, env, execPath } from 'node:process';
import type { Cause, Report } from '../../src/report/report.ts';
import { containerConfiguration, doctorConfiguration } from './doctor-configuration.ts';
import type { Scenario } from './scenario.ts';
import { laptopHome, type World } from './world.ts';

/** As `npm run bundle` made it; DOCTOR names another one. */
const program = env.DOCTOR ?? join(cwd(), 'dist/main.js');

export interface Outcome {
  readonly scenario: Scenario;
  /** `P0 code subject`. */
  readonly named: readonly string[];
  /** In words, all that is not as it must be; none when it passed. */
  readonly faults: readonly string[];
  /** Ids of rows with findings that no cause accounts for. */
  readonly unexplained: readonly string[];
  /** Of doctor's run, in milliseconds. */
  readonly durationMs: number;
  readonly record: string;
}

export async function runScenario(world: World, scenario: Scenario): Promise<Outcome> {
  const record = join(world.home, 'record.json');
  rmSync(record, { force: true });
  try {
    return await runIn(world, scenario, record);
  } catch (error) {
    const fault = `the lab itself: ${error instanceof Error ? error.message : error}`;
    return { scenario, named: [], faults: [fault], unexplained: [], durationMs: 0, record };
  }
}

async function runIn(world: World, scenario: Scenario, record: string): Promise<Outcome> {
  await world.restore(scenario.on);
  try {
    await scenario.inject?.(world);
    const started = performance.now();
    const ran = await lookFrom(world, scenario);
    const durationMs = Math.round(performance.now() - started);
    const report = readReport(ran.stdout);
    if (!report)
      return {
        scenario,
        named: [],
        faults: [`no report: ${ran.stderr}`],
        unexplained: [],
        durationMs,
        record,
      };
    return { scenario, ...compare(scenario, report, ran.code), durationMs, record };
  } finally {
    await scenario.repair?.(world);
  }
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function lookFrom(world: World, scenario: Scenario): Promise<Ran> {
  const file = join(world.home, 'viworks-doctor.toml');
  const configuration = scenario.on === 'containers' ? containerConfiguration : doctorConfiguration;
  writeFileSync(file, configuration({ ca: `${laptopHome}/ca.pem`, ...scenario.told }));
  const args = ['run', '-f', 'json', '--record', 'record.json', ...(scenario.args ?? [])];
  const words = [
    ...world.laptop.enter,
    'env',
    '-C',
    laptopHome,
    ...(scenario.before ?? []),
    execPath,
    program,
    ...args,
  ];
  const child = spawn(words[0] as string, words.slice(1), {
    env: { PATH: process.env.PATH, HOME: laptopHome },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  return new Promise((settle, reject) => {
    child.once('error', reject);
    child.once('close', (code) => settle({ code, ...said }));
  });
}

function readReport(text: string): Report | null {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return null;
  }
}

export const named = ({ diagnosis }: Report): string[] =>
  diagnosis.causes.map(({ priority, code, subject }: Cause) => `${priority} ${code} ${subject}`);

/** What is not as the scenario says. */
export function compare(
  scenario: Pick<Scenario, 'causes' | 'exit' | 'confidence' | 'next'>,
  report: Report,
  code: number | null,
): Pick<Outcome, 'named' | 'faults' | 'unexplained'> {
  const found = named(report);
  const [first] = report.diagnosis.causes;
  const unexplained = unexplainedRows(report);
  const faults = [
    ...(found.join('\n') === scenario.causes.join('\n')
      ? []
      : [`causes: ${found.join(', ') || 'none'}; must be: ${scenario.causes.join(', ') || 'none'}`]),
    ...(code === scenario.exit ? [] : [`exit code ${code}, must be ${scenario.exit}`]),
    ...(unexplained.length === 0 ? [] : [`not explained: ${unexplained.join(', ')}`]),
    ...(!first || first.confidence === (scenario.confidence ?? 'certain')
      ? []
      : [`it is ${first.confidence} of it`]),
    ...(!scenario.next || scenario.next.test(first?.next ?? '') ? [] : [`next: ${first?.next ?? 'none'}`]),
  ];
  return { named: found, faults, unexplained };
}

function unexplainedRows({ results, diagnosis }: Report): string[] {
  const accounted = new Set(diagnosis.causes.flatMap(({ because, explains }) => [...because, ...explains]));
  return results.filter(({ id, findings }) => findings.length > 0 && !accounted.has(id)).map(({ id }) => id);
}
