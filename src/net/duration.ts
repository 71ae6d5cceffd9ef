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
