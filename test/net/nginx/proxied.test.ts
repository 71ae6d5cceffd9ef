/** What reaches the server behind: where it is, what an upgrade looks like there, how long it may be silent. */
import { describe, expect, it } from 'vitest';
import type { Proxied } from '../../../src/net/nginx/route.ts';
import { inLocation, proxied, route } from './asking.ts';

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
