/** A service in a container of a real Docker engine, fault by fault, looked at over SSH from beside the engine. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { type Docker, images, lacksDocker, startDocker } from '../support/docker.ts';
import { Home, type Sshd, startSshd } from '../support/sshd.ts';
import { needs } from '../support/tools.ts';
import { causesOf, doctor, reportIn, rowsOf } from './doctor.ts';

const lacks = [lacksDocker(), needs('openssh-server', '/usr/sbin/sshd')].some(Boolean);

const inside = ['--network', 'backend'];
const published = [...inside, '-p', '18081:8081'];
const serves = (duty: string, host = '0.0.0.0') => [
  images.node,
  '/bin/node',
  '/app/serve.cjs',
  host,
  '8081',
  duty,
];
const sh = (script: string) => [images.shell, '/bin/sh', '-c', script];
const secrets = ['-e', 'AGENT_TOKEN=not-to-be-seen', '--label', 'owner=not-to-be-seen'];

interface Scenario {
  readonly fault: string;
  readonly run: (engine: Docker) => unknown;
  /** Until this holds of `docker inspect`. */
  readonly state?: readonly [format: string, value: RegExp];
  readonly login?: string;
  /** Of the service's rows, what is not `pass`. */
  readonly rows: Readonly<Record<string, string>>;
  readonly code: number;
  readonly causes: readonly string[];
}

/** Starts it, and waits until what serves in it listens. */
const withContainer =
  (...args: readonly string[]) =>
  async (engine: Docker) => {
    engine.docker('run', '-d', '--name', 'agent', ...args);
    if (args.includes('/app/serve.cjs'))
      await until(() => engine.docker('logs', 'agent').includes('listening'));
  };

const until = async (ready: () => boolean) => {
  while (!ready()) await new Promise((settle) => setTimeout(settle, 50));
};

/** What waits when the container is not there to look into. */
const waiting = Object.fromEntries(
  ['process', 'netstat.8081', 'http.8081'].map((row) => [row, 'skip service.agent-server.container']),
);
const stopped = { ...waiting, container: 'fail container.stopped' };

const scenarios: readonly Scenario[] = [
  {
    fault: 'none: an image without a shell, on two networks',
    run: async (engine) => {
      await withContainer(...published, ...secrets, ...serves('health'))(engine);
      engine.docker('network', 'connect', 'monitoring', 'agent');
    },
    rows: {},
    code: 0,
    causes: [],
  },
  {
    fault: 'it never accepts, and the published port does',
    run: async (engine) => {
      await withContainer(...published, ...serves('never-accepts'))(engine);
      engine.docker('network', 'connect', 'monitoring', 'agent');
    },
    rows: { 'http.8081': 'fail http.timeout' },
    code: 1,
    causes: ['P0 service.not-accepting service.agent-server'],
  },
  {
    fault: 'it listens on loopback inside',
    run: withContainer(...published, ...serves('health', '127.0.0.1')),
    rows: {
      'netstat.8081': 'fail netstat.loopback-only',
      'http.8081': 'skip service.agent-server.netstat.8081',
    },
    code: 1,
    causes: ['P0 netstat.loopback-only service.agent-server'],
  },
  {
    fault: 'its port is not published',
    run: withContainer(...inside, ...serves('health')),
    rows: { container: 'fail container.port-not-published' },
    code: 1,
    causes: ['P0 container.port-not-published service.agent-server'],
  },
  {
    fault: 'it uses the network of the host',
    run: withContainer('--network', 'host', ...serves('health'), '18081', 'health'),
    rows: {},
    code: 0,
    causes: [],
  },
  {
    fault: 'its process runs outside of it alone',
    run: withContainer(...published, ...sh('sleep 600 & wait')),
    rows: {
      process: 'fail process.missing',
      'netstat.8081': 'fail netstat.not-listening',
      'http.8081': 'skip service.agent-server.netstat.8081',
    },
    code: 1,
    causes: ['P0 process.missing service.agent-server'],
  },
  {
    fault: 'it ended with an error',
    run: withContainer(...published, ...sh('echo no configuration; exit 3')),
    state: ['{{.State.Status}}', /exited/],
    rows: stopped,
    code: 1,
    causes: ['P0 container.stopped service.agent-server'],
  },
  {
    fault: 'it was killed for its memory',
    run: withContainer(
      ...published,
      '-m',
      '16m',
      '--memory-swap',
      '16m',
      ...sh('x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done'),
    ),
    state: ['{{.State.Status}}', /exited/],
    rows: stopped,
    code: 1,
    causes: ['P0 container.stopped service.agent-server'],
  },
  {
    fault: 'it restarts over and over',
    run: withContainer(...published, '--restart', 'always', ...sh('exit 1')),
    state: ['{{.RestartCount}} {{.State.Status}}', /^[3-9] restarting/],
    rows: { ...waiting, container: 'fail container.restarting' },
    code: 1,
    causes: ['P0 container.restarting service.agent-server'],
  },
  {
    fault: 'it is paused',
    run: async (engine) => {
      await withContainer(...published, ...serves('health'))(engine);
      engine.docker('pause', 'agent');
    },
    state: ['{{.State.Status}}', /paused/],
    rows: { ...waiting, container: 'fail container.paused' },
    code: 1,
    causes: ['P0 container.paused service.agent-server'],
  },
  {
    fault: 'it is unhealthy, as its check says',
    run: withContainer(
      ...published,
      '--health-cmd',
      'x',
      '--health-interval',
      '200ms',
      '--health-retries',
      '1',
      ...serves('health'),
    ),
    state: ['{{.State.Health.Status}}', /unhealthy/],
    rows: { container: 'fail container.unhealthy' },
    code: 1,
    causes: ['P1 container.unhealthy service.agent-server'],
  },
  {
    fault: 'there is no such container',
    run: () => {},
    rows: { ...waiting, container: 'fail container.missing' },
    code: 1,
    causes: ['P0 container.missing service.agent-server'],
  },
  {
    fault: 'no permission to ask the engine',
    login: 'operator',
    run: withContainer(...published, ...serves('health')),
    rows: { ...waiting, container: 'error container.engine-unavailable' },
    code: 3,
    causes: ['P1 container.engine-unavailable service.agent-server'],
  },
  {
    fault: 'the engine does not run',
    run: (engine) => engine.stopEngine(),
    rows: { ...waiting, container: 'error container.engine-unavailable' },
    code: 1,
    causes: ['P0 port.refused endpoint.agent', 'P1 container.engine-unavailable service.agent-server'],
  },
];

describe.skipIf(lacks)('a service in a container', () => {
  let engine: Docker;
  let sshd: Sshd;
  let folder: string;
  const home = lacks ? null : new Home();

  beforeAll(async () => {
    engine = await startDocker();
    folder = mkdtempSync(join(tmpdir(), 'docker-test-'));
    // another user that may log in, known in these namespaces alone
    engine.run(
      'sh',
      '-c',
      'cp /etc/passwd /run/passwd && echo operator:x:4711:4711::/:/bin/sh >>/run/passwd && mount --bind /run/passwd /etc/passwd',
    );
    sshd = await startSshd({ authorized: [home?.key ?? ''], enter: engine.enter });
    home?.knows(sshd);
    for (const file of ['', 'authorized']) chmodSync(join(dirname(sshd.configFile), file), 0o755);
    engine.docker('network', 'create', 'backend');
    engine.docker('network', 'create', 'monitoring');
    // what bears the service's name outside of the container is not the service
    engine.run('bash', '-c', 'exec -a serve.cjs sleep 600 >/dev/null 2>&1 & echo $!');
  });
  afterAll(async () => {
    await engine?.close();
    await sshd?.stop();
    home?.remove();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    try {
      engine.docker('rm', '-f', 'agent');
    } catch {
      // there was none, or no engine any more
    }
  });

  const configured = (login: string) => {
    const file = join(folder, 'viworks-doctor.toml');
    const ssh = `user = "${login}", port = ${sshd.port}, identity_file = "${home?.ssh}/id_ed25519", known_hosts = "${home?.ssh}/known_hosts"`;
    writeFileSync(
      file,
      `
[hosts.backend]
address = "127.0.0.1"
ssh = { ${ssh} }
[endpoints.agent]
url = "http://127.0.0.1:18081/health"
to = "agent-server:8081"
[services.agent-server]
host = "backend"
container = "agent"
process = "serve.cjs"
listens = [{ port = 8081, health = "/health" }]
`,
    );
    return file;
  };

  it("does not count a container's process for a service that is in none", async () => {
    await withContainer(...inside, ...serves('health'))(engine);
    const file = configured('root');
    const [host] = readFileSync(file, 'utf8').split('[endpoints.agent]');
    const bare = '[services.agent-server]\nhost = "backend"\nprocess = "serve.cjs"\nprocess_count = 1\n';
    writeFileSync(file, `${host}${bare}`);
    const enter = [...engine.enter, 'env', '-C', folder];
    const args = ['run', '-c', file, '-f', 'json'];
    const ran = await doctor(args, { cwd: folder, home: home?.folder ?? folder, enter });
    expect(serviceRows(await reportIn(ran, folder))).toEqual({ process: 'pass' });
  });

  // the last of them ends the engine
  it.each(scenarios)('$fault', async ({ run, state, login = 'root', rows, code, causes }) => {
    await run(engine);
    if (state) await until(() => state[1].test(engine.docker('inspect', '--format', state[0], 'agent')));
    const record = join(folder, 'record.json');
    const enter = [...engine.enter, 'env', '-C', folder];
    const args = ['run', '-c', configured(login), '-f', 'json', '--timeout', '2s', '--record', record];
    const ran = await doctor(args, { cwd: folder, home: home?.folder ?? folder, enter });
    const report = await reportIn(ran, folder);
    expect({ rows: serviceRows(report), causes: causesOf(report), code: ran.code }).toEqual({
      rows: { container: 'pass', process: 'pass', 'netstat.8081': 'pass', 'http.8081': 'pass', ...rows },
      causes,
      code,
    });
    expect(ran.stdout + readFileSync(record, 'utf8')).not.toContain('not-to-be-seen');
  });
});

const prefix = 'service.agent-server.';

const serviceRows = (report: Report) =>
  Object.fromEntries(
    Object.entries(rowsOf(report))
      .filter(([id]) => id.startsWith(prefix))
      .map(([id, row]) => [id.slice(prefix.length), row]),
  );
