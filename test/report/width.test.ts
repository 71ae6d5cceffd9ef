import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut, fold, pad, padStart, width, wrap } from '../../src/report/width.ts';

describe('text by its columns', () => {
  it('counts wide characters as two', () => {
    expect([width('abc'), width('日本'), width('🦆'), width('e\u0301')]).toEqual([3, 4, 2, 1]);
    expect([pad('日', 4), padStart('日', 4), pad('long', 2)]).toEqual(['日  ', '  日', 'long']);
  });

  it.each([
    ['short', 10, ['short']],
    ['', 10, ['']],
    ['one two three', 7, ['one two', 'three']],
    ['see https://example.com/path now', 12, ['see', 'https://exam', 'ple.com/path', 'now']],
    ['日本語の文', 5, ['日本', '語の', '文']],
    ['a  b', 10, ['a b']],
  ])('wraps %j at %d', (text, columns, lines) => {
    expect(wrap(text, columns)).toEqual(lines);
  });

  it('cuts, and says so', () => {
    expect([cut('abcdef', 6, '…'), cut('abcdef', 5, '…'), cut('日本語', 4, '…')]).toEqual([
      'abcdef',
      'abcd…',
      '日…',
    ]);
  });

  it('folds without losing a space', () => {
    expect(fold('  a  b\n\tc', 80)).toEqual(['  a  b', '    c']);
    expect(fold('abcdef', 4)).toEqual(['abcd', 'ef']);
  });

  it('loses no word and keeps to its columns', () => {
    const text = fc
      .array(fc.string({ unit: 'grapheme-ascii', minLength: 1 }))
      .map((words) => words.join(' '));
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 40 }), (words, columns) => {
        const lines = wrap(words, columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.replaceAll(' ', ''));
        for (const line of lines) expect(width(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });
});
