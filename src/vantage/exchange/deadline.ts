/** One deadline over a whole exchange, however many steps it has, and the run's own end. */
import type { Failure, Outcome } from '../../check.ts';
import { failure, type Limits } from '../source.ts';
import { failureOf } from './failures.ts';

/** What is left of an operation's time, for its steps. */
export interface Time {
  /** Aborted at the deadline, at the run's end, and once the operation is over: a step cleans up when it fires. */
  readonly signal: AbortSignal;
  /** Milliseconds left, never below 1. */
  left(): number;
  /** The limits of a step: what is left now. */
  limits(): Limits;
  /** How far it got, for the words of a time-out: `connected; no answer`; and what had come by then. */
  reached(stage: string, seen?: Pick<Failure, 'received'>): void;
}

/** {@link Time}, for the exchange itself. */
export interface ExchangeTime<T> extends Time {
  /** From now on the deadline ends the exchange with what was seen until then, instead of a time-out. */
  keep(seen: () => Outcome<T>): void;
  /** Puts the deadline off: milliseconds of waiting that are meant, and no lateness. */
  extend(milliseconds: number): void;
}

/**
 * Runs an exchange under its limits. It settles at the deadline at the latest, whatever the exchange does, never
 * rejects, and whatever the exchange opened hears of the end through `time.signal`.
 */
export async function within<T>(
  limits: Limits,
  exchange: (time: ExchangeTime<T>) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  if (limits.signal.aborted) return failure('aborted', 'the run ended first');
  let ends = performance.now() + limits.timeoutMs;
  const over = new AbortController();
  let stage = 'no answer';
  let arrived: Pick<Failure, 'received'> = {};
  let kept: (() => Outcome<T>) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let late = () => {};
  let stop: (() => void) | undefined;
  const left = () => Math.max(1, Math.ceil(ends - performance.now()));
  const time: ExchangeTime<T> = {
    signal: over.signal,
    left,
    limits: () => ({ timeoutMs: left(), signal: over.signal }),
    reached: (words, seen = {}) => {
      stage = words;
      arrived = seen;
    },
    keep: (seen) => {
      kept = seen;
    },
    extend: (milliseconds) => {
      ends += milliseconds;
      clearTimeout(timer);
      timer = setTimeout(late, left());
    },
  };
  const interrupted = new Promise<Outcome<T>>((settle) => {
    late = () => settle(kept?.() ?? failure('timeout', `${stage} within ${limits.timeoutMs} ms`, arrived));
    timer = setTimeout(late, limits.timeoutMs);
    stop = () => settle(failure('aborted', 'the run ended first'));
    limits.signal.addEventListener('abort', stop, { once: true });
  });
  try {
    const work = (async () => exchange(time))().catch((error: unknown) => failureOf(error));
    return await Promise.race([work, interrupted]);
  } finally {
    clearTimeout(timer);
    if (stop) limits.signal.removeEventListener('abort', stop);
    over.abort();
  }
}
