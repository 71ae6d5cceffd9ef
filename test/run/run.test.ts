/** Who is looked at, who is skipped, and what becomes of checks that crash, hang or come too late. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Check, defineCheck, error, fail } from '../../src/check.ts';
import type { Step } from '../../src/plan/step.ts';
import { lookLive, lookRecorded } from '../../src/run/look.ts';
import type { Ended } from '../../src/run/looked.ts';
import { recordedSteps } from '../../src/run/record.ts';
import { type Run, runSteps } from '../../src/run/run.ts';
import { nothingSecret } from '../../src/vantage/observe.ts';
import { failure, operationNames, type Source } from '../../src/vantage/source.ts';

/** What a step of this kind does is said in its options. */
const played = defineCheck({
  kind: 'played',
  summary: 'plays what its options say',
  options: z.strictObject({
    does: z.enum([
      'pass',
      'fail',
      'error',
      'throw',
      'throw in judge',
      'hang',
      'ask',
      'silence',
      'unknown code',
      'ground',
    ]),
  }),
  facts: z.object({ does: z.string(), ground: z.unknown().optional() }),
  label: () => 'Played',
  target: () => 'nothing',
  async look(vantage, { does }, ground) {
    order.push(`${vantage.name} ${does}`);
    if (does === 'throw') throw new Error('broken look');
    if (does === 'hang') await new Promise(() => {});
    if (does === 'ask') await vantage.now({});
    return does === 'ground' ? { does, ground } : { does };
  },
  judge({ does }) {
    if (does === 'throw in judge') throw new Error('broken judge');
    const codes: Record<string, string> = {
      fail: 'played.bad',
      error: 'played.unknown',
      silence: 'played.silence',
      'unknown code': 'x.y',
    };
    const code = codes[does];
    const finding = { code: code ?? '', expected: 'good', observed: 'bad' };
    return { findings: code ? [finding] : [], expected: 'good', observed: 'good' };
  },
  provides: {
    ground: ({ does }) => (does === 'pass' || does === 'ask' ? 'ground' : undefined),
    nothing: () => [],
  },
  findings: {
    'played.bad': fail('bad'),
    'played.unknown': error('unknown'),
    'played.silence': fail('silence'),
  },
  docs: '',
});

let order: string[] = [];

const step = (id: string, does: string, more: Partial<Step> = {}): Step => ({
  id,
  kind: 'played',
  subject: 'check.a',
  vantage: 'local',
  options: { does },
  needs: [],
  ...more,
});
const on = (id: string, more: object = {}): Partial<Step> => ({ needs: [{ id, fact: 'ground', ...more }] });

/** Answers nothing until it is aborted. */
const silent = Object.fromEntries(
  operationNames.map((name) => [
    name,
    (_: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((resolve) =>
        signal.addEventListener('abort', () => resolve(failure('aborted', 'the run ended first'))),
      ),
  ]),
) as unknown as Source;

async function run(steps: Step[], more: Partial<Run> & { endAfterMs?: number; why?: Ended } = {}) {
  order = [];
  const controller = new AbortController();
  let ended: Ended | null = null;
  if (more.endAfterMs !== undefined) {
    setTimeout(() => {
      ended = more.why ?? 'deadline';
      controller.abort();
    }, more.endAfterMs);
  }
  const live = {
    source: () => silent,
    redactor: nothingSecret,
    timeoutMs: 1000,
    signal: controller.signal,
    ended: () => ended,
  };
  const outcomes = await runSteps({
    steps,
    checks: { played: played as Check },
    lookAt: lookLive(live),
    concurrency: 8,
    failFast: false,
    ended: () => ended,
    ...more,
  });
  const results = outcomes.map(({ result }) => result);
  return {
    outcomes,
    results,
    said: results.map(({ status, code, blockedBy }) => code ?? blockedBy ?? status),
  };
}

describe('what a step stands on', () => {
  it('a missing fact skips, and the first that lacked it is named all the way up', async () => {
    const { said, results } = await run([
      step('a', 'fail'),
      step('b', 'pass', on('a')),
      step('c', 'pass', on('b')),
    ]);
    expect(said).toEqual(['played.bad', 'a', 'a']);
    expect(results[2]?.summary).toBe('waits on a');
    expect(order).toHaveLength(1);
  });

  it('a fact that is there lets go on, whatever comes later in the plan', async () => {
    const { said } = await run([step('a', 'pass', on('b')), step('b', 'pass')]);
    expect(said).toEqual(['pass', 'pass']);
  });

  it('what was seen gone blocks, what could not be looked at does not', async () => {
    const unless = { unlessSeenGone: true };
    const { said } = await run([
      step('gone', 'fail'),
      step('a', 'pass', on('gone', unless)),
      step('crashed', 'throw'),
      step('b', 'pass', on('crashed', unless)),
    ]);
    expect(said).toEqual(['played.bad', 'gone', 'doctor.check-crashed', 'pass']);
  });

  it('an optional fact is waited for, and gone on without', async () => {
    const optional = { needs: [{ id: 'b', fact: 'works', optional: true }] };
    for (const [does, ground] of [
      ['pass', { works: true }],
      ['fail', {}],
    ] as const) {
      const { said, outcomes } = await run([step('a', 'ground', optional), step('b', does)]);
      expect(said[0]).toBe('pass');
      expect(outcomes[0]?.looked?.facts).toMatchObject({ ground });
    }
  });

  it('no way in is a skip of its own', async () => {
    const { results } = await run([step('a', 'pass', { unreachable: 'no way in to x' })]);
    expect(results[0]).toMatchObject({ status: 'skip', summary: 'no way in to x', blockedBy: null });
  });

  it('a doubted finding says nothing while what makes it doubtful is missing', async () => {
    const doubts = { id: 'net', fact: 'ground', codes: ['played.silence'] };
    const offline = [step('net', 'error'), step('a', 'silence', { doubts }), step('b', 'fail', { doubts })];
    expect((await run(offline)).said).toEqual(['played.unknown', 'net', 'played.bad']);
    const online = [step('net', 'pass'), step('a', 'silence', { doubts })];
    expect((await run(online)).said).toEqual(['pass', 'played.silence']);
  });
});

describe('checks that do not behave', () => {
  it.each([
    ['throw', /Error: broken look \(at /],
    ['throw in judge', /Error: broken judge/],
    ['unknown code', /does not declare/],
  ])('%s: the row is an error, and the run goes on', async (does, words) => {
    const { results } = await run([step('a', does), step('b', 'pass')]);
    expect(results[0]).toMatchObject({ status: 'error', code: 'doctor.check-crashed' });
    expect(results[0]?.summary).toMatch(words);
    expect(results[1]?.status).toBe('pass');
  });
});

describe('a run that ends early', () => {
  it('the deadline: what was under way and what had not begun could not be looked at', async () => {
    const steps = [step('a', 'ask'), step('b', 'hang'), step('c', 'pass', on('a'))];
    const { said, results } = await run(steps, { endAfterMs: 20, concurrency: 2 });
    expect(said).toEqual(['doctor.deadline', 'doctor.deadline', 'a']);
    expect(results[0]?.evidence).toHaveLength(1);
  });

  it('a signal: the rest is skipped, and what was found stays', async () => {
    const steps = [step('a', 'fail'), step('b', 'ask'), step('c', 'pass')];
    const { results } = await run(steps, { endAfterMs: 20, why: 'interrupted', concurrency: 1 });
    expect(results.map(({ status }) => status)).toEqual(['fail', 'skip', 'skip']);
    expect(results[1]?.summary).toMatch(/interrupted/);
  });

  it('--fail-fast: the first failure ends the looks', async () => {
    const { results } = await run([step('a', 'fail'), step('b', 'pass')], { failFast: true, concurrency: 1 });
    expect(results.map(({ status, summary }) => `${status} ${summary}`)).toEqual([
      'fail bad',
      'skip not looked at: --fail-fast ended the run first',
    ]);
    expect(order).toHaveLength(1);
  });

  it('an error or a skip is no failure to be fast about', async () => {
    const steps = [step('a', 'error'), step('b', 'pass', on('a')), step('c', 'pass')];
    const { said } = await run(steps, { failFast: true, concurrency: 1 });
    expect(said).toEqual(['played.unknown', 'a', 'pass']);
  });
});

it('one after another, in the order of the plan, where concurrency is 1', async () => {
  await run(
    [
      step('a', 'pass', { vantage: '1' }),
      step('b', 'fail', { vantage: '2' }),
      step('c', 'pass', { vantage: '3' }),
    ],
    {
      concurrency: 1,
    },
  );
  expect(order).toEqual(['1 pass', '2 fail', '3 pass']);
});

it('a record gives the same results again, whatever ended the run', async () => {
  const steps = [
    step('a', 'fail'),
    step('b', 'ask'),
    step('c', 'throw', on('b')),
    step('d', 'pass', on('a')),
  ];
  const live = await run(steps, { endAfterMs: 20, why: 'interrupted' });
  const record = recordedSteps(live.outcomes);
  const again = await run(steps, {
    lookAt: lookRecorded(JSON.parse(JSON.stringify(record))),
    concurrency: 1,
  });
  expect(again.results).toEqual(live.results);
});

it('steps that a record has no look for are left out', async () => {
  const live = await run([step('a', 'pass')]);
  const record = recordedSteps(live.outcomes);
  const later = [step('a', 'pass'), step('new', 'pass'), step('above', 'pass', on('new'))];
  const { outcomes } = await run(later, { lookAt: lookRecorded(record) });
  expect(outcomes.filter(({ omitted }) => omitted).map((outcome) => outcome.step.id)).toEqual([
    'new',
    'above',
  ]);
});
