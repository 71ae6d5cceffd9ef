/** A deadline that stands still while a person types a passphrase, and a key is opened with it. */
import type { Failure } from '../../check.ts';
import type { Time } from '../exchange/deadline.ts';
import { failure, type Limits } from '../source.ts';

export interface PausableTime extends Time {
  /** Resolves at the deadline, or at the run's end. */
  readonly over: Promise<Failure>;
  /** Does this while the time stands still. */
  paused<T>(work: () => Promise<T>): Promise<T>;
  end(): void;
}

export function pausableTime(limits: Limits): PausableTime {
  const ended = new AbortController();
  let leftMs = limits.timeoutMs;
  let since = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let fire: (reason: Failure) => void = () => {};
  const over = new Promise<Failure>((settle) => {
    fire = (reason) => {
      settle(reason);
      ended.abort();
    };
  });
  const start = () => {
    since = performance.now();
    timer = setTimeout(() => fire(failure('timeout', `not within ${limits.timeoutMs} ms`)), leftMs);
  };
  const stop = () => {
    clearTimeout(timer);
    leftMs = Math.max(1, leftMs - (performance.now() - since));
  };
  const abort = () => fire(failure('aborted', 'the run ended first'));
  start();
  if (limits.signal.aborted) abort();
  else limits.signal.addEventListener('abort', abort, { once: true });
  const left = () => Math.max(1, Math.ceil(leftMs - (performance.now() - since)));
  return {
    over,
    signal: ended.signal,
    left,
    limits: () => ({ timeoutMs: left(), signal: ended.signal }),
    reached: () => {},
    paused: async (work) => {
      stop();
      try {
        return await work();
      } finally {
        if (!ended.signal.aborted) start();
      }
    },
    end() {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', abort);
    },
  };
}
