/** What came of looking at one step: live, or out of a record. */
import type { Look } from '../vantage/observe.ts';

/** Why a step was not looked at to its end. */
export type Ended = 'fail-fast' | 'deadline' | 'interrupted';

export interface Looked {
  readonly looks: readonly Look[];
  /** What the check's look returned; absent when it threw, or did not end. */
  readonly facts?: unknown;
  /** Name, message and first line of the stack of what it threw. */
  readonly crash?: string;
  readonly ended?: Ended;
  /** Whole milliseconds. */
  readonly durationMs: number;
  readonly attempts: number;
}
