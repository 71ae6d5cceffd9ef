/** Signs of the statuses where emoji can be drawn, and their words where they can't be seen. */
import type { Status } from '../check.ts';

export const statusSigns: Readonly<Record<Status, string>> = {
  pass: '✅',
  warn: '⚠️',
  fail: '❌',
  error: '❓',
  skip: '➖',
};

export const statusWords: Readonly<Record<Status, string>> = {
  pass: 'as it should be',
  warn: 'works now, and will not, or not well',
  fail: 'not as it should be',
  error: 'could not look',
  skip: 'not looked at',
};

/** One word each, for a status in capitals. */
export const statusNames: Readonly<Record<Status, string>> = {
  pass: 'ok',
  warn: 'warning',
  fail: 'failed',
  error: 'unknown',
  skip: 'not looked at',
};

/** In the order of a legend. */
export const legend: readonly Status[] = ['pass', 'warn', 'fail', 'error', 'skip'];
