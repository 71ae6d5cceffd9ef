import { expect, it } from 'vitest';
import { parseNginx } from '../../../src/net/nginx/route.ts';
import { unknownBuild } from '../../../src/net/nginx-host/build.ts';
import type { Configuration } from '../../../src/net/nginx-host/configuration.ts';
import { ownAnswer } from '../../../src/net/nginx-host/route-look.ts';

const text = `http {
  server {
    listen 80;
    location = /health { return 200 "ok"; }
    location / { proxy_pass http://127.0.0.1:8081; }
  }
}`;
const parsed = parseNginx(new Map([['/nginx.conf', text]]), '/nginx.conf', '/');
const configuration = { parsed, build: unknownBuild, where: null } as Configuration;

it.each([
  ['http://example.com/health', { status: 200, place: '/nginx.conf:4' }],
  ['http://example.com/ready', null],
  [null, null],
])('who answers %s', (health, own) => expect(ownAnswer(configuration, { health, port: 80 })).toEqual(own));
