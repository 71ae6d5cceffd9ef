/** Durations: how they are written, and how they are told. */
import { z } from 'zod';

const milliseconds = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** What a duration looks like: a whole number and its unit. */
export const durationPattern = /^\d{1,9}(?:ms|s|m|h|d)$/;

/** `500ms` `5s` `2m` `1h` `7d` → milliseconds; null when it is none. */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) return null;
  const unit = text.replace(/^\d+/, '') as keyof typeof milliseconds;
  return Number.parseInt(text, 10) * milliseconds[unit];
}

/** An option that is a duration: as the configuration writes it, or in milliseconds. */
export const millisecondsOf = (duration: string | number): number =>
  typeof duration === 'number' ? duration : (parseDuration(duration) ?? Number.NaN);

/** What an option that is a duration may be. */
export const durationOption = z.union([
  z.int().min(1),
  z.string().regex(durationPattern, 'a duration: 500ms, 5s, 2m, 1h or 7d'),
]);

/** `70s`, `1.4s`, `300ms`; whole minutes, hours and days as such. */
export function durationWords(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (ms >= milliseconds[unit] && ms % milliseconds[unit] === 0) return `${ms / milliseconds[unit]}${unit}`;
  }
  return ms < 1000 ? `${Math.round(ms)}ms` : `${Number((ms / 1000).toFixed(1))}s`;
}

/** `1 frame`, `2 frames`. */
export const countWords = (count: number, thing: string): string =>
  `${count} ${thing}${count === 1 ? '' : 's'}`;
