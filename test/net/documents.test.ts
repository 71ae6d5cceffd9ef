import { describe, expect, test } from 'vitest';
import { type Held, lineWith, valuesHeld, type Wanted } from '../../src/net/documents/expected.ts';
import { readDocument } from '../../src/net/documents/read.ts';
import { dottedPath } from '../../src/net/dotted-path.ts';

const held = (name: string, text: string, expect: Record<string, Wanted>): readonly Held[] => {
  const reading = readDocument(name, text);
  if (!reading?.ok) throw new Error(`${name}: ${JSON.stringify(reading)}`);
  return valuesHeld(reading.document, expect);
};
/** `state shown@line` */
const one = (name: string, text: string, key: string, wanted: Wanted) => {
  const [found] = held(name, text, { [key]: wanted });
  return `${found?.state} ${found?.shown}@${found?.line}`;
};

test.each([
  ['a', ['a']],
  ['a.b.0', ['a', 'b', '0']],
  ['a."b.c".d', ['a', 'b.c', 'd']],
  ['"say \\"hi\\""', ['say "hi"']],
  ['a-b_c.ü', ['a-b_c', 'ü']],
  ['', null],
  ['.a', null],
  ['a.', null],
  ['a..b', null],
  ['a b', null],
  ['a."b', null],
  [Array(33).fill('a').join('.'), null],
])('the path %j', (text, path) => {
  expect(dottedPath(text)).toEqual(path);
});

describe('TOML', () => {
  const text =
    '[agent_management]\nport = 8081 # comment\nname = "a"\n[[server]]\nurl = "wss://user:pw@x.example.com/?token=abc&v=1"\n' +
    '[hosts."b.example.com"]\nup = true\nsince = 2026-11-24T07:00:00Z\nbig = 9007199254740993\ninline = { port = 1, list = [1, 2] }\n';
  test.each<[string, Wanted, string]>([
    ['agent_management.port', 8081, 'same 8081@2'],
    ['agent_management.port', 8080, 'other 8081@2'],
    ['agent_management.port', '8081', 'other 8081@2'],
    ['agent_management.name', 'a', 'same "a"@3'],
    ['server.0.url', 'x', 'other "wss://…@x.example.com/?token=…&v=1"@5'],
    ['hosts."b.example.com".up', true, 'same true@7'],
    ['hosts."b.example.com".up', 'true', 'other true@7'],
    ['hosts."b.example.com".since', '2026-11-24T07:00:00.000Z', 'same 2026-11-24T07:00:00.000Z@8'],
    ['hosts."b.example.com".big', 1, 'other 9007199254740993@9'],
    ['hosts."b.example.com".inline.list.1', 2, 'same 2@10'],
    ['hosts."b.example.com".inline', 'x', 'other a table@10'],
    ['server', 'x', 'other a list@4'],
    ['server.length', 1, 'missing null@null'],
    ['agent_management.toString', 1, 'missing null@null'],
    ['__proto__.polluted', 1, 'missing null@null'],
  ])('%s = %j', (key, wanted, found) => {
    expect(one('/etc/a.toml', text, key, wanted)).toBe(found);
  });
});

describe('JSON', () => {
  const text =
    '{\n  "server": {\n    "ports": [8080,\n 8081],\n "a.b": null },\n  "__proto__": { "x": 1 }, "n": 1e3\n}\n';
  test.each<[string, Wanted, string]>([
    ['server.ports.1', 8081, 'same 8081@4'],
    ['server.ports.1', '8081', 'other 8081@4'],
    ['server.ports.2', 1, 'missing null@null'],
    ['server."a.b"', 'x', 'other null@5'],
    ['__proto__.x', 1, 'same 1@6'],
    ['n', 1000, 'same 1000@6'],
  ])('%s = %j', (key, wanted, found) => {
    expect(one('/etc/a.json', text, key, wanted)).toBe(found);
  });

  test.each([
    ['', 1],
    ['{\n', 2],
    ['{"a": 1,\n}', 2],
    ['{\n"a": 1\n"b": 2}', 3],
    ['{"a": 01}', 1],
    ['// comment\n{}', 1],
    ['{}\n\n{}', 3],
    ['["\n"]', 1],
    ["{\n'a': 1}", 2],
    ['[1, 2\n', 2],
    ['{"a"\n:\n}', 3],
  ])('%j is none, line %i', (bad, line) => {
    expect(readDocument('/a.json', bad)).toMatchObject({ ok: false, format: 'JSON', line });
  });
});

describe('YAML', () => {
  const text =
    'defaults: &d\n  port: 8081\nserver:\n  <<: *d\n  tls: yes\n  list:\n    - "1"\n    - x: 2\nsecret: !vault abc\nsecret: def\n---\nsecond: 2\n';
  test.each<[string, Wanted, string]>([
    ['defaults.port', 8081, 'same 8081@2'],
    ['server.port', 8081, 'same 8081@null'],
    ['server.tls', true, 'other "yes"@5'],
    ['server.list.0', 1, 'other "1"@7'],
    ['server.list.1.x', 2, 'same 2@8'],
    ['second', 2, 'same 2@12'],
    ['third', 2, 'missing null@null'],
  ])('%s = %j', (key, wanted, found) => {
    expect(one('/etc/a.yml', text, key, wanted)).toBe(found);
  });

  test('aliases that unfold without end are not read', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (const [here, before] of ['ba', 'cb', 'dc', 'ed', 'fe']) {
      bomb.push(`${here}: &${here} [${Array(10).fill(`*${before}`).join(',')}]`);
    }
    expect(readDocument('/a.yaml', bomb.join('\n'))).toBeNull();
  });

  test.each([
    ['a: 1\n  b: 2\n', 1],
    ['a: [1,\nb: 2\n', 2],
    ['a: "never ends\n', 1],
    ['a: *nobody\n', 1],
  ])('%j is none, line %i', (bad, line) => {
    const reading = readDocument('/a.yaml', bad);
    expect(reading).toMatchObject({ ok: false, format: 'YAML' });
    if (reading && !reading.ok) expect(Math.abs((reading.line ?? 0) - line)).toBeLessThanOrEqual(2);
  });
});

describe('lines', () => {
  test.each<[string, string, string, Wanted, string]>([
    ['/a.ini', '; c\n[server]\nport = 8081 ; why\n', 'server.port', 8081, 'same 8081@3'],
    ['/a.ini', '[server]\nport: "8081"\nport=8082\n', 'server.port', '8082', 'same 8082@3'],
    ['/a.ini', 'top=#1\n[a.b]\nc\n', 'a.b.c', '', 'same @3'],
    ['/a.properties', 'server.port=8081\n', 'server.port', 8081, 'same 8081@1'],
    [
      '/x.service',
      '[Service]\nExecStart=/bin/a --b=c;d\n',
      'Service.ExecStart',
      '/bin/a --b=c;d',
      'same /bin/a --b=c;d@2',
    ],
    ['/.env', '# c\nexport PORT="8081" # x\n', 'PORT', 8081, 'same 8081@2'],
    ['/app/.env.local', "A='b\nc'\nD=e # f\n", 'D', 'e', 'same e@3'],
    ['/app/prod.env', "A='b\nc'\n", 'A', 'b\nc', 'same b\nc@1'],
    ['/app/prod.env', 'A=\n', 'A', true, 'other @1'],
    [
      '/etc/ssh/sshd_config',
      '#Port 22\nPort 2222\nport 22\nMatch User x\nX11Forwarding yes\n',
      'port',
      2222,
      'same 2222@2',
    ],
    [
      '/etc/ssh/sshd_config',
      'Match User x\nX11Forwarding yes\n',
      'X11Forwarding',
      'yes',
      'missing null@null',
    ],
    ['/etc/redis.conf', 'bind 127.0.0.1\nmaxclients 10\nMaxClients 20\n', 'maxclients', 20, 'same 20@3'],
  ])('%s %j: %s = %j', (name, text, key, wanted, found) => {
    expect(one(name, text, key, wanted)).toBe(found);
  });

  test('what is no section', () => {
    expect(readDocument('/a.ini', 'a=1\n[b\n')).toMatchObject({ ok: false, line: 2 });
  });
});

describe('a file whose name says nothing', () => {
  test.each([
    ['{ "a": 1 }', 'JSON'],
    ['a = 1\n[b]\nc = "d"\n', 'TOML'],
    ['a = one\n[b]\nc = d\n', 'INI'],
    ['a: 1\nb:\n  - c\n', 'YAML'],
    ['a 1\nb 2\n', 'a file of keywords'],
    ['\ufeffa = 1\r\nb = 2\r\n', 'TOML'],
  ])('%j is %s', (text, format) => {
    const reading = readDocument('/etc/agent.conf', text);
    expect(reading?.ok && reading.document.format).toBe(format);
  });
});

describe('a hostile file', () => {
  test.each([
    ['/a.json', '['.repeat(125_000) + ']'.repeat(125_000)],
    ['/a.yaml', '['.repeat(50_000)],
    ['/a.yaml', `a: &a 1\nb: [${'*a,'.repeat(60_000)}]\n`],
    ['/a.yaml', `${'a: &a\n'.repeat(30_000)}`],
    ['/a.toml', `a = ${'['.repeat(50_000)}`],
    ['/a.conf', '['.repeat(200_000)],
    ['/a.ini', `${'['.repeat(200_000)}\n`],
    ['/a.env', 'A="\n'.repeat(50_000)],
    ['/sshd_config', `${'a'.repeat(100_000)}${' '.repeat(100_000)}=`],
    ['/a.json', `{${'"a":1,'.repeat(35_000)}"b":1}`],
    ['/a.toml', '[__proto__]\npolluted = 1\n'],
    ['/a.json', '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'],
    ['/a.yaml', '__proto__: {polluted: 1}\n<<: {__proto__: {polluted: 1}}\n'],
    ['/a.ini', '[__proto__]\npolluted = 1\n'],
    ['/a.toml', 'a\0b = 1'],
  ])('%s ends, and leaves nothing behind', (name, text) => {
    const started = performance.now();
    const reading = readDocument(name, text);
    if (reading?.ok) valuesHeld(reading.document, { '__proto__.polluted': 1, 'a.b.c': 1 });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  test('what is wrong with it quotes nothing of it', () => {
    for (const [name, text] of [
      ['/a.json', '{"password": hunter2}'],
      ['/a.yaml', 'password: *hunter2'],
      ['/a.yaml', 'password: "hunter2\n'],
      ['/a.toml', 'password = hunter2'],
      ['/a.toml', 'password = "x"\npassword = "hunter2"'],
      ['/a.ini', '[hunter2'],
    ] as const) {
      const reading = readDocument(name, text);
      expect(reading?.ok).toBe(false);
      expect(JSON.stringify(reading)).not.toMatch(/hunter2|password/);
    }
  });

  test('values that look like secrets are not shown', () => {
    const text =
      'db = { password = "hunter2", apiKey = "hunter2", port = 1, dsn = "hunter2", url = "amqp://u:hunter2@h/" }';
    const values = held('/a.toml', text, {
      'db.password': 'x',
      'db.apiKey': 'x',
      'db.dsn': 'x',
      'db.url': 'x',
      'db.port': '‹PORT›',
    });
    expect(JSON.stringify(values)).not.toContain('hunter2');
    expect(values.map(({ state, shown }) => [state, shown])).toEqual([
      ['other', null],
      ['other', null],
      ['other', null],
      ['other', '"amqp://…@h/"'],
      ['other', null],
    ]);
  });
});

describe('the line to change', () => {
  const text = [
    '[agent]',
    'port = 8081',
    '"name" = "a"',
    'far = 80 # not 80',
    'both = { port = 1, password = "x" }',
    'password = "hush"',
  ].join('\n');
  test.each<[key: string, wanted: Wanted, shown: string, after: string | null]>([
    ['agent.port', 8080, '8080', 'port = 8080'],
    ['agent.name', 'b', '"b"', '"name" = "b"'],
    ['agent.far', 81, '81', null],
    ['agent.both.port', 2, '2', null],
    ['agent.password', 'other', '"other"', null],
    ['agent.none', 1, '1', null],
  ])('of %s', (key, wanted, shown, after) => {
    const reading = readDocument('a.toml', text);
    if (!reading?.ok) throw new Error('unreadable');
    const [found] = valuesHeld(reading.document, { [key]: wanted }, text);
    expect(found && lineWith(found, shown)?.after).toBe(after ?? undefined);
  });
});
