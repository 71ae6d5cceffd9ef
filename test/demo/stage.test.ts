import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { afterEach, describe, expect, test } from 'vitest';
import { scenarios } from '../../src/demo/scenario.ts';
import { openStage, type Stage } from '../../src/demo/stage.ts';
import { readAnswers } from '../../src/vantage/ssh/answers.ts';
import { shellCommand, writeScript } from '../../src/vantage/ssh/batch.ts';

const stages: Stage[] = [];
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await Promise.all(stages.splice(0).map((stage) => stage.close()));
});

async function stageOf(name: keyof typeof scenarios): Promise<Stage> {
  const stage = await openStage(scenarios[name]);
  stages.push(stage);
  return stage;
}

interface Written {
  readonly defaults: { readonly resolver: string };
  readonly hosts: Readonly<Record<string, { readonly ssh: { port: number; identity_file: string } }>>;
  readonly endpoints: { readonly agent: { readonly url: string } };
}
const written = (stage: Stage) => parse(stage.config) as unknown as Written;
const portOf = (stage: Stage) => Number(new URL(written(stage).endpoints.agent.url).port);

async function logIn(stage: Stage, host: 'backend' | 'gateway', privateKey?: string): Promise<Client> {
  const { ssh } = written(stage).hosts[host] ?? {};
  if (!ssh) throw new Error(`no way into ${host}`);
  const client = new ssh2.Client();
  clients.push(client);
  // More than one can come; `once` takes the first.
  client.on('error', () => undefined);
  client.once('connect', () => client.setNoDelay(true));
  const lines = readFileSync(join(stage.folder, 'known_hosts'), 'utf8').split('\n');
  const known = lines.find((line) => line.startsWith(`[127.0.0.1]:${ssh.port} `))?.split(' ')[2];
  client.connect({
    host: '127.0.0.1',
    port: ssh.port,
    username: 'demo',
    privateKey: privateKey ?? readFileSync(ssh.identity_file),
    hostVerifier: (key: Buffer) => key.toString('base64') === known,
  });
  await once(client, 'ready');
  return client;
}

async function run(client: Client, argv: readonly string[]): Promise<{ exitCode: number; stdout: string }> {
  const channel = await new Promise<ClientChannel>((resolve, reject) => {
    client.exec(shellCommand, (error, opened) => (error ? reject(error) : resolve(opened)));
  });
  channel.end(writeScript([{ id: 1, argv }], 'nonce', 1000));
  const chunks: Buffer[] = [];
  for await (const chunk of channel) chunks.push(chunk);
  const answers = readAnswers('nonce', Buffer.concat(chunks));
  expect(answers.ended()).toBe(true);
  const reply = answers.replies.get(1);
  if (reply?.kind !== 'ran') throw new Error(`${argv[0]}: ${reply?.kind}`);
  return { exitCode: reply.exitCode, stdout: reply.stdout.toString() };
}

const forward = (client: Client, port: number) =>
  new Promise<ClientChannel>((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, (error, channel) =>
      error ? reject(error) : resolve(channel),
    );
  });

describe('stage', () => {
  test('writes a private folder with all that its configuration names', async () => {
    const stage = await stageOf('incident');
    expect(readdirSync(stage.folder).sort()).toEqual([
      'ca.pem',
      'id_ecdsa',
      'known_hosts',
      'viworks-doctor.toml',
    ]);
    expect(statSync(stage.folder).mode & 0o077).toBe(0);
    expect(readFileSync(join(stage.folder, 'viworks-doctor.toml'), 'utf8')).toBe(stage.config);
    expect(stage.played.join(' ')).toMatch(/Real: .*never accepts.*Played: nginx/);
  });

  test('ends completely, and twice does no harm', async () => {
    const stage = await stageOf('incident');
    await Promise.all([stage.close(), stage.close()]);
    expect(existsSync(stage.folder)).toBe(false);
    const { resolver } = written(stage).defaults;
    const ports = [
      portOf(stage),
      Number(resolver.split(':')[1]),
      written(stage).hosts.backend?.ssh.port ?? 0,
    ];
    for (const port of ports) {
      const [error] = await once(connect(port, '127.0.0.1'), 'error');
      expect(error.code).toBe('ECONNREFUSED');
    }
  });

  test('lets nobody in with another key', async () => {
    const [stage, other] = [await stageOf('healthy'), await stageOf('healthy')];
    const strange = readFileSync(join(other.folder, 'id_ecdsa'), 'utf8');
    await expect(logIn(stage, 'backend', strange)).rejects.toThrow('authentication methods failed');
  });

  test('forwards to the ports of the backend, and to nothing else', async () => {
    const stage = await stageOf('incident');
    const client = await logIn(stage, 'backend');
    const channel = await forward(client, 8080);
    channel.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    let answer = '';
    for await (const chunk of channel) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(answer).toContain('{"status":"healthy"}');
    const elsewhere = written(stage).hosts.gateway?.ssh.port ?? 0;
    await expect(forward(client, elsewhere)).rejects.toThrow('Channel open failure');
    await expect(forward(await logIn(stage, 'gateway'), 8080)).rejects.toThrow('Channel open failure');
  });

  test('counts in its tables the connections that nobody accepts', async () => {
    const client = await logIn(await stageOf('incident'), 'backend');
    const first = await forward(client, 8081);
    await forward(client, 8081);
    first.resume().close();
    await once(first, 'close');
    const inside = ['nsenter', '-t', '260', '-n'];
    const listening = (await run(client, [...inside, 'ss', '-H', '-tlnp'])).stdout;
    expect(listening).toMatch(/^LISTEN 0 128 0\.0\.0\.0:8080 .*"viworks-backend",pid=260/m);
    expect(listening).toMatch(/^LISTEN 2 128 0\.0\.0\.0:8081 .*"viworks-backend",pid=260/m);
  });

  const agents = [
    { scenario: 'incident', load: 'not-found', active: 'inactive', pid: '0', connections: 0 },
    { scenario: 'healthy', load: 'loaded', active: 'active', pid: '911', connections: 1 },
    { scenario: 'not-accepting', load: 'loaded', active: 'active', pid: '911', connections: 0 },
    { scenario: 'wrong-port', load: 'loaded', active: 'active', pid: '911', connections: 0 },
    { scenario: 'agent-stopped', load: 'loaded', active: 'inactive', pid: '0', connections: 0 },
    { scenario: 'expired', load: 'loaded', active: 'active', pid: '911', connections: 0 },
  ] as const;

  test.each(agents)(
    "the gateway's agent in $scenario",
    async ({ scenario, load, active, pid, connections }) => {
      const stage = await stageOf(scenario);
      const client = await logIn(stage, 'gateway');
      const show = [
        'systemctl',
        'show',
        '-p',
        'LoadState,ActiveState,MainPID',
        '--',
        'viworks-agent.service',
      ];
      expect(await run(client, show)).toEqual({
        exitCode: 0,
        stdout: `LoadState=${load}\nActiveState=${active}\nMainPID=${pid}\n`,
      });
      const processes = await run(client, ['ps', '-eo', 'pid=,args=']);
      expect(processes.stdout.includes('/viworks-agent')).toBe(pid !== '0');
      const { stdout } = await run(client, ['ss', '-H', '-tnp']);
      const established = stdout.match(new RegExp(`^ESTAB .*:${portOf(stage)} .*pid=911`, 'gm')) ?? [];
      expect(established).toHaveLength(connections);
    },
  );

  test('has no answer to what it was not written for', async () => {
    const client = await logIn(await stageOf('healthy'), 'gateway');
    expect((await run(client, ['date', '-R'])).exitCode).toBe(127);
    await expect(run(client, ['rm', '-rf', '/'])).rejects.toThrow('rm: missing');
    const refused = new Promise((_, reject) => client.exec('rm -rf /', (error) => reject(error)));
    await expect(refused).rejects.toThrow('Unable to exec');
  });
});
