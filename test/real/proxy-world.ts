/** A service with two ports, and in front of it an nginx with the configuration of a scenario: all on loopback. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { type Duty, type Programs, writePrograms } from './agents.ts';
import { listens, type Part, start } from './children.ts';
import { doctor, program as doctorProgram, reportIn } from './doctor.ts';
import { nginx } from './nginx.ts';
import { port } from './ports.ts';
import type { Examined } from './world.ts';

export interface Ports {
  /** nginx's. */
  readonly front: number;
  readonly health: number;
  readonly websocket: number;
  /** On which nothing listens. */
  readonly free: number;
}

export interface ProxyFiles {
  /** What is in the server block. */
  readonly server: string;
  /** What is beside it in http. */
  readonly http?: string;
  /** Below the folder of the configuration. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The headers of a proper upgrade. */
export const upgrade = `proxy_http_version 1.1;
proxy_set_header Host $host;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_upgrade;`;

export const passing = (url: string, path = '/ws/agent') => `location ${path} {
proxy_pass ${url};
${upgrade}
}`;

/** A server of the endpoint's name, on its port. */
export const server = (front: number, inside: string) => `server {
listen 127.0.0.1:${front};
server_name localhost;
${inside}
}`;

export interface ProxyWorld {
  readonly folder: string;
  readonly ports: Ports;
  readonly programs: Programs;
  /** nginx's main file: its path has a blank in it. */
  readonly main: string;
  /** What is in a line of one of its files; the ports by their names. */
  lineOf(file: string, line: number): string;
  /** Writes the configuration, and says it was written so many seconds from now. */
  write(files: ProxyFiles, laterSeconds?: number): void;
  startNginx(): Promise<void>;
  /** Waits until workers of its own have taken the place of the old ones. */
  reload(): Promise<void>;
  runServer(duties?: { health?: Duty; websocket?: Duty }): Promise<Part>;
  during<T extends Part>(part: Promise<T>): Promise<T>;
  run(configuration: string, ...args: string[]): Promise<Examined>;
  /** The same where nothing else runs: in namespaces of its own (root alone may make them), with a unit that failed so. */
  runApart(configuration: string, journal: string): Promise<Examined>;
  endScenario(): Promise<void>;
  close(): void;
}

export async function openProxyWorld(): Promise<ProxyWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
  const own = join(folder, 'digital ocean docker');
  const main = join(own, 'nginx.conf');
  const [health, websocket, free] = [await port(), await port(), await port()];
  const ports = { front: await port(), health, websocket, free };
  const programs = writePrograms(folder, String(websocket));
  let parts: Part[] = [];
  let master: Part | null = null;
  const during = async <T extends Part>(part: Promise<T>): Promise<T> => {
    const started = await part;
    parts.push(started);
    return started;
  };
  return {
    folder,
    ports,
    programs,
    main,
    write({ server: inside, http = '', files = {} }, laterSeconds = 0) {
      const texts = { 'nginx.conf': configuration(own, `${http}\n${inside}`), ...files };
      for (const [name, text] of Object.entries(texts)) {
        const path = join(own, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
        const written = Date.now() / 1000 + laterSeconds;
        if (laterSeconds > 0) utimesSync(path, written, written);
      }
    },
    lineOf: (file, line) =>
      (readFileSync(join(own, file), 'utf8').split('\n')[line - 1] ?? '')
        .replaceAll(String(health), 'HEALTH')
        .replaceAll(String(websocket), 'WEBSOCKET'),
    async startNginx() {
      const args = ['-p', own, '-c', main, '-e', join(own, 'error.log')];
      master = await during(start(nginx, args, () => listens(ports.front), 'SIGTERM'));
    },
    async reload() {
      process.kill(master?.pid ?? 0, 'SIGHUP');
      await new Promise((settle) => setTimeout(settle, 1500));
    },
    runServer: ({ health: first = 'health', websocket: second = 'websocket' } = {}) =>
      during(programs.runBackend({ [health]: first, [websocket]: second })),
    during,
    async run(text, ...args) {
      const file = join(folder, 'viworks-doctor.toml');
      writeFileSync(file, text);
      const ran = await doctor(['run', '-c', file, '-f', 'json', ...args], { cwd: folder });
      return { ...ran, report: await reportIn(ran, folder) };
    },
    async runApart(text, journal) {
      const file = join(folder, 'viworks-doctor.toml');
      writeFileSync(file, text);
      const systemd = join(folder, 'systemd');
      mkdirSync(systemd, { recursive: true });
      const program = (name: string, said: string) =>
        writeFileSync(join(systemd, name), `#!/bin/sh\ncat <<'END'\n${said}\nEND\n`, { mode: 0o755 });
      program(
        'systemctl',
        'Id=nginx.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code',
      );
      program('journalctl', journal);
      const script = 'ip link set lo up && exec "$0" "$@"';
      const words = [execPath, doctorProgram, 'run', '-c', file, '-f', 'json'];
      const { status, stdout, stderr } = spawnSync(
        'unshare',
        ['-f', '-p', '-n', '-m', '--mount-proc', '--kill-child', 'sh', '-c', script, ...words],
        { cwd: folder, env: { PATH: `${systemd}:${process.env.PATH}`, HOME: folder }, encoding: 'utf8' },
      );
      const ran = { code: status, stdout, stderr };
      return { ...ran, report: await reportIn(ran, folder) };
    },
    async endScenario() {
      await Promise.all(parts.map((part) => part.stop()));
      parts = [];
      rmSync(own, { recursive: true, force: true });
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function configuration(folder: string, http: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path "${join(folder, kind)}";`,
  );
  return [
    ...(userInfo().uid === 0 ? ['user root;'] : []),
    'daemon off;',
    'worker_processes 1;',
    `pid "${join(folder, 'pid')}";`,
    'events { worker_connections 256; }',
    'http {',
    'access_log off;',
    ...temporary,
    'map $http_upgrade $connection_upgrade { default upgrade; "" close; }',
    http,
    '}',
    '',
  ].join('\n');
}

/** The whole path: endpoint, nginx and service on this machine. */
export function topology({ ports, programs, main }: ProxyWorld, more: TopologyMore = {}): string {
  const { path = '/ws/agent', to = ports.websocket, heartbeat, scheme = 'ws', services = '' } = more;
  return `[hosts.backend]
local = true

[endpoints.agent]
url = "${scheme}://localhost:${ports.front}${path}"
via = "nginx"
to = "agent-server:${to}"

[proxies.nginx]
host = "backend"
config = "${main}"

[services.agent-server]
host = "backend"
process = "${programs.backend}"
${heartbeat ? `heartbeat = "${heartbeat}"` : ''}
listens = [
  { port = ${ports.health}, health = "/health" },
  { port = ${ports.websocket}, health = "/health", websocket = "/ws/agent" },
]
${services}`;
}

export interface TopologyMore {
  readonly path?: string;
  readonly to?: number;
  readonly heartbeat?: string;
  readonly scheme?: string;
  readonly services?: string;
}
