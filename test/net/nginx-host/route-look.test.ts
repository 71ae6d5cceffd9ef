import { expect, it } from 'vitest';
import { parseNginx } from '../../../src/net/nginx/route.ts';
import { followRoute } from '../../../src/net/nginx-host/follow.ts';
import { withoutOwnQueries } from '../../../src/net/nginx-host/route-look.ts';

const configuration = `
http {
  server {
    listen 80;
    location /redirect { return 302 "https://elsewhere.example.net/x?token=SEKRET&u=a SEKRET"; }
    location /plain { return https://user:SEKRET@elsewhere.example.net/x?token=SEKRET; }
    location /rewrite { rewrite ^ https://elsewhere.example.net/x?token=SEKRET redirect; }
    location /body { return 503 "maintenance SEKRET"; }
    location /proxy { proxy_pass http://127.0.0.1:1/x?token=SEKRET; }
    location /if { if ($arg_a != "SEKRET") { return 403; } }
    location /unknown { if ($http_x_key = "SEKRET $geoip_city") { return 403; } }
    location /own { return 302 https://elsewhere.example.net$request_uri; }
  }
}`;
const parsed = parseNginx(new Map([['/nginx.conf', configuration]]), '/nginx.conf', '/');
if (!parsed.ok) throw new Error(parsed.message);

const shownOf = (path: string) => {
  const url = `http://example.com${path}`;
  const { route } = followRoute(parsed.root, url, 80, null);
  return withoutOwnQueries(route, new URL(url).search);
};

it.each([
  ['/redirect', { kind: 'redirect', location: 'https://elsewhere.example.net/x?…' }],
  ['/redirect?a=b', { kind: 'redirect', location: 'https://elsewhere.example.net/x?…' }],
  ['/plain', { kind: 'redirect', location: 'https://user:…@elsewhere.example.net/x?…' }],
  ['/rewrite', { kind: 'redirect', location: 'https://elsewhere.example.net/x?…' }],
  ['/rewrite?a=b', { kind: 'redirect', location: 'https://elsewhere.example.net/x?…' }],
  ['/body', { kind: 'return', status: 503, body: null }],
  ['/if', { kind: 'return', status: 403, body: null }],
  ['/unknown', { kind: 'undecided' }],
  ['/proxy', { kind: 'proxy', path: '/x?…' }],
  ['/own?a=b', { kind: 'redirect', location: 'https://elsewhere.example.net/own?a=b' }],
])('shows no secret of %s', (path, outcome) => {
  const route = shownOf(path);
  expect(route.outcome).toMatchObject(outcome);
  expect(JSON.stringify(route)).not.toContain('SEKRET');
});

it('keeps the status of a body in the trail', () => {
  expect(shownOf('/body').trail.map(({ what }) => what)).toContain('return 503');
});
