/** The line that is changed, and how: only where it is plain to see. */
import { expect, it } from 'vitest';
import { parseNginx, routeOf } from '../../../src/net/nginx/route.ts';
import {
  pathMended,
  schemeMended,
  timeoutFor,
  timeoutMended,
  upgradeMended,
  writtenLines,
} from '../../../src/net/nginx-host/mend.ts';
import { asked, proxied } from '../nginx/asking.ts';

const main = '/etc/nginx/nginx.conf';

function through(location: string) {
  const text = `events {}\nhttp {\nserver {\nlisten 80;\nlocation /ws/ {\n${location}\n}\n}\n}\n`;
  const files = new Map([[main, text]]);
  const parsed = parseNginx(files, main, '/etc/nginx');
  if (!parsed.ok) throw new Error(parsed.message);
  const outcome = proxied(routeOf(parsed.root, { ...asked, path: '/ws/agent' }, '1.22.1').outcome);
  return { outcome, lines: writtenLines(files, outcome) };
}

const pass = 'proxy_pass http://127.0.0.1:8081;';
const upgrade = 'proxy_set_header Upgrade $http_upgrade;';
const connection = 'proxy_set_header Connection "upgrade";';
const version = 'proxy_http_version 1.1;';

it.each([
  ['nothing is set', [pass], pass, [pass, version, upgrade, connection]],
  ['the headers alone are set', [pass, upgrade, connection], pass, [pass, version]],
  ['the version alone is set', [pass, version], pass, [pass, upgrade, connection]],
  [
    'Connection says something else',
    [pass, version, upgrade, 'proxy_set_header Connection "";'],
    'proxy_set_header Connection "";',
    [connection],
  ],
  [
    'another version is set',
    [pass, 'proxy_http_version 1.0;', upgrade, connection],
    'proxy_http_version 1.0;',
    [version],
  ],
])('an upgrade is passed on where %s', (_, location, before, after) => {
  const { lines, outcome } = through(location.join('\n'));
  expect(outcome.websocket.passed).toBe(false);
  expect(upgradeMended(lines, outcome)).toEqual({ before, after: after.join('\n') });
  // What is proposed is what helps.
  const mended = through(location.map((line) => (line === before ? after.join('\n') : line)).join('\n'));
  expect(mended.outcome.websocket.passed).toBe(true);
});

it.each([
  ['proxy_pass http://127.0.0.1:8081/;', '/ws/agent', 'proxy_pass http://127.0.0.1:8081;'],
  ['proxy_pass http://127.0.0.1:8081/other/;', '/ws/agent', 'proxy_pass http://127.0.0.1:8081;'],
  ['proxy_pass http://127.0.0.1:8081/;', '/agent/v2', null],
  ['proxy_pass http://127.0.0.1:8081/?key=secret;', '/ws/agent', null],
])('the path of %s, where %s is served', (line, wanted, after) => {
  const { lines, outcome } = through(line);
  expect(pathMended(lines, outcome, '/ws/agent', wanted)?.after ?? null).toBe(after);
});

it('the scheme is changed, and nothing besides', () => {
  const { lines, outcome } = through('proxy_pass https://127.0.0.1:8081/https:;');
  expect(schemeMended(lines, outcome, 'http')?.after).toBe('proxy_pass http://127.0.0.1:8081/https:;');
});

it.each([
  [[pass, 'proxy_read_timeout 30s;'], 'proxy_read_timeout 30s;', 'proxy_read_timeout 3600s;'],
  [[pass], pass, `${pass}\nproxy_read_timeout 3600s;`],
])('a time-out of %j', (location, before, after) => {
  const { lines, outcome } = through(location.join('\n'));
  expect(timeoutMended(lines, outcome, timeoutFor(30_000))).toEqual({ before, after });
});

it('a time-out is twice the longest silence, and an hour at least', () => {
  expect([null, 30_000, 3_600_000].map(timeoutFor)).toEqual(['3600s', '3600s', '7200s']);
});
