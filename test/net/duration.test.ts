import { expect, test } from 'vitest';
import { parseDuration } from '../../src/net/duration.ts';

test.each([
  ['500ms', 500],
  ['5s', 5000],
  ['2m', 120_000],
  ['1h', 3_600_000],
  ['7d', 604_800_000],
  ['0s', 0],
])('%s is %d milliseconds', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', '5', 's', '-5s', '1.5s', '5 s', '5S', '5sec', '1h30m', ' 5s', '5s\n', '9999999999s', '5ms5'])(
  '%j is none',
  (text) => {
    expect(parseDuration(text)).toBeNull();
  },
);
