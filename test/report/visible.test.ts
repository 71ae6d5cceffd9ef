import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ascii, mapStrings, visible, visibleReport } from '../../src/report/visible.ts';
import { reportCases } from '../support/report-cases.ts';

describe('visible', () => {
  it.each([
    ['plain text, ünïcödé and 日本語 🦆', 'plain text, ünïcödé and 日本語 🦆'],
    ['a back\\slash', 'a back\\slash'],
    ['\u001b[31mred\u0007', '\\x1b[31mred\\x07'],
    ['del \u007f, C1 \u009b', 'del \\x7f, C1 \\x9b'],
    ['a\nb\tc\r\n', 'a\\nb\\tc\\x0d\\n'],
    ['\u202egnp.exe\u2069', '\\u{202e}gnp.exe\\u{2069}'],
    ['zero\u200bwidth\u200f', 'zero\\u{200b}width\\u{200f}'],
    ['\u2028\u2029\ufeff\u00ad', '\\u{2028}\\u{2029}\\u{feff}\\u{ad}'],
    ['tags \u{e0041}\u{e007f}', 'tags \\u{e0041}\\u{e007f}'],
    ['half \ud83d, whole \ud83e\udd86', 'half \\u{d83d}, whole 🦆'],
    ['none \uffff \ufdd0 \u{1fffe}', 'none \\u{ffff} \\u{fdd0} \\u{1fffe}'],
  ])('%j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('keeps tabs and line ends where asked to', () => {
    expect(visible('a\tb\r\nc\nd\re\u0000', { multiline: true })).toBe('a\tb\nc\nd\\x0de\\x00');
  });

  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  );

  it('leaves nothing unseen, and nothing to do for a second time', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (text, multiline) => {
        const shown = visible(text, { multiline });
        const unseen = multiline
          ? /[^\n\t\P{Cc}]|[\p{Cf}\p{Cs}\u2028\u2029]/u
          : /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;
        expect(shown).not.toMatch(unseen);
        expect(visible(shown, { multiline })).toBe(shown);
      }),
    );
  });

  it('strips nothing: what was seen stays, in its order', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const back = visible(text).replace(
          /\\(?:x([\da-f]{2})|u\{([\da-f]+)\}|([nt]))/g,
          (_, x, u, letter) =>
            letter
              ? { n: '\n', t: '\t' }[letter as 'n' | 't']
              : String.fromCodePoint(Number.parseInt(x ?? u, 16)),
        );
        // A text that spells out an escape itself can't be told from one that was escaped.
        if (!text.includes('\\')) expect(back).toBe(text);
      }),
    );
  });

  it('as ASCII, is ASCII', () => {
    expect(ascii('‹TOKEN› → “no”… 日')).toBe('<TOKEN> -> "no"... \\u{65e5}');
    fc.assert(
      fc.property(anyText, (text) => {
        expect(ascii(visible(text))).toMatch(/^[\x20-\x7e]*$/);
      }),
    );
  });
});

describe('visibleReport', () => {
  it.each(reportCases)('$name: every string once, keys included, and the rest as it was', ({ report }) => {
    const shown = visibleReport(report);
    expect(visibleReport(shown)).toEqual(shown);
    mapStrings(shown, (text) => {
      expect(text).not.toMatch(/[^\n\t\P{Cc}]|[\p{Cf}\p{Cs}]/u);
      return text;
    });
    expect(shown.results.map(({ durationMs, status }) => [durationMs, status])).toEqual(
      report.results.map(({ durationMs, status }) => [durationMs, status]),
    );
  });

  it('keeps lines in evidence alone, and a key __proto__ a key', () => {
    const hostile = reportCases.find(({ name }) => name === 'hostile')?.report;
    const shown = hostile && visibleReport(hostile);
    expect(shown?.results[1]?.evidence[0]?.output).toContain('one\ntwo\tthree\n\\x00');
    expect(shown?.results[1]?.summary).toContain('\\x0d\\n\\u{202e}');
    expect(Object.keys(shown?.results[0]?.facts ?? {})).toEqual(['x-header\\x1b[2J', '__proto__']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
