/** What the generated cases of `real.test.ts` don't reach: sockets, TLS, what can't be told, and what a report says. */
import { describe, expect, it } from 'vitest';
import type { Request } from '../../../src/net/nginx/route.ts';
import { inLocation, route } from './asking.ts';

describe('the server', () => {
  const marked = (listens: Record<string, string>) =>
    Object.entries(listens)
      .map(([name, listen]) => `server { listen ${listen}; server_name ${name}; }`)
      .join('\n');
  const cases: [string, Record<string, string>, Partial<Request>, string | null][] = [
    ['an address before any', { any: '80', one: '192.0.2.1:80' }, {}, 'one'],
    ['any for another address', { any: '80', one: '192.0.2.1:80' }, { address: '192.0.2.9' }, 'any'],
    [
      'any where the address is not known',
      { one: '192.0.2.1:80', any: '*:80' },
      { address: 'not known' },
      'any',
    ],
    ['the only address where it is not known', { one: '127.0.0.1:80' }, { address: 'not known' }, 'one'],
    ['none on another address', { one: '127.0.0.1:80' }, {}, null],
    ['none on another port', { one: '8080' }, {}, null],
    ['an address without a port', { one: '192.0.2.1' }, {}, 'one'],
    ['a range of ports', { one: '79-81' }, {}, 'one'],
    ['the default server', { first: '80', second: '80 default_server' }, {}, 'second'],
    ['the first without a default', { first: '80', second: '80' }, {}, 'first'],
    [
      'the default of the socket, not of the port',
      { first: '80', second: '127.0.0.1:80 default_server' },
      {},
      'first',
    ],
    ['IPv6', { four: '80', six: '[::]:80' }, { address: '2001:db8::1' }, 'six'],
    ['IPv6 in its other spelling', { six: '[2001:DB8:0::1]:80' }, { address: '2001:db8::1' }, 'six'],
    ['no IPv4 on a socket for IPv6', { six: '[::]:80' }, {}, null],
    ['IPv4 on a socket for both', { six: '[::]:80 ipv6only=off' }, {}, 'six'],
    ['a Unix socket', { unix: 'unix:/run/n.sock', any: '80' }, { address: 'unix:/run/n.sock' }, 'unix'],
    ['a name in place of an address', { named: 'host.example.com:80' }, {}, 'named'],
  ];
  it.each(cases)('takes %s', (_, listens, request, expected) => {
    expect(route(marked(listens), request).server?.names[0] ?? null).toBe(expected);
  });

  it('is not guessed where it depends on the address', () => {
    const { server, outcome } = route(marked({ one: '127.0.0.1:80', two: '192.0.2.1:80' }), {
      address: 'not known',
    });
    expect({ server, kind: outcome.kind }).toEqual({ server: null, kind: 'undecided' });
  });

  it('without `listen` is on port 80', () => {
    expect(route('server { }').server).toMatchObject({
      names: [''],
      listens: ['80'],
      line: 2,
      isDefault: true,
    });
  });

  it('and TLS have to fit', () => {
    expect(route('server { listen 80; }', { tls: true }).outcome).toMatchObject({
      kind: 'wrong-scheme',
      listens: 'plain',
    });
    expect(route('server { listen 80 ssl; }').outcome).toMatchObject({
      kind: 'wrong-scheme',
      listens: 'tls',
    });
    expect(route('server { listen 80; ssl on; }').outcome).toMatchObject({
      kind: 'wrong-scheme',
      listens: 'tls',
    });
  });

  it('known by an expression that is not understood is undecided', () => {
    const { outcome } = route('server { listen 80; }\nserver { listen 80; server_name "~(?R)"; }');
    expect(outcome).toMatchObject({ kind: 'undecided', line: 3, otherwise: { kind: 'static', line: 2 } });
  });
});

describe('what can not be told', () => {
  const pass = 'proxy_pass http://127.0.0.1:1;';
  it.each<[string, string, object]>([
    [
      'files',
      `try_files $uri @b;`,
      { why: expect.stringContaining('try_files'), line: 4, otherwise: { kind: 'proxy', port: 2 } },
    ],
    [
      'a condition',
      `if ($remote_addr = 192.0.2.7) { return 403; } ${pass}`,
      { why: expect.stringContaining('$remote_addr'), otherwise: { kind: 'proxy' } },
    ],
    [
      'a file in a condition',
      `if (-f $request_filename) { break; } ${pass}`,
      { why: expect.stringContaining('files') },
    ],
    [
      'a variable of another module',
      'proxy_pass http://$geoip_target;',
      { why: expect.stringContaining('$geoip_target'), otherwise: null },
    ],
    ['a program', `access_by_lua_block { } ${pass}`, { otherwise: { kind: 'proxy' } }],
    ['an expression', `rewrite "(?R)" /x; ${pass}`, { otherwise: { kind: 'proxy' } }],
    [
      'an expression without end',
      `if ($uri ~ "(\\w+\\w+)+!") { return 403; } ${pass}`,
      { why: expect.stringContaining('steps') },
    ],
  ])('%s', (_, body, expected) => {
    const path = `/${'a'.repeat(200)}`;
    const text = `server { listen 80;\nlocation / {\n${body}\n}\nlocation @b { proxy_pass http://127.0.0.1:2; } }`;
    expect(route(text, { path }).outcome).toMatchObject({ kind: 'undecided', ...expected });
  });

  it('does not matter where nothing hangs on it', () => {
    expect(inLocation(`if ($remote_addr) { add_header X 1; } ${pass}`)).toMatchObject({ kind: 'proxy' });
  });
});

it('tells the way', () => {
  const { trail, server, location } = route(
    'server { listen 80; server_name *.example.com;\nlocation /ws { rewrite ^/ws(.*) /api$1 last; }\nlocation ^~ /api {\nproxy_pass http://127.0.0.1:1; } }',
    { path: '/ws/1?x' },
  );
  expect(trail.map(({ what, line }) => `${line} ${what}`)).toEqual([
    '2 server_name "*.example.com" is "a.example.com"',
    '3 location /ws',
    '3 rewrite ^/ws(.*) /api$1 last',
    '4 location ^~ /api',
    '5 proxy_pass http://127.0.0.1:1',
  ]);
  expect(server).toEqual({
    names: ['*.example.com'],
    listens: ['80'],
    isDefault: false,
    file: '/n',
    line: 2,
  });
  expect(location).toEqual({ modifier: '^~', path: '/api', file: '/n', line: 4 });
});

it('does not trip over names of JavaScript', () => {
  const text =
    'map $__proto__ $constructor { default $toString; }\nserver { listen 80; server_name __proto__; location / { set $hasOwnProperty 1; proxy_pass http://$constructor; } }';
  expect(route(text).outcome).toMatchObject({ kind: 'undecided' });
});

it('ends soon whatever the configuration is', () => {
  // without a budget for all of them together this takes minutes
  const locations = Array.from({ length: 20_000 }, (_, index) => `location ~ "(\\w+\\w+)+!${index}" { }`);
  const { outcome } = route(`server { listen 80; ${locations.join('\n')} }`, { path: `/${'a'.repeat(500)}` });
  expect(outcome.kind).toBe('undecided');
});
