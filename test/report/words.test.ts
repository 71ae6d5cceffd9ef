import { expect, it } from 'vitest';
import { counted, duration, tally } from '../../src/report/words.ts';

it.each([
  [0, '0 ms'],
  [0.6, '1 ms'],
  [41.2, '41 ms'],
  [999.4, '999 ms'],
  [999.6, '1.0 s'],
  [1234, '1.2 s'],
  [9949, '9.9 s'],
  [9950, '10 s'],
  [59_499, '59 s'],
  [59_600, '1 min'],
  [125_000, '2 min 5 s'],
])('%d milliseconds are %s', (milliseconds, words) => {
  expect(duration(milliseconds)).toBe(words);
});

it('counts in words', () => {
  expect([counted(0, 'check'), counted(1, 'check'), counted(2, 'check')]).toEqual([
    '0 checks',
    '1 check',
    '2 checks',
  ]);
});

const none = { pass: 0, warn: 0, fail: 0, error: 0, skip: 0, waived: 0 };

it.each([
  [{}, 'nothing was checked'],
  [{ pass: 14 }, '14 checks passed'],
  [{ pass: 1 }, '1 check passed'],
  [{ pass: 13, warn: 1 }, '1 warning and 13 passed'],
  [{ fail: 3, warn: 2, pass: 9, skip: 2 }, '3 checks failed, 2 warnings, 9 passed and 2 skipped'],
  [{ error: 1, skip: 2, waived: 1 }, '1 check could not look, 2 skipped and 1 waived'],
])('%o', (summary, words) => {
  expect(tally({ ...none, ...summary })).toBe(words);
});
