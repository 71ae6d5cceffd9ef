import { describe, expect, test } from 'vitest';
import { formatErrors } from '../../src/config/load.ts';
import { errorsOf, load } from './support.ts';

const endpoint = '[endpoints.a]\nurl = "https://example.com/"\n';
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const inside = (value: string) => `${endpoint}expect = { json = { a = ${value} } }\n`;

/** What a file may hold that would rather break its reader. */
describe('a hostile file is refused in words, and nothing else happens', () => {
  const cases: Record<string, [text: string, words: RegExp]> = {
    'bigger than 1 MiB': [
      `# ${'x'.repeat(1024 * 1024)}\n`,
      /^viworks-doctor.toml:1:1: the file is larger than 1 MiB\n$/,
    ],
    'lists 20,000 deep': [inside(nested(20_000)), /:3:\d+: this is no TOML/],
    'lists 900 deep': [
      inside(nested(900)),
      /endpoints.agent|endpoints\.a\.expect\.json\.a.*is nested too deeply/,
    ],
    'a key 20,000 deep': [`${Array(20_000).fill('a').join('.')} = 1\n`, /:1:1: a: unknown key/],
    'a free key 20,000 deep': [
      `${endpoint}expect.json.${Array(20_000).fill('a').join('.')} = 1\n`,
      /is nested too deeply/,
    ],
    'old Mac line ends': ['a = 1\rb = 2\r', /:1:\d+: this is no TOML/],
    NUL: ['title = "a\0b"\n', /this is no TOML/],
    'an escape sequence in a key': [
      `"\\u001b]0;x\\u0007" = 1\n${endpoint}`,
      /"\\x1b\]0;x\\x07": unknown key/,
    ],
    'a line turned around': [`"\\u202eurl" = 1\n${endpoint}`, /"\\u\{202e\}url": unknown key/],
    'a key of 100,000 characters': [`${'k'.repeat(100_000)} = 1\n${endpoint}`, /"k{80}…": unknown key/],
    'a name that is a prototype': [
      '[hosts.__proto__]\naddress = "192.0.2.1"\n',
      /hosts\.__proto__: unknown key/,
    ],
    '10,000 mistakes': [
      `${endpoint}${Array.from({ length: 10_000 }, (_, index) => `x${index} = 1\n`).join('')}`,
      /x9999: unknown key/,
    ],
    'a pattern of variables': [
      `${endpoint}headers = { A = "${'${'.repeat(20_000)}" }\n`,
      /has a variable that is none/,
    ],
  };

  test.each(Object.entries(cases))('%s', (_, [text, words]) => {
    const shown = formatErrors(errorsOf(load(text)));
    expect(shown).toMatch(words);
    expect(shown).not.toMatch(/[^\n -~…]/u);
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThan(400);
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as { address?: unknown }).address).toBeUndefined();
  });

  test('a variable that Object has is not set', () => {
    const text = `${endpoint}headers = { A = "\${constructor}" }\n`;
    expect(formatErrors(errorsOf(load(text)))).toContain('environment variable constructor is not set');
  });

  test('what a secret holds is not in the words', () => {
    const text = `${endpoint}headers = { Authorization = "Bearer \${BROKEN}" }\nvia = "\${PIN}"\n`;
    const shown = formatErrors(errorsOf(load(text, { env: { BROKEN: 'se\ncret', PIN: 'nginx' } })));
    expect(shown).not.toContain('cret"');
    expect(shown).toContain('environment variable BROKEN holds a character that a header cannot');
  });
});
