/** Makes the fixtures of the checks that look inside a host: `RECORD=1 npx vitest run test/checks/host.record.ts`, as root. */
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { connection } from '../../checks/connection.ts';
import { netstat } from '../../checks/netstat.ts';
import { process as processCheck } from '../../checks/process.ts';
import { systemd } from '../../checks/systemd.ts';
import { failure, type Source } from '../../src/vantage/source.ts';
import { recordFixture } from '../support/fixture.ts';
import { type Namespace, openNamespace } from '../support/namespace.ts';

const agent = '/opt/viworks/agent/viworks-backend-agent';
const other = '/opt/other/other-program';
const serve = `const [, , host, port, backlog = '128'] = process.argv;
require('node:net').createServer((s) => s.on('error', () => {})).listen({ host, port, backlog: Number(backlog) }, () => console.log('listening'));
`;
/** Connects as often as asked; says so at once, or when the first connection is there. */
const dial = `const [, , host, port, count = '1', when = 'connect'] = process.argv;
for (let i = 0; i < Number(count); i++) {
  const s = require('node:net').connect({ host, port, allowHalfOpen: true }).on('error', () => {}).resume();
  s.on(when === 'end' ? 'end' : 'connect', () => console.log('connected'));
}
if (when === 'now') setTimeout(() => console.log('dialled'), 500);
setInterval(() => {}, 1000);
`;
const hangUp = `require('node:net').createServer((s) => s.end()).listen(8443, '127.0.0.1', () => console.log('listening'));
`;

/** Neither a program can be run nor a file be read. */
const nothing = (
  source: Source,
  code: 'missing' | 'denied' | 'timeout' | 'incomplete',
  detail: string,
): Source => ({
  ...source,
  execute: async () => failure(code, detail),
  readFile: async () => failure(code, detail),
});

describe('fixtures', () => {
  let place: Namespace;
  const limits = { timeoutMs: 20_000 };

  beforeAll(async () => {
    place = await openNamespace();
    place.link(agent, process.execPath);
    place.link(other, process.execPath);
    place.write('/opt/viworks/agent/serve.cjs', serve);
    place.write('/opt/viworks/agent/dial.cjs', dial);
    place.write('/opt/viworks/agent/hang-up.cjs', hangUp);
  });
  afterAll(() => place.end());

  const listen = (program: string, host: string, port: number, backlog = 128) =>
    place.start(program, '/opt/viworks/agent/serve.cjs', host, String(port), String(backlog));
  const signal = (name: string, pid: number) => place.run('kill', `-${name}`, String(pid));
  const end = async (...started: { pid: number; child?: ChildProcess }[]) => {
    for (const { pid, child } of started) {
      signal('KILL', pid);
      child?.kill('SIGCONT');
    }
    await new Promise((done) => setTimeout(done, 300));
  };

  it('netstat', async () => {
    const options = { port: 8081, process: 'viworks-backend-agent', outside: true };
    const { source } = place;
    const first = await listen(agent, '0.0.0.0', 8081);
    await recordFixture(netstat, 'pass-owner', source, options, limits);
    await recordFixture(netstat, 'pass-any-process', source, { port: 8081 }, limits);
    await recordFixture(netstat, 'pass-owner-not-shown', place.sourceAs(65534), options, limits);
    await recordFixture(
      netstat,
      'netstat.not-listening-other-port',
      source,
      { ...options, port: 8080 },
      limits,
    );
    await recordFixture(
      netstat,
      'netstat.wrong-process-agent',
      source,
      { ...options, process: 'nginx' },
      limits,
    );
    await end(first);
    await recordFixture(netstat, 'netstat.not-listening-nothing', source, options, limits);

    const wrong = await listen(other, '::', 8081);
    const right = await listen(agent, '127.0.0.1', 8080);
    await recordFixture(netstat, 'netstat.wrong-process-dual-stack', source, options, limits);
    await recordFixture(netstat, 'netstat.loopback-only-ipv4', source, { ...options, port: 8080 }, limits);
    await recordFixture(netstat, 'pass-loopback', source, { ...options, port: 8080, outside: false }, limits);
    await end(wrong, right);

    const deaf = await listen(agent, '127.0.0.1', 8081, 3);
    signal('STOP', deaf.pid);
    const clients = await place.start('node', '/opt/viworks/agent/dial.cjs', '127.0.0.1', '8081', '6', 'now');
    await recordFixture(netstat, 'pass-queue-full', source, { ...options, outside: false }, limits);
    await end(clients, deaf);

    const played = (why: string) => ({ ...limits, played: why });
    await recordFixture(
      netstat,
      'doctor.tool-missing-nothing',
      nothing(source, 'missing', 'not there'),
      options,
      played('a Linux machine without /proc'),
    );
    await recordFixture(
      netstat,
      'doctor.no-permission-denied',
      nothing(source, 'denied', 'not allowed (EACCES)'),
      options,
      played('root may read all of it here'),
    );
    await recordFixture(
      netstat,
      'doctor.no-answer-timeout',
      nothing(source, 'timeout', 'ss did not end within 5000 ms'),
      options,
      played('ss does not hang here'),
    );
  });

  it('process', async () => {
    const options = { process: 'viworks-backend-agent' };
    const { source } = place;
    await recordFixture(
      processCheck,
      'process.missing-nothing-installed',
      source,
      { process: 'viworks-gateway-agent' },
      limits,
    );
    place.write('/opt/viworks/gateway/viworks-gateway-agent', '#!/bin/sh\n');
    await recordFixture(
      processCheck,
      'process.missing-installed',
      source,
      { process: 'viworks-gateway-agent' },
      limits,
    );
    const path = { process: '/opt/viworks/gateway/viworks-gateway-agent' };
    await recordFixture(processCheck, 'process.missing-path', source, path, limits);

    const first = await listen(agent, '127.0.0.1', 8081);
    await recordFixture(processCheck, 'pass-name', source, options, limits);
    await recordFixture(processCheck, 'pass-path', source, { process: agent }, limits);
    const script = await listen('node', '127.0.0.1', 8082);
    await recordFixture(processCheck, 'pass-script', source, { process: 'serve.cjs', count: 1 }, limits);
    await recordFixture(processCheck, 'process.count-fewer', source, { process: 'node', count: 3 }, limits);
    signal('STOP', first.pid);
    await recordFixture(processCheck, 'process.stuck-stopped', source, options, limits);
    await end(first, script);

    place.link('/opt/viworks/bin/viworks-zombie-agent-of-old', '/bin/true');
    const parent = await place.start(
      'sh',
      '-c',
      '/opt/viworks/bin/viworks-zombie-agent-of-old & echo started; exec sleep 1000',
    );
    await new Promise((done) => setTimeout(done, 300));
    await recordFixture(
      processCheck,
      'process.stuck-zombie',
      source,
      { process: 'viworks-zombie-agent-of-old' },
      limits,
    );
    await end(parent);

    // A parent sleeps uninterruptibly until the child that it made with vfork(2) ends.
    place.write(
      '/opt/waits.c',
      '#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts("waits"); fflush(stdout); if (vfork() == 0) { sleep(1000); _exit(0); } return 0; }\n',
    );
    place.run('gcc', '-o', '/opt/waits', '/opt/waits.c');
    const waits = await place.start('/opt/waits');
    const child = place.run('ps', '-o', 'pid=', '--ppid', String(waits.pid)).trim();
    const withoutChild: Source = {
      ...source,
      execute: async (args, bounds) => {
        const answer = await source.execute(args, bounds);
        if (!answer.ok || args.argv[0] !== 'ps') return answer;
        const rows = answer.stdout.split('\n').filter((row) => row.trim().split(/\s+/)[0] !== child);
        return { ...answer, stdout: rows.join('\n') };
      },
    };
    const why = 'its child, which has its name too and sleeps as it should, was left out of the list';
    const waiting = { process: '/opt/waits' };
    await recordFixture(processCheck, 'process.stuck-uninterruptible', withoutChild, waiting, {
      ...limits,
      played: why,
    });
    await recordFixture(processCheck, 'pass-one-of-two-stuck', source, waiting, limits);
    await end({ pid: Number(child) });

    const played = (why: string) => ({ ...limits, played: why });
    await recordFixture(
      processCheck,
      'doctor.tool-missing-nothing',
      nothing(source, 'missing', 'no program sh'),
      options,
      played('there is a shell here'),
    );
    await recordFixture(
      processCheck,
      'doctor.no-answer-timeout',
      nothing(source, 'timeout', 'ps did not end within 5000 ms'),
      options,
      played('ps does not hang here'),
    );
  });

  it('connection', async () => {
    const { source } = place;
    const options = { host: 'localhost', port: 8443, process: 'viworks-backend-agent' };
    const dialling = (program: string, host: string, ...more: string[]) =>
      place.start(program, '/opt/viworks/agent/dial.cjs', host, '8443', ...more);
    const server = await listen('node', '0.0.0.0', 8443);
    const idle = await listen(agent, '127.0.0.1', 8081);
    const ground = { process: [idle.pid] };
    await recordFixture(connection, 'service.not-connected-none', source, options, { ...limits, ground });
    const foreign = await dialling(other, '127.0.0.1');
    await recordFixture(connection, 'service.not-connected-another-program', source, options, {
      ...limits,
      ground,
    });
    await end(foreign, idle);

    const client = await dialling(agent, '127.0.0.1');
    const found = { ...limits, ground: { process: [client.pid] } };
    await recordFixture(connection, 'pass-owner', source, options, found);
    await recordFixture(connection, 'pass-alone', source, options, limits);
    await recordFixture(connection, 'pass-owner-not-shown', place.sourceAs(65534), options, limits);
    const elsewhere: Source = {
      ...source,
      resolve: async () => ({
        ok: true,
        addresses: [{ address: '192.0.2.10', family: 4 }],
        source: 'system',
      }),
    };
    const unresolved: Source = {
      ...source,
      resolve: async () => failure('no-answer', 'no DNS server answered'),
    };
    const refused: Source = {
      ...source,
      resolve: async () => failure('forwarding-refused', 'the SSH server opens no connections for us'),
    };
    const played = (why: string) => ({ ...found, played: why });
    await recordFixture(
      connection,
      'service.not-connected-other-address',
      elsewhere,
      options,
      played('the name resolves to another address than it does here'),
    );
    await recordFixture(
      connection,
      'doctor.no-answer-name',
      unresolved,
      options,
      played('localhost always resolves here'),
    );
    await recordFixture(
      connection,
      'ssh.forwarding-refused-name',
      refused,
      options,
      played('no SSH server is between'),
    );
    await recordFixture(
      connection,
      'doctor.tool-missing-nothing',
      nothing(source, 'missing', 'not there'),
      options,
      played('a Linux machine without /proc'),
    );
    await recordFixture(
      connection,
      'doctor.no-permission-denied',
      nothing(source, 'denied', 'not allowed (EACCES)'),
      options,
      played('root may read all of it here'),
    );
    await end(client);

    const mapped = await dialling(agent, '::ffff:127.0.0.1');
    await recordFixture(connection, 'pass-mapped-address', source, options, limits);
    await end(mapped, server);

    const rude = await place.start('node', '/opt/viworks/agent/hang-up.cjs');
    const left = await dialling(agent, '127.0.0.1', '1', 'end');
    await recordFixture(connection, 'service.not-connected-hung-up', source, options, limits);
    await end(left, rude);

    const deaf = await listen('node', '127.0.0.1', 8443, 1);
    signal('STOP', deaf.pid);
    const crowd = await dialling(other, '127.0.0.1', '4', 'now');
    const waiting = await dialling(agent, '127.0.0.1', '1', 'now');
    await recordFixture(connection, 'service.not-connected-connecting', source, options, limits);
    await end(waiting, crowd, deaf);
  });

  it('systemd', async () => {
    const options = { unit: 'viworks-agent' };
    await recordFixture(systemd, 'doctor.tool-missing-not-booted', place.source, options, limits);
  });

  it('process, hidden', async () => {
    place.run('mount', '-o', 'remount,hidepid=2', '/proc');
    const options = { process: 'viworks-backend-agent' };
    await recordFixture(processCheck, 'doctor.no-permission-hidepid', place.sourceAs(65534), options, limits);
  });
});
