/** A real nginx with a folder of its own, and a server behind it that says what reaches it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const nginx = '/usr/sbin/nginx';

export interface RunningNginx {
  readonly folder: string;
  /** The main file. */
  readonly file: string;
  stop(): Promise<void>;
}

/** What stands around the servers of a test. */
export function configuration(folder: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  );
  return [
    'daemon off;',
    'master_process off;',
    `pid ${join(folder, 'pid')};`,
    'events { worker_connections 512; }',
    'http {',
    'access_log off;',
    'absolute_redirect off;',
    `root ${folder};`,
    ...temporary,
    http,
    '}',
    '',
  ].join('\n');
}

export function folderOf(): string {
  return mkdtempSync(join(tmpdir(), 'nginx-'));
}

/** Starts it on the main file of a folder; `port` of 127.0.0.1 is asked until it answers. */
export async function startNginx(folder: string, text: string, port: number): Promise<RunningNginx> {
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, text);
  const child = spawn(nginx, ['-p', folder, '-c', file, '-e', join(folder, 'error.log')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (words: string) => {
    said = (said + words).slice(-4096);
  });
  await until(child, port, () => said);
  return {
    folder,
    file,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        await gone;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function until(child: ChildProcess, port: number, said: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`nginx ended: ${said()}`);
    if (await connects(port)) return;
    await new Promise((settle) => setTimeout(settle, 20));
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      settle(true);
    });
    socket.once('error', () => settle(false));
  });
}

export interface Echo {
  readonly port: number;
  stop(): void;
}

/** What reached the server behind. null: no such header. */
export interface Received {
  readonly port: number;
  readonly path: string;
  readonly version: string;
  readonly host: string | null;
  readonly upgrade: string | null;
  readonly connection: string | null;
}

/** Answers every request with 200 and a `Received` in JSON. */
export async function startEcho(): Promise<Echo> {
  const server = createServer((incoming, answer) => {
    const { headers, url, httpVersion } = incoming;
    const received: Received = {
      port,
      path: url ?? '',
      version: httpVersion,
      host: headers.host ?? null,
      upgrade: headers.upgrade ?? null,
      connection: headers.connection ?? null,
    };
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify(received));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, stop: () => server.close() };
}

export interface Answer {
  readonly status: number;
  readonly location: string | null;
  /** The marks of `add_header X-At`. */
  readonly at: string | null;
  readonly body: string;
}

export interface Asked {
  readonly address: string;
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly upgrade: boolean;
}

/** One request, on a connection of its own. */
export function ask({ address, port, host, path, upgrade }: Asked): Promise<Answer> {
  const headers = { host, ...(upgrade ? { connection: 'Upgrade', upgrade: 'websocket' } : {}) };
  return new Promise((settle, reject) => {
    const asked = request({ host: address, port, path, headers, agent: false, timeout: 20_000 }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      const one = (name: string) => {
        const value = answer.headers[name];
        return typeof value === 'string' ? Buffer.from(value, 'latin1').toString() : null;
      };
      answer.on('end', () => {
        settle({ status: answer.statusCode ?? 0, location: one('location'), at: one('x-at'), body });
      });
      answer.on('error', reject);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in 20 s')));
    asked.on('error', reject);
    asked.end();
  });
}
