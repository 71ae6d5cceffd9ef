import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dialSocket, localSource } from '../../src/vantage/local.ts';
import { certificatesIn, localRoots } from '../../src/vantage/roots.ts';
import { failure } from '../../src/vantage/source.ts';
import { freePort, silent } from '../support/servers.ts';

const source = localSource({ login: async () => failure('no-session', 'no way in') });
const limits = (timeoutMs = 5000, signal = new AbortController().signal) => ({ timeoutMs, signal });
const folder = mkdtempSync(join(tmpdir(), 'local-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Blocks the event loop. */
const pause = (milliseconds: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);

const file = (name: string, text: string, mode = 0o644) => {
  const path = join(folder, name);
  writeFileSync(path, text, { mode });
  return path;
};

describe('connect', () => {
  const connect = (address: string, port: number, timeoutMs?: number) =>
    source.connect({ address, port }, limits(timeoutMs));

  test('opens and closes', async () => {
    const server = await silent();
    expect(await connect('127.0.0.1', server.port)).toEqual({ ok: true, address: '127.0.0.1' });
    await server.close();
    expect(server.connections()).toBe(1);
  });

  test('nothing listens', async () => {
    const port = await freePort();
    expect(await connect('127.0.0.1', port)).toMatchObject({
      failure: 'refused',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await connect('::1', port)).toMatchObject({ failure: 'refused' });
  });

  test('no address, no port', async () => {
    expect(await connect('localhost', 80)).toMatchObject({ failure: 'invalid-name' });
    expect(await connect('127.0.0.1', 0)).toMatchObject({ failure: 'unsupported' });
    expect(await connect('127.0.0.1', 70_000)).toMatchObject({ failure: 'unsupported' });
  });

  test('a run that has ended opens nothing', async () => {
    const server = await silent();
    const outcome = await source.connect(
      { address: '127.0.0.1', port: server.port },
      limits(1000, AbortSignal.abort()),
    );
    expect(outcome).toMatchObject({ failure: 'aborted' });
    const dialled = await dialSocket('127.0.0.1', server.port, limits(1000, AbortSignal.abort()));
    expect(dialled).toMatchObject({ failure: 'aborted' });
    await server.close();
    expect(server.connections()).toBe(0);
  });
});

describe('execute', () => {
  const run = (argv: readonly string[], timeoutMs?: number) => source.execute({ argv }, limits(timeoutMs));

  test('gives both outputs and the exit code', async () => {
    expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
      ok: true,
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
    });
  });

  test('without a shell, with LC_ALL=C, an empty input and the paths of administrators', async () => {
    expect(await run(['echo', '$HOME; id'])).toMatchObject({ stdout: '$HOME; id\n' });
    const script = 'echo $LC_ALL; cat; echo $PATH';
    const answer = await run(['sh', '-c', script]);
    expect(answer.ok && answer.stdout).toMatch(/^C\n.*:\/usr\/sbin:\/sbin:\/usr\/local\/sbin\n$/);
  });

  test('a signal is no exit code', async () => {
    expect(await run(['sh', '-c', 'kill -9 $$'])).toMatchObject({ ok: true, exitCode: null });
  });

  test('a flood is capped', async () => {
    const answer = await run(['head', '-c', '1000000', '/dev/zero']);
    expect(answer).toMatchObject({ ok: true, exitCode: 0, truncated: true });
    expect(answer.ok && answer.stdout.length).toBe(256 * 1024);
  });

  test('no such program, no permission, no words', async () => {
    expect(await run(['no-such-program-here'])).toMatchObject({ failure: 'missing' });
    expect(await run([file('not-executable', '#!/bin/sh\n')])).toMatchObject({ failure: 'denied' });
    expect(await run([])).toMatchObject({ failure: 'unsupported' });
    expect(await run(['echo', 'a\0b'])).toMatchObject({ failure: 'unsupported' });
  });

  test('at the deadline all that it started ends', async () => {
    const mark = join(folder, 'mark');
    const answer = await run(['sh', '-c', `(sleep 1; echo late > ${mark}) & sleep 60`], 200);
    expect(answer).toMatchObject({ failure: 'timeout' });
    await new Promise((settle) => setTimeout(settle, 1500));
    expect(await source.readFile({ path: mark }, limits())).toMatchObject({ failure: 'missing' });
  });

  test('what it leaves running is not waited for, and may have had more to say', async () => {
    const answer = await run(['sh', '-c', 'echo done; sleep 2 &'], 1500);
    expect(answer).toMatchObject({ ok: true, exitCode: 0, stdout: 'done\n', truncated: true });
  });

  test('nothing is lost while this process is too busy to read', async () => {
    const [go, said] = [join(folder, 'go'), join(folder, 'said')];
    const script = `(while [ ! -e ${go} ]; do sleep 0.01; done; echo late; touch ${said}) &`;
    const answer = run(['sh', '-c', script], 20_000);
    const hold = () => {
      writeFileSync(go, '');
      while (!existsSync(said)) pause(10);
      pause(300);
    };
    // timers come right after what was set immediately: before what came in the meantime is read
    setTimeout(() => setImmediate(hold), 100);
    expect(await answer).toMatchObject({ ok: true, exitCode: 0, stdout: 'late\n', truncated: false });
  });

  test('what is asked twice at once runs once', async () => {
    const count = join(folder, 'count');
    const argv = ['sh', '-c', `echo ran >> ${count}; cat ${count}`];
    const both = { ok: true, stdout: 'ran\n' };
    const same = limits();
    const ask = () => source.execute({ argv }, same);
    expect(await Promise.all([ask(), ask()])).toMatchObject([both, both]);
    expect(await ask()).toMatchObject({ stdout: 'ran\nran\n' });
  });
});

describe('readFile', () => {
  const read = (path: string, maxBytes?: number) => source.readFile({ path, maxBytes }, limits(1000));

  test('a file, whole and cut', async () => {
    const path = file('text', 'héllo');
    expect(await read(path)).toEqual({ ok: true, text: 'héllo', truncated: false });
    expect(await read(path, 1)).toEqual({ ok: true, text: 'h', truncated: true });
    expect(await read(path, 6)).toEqual({ ok: true, text: 'héllo', truncated: false });
  });

  test('files that say that they are empty', async () => {
    const answer = await read('/proc/self/status');
    expect(answer.ok && answer.text).toMatch(/^Name:/);
  });

  test('what is no file does not hold us', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const path of [fifo, '/dev/zero', folder]) {
      expect(await read(path)).toMatchObject({ failure: 'unsupported' });
    }
  });

  test('missing', async () => {
    expect(await read(join(folder, 'none'))).toMatchObject({ failure: 'missing' });
    expect(await read(join(folder, 'text', 'below'))).toMatchObject({ failure: 'missing' });
    expect(await read('a\0b')).toMatchObject({ ok: false });
  });

  test('denied', async () => {
    const path = file('secret', 'secret', 0o600);
    chmodSync(path, 0);
    // Root may read everything: as somebody else, then.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await read(path)).toMatchObject({ failure: 'denied' });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe('this machine', () => {
  test('its clock', async () => {
    const before = Date.now();
    const answer = await source.now({}, limits());
    expect(answer.ok && answer.epochMs).toBeGreaterThanOrEqual(before);
  });

  test('its network, with no loopback in it', async () => {
    const answer = await source.network({}, limits());
    expect(answer).toMatchObject({ ok: true, route4: expect.any(Boolean), route6: expect.any(Boolean) });
    expect(answer.ok && answer.addresses.map((each) => each.address)).not.toContain('127.0.0.1');
  });

  test('whom it trusts', async () => {
    const roots = await localRoots(join(folder, 'none.pem'));
    expect(roots.source).toContain("Node.js's roots");
    expect(roots.source).toContain('unreadable');
    expect(roots.certificates.length).toBeGreaterThan(100);
    expect(new Set(roots.certificates).size).toBe(roots.certificates.length);
    const [first = ''] = roots.certificates;
    const twice = `text\n${first}\nmore text\n${first}-----BEGIN CERTIFICATE-----\ncut`;
    expect(certificatesIn(twice)).toEqual([first, first].map((pem) => `${pem.trim()}\n`));
  });
});
