/**
 * Walks the graph of steps: what has its ground is looked at, what lacks it is a skip with the id that blocked it.
 * A status as such blocks nothing. How a step is looked at (live, or out of a record) comes as an argument.
 */
import pLimit from 'p-limit';
import type { Check, Ground } from '../check.ts';
import type { Step } from '../plan/step.ts';
import type { Result } from '../report/report.ts';
import { NotRecorded } from '../vantage/replay.ts';
import type { Ended, Looked } from './looked.ts';
import { crashed, endedEarly, judged, skipped } from './result.ts';

export type LookAt = (step: ValidStep, ground: Ground) => Promise<Looked>;

/** A step whose options went through its check's schema. */
export type ValidStep = Step & { readonly check: Check };

export interface Run {
  readonly steps: readonly Step[];
  readonly checks: Readonly<Record<string, Check>>;
  readonly lookAt: LookAt;
  /** Steps looked at at once; 1 is strictly one after another. */
  readonly concurrency: number;
  readonly failFast: boolean;
  /** Why the run ended early, as soon as it did. */
  readonly ended: () => Ended | null;
  readonly onResult?: (result: Result, done: number, total: number) => void;
}

export interface Outcome {
  readonly step: Step;
  readonly result: Result;
  /** Absent for what lacked its ground. */
  readonly looked?: Looked;
  /** The record that is replayed has no look for it. */
  readonly omitted?: boolean;
}

/** In the plan's order, whatever ended first. */
export async function runSteps(run: Run): Promise<Outcome[]> {
  const limit = pLimit(run.concurrency);
  const outcomes = new Map<string, Promise<Outcome>>();
  const steps = run.steps.map((step) => validated(step, run.checks));
  let done = 0;
  let failed = false;

  const walk = async (step: ValidStep): Promise<Outcome> => {
    if (step.unreachable) return { step, result: skipped(step, step.check, step.unreachable, null) };
    const ground: Record<string, unknown> = {};
    for (const { id, fact, as = fact, unlessSeenGone, optional } of step.needs) {
      const below = await outcomeOf(id);
      if (below.omitted && !optional) return omit(step);
      const value = provided(below, fact);
      const wasSeen = below.looked?.facts !== undefined;
      if (
        value === undefined &&
        !optional &&
        !(unlessSeenGone && !wasSeen && below.result.status !== 'skip')
      ) {
        return { step, result: skipped(step, step.check, `waits on ${blocker(below)}`, blocker(below)) };
      }
      if (value !== undefined && !isEmpty(value)) ground[as] = value;
    }
    return limit(async () => {
      const ended = run.ended() ?? (failed && run.failFast ? 'fail-fast' : null);
      if (ended) {
        const looked: Looked = { looks: [], ended, durationMs: 0, attempts: 0 };
        return { step, looked, result: resultOf(step, looked) };
      }
      try {
        const looked = await run.lookAt(step, ground);
        const result = resultOf(step, looked);
        // Said here, before the next one begins; a failure that may be doubted is told only afterwards.
        if (result.status === 'fail' && !step.doubts) failed = true;
        return { step, looked, result };
      } catch (thrown) {
        if (thrown instanceof NotRecorded) return omit(step);
        throw thrown;
      }
    });
  };
  const omit = (step: ValidStep): Outcome => ({
    step,
    omitted: true,
    result: skipped(step, step.check, 'not in the record', null),
  });
  const doubted = async (outcome: Outcome): Promise<Outcome> => {
    const { doubts, check } = outcome.step as ValidStep;
    const { findings } = outcome.result;
    if (!doubts || findings.length === 0) return outcome;
    if (!findings.every(({ code }) => doubts.codes.includes(code))) return outcome;
    const below = await outcomeOf(doubts.id);
    if (provided(below, doubts.fact) !== undefined || below.looked?.facts === undefined) return outcome;
    const summary = `waits on ${below.result.id}`;
    const { durationMs, attempts, evidence, facts } = outcome.result;
    const result = {
      ...skipped(outcome.step, check, summary, below.result.id),
      durationMs,
      attempts,
      evidence,
      facts,
    };
    return { ...outcome, result };
  };
  const outcomeOf = (id: string): Promise<Outcome> => {
    const known = outcomes.get(id);
    if (known) return known;
    const step = steps.find((other) => other.id === id);
    if (!step) throw new Error(`a step needs ${id}, which is not in the plan`);
    const outcome = walk(step)
      .then(doubted)
      .then((ended) => {
        if (ended.result.status === 'fail') failed = true;
        done += 1;
        run.onResult?.(ended.result, done, steps.length);
        return ended;
      });
    outcomes.set(id, outcome);
    return outcome;
  };
  return Promise.all(steps.map(({ id }) => outcomeOf(id)));
}

function validated(step: Step, checks: Run['checks']): ValidStep {
  const check = checks[step.kind];
  if (!check) throw new Error(`${step.id}: there is no kind ${step.kind}`);
  return { ...step, check, options: check.options.parse(step.options) as Step['options'] };
}

function resultOf(step: ValidStep, looked: Looked): Result {
  if (looked.ended) return endedEarly(step, step.check, looked.ended, looked);
  if (looked.crash !== undefined) return crashed(step, step.check, looked.crash, looked);
  try {
    return judged(step, step.check, step.check.judge(looked.facts, step.options), looked);
  } catch (thrown) {
    return crashed(step, step.check, describeCrash(thrown), looked);
  }
}

/** Every row provides `works` when it passed; all else is what its check makes of its facts. */
function provided({ step, looked, result }: Outcome, fact: string): unknown {
  if (fact === 'works') return result.status === 'pass' || result.status === 'warn' ? true : undefined;
  if (looked?.facts === undefined) return undefined;
  return (step as ValidStep).check.provides?.[fact]?.(looked.facts, step.options);
}

/** "Nothing seen closed, and nothing known either": the next check finds its own way. */
const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

const blocker = ({ result }: Outcome): string => result.blockedBy ?? result.id;

/** What was thrown, and where: its name, its message and the first line of its stack. */
export function describeCrash(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const where = thrown.stack?.split('\n').find((line) => line.trimStart().startsWith('at '));
  return `${thrown.name}: ${thrown.message}${where ? ` (${where.trim()})` : ''}`;
}
