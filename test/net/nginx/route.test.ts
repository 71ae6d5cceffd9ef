/** What the generated cases of `real.test.ts` don't reach: sockets, TLS, what can't be told, and what a report says. */
import { describe, expect, it } from 'vitest';
import {
  type Outcome,
  type Proxied,
  parseNginx,
  type Request,
  type Route,
  routeOf,
} from '../../../src/net/nginx/route.ts';

const asked: Request = {
  port: 80,
  address: '192.0.2.1',
  tls: false,
  host: 'a.example.com',
  path: '/ws',
  upgrade: true,
};

function route(http: string, request: Partial<Request> = {}, version?: string): Route {
  const parsed = parseNginx(new Map([['/n', `http {\n${http}\n}`]]), '/n', '/');
  if (!parsed.ok) throw new Error(parsed.message);
  const { address = '', ...others } = { ...asked, ...request };
  return routeOf(parsed.root, address === 'not known' ? others : { ...others, address }, version);
}

/** Of one location, which begins on line 3. */
function inLocation(body: string, request: Partial<Request> = {}, http = ''): Outcome {
  return route(`server { listen 80;\nlocation / {\n${body}\n} }\n${http}`, request).outcome;
}

function proxied(outcome: Outcome): Proxied {
  if (outcome.kind !== 'proxy') throw new Error(JSON.stringify(outcome));
  return outcome;
}

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

  it('of the handshake takes a Host that nobody has', () => {
    const both =
      'server { listen 443 ssl; server_name x; }\nserver { listen 443 ssl; server_name b.example.com; }';
    const request = { port: 443, tls: true, sslServerName: 'b.example.com' };
    expect(route(both, request).server?.line).toBe(3);
    expect(route(both, { ...request, host: 'x' }).server?.line).toBe(2);
    expect(route(both, { ...request, sslServerName: '' }).server?.line).toBe(2);
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

describe('an upgrade', () => {
  const pass = 'proxy_pass http://127.0.0.1:1;';
  const both = 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection';
  const map = 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }';
  it.each<[string, string, boolean | null, number, RegExp]>([
    ['nothing set', `\n${pass}`, false, 5, /not passed on/],
    ['both and HTTP/1.1', `${both} "upgrade"; proxy_http_version 1.1;\n${pass}`, true, 5, /passed on/],
    ['by the map', `${both} $connection_upgrade; proxy_http_version 1.1; ${pass}`, true, 4, /passed on/],
    [
      'the header of the client',
      `${both} $http_connection; proxy_http_version 1.1; ${pass}`,
      true,
      4,
      /passed on/,
    ],
    ['HTTP/1.0 by default', `${both} Upgrade;\n${pass}`, false, 5, /HTTP\/1\.0/],
    ['HTTP/1.0 as set', `${both} Upgrade;\nproxy_http_version 1.0;\n${pass}`, false, 5, /HTTP\/1\.0/],
    [
      'no Connection',
      `proxy_http_version 1.1;\nproxy_set_header Upgrade $http_upgrade;\n${pass}`,
      false,
      6,
      /"close"/,
    ],
    ['Connection emptied', `${both} "";\nproxy_http_version 1.1; ${pass}`, false, 4, /Connection is ""/],
    [
      'Upgrade emptied',
      `proxy_http_version 1.1; proxy_set_header Upgrade ""; ${pass}`,
      false,
      4,
      /Upgrade is ""/,
    ],
    [
      'a value that is not known',
      `${both} $sent_elsewhere; proxy_http_version 1.1; ${pass}`,
      null,
      4,
      /\$sent_elsewhere/,
    ],
  ])('%s', (_, body, passed, line, why) => {
    const { websocket } = proxied(inLocation(body, {}, map));
    expect(websocket).toEqual({ passed, why: expect.stringMatching(why), at: { file: '/n', line } });
  });

  it('is lost where a level with a header of its own inherits none', () => {
    const outer = `server { listen 80; proxy_http_version 1.1;\n${both} upgrade;\nlocation / {\n`;
    expect(proxied(route(`${outer}${pass} } }`).outcome).websocket.passed).toBe(true);
    const { websocket, hostHeader } = proxied(
      route(`${outer}proxy_set_header Host $host;\n${pass} } }`).outcome,
    );
    expect(websocket).toMatchObject({ passed: false, why: expect.stringContaining('/n:3 is not inherited') });
    expect(hostHeader).toEqual({
      value: 'a.example.com',
      known: true,
      configured: '$host',
      at: { file: '/n', line: 5 },
    });
  });

  it('is HTTP/1.1 by default since nginx 1.29.7', () => {
    const text = `server { listen 80; location / { proxy_pass http://b.example.com; } }`;
    const versions = (version?: string) => {
      const { httpVersion, connection } = proxied(route(text, {}, version).outcome);
      return [httpVersion, connection.value];
    };
    expect([versions(), versions('1.29.6'), versions('1.29.7'), versions('1.30.0')]).toEqual([
      ['1.0', 'close'],
      ['1.0', 'close'],
      ['1.1', null],
      ['1.1', null],
    ]);
  });

  it('does not come back through an error_page that keeps the status', () => {
    const page = (text: string) =>
      proxied(
        route(
          `server { listen 80; error_page 418 ${text}; location / { return 418; }\nlocation @ws { proxy_http_version 1.1; ${both} upgrade; ${pass} } }`,
        ).outcome,
      ).websocket.passed;
    expect([page('@ws'), page('= @ws')]).toEqual([false, true]);
  });
});

describe('what it passes on to', () => {
  it.each<[string, Partial<Proxied>]>([
    [
      'http://b.example.com',
      { scheme: 'http', host: 'b.example.com', port: 80, path: '/ws?a=1', upstream: null },
    ],
    ['https://b.example.com/x/', { scheme: 'https', port: 443, path: '/x/ws?a=1' }],
    ['http://[2001:db8::1]:81/', { host: '2001:db8::1', port: 81, path: '/ws?a=1' }],
    ['http://unix:/run/a b.sock:/x', { host: '', port: null, unix: '/run/a b.sock', path: '/xws?a=1' }],
    ['$scheme://b.example.com:81$request_uri', { port: 81, path: '/ws?a=1', resolvesAtRunTime: true }],
    ['http://b.example.com/$remote_addr', { host: 'b.example.com', path: null, resolvesAtRunTime: true }],
    ['http://$target', { host: '127.0.0.1', port: 9, path: '/ws?a=1' }],
    ['http://$one', { host: 'same', port: 80 }],
    [
      'http://PAIR',
      {
        host: 'PAIR',
        port: null,
        upstream: {
          name: 'pair',
          servers: [
            { address: '127.0.0.1', port: 1, flags: ['weight=2'], file: '/n', line: 6 },
            { address: '2001:db8::1', port: 80, flags: ['backup'], file: '/n', line: 7 },
            { address: '/run/x.sock', port: null, flags: [], file: '/n', line: 7 },
          ],
          file: '/n',
          line: 6,
        },
      },
    ],
  ])('%s', (url, expected) => {
    const shared = `upstream pair { server 127.0.0.1:1 weight=2;\nserver [2001:db8::1] backup; server unix:/run/x.sock; }
      map $remote_addr $one { default same; 192.0.2.1 same; }`;
    const body = `set $target 127.0.0.1:9; proxy_pass "${url}";`;
    expect(inLocation(body, { path: '/ws?a=1' }, shared)).toMatchObject({
      kind: 'proxy',
      ...expected,
      line: 4,
    });
  });

  it('with the timeouts in force', () => {
    const text = `proxy_read_timeout 1h; server { listen 80;\nproxy_connect_timeout 500ms;\nlocation / { proxy_pass http://127.0.0.1; proxy_read_timeout 1m30s; } }`;
    expect(route(text).outcome).toMatchObject({
      readTimeout: { ms: 90_000, at: { line: 4 } },
      connectTimeout: { ms: 500, at: { line: 3 } },
      sendTimeout: { ms: 60_000, at: null },
    });
  });

  it.each<[string, object]>([
    [
      'fastcgi_pass unix:/run/php.sock;',
      { kind: 'other-backend', protocol: 'fastcgi', target: 'unix:/run/php.sock' },
    ],
    ['grpc_pass grpc://127.0.0.1:1;', { kind: 'other-backend', protocol: 'grpc' }],
    ['content_by_lua_block { ngx.say("}") }', { kind: 'other-backend', protocol: 'lua', target: '' }],
    ['root /srv;', { kind: 'static', root: '/srv', line: 3 }],
    ['deny all; proxy_pass http://127.0.0.1;', { kind: 'refused', status: 403 }],
    ['internal; proxy_pass http://127.0.0.1;', { kind: 'refused', status: 404 }],
    ['limit_except POST { deny all; } proxy_pass http://127.0.0.1;', { kind: 'refused', status: 403 }],
    ['limit_except GET { deny all; } fastcgi_pass 127.0.0.1:1;', { kind: 'other-backend' }],
    ['return 444;', { kind: 'return', status: 444, body: null }],
    [
      'return 301 https://$host$request_uri;',
      { kind: 'redirect', status: 301, location: 'https://a.example.com/ws' },
    ],
    ['proxy_pass ftp://$host;', { kind: 'refused', status: 500 }],
    ['rewrite ^ /ws last;', { kind: 'refused', status: 500 }],
  ])('or to nobody: %s', (body, expected) => {
    expect(inLocation(body)).toMatchObject(expected);
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
