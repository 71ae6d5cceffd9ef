/** Numbers in words, the same in every format that people read. */
import type { Report } from './report.ts';

/** `41 ms`, `1.2 s`, `12 s`, `2 min 5 s`. */
export function duration(milliseconds: number): string {
  const whole = Math.round(milliseconds);
  if (whole < 1000) return `${whole} ms`;
  const tenths = Math.round(whole / 100);
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(whole / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? '' : ` ${rest} s`}`;
}

/** `1 check`, `2 checks`. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const list = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

/** `3 checks failed, 1 warning, 9 passed and 2 skipped`; the worst first. */
export function tally(summary: Report['summary']): string {
  const parts = [
    { count: summary.fail, noun: 'check', does: ' failed' },
    { count: summary.error, noun: 'check', does: ' could not look' },
    { count: summary.warn, noun: 'warning', does: '' },
    { count: summary.pass, noun: 'check', does: ' passed' },
    { count: summary.skip, noun: 'check', does: ' skipped' },
    { count: summary.waived, noun: 'check', does: ' waived' },
  ].filter(({ count }) => count > 0);
  if (parts.length === 0) return 'nothing was checked';
  return list(
    parts.map(({ count, noun, does }, index) =>
      index === 0 || does === '' ? counted(count, noun) + does : `${count}${does}`,
    ),
  );
}
