import { describe, expect, test } from 'vitest';
import { didSearch, isFull, lastMatch, parseJournal, parseLog } from '../../src/net/log-lines.ts';

const entry = (message: unknown, seconds = 1) =>
  JSON.stringify({
    __REALTIME_TIMESTAMP: String(1_795_500_000_000_000 + seconds * 1e6),
    __MONOTONIC_TIMESTAMP: String(seconds * 1e6),
    MESSAGE: message,
  });
const texts = (output: string) => parseJournal(output).map(({ text }) => text);

describe('journalctl -o json', () => {
  test.each<[string, unknown, string]>([
    ['text', 'ready', 'ready'],
    ['bytes', [...Buffer.from('é\u0007')], 'é\u0007'],
    ['bytes that are no UTF-8', [0xff, 0x61], '\ufffda'],
    ['a field that is too large', null, ''],
    ['a field that came twice', ['one', [116, 119, 111]], 'one\ntwo'],
    ['colours', '\u001b[1;31mERROR\u001b[0m x', 'ERROR x'],
    ['a carriage return', 'x\r', 'x'],
    ['a number', 5, ''],
    ['a table', { a: 1 }, ''],
    ['nothing', undefined, ''],
    ['10 MB', 'x'.repeat(10_000_000), 'x'.repeat(4096)],
    ['a list of a million bytes', Array(1_000_000).fill(120), 'x'.repeat(4096)],
    ['lists in lists', [[['deep']]], 'deep'],
  ])('%s', (_, message, text) => {
    expect(texts(entry(message))).toEqual([text]);
  });

  test('the newest comes first there, and last here', () => {
    expect(texts([entry('b', 2), entry('a', 1)].join('\n'))).toEqual(['a', 'b']);
  });

  test.each([
    '-- No entries --',
    '{"MESSAGE":"cut in the midd',
    '[]',
    'null',
    '{"MESSAGE":"x"}',
    '{"MESSAGE":"x","__REALTIME_TIMESTAMP":"1e300"}',
    '{"MESSAGE":"x","__REALTIME_TIMESTAMP":-5}',
    '{"__proto__":{"polluted":1}}',
  ])('%s is no line', (line) => {
    expect(parseJournal(`${line}\n${entry('x')}\n`)).toHaveLength(1);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('logs --timestamps', () => {
  test('both streams, in the order of time', () => {
    const output = [
      '2026-11-24T07:44:34.100000000Z second',
      '2026-11-24T07:44:33.923389349+00:00 first, with  blanks ',
      'Error response from daemon: no such thing',
      '2026-13-99T07:44:33Z no time',
      '2026-11-24T07:44:35Z ',
    ].join('\n');
    expect(parseLog(output)).toEqual([
      { time: '2026-11-24T07:44:33.923Z', text: 'first, with  blanks', sinceBoot: null },
      { time: '2026-11-24T07:44:34.100Z', text: 'second', sinceBoot: null },
      { time: '2026-11-24T07:44:35.000Z', text: '', sinceBoot: null },
    ]);
  });

  test('what the search says of itself', () => {
    expect([didSearch('x\nrc=0\n'), didSearch('rc=1\n'), didSearch('rc=2\n'), didSearch('')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('an output that may have been cut', () => {
    expect([isFull('', 1999), isFull('', 2000), isFull('é'.repeat(119_000), 1)]).toEqual([false, true, true]);
  });
});

test.each([
  [['good', 'bad', 'x'], 'unwanted bad'],
  [['bad', 'good', 'x'], 'expected good'],
  [['good and bad'], 'unwanted good and bad'],
  [['x'], undefined],
  [[], undefined],
])('the last of %j that matches', (lines, found) => {
  const all = lines.map((text) => ({ time: '', text, sinceBoot: null }));
  const match = lastMatch(all, { expect: 'good', unwanted: 'bad' });
  expect(match ? `${match.kind} ${match.line.text}` : undefined).toBe(found);
});
