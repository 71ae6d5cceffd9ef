/** A listener whose process accepts nothing, as the kernel shows it: real sockets, with and without `ss`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lookAtListener, lookAtSockets } from '../../src/net/listener.ts';
import { localSource } from '../../src/vantage/local.ts';
import { observe } from '../../src/vantage/observe.ts';
import { failure, type Source } from '../../src/vantage/source.ts';
import { needs } from '../support/tools.ts';

const limits = { timeoutMs: 20_000, signal: new AbortController().signal };
const real = localSource({ login: async () => failure('unsupported', 'no login here') });
const without = (...programs: string[]): Source => ({
  ...real,
  execute: async (args, bounds) =>
    programs.includes(args.argv[0] ?? '')
      ? failure('missing', `no program ${args.argv[0]}`)
      : real.execute(args, bounds),
});
const vantage = (source: Source) => observe('local', source, limits, []);

const listening = `require('node:net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 7 },
  function () { console.log(this.address().port); });`;

let child: ChildProcess;
let port: number;

beforeEach(async () => {
  child = spawn(process.execPath, ['-e', listening], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  port = Number(line);
});

afterEach(async () => {
  child.kill('SIGKILL');
  await once(child, 'exit');
});

describe.each([
  ['with ss', real, 7, needs('iproute2', '/usr/bin/ss')],
  ['without ss', without('ss'), null, false],
] as const)('%s', (_, source, limit, lacks) => {
  it.skipIf(lacks)('has nothing waiting when nobody connected', async () => {
    expect(await lookAtListener(vantage(source), port)).toEqual({
      queue: 0,
      limit,
      unaccepted: 0,
      accepted: 0,
    });
  });

  it.skipIf(lacks)('has one that was accepted', async () => {
    const client = connect(port, '127.0.0.1');
    await once(client, 'connect');
    const look = () => lookAtListener(vantage(source), port);
    await expect.poll(look).toMatchObject({ unaccepted: 0, accepted: 1 });
    client.destroy();
  });

  it.skipIf(lacks)('holds a connection that nobody accepts, also after the client has gone', async () => {
    child.kill('SIGSTOP');
    const client = connect(port, '127.0.0.1');
    await once(client, 'connect');
    await new Promise<void>((done) => client.write('GET / HTTP/1.1\r\n\r\n', () => done()));
    expect(await lookAtListener(vantage(source), port)).toEqual({
      queue: 1,
      limit,
      unaccepted: 1,
      accepted: 0,
    });
    client.destroy();
    await once(client, 'close');
    expect(await lookAtListener(vantage(source), port)).toEqual({
      queue: 1,
      limit,
      unaccepted: 1,
      accepted: 0,
    });
  });
});

describe.each([
  ['ss', real, 'ss', needs('iproute2', '/usr/bin/ss')],
  ['netstat', without('ss'), 'netstat', needs('net-tools', '/usr/bin/netstat')],
  ['the kernel alone', without('ss', 'netstat'), '/proc/net/tcp', false],
] as const)('lookAtSockets', (name, source, tool, lacks) => {
  it.skipIf(lacks)(`reads ${name}`, async () => {
    const table = await lookAtSockets(vantage(source));
    if (!table.ok) throw new Error(table.detail);
    expect(table.tool).toBe(tool);
    const own = table.sockets.find(({ local }) => local.port === port);
    expect(own).toMatchObject({ state: 'LISTEN', local: { address: '127.0.0.1' }, queue: 0 });
    expect(own?.pids).toEqual([child.pid]);
  });
});
