/** nginx in a container of a real engine: its files, the host's paths of them, and where a name leads in its network. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { nginx } from '../../checks/nginx.ts';
import { type Look, observe } from '../../src/vantage/observe.ts';
import type { Source } from '../../src/vantage/source.ts';
import { untold } from '../support/asks.ts';
import { type Docker, images, lacksDocker, startDocker } from '../support/docker.ts';
import { needs } from '../support/tools.ts';

const lacks = [lacksDocker(), needs('nginx-light', '/usr/sbin/nginx')].some(Boolean);

const files = {
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
  '/etc/group': 'root:x:0:\n',
  '/etc/nsswitch.conf': 'hosts: files dns\n',
};
const folders = ['/var/lib/nginx', '/var/log/nginx', '/run', '/tmp', '/usr/share/nginx'];
const program = { '/usr/sbin/nginx': '/usr/sbin/nginx' };
const tools = Object.fromEntries(
  ['sh', 'ls', 'stat', 'tail'].map((name) => [`/bin/${name}`, '/usr/bin/busybox']),
);

const upgrade =
  'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';
const configuration = (to: string) => `daemon off;
user root;
pid /tmp/pid;
error_log stderr;
events { worker_connections 64; }
http {
  access_log off;
  include "/etc/nginx/sites/*.conf";
  server { listen 8443; server_name agent.example.com;
    location /ws/agent {
      proxy_pass ${to};
      ${upgrade}
    }
  }
}
`;

describe.skipIf(lacks)('nginx and containers', () => {
  let engine: Docker;
  const host = mkdtempSync(join(tmpdir(), 'digital ocean docker-'));
  const main = join(host, 'nginx.conf');
  const started: string[] = [];

  beforeAll(async () => {
    engine = await startDocker();
    engine.image('local/nginx', { programs: program, files, folders });
    engine.image('local/nginx-tools', { programs: { ...program, ...tools }, files, folders });
    engine.docker('network', 'create', 'viworks');
    engine.docker(
      'run',
      '-d',
      '--name',
      'agent',
      '--network',
      'viworks',
      '--network-alias',
      'agent-server',
      '-p',
      '127.0.0.1:18081:8081',
      images.node,
      '/bin/node',
      '/app/serve.cjs',
      '0.0.0.0',
      '8080',
      'health',
      '8081',
      'websocket',
    );
    mkdirSync(join(host, 'sites'));
    writeFileSync(join(host, 'sites', '10 other.conf'), 'server { listen 8444; return 204; }\n');
  });
  afterEach(() => {
    for (const name of started.splice(0)) engine.docker('rm', '-f', name);
  });
  afterAll(async () => {
    await engine?.close();
    rmSync(host, { recursive: true, force: true });
  });

  const run = async (to: string, image = 'local/nginx-tools', text = configuration(to)) => {
    writeFileSync(main, text);
    engine.docker(
      'run',
      '-d',
      '--name',
      'nginx',
      '--network',
      'viworks',
      '-v',
      `${host}:/etc/nginx`,
      image,
      '/usr/sbin/nginx',
      '-c',
      '/etc/nginx/nginx.conf',
    );
    started.push('nginx');
    await new Promise((settle) => setTimeout(settle, 1000));
  };
  const target = {
    service: 'agent-server',
    port: 8081,
    otherPorts: [8080],
    container: 'agent',
    sameHost: true,
    path: '/ws/agent',
  };
  const route = { url: 'ws://agent.example.com:8443/ws/agent', port: 8443, target };

  /** What is said: the codes with their lines, else what was observed. */
  async function look(options: Record<string, unknown>, source: Source = engine.source) {
    const limits = { timeoutMs: 10_000, signal: new AbortController().signal };
    const parsed = nginx.options.parse(options);
    const looks: Look[] = [];
    const facts = await nginx.look(observe('backend', source, limits, looks), parsed, {});
    expect(untold(nginx.asks?.(parsed) ?? [], looks)).toEqual([]);
    expect(nginx.facts.parse(facts)).toEqual(facts);
    const { findings, observed } = nginx.judge(facts, parsed);
    const says = findings.map(({ code, file, line }) =>
      [code, ...(file ? [`${file}:${line}`] : [])].join(' '),
    );
    return { facts, says: findings.length > 0 ? says : [observed] };
  }
  const inside = { container: 'nginx' };

  it('reads files and asks nginx itself, with tools in the image and without', async () => {
    await run('http://agent-server:8081');
    const first = await look(inside);
    expect(first.says).toEqual(['/etc/nginx/nginx.conf and 1 more']);
    expect(first.facts).toMatchObject({
      source: 'nginx -T',
      running: true,
      container: { networks: ['viworks'] },
    });
    expect(first.facts.files).toContainEqual({
      file: '/etc/nginx/sites/10 other.conf',
      hostFile: join(host, 'sites/10 other.conf'),
    });
    expect(first.facts.workersStartedAt).not.toBeNull();
    expect(first.facts.newestFileAt).not.toBeNull();
    engine.docker('rm', '-f', started.pop() ?? '');
    await run('http://agent-server:8081', 'local/nginx');
    const second = await look(inside);
    expect(second.says).toEqual(['/etc/nginx/nginx.conf and 1 more']);
    expect(second.facts.files).toEqual(first.facts.files);
    expect(second.facts.newestFileAt).toEqual(expect.any(String));
  });

  it.each(['local/nginx', 'local/nginx-tools'])(
    'a name of the network leads to the container (%s)',
    async (image) => {
      await run('http://agent-server:8081', image);
      const { facts, says } = await look({ ...inside, route });
      expect(says).toEqual(['http://agent-server:8081 (nginx.conf:11)']);
      expect(facts.target).toMatchObject({ verdict: 'right', speaksTls: false });
    },
  );

  it('the wrong port is a line of the file on the host', async () => {
    await run('http://agent:8080');
    const { facts, says } = await look({ ...inside, route });
    expect(says).toEqual([`proxy.wrong-port ${main}:11`]);
    expect(facts.block).toMatchObject({ hostFile: main, firstLine: 10 });
    expect((await look({ ...inside, config: main, route })).says).toEqual(says);
  });

  it("loopback is the proxy's own container, and not the host", async () => {
    await run('http://127.0.0.1:8081');
    const { says, facts } = await look({ ...inside, route });
    expect(says).toEqual([`proxy.wrong-port ${main}:11`]);
    expect(facts.targets[0]?.why).toBe("loopback of the proxy's own container");
  });

  it('a proxy on the host reaches it by the port that is published', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
    const file = join(folder, 'nginx.conf');
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
      .join(' ');
    const here = (port: number) =>
      configuration(`http://127.0.0.1:${port}`)
        .replace('daemon off;', '')
        .replace('/tmp/pid', `${folder}/pid`)
        .replace(/include.*/, temporary)
        .replace('error_log stderr;', '');
    const starting = (port: number) => {
      writeFileSync(file, here(port));
      engine.run('nginx', '-p', folder, '-c', file, '-e', `${folder}/error.log`);
    };
    const stop = () =>
      engine.run(
        'sh',
        '-c',
        'kill $(cat "$1"); while test -e "$1"; do sleep 0.1; done',
        'sh',
        `${folder}/pid`,
      );
    try {
      starting(18081);
      expect((await look({ route })).says).toEqual(['http://127.0.0.1:18081 (nginx.conf:11)']);
      stop();
      starting(8081);
      const { says, facts } = await look({ route });
      expect(says).toEqual([`proxy.wrong-port ${file}:11`]);
      expect(facts.targets[0]).toMatchObject({ onlyPort: true, wanted: 18081 });
      stop();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a configuration that keeps it from starting is read from its log', async () => {
    await run('', 'local/nginx', configuration('http://agent:8081').replace('server_name', 'servername'));
    const { says, facts } = await look(inside);
    expect(says).toEqual([`proxy.config-invalid ${main}:9`]);
    expect(facts.rejected?.message).toBe('unknown directive "servername"');
    expect((await look({ ...inside, config: main })).says).toEqual(says);
  });
});
