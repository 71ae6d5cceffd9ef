/** The command as people and programs use it: options, output, exit codes, signals. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath, kill } from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Listening, rawServer } from '../support/servers.ts';
import { causesOf, program, reportIn, rowsOf } from './doctor.ts';
import { port } from './ports.ts';
import { lacks, openWorld, type World } from './world.ts';

describe.skipIf(lacks)('run', () => {
  let world: World;
  let good: string;
  let broken: string;
  beforeAll(async () => {
    world = await openWorld();
    await world.during(
      world.programs.runBackend({ [world.health]: 'health', [world.websocket]: 'websocket' }),
    );
    good = endpoint(world.sites.good);
    broken = endpoint(await port());
  });
  afterAll(() => world?.close());

  const endpoint = (at: number) => `[endpoints.agent]
url = "wss://agent.example.com:${at}/ws/agent"
health = "/health"
tls = { ca = "${world.ca}" }`;

  it('says nothing on standard error when all is well, and fits 80 columns', async () => {
    const { code, stdout, stderr } = await world.doctor(['run', '-c', world.configure(good)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('✔');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('finds its configuration in a folder above', async () => {
    const folder = join(world.folder, 'project');
    mkdirSync(join(folder, 'deeper', 'still'), { recursive: true });
    const resolver = `[defaults]\nresolver = "127.0.0.1:${world.nameserver.port}"\n`;
    writeFileSync(join(folder, 'viworks-doctor.toml'), `${resolver}${good}`);
    const { code } = await world.doctor(['run', '-q'], { cwd: join(folder, 'deeper', 'still') });
    expect(code).toBe(0);
  });

  it.each([
    ['a kind', ['--only', 'tls'], { tls: 'pass' }],
    ['a glob over ids', ['--only', '*.websocket'], { websocket: 'pass' }],
    ['a subject', ['--only', 'endpoint.agent', '--skip', '*.websocket', '--skip', 'http'], first(3)],
  ] as const)('looks at %s alone', async (_, args, rows) => {
    const { code, report } = await world.run([good], ...args);
    const ids = Object.entries(rows).map(([row, status]) => [`endpoint.agent.${row}`, status]);
    expect(rowsOf(report)).toEqual(Object.fromEntries(ids));
    expect(code).toBe(0);
  });

  it('shows what a chosen row stands on when that is what fails', async () => {
    const { code, report } = await world.run([broken], '--only', 'websocket');
    expect(rowsOf(report)).toEqual({
      'endpoint.agent.port': 'fail port.refused',
      'endpoint.agent.websocket': 'skip endpoint.agent.port',
    });
    expect(causesOf(report)).toEqual(['P0 port.refused endpoint.agent']);
    expect(code).toBe(1);
  });

  it('stops at the first failure where it is told to', async () => {
    const fails = endpoint(world.sites.expired).replace('[endpoints.agent]', '[endpoints.first]');
    const { code, report } = await world.run([fails, good], '--fail-fast', '--concurrency', '1');
    const { 'endpoint.first.tls': tls, 'endpoint.agent.websocket': last } = rowsOf(report);
    expect({ code, tls, last }).toEqual({ code: 1, tls: 'fail tls.expired', last: 'skip' });
    expect(causesOf(report)).toEqual(['P0 tls.expired endpoint.first']);
  });

  it.each([
    ['-c beside a target', ['-c', 'x.toml', 'tcp://127.0.0.1:1'], 'targets and -c do not go together'],
    ['a pattern that matches nothing', ['tcp://127.0.0.1:1', '--only', 'ngnix'], '"ngnix"'],
    ['a file that is not there', ['-c', 'no-such.toml'], 'no-such.toml: there is no such file'],
    ['a target that is none', ['gopher://127.0.0.1'], 'gopher'],
    ['two formats on standard output', ['tcp://127.0.0.1:1', '-f', 'json', '-f', 'table'], 'json and table'],
    ['a format that is none', ['tcp://127.0.0.1:1', '-f', 'yaml'], 'no format "yaml"'],
    ['a duration that is none', ['tcp://127.0.0.1:1', '--timeout', 'soon'], '--timeout soon'],
    ['an option that is none', ['tcp://127.0.0.1:1', '--every'], '--every'],
    ['a record that is none', ['--replay', 'viworks-1.toml'], 'is no record'],
    ['--replay beside a target', ['--replay', 'x', 'tcp://127.0.0.1:1'], 'leave out targets'],
  ])('runs nothing for %s', async (_, args, says) => {
    world.configure(good);
    const { code, stdout, stderr } = await world.doctor(['run', ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(says);
    expect(stderr).not.toContain(' at file:');
  });

  it('says every mistake of a configuration with its place', async () => {
    const file = world.configure(
      '[endpoints.agent]\nurl = "wss://agent.example.com"\nvia = "ngnix"\nhealt = "/health"',
      '[proxies.nginx]\nhost = "backend"',
    );
    const { code, stdout, stderr } = await world.doctor(['run', '-c', file]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const place of ['6:1', '7:1', '10:1']) expect(stderr).toContain(`${file}:${place}`);
    expect(stderr).toContain('"nginx"');
    expect(stderr).toContain('"health"');
  });

  it('writes reports to files, and prints the table all the same', async () => {
    const file = join(world.folder, 'report.json');
    const ran = await world.doctor(['run', '-c', world.configure(broken), '-f', `json=${file}`]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('port.refused');
    const report = await reportIn({ ...ran, stdout: readFileSync(file, 'utf8') }, world.folder);
    expect(causesOf(report)).toEqual(['P0 port.refused endpoint.agent']);
  });

  it.each([
    ['none where it is no terminal', {}, [], false],
    ['FORCE_COLOR', { FORCE_COLOR: '1' }, [], true],
    ['NO_COLOR before FORCE_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, [], false],
    ['--color before NO_COLOR', { NO_COLOR: '1' }, ['--color'], true],
    ['--no-color before FORCE_COLOR', { FORCE_COLOR: '1' }, ['--no-color'], false],
  ])('colours: %s', async (_, env, args, colours) => {
    const { stdout } = await world.doctor(['run', '-c', world.configure(broken), ...args], { env });
    expect(stdout.includes('\x1b[')).toBe(colours);
    expect(stdout).toContain('port.refused');
  });

  it('bears a reader that has seen enough, and says in its exit code how the run went', async () => {
    const child = spawn(execPath, [program, 'run', '-c', world.configure(broken), '-f', 'json'], {
      cwd: world.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const code = await new Promise((settle) => child.once('close', settle));
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  });

  describe('against a server that says nothing', () => {
    let server: Listening;
    let asked: (request: string) => void = () => {};
    beforeAll(async () => {
      server = await rawServer((socket) => void socket.once('data', (data) => asked(String(data))));
    });
    afterEach(() => {
      asked = () => {};
    });
    afterAll(() => server?.close());

    const rows = (http: string) => ({ 'endpoint.127-0-0-1.port': 'pass', 'endpoint.127-0-0-1.http': http });

    it('ends at its deadline, and says that it could not look', async () => {
      const target = `http://127.0.0.1:${server.port}/`;
      const ran = await world.doctor(['run', target, '-f', 'json', '--timeout', '1m', '--deadline', '3s']);
      const report = await reportIn(ran, world.folder);
      expect(rowsOf(report)).toEqual(rows('error doctor.deadline'));
      expect(causesOf(report)).toEqual(['P2 doctor.deadline observer']);
      expect(ran.code).toBe(3);
    });

    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('reports what was found by then after %s', async (signal, code) => {
      const target = `http://127.0.0.1:${server.port}/`;
      const meanwhile = (pid: number) => {
        // not at the look at its clock, which goes before
        asked = (request) => request.startsWith('GET ') && kill(pid, signal);
      };
      const ran = await world.doctor(['run', target, '-f', 'json', '--timeout', '1m'], { meanwhile });
      const report = await reportIn(ran, world.folder);
      expect(rowsOf(report)).toEqual(rows('skip'));
      expect(ran.code).toBe(code);
    });
  });

  it('plans without a connection to anything', async () => {
    let connections = 0;
    const server = await rawServer(() => {
      connections += 1;
    });
    const { code, stdout } = await world.doctor(['plan', `ws://localhost:${server.port}/`]);
    await server.close();
    expect({ code, connections }).toEqual({ code: 0, connections: 0 });
    expect(stdout).toContain('endpoint.localhost.websocket');
    expect(stdout).toContain('\ncommands on this machine\n');
  });
});

/** The first rows of the endpoint, all well. */
function first(count: number): Record<string, string> {
  return Object.fromEntries(['dns', 'port', 'tls', 'http'].slice(0, count).map((row) => [row, 'pass']));
}
