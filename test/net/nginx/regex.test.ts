import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf, matchRegex as match } from '../../../src/net/nginx/regex.ts';

const matchRegex = (pattern: string, ignoreCase: boolean, subject: string) =>
  match(pattern, ignoreCase, subject, budgetOf());

describe('expressions as nginx has them', () => {
  it.each<[string, string, string[] | null]>([
    ['^/api/(.*)$', '/api/v1/x', ['v1/x']],
    ['\\.(?:php|html)$', '/a.php', []],
    ['\\.(?:php|html)$', '/a.php\n', []],
    ['\\.php\\z', '/a.php\n', null],
    ['(?i)^/API', '/api', []],
    ['^/(?i:a)b', '/Ab', []],
    ['^/(?i:a)b', '/AB', null],
    ['^/(?P<name>[^/]+)/(?<rest>.*)', '/a/b', ['a', 'b']],
    ['^/(a|b)*c', '/abc', ['b']],
    ['^/(?:(a)|b)*$', '/ab', ['a']],
    ['^/(a*)*$', '/aaa', ['']],
    ['^(?>a+)a', 'aaa', null],
    ['^a++a', 'aaa', null],
    ['^a+?(a*)', 'aaa', ['aa']],
    ['x{2,3}', 'xxxx', []],
    ['x{,3}', 'x{,3}', []],
    ['^/\\d{3}/', '/123/', []],
    ['^/[[:alpha:]_]+$', '/a_b', []],
    ['^[]a]+$', ']a', []],
    ['^[^]a]+$', 'bc', []],
    ['^(?!/api)/', '/api/x', null],
    ['(?<=/v)\\d', '/v2', []],
    ['(?<!/v)\\d', '/v2', null],
    ['\\Qa.b\\E', 'axb', null],
    ['(?x) ^ /a # comment', '/a', []],
    ['\\x2fa', '/a', []],
    ['^/\xe4$', '/\xe4', []],
  ])('%s on %s', (pattern, subject, captures) => {
    const match = matchRegex(pattern, false, subject);
    expect(match.matched ? match.captures : match).toEqual(captures ?? { matched: false });
  });

  it('keeps the last turn of a group, as PCRE does', () => {
    const match = matchRegex('^(?:(a)|b)*$', false, 'ab');
    expect(match).toMatchObject({ matched: true, captures: ['a'] });
  });

  it.each([
    '(?R)',
    '(a)\\1',
    '(*UTF8)a',
    '\\p{L}',
    '(?(1)a)',
    'a\\Kb',
    '(a',
    'a)',
    '*a',
    '[a',
    '(?<=a+)b',
    `${'('.repeat(5000)}`,
  ])('does not guess at %s', (pattern) => {
    expect(matchRegex(pattern, false, 'a')).toMatchObject({ matched: null });
  });

  it.each(['^(a+)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*)*(.*)*(.*)*x$'])('ends soon: %s', (pattern) => {
    const match = matchRegex(pattern, false, `${'a'.repeat(2000)}!`);
    expect(match).toMatchObject({ matched: null });
  });
});

const alternatives = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('a', 'b', '/', '.', '\\.', '[ab]', '[^a/]', '\\w', '\\d', '^', '$', '\\b'),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `${a}${b}`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '*?', '+?'))
      .map(([a, times]) => `(?:${a})${times}`),
    tie('pattern').map((a) => `(${a})`),
    tie('pattern').map((a) => `(?!${a})`),
    tie('pattern').map((a) => `(?=${a})`),
  ),
})).pattern;

it('matches what JavaScript matches, where the two languages are one', () => {
  const subjects = fc.array(fc.constantFrom('a', 'b', '/', '.', '1', 'A'), { maxLength: 8 });
  fc.assert(
    fc.property(alternatives, subjects, fc.boolean(), (pattern, letters, ignoreCase) => {
      const subject = letters.join('');
      const theirs = new RegExp(pattern, ignoreCase ? 'i' : '').exec(subject);
      const ours = matchRegex(pattern, ignoreCase, subject);
      if (ours.matched !== null) expect(ours.matched).toBe(theirs !== null);
    }),
    { numRuns: 1000 },
  );
});
