import { expect, it } from 'vitest';
import { withoutSecrets } from '../../../src/net/nginx-host/shown.ts';
import { rejectionIn, upstreamOf, withoutQueries, writerOf } from '../../../src/net/nginx-host/words.ts';

it.each([
  [
    'nginx: [warn] x\nnginx: [emerg] unknown directive "a in b" in /etc/my nginx/x.conf:3\nnginx: test failed\n',
    { message: 'unknown directive "a in b"', unknownName: null, file: '/etc/my nginx/x.conf', line: 3 },
  ],
  [
    '2026/11/24 08:00:00 [emerg] 7#7: host not found in upstream "agent:81" in /etc/nginx/nginx.conf:41',
    {
      message: 'host not found in upstream "agent:81"',
      unknownName: 'agent:81',
      file: '/etc/nginx/nginx.conf',
      line: 41,
    },
  ],
  [
    'nginx: [emerg] cannot load certificate "/x": BIO_new_file() failed',
    {
      message: 'cannot load certificate "/x": BIO_new_file() failed',
      unknownName: null,
      file: null,
      line: null,
    },
  ],
  ['nginx: [emerg] open() "/var/log/nginx/error.log" failed (13: Permission denied)', null],
  ['nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)', null],
  ['nginx: configuration file /etc/nginx/nginx.conf test is successful', null],
  ['', null],
])('%j', (text, rejection) => expect(rejectionIn(text)).toEqual(rejection));

it('reads lines of the error log', () => {
  const line =
    '2026/11/24 08:00:00 [error] 12#12: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, request: "GET /ws?token=x HTTP/1.1", upstream: "http://172.18.0.9:8081/ws?token=x", host: "a"';
  expect(writerOf(line)).toBe(12);
  expect(upstreamOf(line)).toBe('172.18.0.9:8081');
  expect(withoutQueries(line)).not.toContain('token');
  expect(writerOf('[error] 12#12')).toBeNull();
});

it.each([
  ['  proxy_set_header Host $host;', '  proxy_set_header Host $host;'],
  ['proxy_set_header Connection "upgrade";', 'proxy_set_header Connection "upgrade";'],
  ['proxy_set_header Authorization "Bearer hunter2";', 'proxy_set_header Authorization …;'],
  ['proxy_set_header X-Any $http_x_any;', 'proxy_set_header X-Any $http_x_any;'],
  ['set $api_key hunter2; proxy_pass http://a;', 'set $api_key …; proxy_pass http://a;'],
  ['set $backend "127.0.0.1:8080";', 'set $backend "127.0.0.1:8080";'],
  ['proxy_read_timeout 3600s;', 'proxy_read_timeout 3600s;'],
  ['proxy_pass http://user:hunter2@a:1/;', 'proxy_pass http://user:…@a:1/;'],
  ['proxy_pass http://a:1/x?key=hunter2;', 'proxy_pass http://a:1/x?…;'],
  ['if ($arg_key != "hunter2") { return 403; }', 'if … … … { return 403; }'],
  ['rewrite ^/a(?:b)?/(.*)$ /$1?key=hunter2 break;', 'rewrite ^/a(?:b)?/(.*)$ /$1?… break;'],
  ['location ~ ^/(?<id>a+)?$ {', 'location ~ ^/(?<id>a+)?$ {'],
  ['location /ws/agent { # hunter2', 'location /ws/agent { # …'],
  ['# the token is hunter2', '# …'],
  ['}', '}'],
  ['', ''],
  ['proxy_set_header X-Api-Key\n  "hunter2";', 'proxy_set_header X-Api-Key\n  …;'],
  ['proxy_set_header X-Api-Key "a\n hunter2";\nroot /a;', 'proxy_set_header X-Api-Key …\n…;\nroot /a;'],
  ['proxy_set_header\n  X-Api-Key # hunter2\n hunter2;', 'proxy_set_header\n  X-Api-Key # …\n …;'],
  ['proxy_cookie_path "/a; hunter2" /;', 'proxy_cookie_path … …;'],
  ["sub_filter 'foo; hunter2' x;", 'sub_filter … …;'],
  ["sub_filter 'foo } \\' hunter2' a}hunter2;", 'sub_filter … …;'],
  ['set $a "${b}hunter2"; set $c x${d}hunter2;', 'set $a …; set $c …;'],
  ['if ($a = "x; hunter2") { return 403; }', 'if … … … { return 403; }'],
  ['map $a $b { hunter2 1; default 127.0.0.1:1; }', 'map $a $b { … 1; default 127.0.0.1:1; }'],
  ['access_by_lua_block {\n k = "}hunter2"\n}\nroot /a;', 'access_by_lua_block {\n…\n}\nroot /a;'],
  ['set $a "hunter2', 'set $a …'],
])('%s', (line, shown) => expect(withoutSecrets(line)).toBe(shown));
