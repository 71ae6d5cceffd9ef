/** A real nginx in a folder of its own: one server block a port. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { networkInterfaces, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Issued } from '../support/certificates.ts';
import { listens, type Part, start } from './children.ts';

export const nginx = '/usr/sbin/nginx';

export interface Site {
  readonly port: number;
  /** Without one it serves plain HTTP. */
  readonly certificate?: Pick<Issued, 'certFile' | 'keyFile'>;
  /** Location → the port of loopback that it is passed to, or what is in it. */
  readonly locations: Readonly<Record<string, number | string>>;
}

/** Those that `localhost` may have. */
const addresses = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1')
  ? ['127.0.0.1', '[::1]']
  : ['127.0.0.1'];

/** How long an upstream may stay silent before nginx says 504, and an open WebSocket before it is cut. */
export const readTimeout = '2s';

export async function startNginx(folder: string, sites: readonly Site[]): Promise<Part> {
  const own = join(folder, 'nginx');
  mkdirSync(own);
  const file = join(own, 'nginx.conf');
  writeFileSync(file, configuration(own, sites));
  const ready = () => Promise.all(sites.map(({ port }) => listens(port)));
  const args = ['-p', own, '-c', file, '-e', join(own, 'error.log')];
  return start(nginx, args, ready, 'SIGTERM');
}

function configuration(folder: string, sites: readonly Site[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  );
  return [
    ...(userInfo().uid === 0 ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    `pid ${join(folder, 'pid')};`,
    'events { worker_connections 256; }',
    'http {',
    'access_log off;',
    ...temporary,
    `proxy_read_timeout ${readTimeout};`,
    'map $http_upgrade $connection_upgrade { default upgrade; "" close; }',
    ...sites.flatMap(server),
    '}',
    '',
  ].join('\n');
}

function server({ port, certificate, locations }: Site): string[] {
  const tls = certificate
    ? [`ssl_certificate ${certificate.certFile};`, `ssl_certificate_key ${certificate.keyFile};`]
    : [];
  return [
    'server {',
    ...addresses.map((address) => `listen ${address}:${port}${certificate ? ' ssl' : ''};`),
    'server_name agent.example.com localhost;',
    ...tls,
    ...Object.entries(locations).map(([path, to]) => `location ${path} { ${inside(to)} }`),
    '}',
  ];
}

function inside(to: number | string): string {
  if (typeof to === 'string') return to;
  return [
    `proxy_pass http://127.0.0.1:${to};`,
    'proxy_http_version 1.1;',
    'proxy_set_header Host $host;',
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $connection_upgrade;',
  ].join(' ');
}
