import { expect, it } from 'vitest';
import { parseNginx } from '../../../src/net/nginx/route.ts';
import { followRoute } from '../../../src/net/nginx-host/follow.ts';

const configuration = `
events {}
stream { server { listen 5432; proxy_pass 127.0.0.1:5433; } }
http {
  server {
    listen 80 default_server;
    return 301 https://$host$request_uri;
  }
  server {
    listen 443 ssl;
    listen 8080;
    server_name example.com;
    location / { proxy_pass http://127.0.0.1:1; }
    location = / { return 302 /app/; }
    location /circle { return 302 /circle; }
    location /away { return 302 https://elsewhere.example.net/; }
  }
}`;
const parsed = parseNginx(new Map([['/nginx.conf', configuration]]), '/nginx.conf', '/');
if (!parsed.ok) throw new Error(parsed.message);

it.each([
  ['a plain request', 'https://example.com/x', 443, 'proxy'],
  ['to TLS of the same name', 'http://example.com/x', 80, 'proxy'],
  ['through two redirects', 'http://example.com/', 80, 'proxy'],
  ['not for a WebSocket', 'ws://example.com/', 80, 'redirect'],
  ['in a circle', 'https://example.com/circle', 443, 'redirect'],
  ["to somebody else's name", 'https://example.com/away', 443, 'redirect'],
  ['TLS that ends in front of nginx', 'wss://example.com/x', 8080, 'proxy'],
  ['a port that nothing has', 'https://example.com/', 9, 'no-server'],
])('%s', (_, url, port, kind) => {
  const { route, stream } = followRoute(parsed.root, url, port, null);
  expect(route.outcome.kind).toBe(kind);
  expect(stream).toBeNull();
});

it('a port that a stream server has', () => {
  expect(followRoute(parsed.root, 'tcp://example.com:5432', 5432, null).stream).toEqual({
    file: '/nginx.conf',
    line: 3,
  });
});
