/** nginx's own lexical rules, and inputs that mislead whoever does not keep to them. */
import { describe, expect, it } from 'vitest';
import { blockText, type Directive, includesOf, parseNginx } from '../../../src/net/nginx/route.ts';

function parse(text: string, others: Record<string, string> = {}) {
  return parseNginx(
    new Map([['/etc/nginx/nginx.conf', text], ...Object.entries(others)]),
    '/etc/nginx/nginx.conf',
    '/',
  );
}

/** `name arg arg` for each directive, blocks in brackets. */
function short(level: readonly Directive[]): unknown[] {
  return level.map(({ name, args, block }) => (block ? [name, ...args, short(block)] : [name, ...args]));
}

describe('words', () => {
  it.each<[string, string, unknown[]]>([
    [
      'two directives on a line',
      'a 1; b 2;',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['quotes where a word begins', `a "x y" 'p"q' "";`, [['a', 'x y', 'p"q', '']]],
    ['quotes inside a word', `a x"y z'w;`, [['a', 'x"y', "z'w"]]],
    ['braces and semicolons in quotes', 'a "{;}" b;', [['a', '{;}', 'b']]],
    ['a brace inside a word', 'a b}c d;', [['a', 'b}c', 'd']]],
    ['a # inside a word', 'a b#c; # d\ne;', [['a', 'b#c'], ['e']]],
    ['a comment between words', 'a # x; }\n b;', [['a', 'b']]],
    ['escapes', 'a \\" "\\t\\n\\\\" \\d+\\.x b\\ c\\;d;', [['a', '"', '\t\n\\', '\\d+\\.x', 'b\\ c\\;d']]],
    ['a variable in braces', 'a ${b}c "${d}" e${f};', [['a', '${b}c', '${d}', 'e${f}']]],
    ['a brace after a dollar only', 'a $b{c;}', [['a', '$b', [['c']]]]],
    ['a string over several lines', 'a "x\n# y {\n";', [['a', 'x\n# y {\n']]],
    ['parentheses after a string', 'if ($a = "b") { c; }', [['if', '($a', '=', 'b', ')', [['c']]]]],
    [
      'CRLF',
      'a b;\r\nc {\r\n}\r\n',
      [
        ['a', 'b'],
        ['c', []],
      ],
    ],
    [
      '__proto__',
      '__proto__ { constructor x; __proto__ y; }',
      [
        [
          '__proto__',
          [
            ['constructor', 'x'],
            ['__proto__', 'y'],
          ],
        ],
      ],
    ],
    [
      'Lua',
      'content_by_lua_block { x = "}" -- }\n y = [[ } ]] z = { 1, "\\"}" } --[==[ } ]] ]==] } a;',
      [['content_by_lua_block', ' x = "}" -- }\n y = [[ } ]] z = { 1, "\\"}" } --[==[ } ]] ]==] '], ['a']],
    ],
  ])('%s', (_, text, expected) => {
    const parsed = parse(text);
    expect(parsed.ok ? short(parsed.root) : parsed).toEqual(expected);
  });

  it.each<[string, string, number, RegExp]>([
    ['a block that is not closed', 'http {\n server {\n }\n', 4, /end of file/],
    ['a block closed twice', 'http {\n}\n}', 3, /unexpected "}"/],
    ['a directive without its end', 'a b', 1, /end of file/],
    ['a string without its end', 'a "b;\nc;', 2, /end of file/],
    ['text right after a string', 'a "b"c;', 1, /unexpected "c"/],
    ['a brace alone', '{ }', 1, /unexpected "{"/],
    ['an expression with braces and without quotes', 'location ~ ^/\\d{3}/ { }', 1, /end of file/],
    ['a word of 4096 bytes', `a ${'é'.repeat(2048)};`, 1, /4095 bytes/],
    ['a long string', `\na "${'x'.repeat(5000)}";`, 2, /4095 bytes/],
    ['a long comment', `# ${'x'.repeat(5000)}`, 1, /4095 bytes/],
    ['20,000 blocks in one another', 'a {'.repeat(20_000), 1, /100 blocks/],
    ['Lua without its end', 'a;\ncontent_by_lua_block { "}', 2, /Lua/],
    ['include without a path', 'include;', 1, /number of arguments/],
  ])('refuses %s', (_, text, line, message) => {
    expect(parse(text)).toMatchObject({
      ok: false,
      file: '/etc/nginx/nginx.conf',
      line,
      message: expect.stringMatching(message),
    });
  });

  it('reads a million characters without a thought', () => {
    const parsed = parse(`${'a "b;" {} '.repeat(100_000)}`);
    expect(parsed.ok && parsed.root.length).toBe(100_000);
  });
});

describe('include', () => {
  it('is relative to the folder of the main file, in the order of the names', () => {
    const parsed = parse('http { include conf.d/*.conf; include "sites/a b"; include none/*; }', {
      '/etc/nginx/conf.d/b.conf': 'b;',
      '/etc/nginx/conf.d/a.conf': 'a; include snippets/x;',
      '/etc/nginx/conf.d/.hidden.conf': 'hidden;',
      '/etc/nginx/conf.d/c.conf.bak': 'c;',
      '/etc/nginx/snippets/x': 'x1 {\n}\n',
      '/etc/nginx/sites/a b': 'ab;',
    });
    expect(parsed.ok && short(parsed.root)).toEqual([['http', [['a'], ['x1', []], ['b'], ['ab']]]]);
    const [http] = parsed.ok ? parsed.root : [];
    expect(http?.block?.[1]).toMatchObject({ file: '/etc/nginx/snippets/x', line: 1, endLine: 2 });
  });

  it('names what is missing, and no pattern', () => {
    const parsed = parse('include mime.types; include /a/../b; include x/*;');
    expect(parsed.ok && parsed.missing).toEqual(['/etc/nginx/mime.types', '/b']);
  });

  it('may be in a file twice, and not in itself', () => {
    const twice = parse('a { include x; } b { include x; }', { '/etc/nginx/x': 'x;' });
    expect(twice.ok && short(twice.root)).toEqual([
      ['a', [['x']]],
      ['b', [['x']]],
    ]);
    const itself = parse('include x;', { '/etc/nginx/x': '\ninclude nginx.conf;' });
    expect(itself).toMatchObject({ ok: false, file: '/etc/nginx/x', line: 2 });
  });

  it('ends where files include others by the million', () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `/etc/nginx/${index}`,
        `include ${index + 1}; include ${index + 1}; a;`,
      ]),
    );
    expect(parse('include 0;', { ...files, '/etc/nginx/40': 'a;' })).toMatchObject({ ok: false });
  });

  it('is balanced in each file', () => {
    expect(parse('http { include x;', { '/etc/nginx/x': '}' })).toMatchObject({
      ok: false,
      file: '/etc/nginx/x',
    });
  });

  it('tells what to read next', () => {
    expect(
      includesOf(
        'http { include a/*.conf; server { include "b c"; # include d;\n x "include e;"; } include a/*.conf; }',
      ),
    ).toEqual(['a/*.conf', 'b c']);
  });
});

it('shows the lines of a block', () => {
  const files = new Map([
    [
      '/x',
      'http {\n  server {\n    listen 80;\n    location / {\n      # }\n      return 200 "}";\n    }\n  }\n}\n',
    ],
  ]);
  const lines = (line: number) => blockText(files, '/x', line).map(({ number }) => number);
  expect(lines(4)).toEqual([4, 5, 6, 7]);
  expect(lines(6)).toEqual([4, 5, 6, 7]);
  expect(lines(3)).toEqual([2, 3, 4, 5, 6, 7, 8]);
  expect(lines(99)).toEqual([]);
  expect(blockText(files, '/x', 4)[2]).toEqual({ number: 6, text: '      return 200 "}";' });
  expect(blockText(files, '/y', 1)).toEqual([]);
});
