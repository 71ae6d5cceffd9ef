/**
 * Makes the fixtures of containers, of kind `container` and of the kinds that look into one, with a real Docker and a
 * real Podman: `RECORD=1 npx vitest run test/checks/container.record.ts`, as root.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Check, Ground } from '../../src/check.ts';
import { containerPlace } from '../../src/net/containers.ts';
import { registry } from '../../src/registry.ts';
import { observe } from '../../src/vantage/observe.ts';
import { failure, type Source } from '../../src/vantage/source.ts';
import { type Docker, images, startDocker } from '../support/docker.ts';
import { recordFixture } from '../support/fixture.ts';

const limits = { timeoutMs: 10_000 };
const serve = (...args: string[]) => [images.node, '/bin/node', '/app/serve.cjs', ...args];
const shell = (script: string) => [images.shell, '/bin/sh', '-c', script];
const sleep = 'sleep 600 & wait';

let engine: Docker;

beforeAll(async () => {
  engine = await startDocker();
});
afterAll(() => engine.close());

const run = (name: string, ...args: string[]) => engine.docker('run', '-d', '--name', name, ...args);
const until = async (ready: () => boolean) => {
  while (!ready()) await new Promise((settle) => setTimeout(settle, 100));
};
const says = (name: string, format: string) => engine.docker('inspect', '--format', format, name);
const listening = (name: string) => until(() => engine.docker('logs', name).includes('listening'));

/** Records, and holds the verdict against the fixture's name. */
async function record(
  name: string,
  options: Record<string, unknown>,
  more: { ground?: Ground; source?: Source; played?: string; timeoutMs?: number } = {},
): Promise<void> {
  const [kind = '', file = ''] = name.split('/');
  const { source = engine.source, ...rest } = more;
  const check = registry[kind] as Check;
  const { verdict } = await recordFixture(check, file, source, options, { ...limits, ...rest });
  const codes = verdict.findings.map(({ code }) => code);
  if (file.startsWith('pass-')) expect(codes, name).toEqual([]);
  else
    expect(
      codes.some((code) => file.startsWith(`${code}-`)),
      `${name}: ${codes}`,
    ).toBe(true);
}

async function grounds(name: string): Promise<Ground> {
  const signal = new AbortController().signal;
  const found = await containerPlace(observe('local', engine.source, { ...limits, signal }, []), name, {});
  if (!found.ok || !found.place) throw new Error(`${name} does not run`);
  return { container: found.place };
}

describe('container', () => {
  const at = (name: string, needed: number[] = []) => ({ name, needed });

  it('runs', async () => {
    engine.docker('network', 'create', 'backend');
    engine.docker('network', 'create', 'monitoring');
    const health = ['--health-cmd', 'exit 0', '--health-interval', '500ms'];
    const secrets = ['-e', 'AGENT_TOKEN=not-to-be-seen', '--label', 'owner=not-to-be-seen'];
    run(
      'agent',
      '--network',
      'backend',
      '-p',
      '18081:8081',
      '-v',
      '/opt:/srv:ro',
      ...health,
      ...secrets,
      ...shell(sleep),
    );
    engine.docker('network', 'connect', 'monitoring', 'agent');
    await until(() => says('agent', '{{.State.Health.Status}}') === 'healthy');
    await record('container/pass-running', at('agent', [8081]));
    run('agent-on-host', '--network', 'host', ...shell(sleep));
    await record('container/pass-host-network', at('agent-on-host', [8081]));
    run('agent-beside', '--network', 'container:agent', ...shell(sleep));
    await record('container/pass-network-of-another', at('agent-beside', [8081]));
  });

  it('does not run', async () => {
    await record('container/container.missing-nothing', at('agent-gone'));
    run('agent-ended', ...shell('echo no configuration; exit 3'));
    await until(() => says('agent-ended', '{{.State.Status}}') === 'exited');
    await record('container/container.stopped-exit-code', at('agent-ended'));
    run(
      'agent-large',
      '-m',
      '16m',
      '--memory-swap',
      '16m',
      ...shell('x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done'),
    );
    await until(() => says('agent-large', '{{.State.Status}}') === 'exited');
    await record('container/container.stopped-oom', at('agent-large'));
    engine.docker('create', '--name', 'agent-new', ...shell(sleep));
    await record('container/container.stopped-created', at('agent-new'));
    run('agent-paused', ...shell(sleep));
    engine.docker('pause', 'agent-paused');
    await record('container/container.paused-frozen', at('agent-paused'));
  });

  it('restarts', async () => {
    run('agent-loop', '--restart', 'always', ...shell('echo no configuration; exit 1'));
    await until(() => Number(says('agent-loop', '{{.RestartCount}}')) > 5);
    await until(() => says('agent-loop', '{{.State.Status}}') === 'restarting');
    await record('container/container.restarting-waits', at('agent-loop'));
    run('agent-short', '--restart', 'always', ...shell('sleep 1.5; exit 1'));
    await until(
      () =>
        Number(says('agent-short', '{{.RestartCount}}')) > 1 &&
        says('agent-short', '{{.State.Status}}') === 'running',
    );
    await record('container/container.restarting-in-between', at('agent-short'));
    engine.docker('rm', '-f', 'agent-loop', 'agent-short');
  });

  it('is unhealthy, or not to be reached', async () => {
    run(
      'agent-sick',
      '--health-cmd',
      'echo connection refused on 8081; exit 1',
      '--health-interval',
      '300ms',
      '--health-retries',
      '2',
      ...shell(sleep),
    );
    await until(() => says('agent-sick', '{{.State.Health.Status}}') === 'unhealthy');
    await record('container/container.unhealthy-check', at('agent-sick'));
    engine.docker('rm', '-f', 'agent-sick');
    run('agent-shut', ...shell(sleep));
    await record('container/container.port-not-published-none', at('agent-shut', [8080, 8081]));
    run('agent-here', '-p', '127.0.0.1:18082:8081', ...shell(sleep));
    await record('container/container.port-not-published-loopback', at('agent-here', [8081]));
  });

  it('has no engine that answers', async () => {
    await record('container/container.engine-unavailable-no-permission', at('agent'), {
      source: engine.sourceAs(65534),
    });
    const hangs = async () => failure('timeout', 'no end within 10000 ms');
    await record('container/doctor.no-answer-timeout', at('agent'), {
      source: { ...engine.source, execute: hangs },
      played: 'an engine that hangs',
    });
  });
});

describe('into a container', () => {
  it('the service never accepts, and the published port does', async () => {
    run('mute', '--network', 'backend', '-p', '18083:8081', ...serve('0.0.0.0', '8081', 'never-accepts'));
    await listening('mute');
    const ground = await grounds('mute');
    const sockets = { port: 8081, process: 'serve.cjs', outside: true, container: 'mute' };
    await record('netstat/pass-container', sockets, { ground });
    await record('netstat/pass-container-not-root', sockets, { ground, source: engine.sourceAs(65534) });
    await record('netstat/pass-container-by-name', sockets);
    await record('netstat/netstat.not-listening-container', { ...sockets, port: 8082 }, { ground });
    await record(
      'netstat/netstat.wrong-process-container',
      { ...sockets, process: 'viworks-agent' },
      { ground },
    );
    await record('process/pass-container', { process: 'serve.cjs', container: 'mute' }, { ground });
    const open = { ...ground, open: ground.container ? [{ address: addressIn(ground), family: 4 }] : [] };
    const exchange = { listener: true, container: 'mute' };
    const timeoutMs = 1500;
    await record(
      'http/http.timeout-container',
      { url: 'http://localhost:8081/health', ...exchange },
      { ground: open, timeoutMs },
    );
    await record(
      'websocket/websocket.timeout-container',
      { url: 'ws://localhost:8081/ws/agent', ...exchange },
      { ground: open, timeoutMs },
    );
    await record(
      'http/http.timeout-container-alone',
      { url: 'http://localhost:8081/health', ...exchange },
      { timeoutMs },
    );
  });

  it('the service answers, inside alone or to everybody', async () => {
    run('fine', '--network', 'backend', ...serve('::', '8081', 'health'));
    run('inward', '--network', 'backend', ...serve('127.0.0.1', '8081', 'health'));
    run('on-host', '--network', 'host', ...serve('127.0.0.1', '8084', 'health'));
    await Promise.all(['fine', 'inward', 'on-host'].map(listening));
    const url = 'http://localhost:8081/health';
    await record('http/pass-container', { url, container: 'fine' }, { ground: await grounds('fine') });
    await record(
      'netstat/container.port-not-published-not-at-all',
      { port: 8081, published: true, container: 'fine' },
      { ground: await grounds('fine') },
    );
    const ground = await grounds('inward');
    await record(
      'netstat/netstat.loopback-only-container',
      { port: 8081, outside: true, container: 'inward' },
      { ground },
    );
    await record(
      'http/doctor.no-answer-container-loopback',
      { url, container: 'inward' },
      { ground: { ...ground, open: [] } },
    );
    await record(
      'netstat/pass-container-host-network',
      { port: 8084, container: 'on-host' },
      { ground: await grounds('on-host') },
    );
    // the same program outside of it does not count
    await record(
      'process/process.missing-container',
      { process: 'node', container: 'agent' },
      { ground: await grounds('agent') },
    );
  });

  it('the container does not run', async () => {
    await record('process/process.missing-container-ended', { process: 'agent', container: 'agent-ended' });
    await record('netstat/netstat.not-listening-container-ended', { port: 8081, container: 'agent-ended' });
    await record('http/doctor.no-answer-container-ended', {
      url: 'http://localhost:8081/',
      container: 'agent-ended',
    });
    await record('connection/doctor.no-answer-container-ended', {
      host: 'localhost',
      port: 8081,
      container: 'agent-ended',
    });
  });

  it('the service is a client', async () => {
    const to = addressIn(await grounds('fine'));
    const dial = `require('node:net').connect(8081, '${to}').on('connect', () => console.log('listening')); setInterval(() => {}, 1000)`;
    run(
      'client',
      '--network',
      'backend',
      '--add-host',
      `agent.example.com:${to}`,
      images.node,
      '/bin/node',
      '-e',
      dial,
    );
    await listening('client');
    const ground = await grounds('client');
    const options = { port: 8081, process: 'node', container: 'client' };
    await record('connection/pass-container', { ...options, host: to }, { ground });
    const source = { ...engine.source, resolve: async () => failure('nxdomain', 'no such name') };
    const played = 'the recording machine asks no DNS server';
    await record(
      'connection/pass-container-hosts-file',
      { ...options, host: 'agent.example.com' },
      { ground, source, played },
    );
    await record(
      'connection/service.not-connected-container',
      { ...options, host: to, port: 8082 },
      { ground },
    );
  });
});

const addressIn = ({ container }: Ground) =>
  (container as { addresses: { address: string }[] }).addresses[0]?.address ?? '';

describe('Podman', () => {
  const podman = (...args: string[]) => engine.run('podman', ...args);

  it('runs, and no Docker any more', async () => {
    engine.stopEngine();
    engine.run('mount', '-t', 'tmpfs', 'tmpfs', '/var/lib/containers');
    engine.run(
      'sh',
      '-c',
      'mkdir -p /run/root/bin && cp -L /usr/bin/busybox /run/root/bin/sh && for l in $(ldd /usr/bin/busybox | grep -o "/[^ ]*"); do mkdir -p /run/root$(dirname $l) && cp -L $l /run/root$l; done; tar -C /run/root -c . | podman import - local/shell',
    );
    const flags = ['--cgroups=disabled', '--log-driver', 'k8s-file'];
    const image = ['localhost/local/shell', '/bin/sh', '-c'];
    podman(
      'run',
      '-d',
      '--name',
      'pod-agent',
      ...flags,
      '-e',
      'AGENT_TOKEN=not-to-be-seen',
      '-p',
      '18091:8081',
      ...image,
      'while read -t 600 x; do :; done; while :; do read -t 60 x </dev/zero; done',
    );
    await record('container/pass-podman', { name: 'pod-agent', needed: [8081] });
    podman('rm', '-f', '-t', '0', 'pod-agent');
  });
});
