/** One deadline over a whole exchange, however many steps it has, and the run's own end. */
import type { Outcome } from '../../check.ts';
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
  /** How far it got, for the words of a time-out: `connected; no answer`. */
  reached(stage: string): void;
}

/**
 * Runs an exchange under its limits. It settles at the deadline at the latest, whatever the exchange does, never
 * rejects, and whatever the exchange opened hears of the end through `time.signal`.
 */
export async function within<T>(
  limits: Limits,
  exchange: (time: Time) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  if (limits.signal.aborted) return failure('aborted', 'the run ended first');
  const ends = performance.now() + limits.timeoutMs;
  const over = new AbortController();
  let stage = 'no answer';
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const left = () => Math.max(1, Math.ceil(ends - performance.now()));
  const time: Time = {
    signal: over.signal,
    left,
    limits: () => ({ timeoutMs: left(), signal: over.signal }),
    reached: (words) => {
      stage = words;
    },
  };
  const interrupted = new Promise<Outcome<T>>((settle) => {
    timer = setTimeout(
      () => settle(failure('timeout', `${stage} within ${limits.timeoutMs} ms`)),
      limits.timeoutMs,
    );
    stop = () => settle(failure('aborted', 'the run ended first'));
    limits.signal.addEventListener('abort', stop, { once: true });
  });
  try {
    const work = exchange(time).catch((error: unknown) => failureOf(error));
    const outcome = await Promise.race([work, interrupted]);
    // a step that was cut off by the deadline itself says so in its own way: the reason is the deadline
    return !outcome.ok &&
      (outcome.failure === 'timeout' || outcome.failure === 'aborted') &&
      limits.signal.aborted
      ? failure('aborted', 'the run ended first')
      : outcome;
  } finally {
    clearTimeout(timer);
    if (stop) limits.signal.removeEventListener('abort', stop);
    over.abort();
  }
}
