/**
 * Fixtures of checks: what a look asked and was answered, and the verdict that follows.
 * `fixtures/checks/<kind>/<code or pass>-<case>.json`, replayed by `test/checks/fixtures.test.ts`.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check, Ground, Verdict } from '../../src/check.ts';
import { type Look, observe } from '../../src/vantage/observe.ts';
import { replaySource } from '../../src/vantage/replay.ts';
import type { Source } from '../../src/vantage/source.ts';
import { type Recorded, recordedOn } from './recorded-on.ts';

export interface Fixture {
  readonly kind: string;
  /** Whose answers these are; absent on played ones. */
  readonly recorded?: Recorded;
  /** Why it could not be recorded from the real thing; absent on recorded ones. */
  readonly played?: string;
  readonly vantage: string;
  readonly options: Record<string, unknown>;
  readonly ground: Ground;
  readonly looks: readonly Pick<Look, 'operation' | 'args' | 'outcome'>[];
  readonly verdict: Verdict;
}

export const fixturesRoot = new URL('../../fixtures/checks/', import.meta.url).pathname;

export function fixtureNames(): string[] {
  return readdirSync(fixturesRoot, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort();
}

export function readFixture(name: string): Fixture {
  return JSON.parse(readFileSync(join(fixturesRoot, name), 'utf8')) as Fixture;
}

interface RecordOptions {
  readonly ground?: Ground;
  readonly vantage?: string;
  readonly played?: string;
  readonly recorded?: Recorded;
  readonly timeoutMs?: number;
  /** False: nothing is written. */
  readonly keep?: boolean;
}

/** Looks live through `source` and writes what was seen, with the verdict that follows, as a fixture. Read it before you commit it. */
export async function recordFixture<O, F>(
  check: Check<O, F>,
  name: string,
  source: Source,
  options: Record<string, unknown>,
  more: RecordOptions = {},
): Promise<Fixture> {
  const looks: Look[] = [];
  const limits = { timeoutMs: more.timeoutMs ?? 1000, signal: new AbortController().signal };
  const parsed = check.options.parse(options);
  const vantage = observe(more.vantage ?? 'local', source, limits, looks);
  const facts = await check.look(vantage, parsed, more.ground ?? {});
  const fixture: Fixture = {
    kind: check.kind,
    ...(more.played
      ? { played: more.played }
      : { recorded: more.recorded ?? (await recordedOn(source, looks, limits)) }),
    vantage: vantage.name,
    options,
    ground: more.ground ?? {},
    looks: looks.map(({ operation, args, outcome }) => ({ operation, args, outcome })),
    verdict: check.judge(facts, parsed),
  };
  if (more.keep === false) return fixture;
  mkdirSync(join(fixturesRoot, check.kind), { recursive: true });
  writeFileSync(join(fixturesRoot, check.kind, `${name}.json`), `${JSON.stringify(fixture, null, 2)}\n`);
  return fixture;
}

/** What the check says of a fixture's looks today. */
export async function replayFixture<O, F>(check: Check<O, F>, fixture: Fixture) {
  const options = check.options.parse(fixture.options);
  const limits = { timeoutMs: 1000, signal: new AbortController().signal };
  const vantage = observe(fixture.vantage, replaySource(fixture.looks), limits, []);
  const facts = await check.look(vantage, options, fixture.ground);
  return { facts, verdict: check.judge(facts, options), options };
}
