import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '../../../src/vantage/source.ts';
import { openSessions, type Sessions } from '../../../src/vantage/ssh/sessions.ts';
import { Home, hostAt, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

const limits = (timeoutMs = 5000, signal = new AbortController().signal) => ({ timeoutMs, signal });

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('looks on a host', () => {
  let home: Home;
  let plain: Sshd;
  const open: Sessions[] = [];
  const servers: Sshd[] = [];
  const sourceOf = (sshd: Sshd): Source => {
    const sessions = openSessions({ there: hostAt(sshd.port) }, home.environment());
    open.push(sessions);
    return sessions.source('there');
  };
  const server = async (...lines: string[]): Promise<Source> => {
    const sshd = await startSshd({ authorized: [home.key], lines });
    servers.push(sshd);
    home.knows(sshd);
    return sourceOf(sshd);
  };

  beforeAll(async () => {
    home = new Home();
    plain = await startSshd({ authorized: [home.key] });
    home.knows(plain);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((sessions) => sessions.close()));
    await Promise.all(servers.splice(0).map((sshd) => sshd.stop()));
  });
  afterAll(async () => {
    await plain.stop();
    home.remove();
  });

  it('run programs: arguments as given, outputs apart, the exit code, LC_ALL=C, nothing on standard input', async () => {
    const source = sourceOf(plain);
    const [words, code, language, input] = await Promise.all([
      source.execute({ argv: ['printf', '%s|', "it's", '$HOME `id` "x"', 'a\nb', 'é', ''] }, limits()),
      source.execute({ argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'] }, limits()),
      source.execute(
        { argv: ['sh', '-c', 'echo $LC_ALL; case $PATH in */usr/sbin*) echo yes;; esac'] },
        limits(),
      ),
      source.execute({ argv: ['cat'] }, limits()),
    ]);
    expect(words).toMatchObject({ ok: true, stdout: `it's|$HOME \`id\` "x"|a\nb|é||`, stderr: '' });
    expect(code).toMatchObject({ ok: true, exitCode: 3, stdout: 'out\n', stderr: 'err\n' });
    expect(language).toMatchObject({ stdout: 'C\nyes\n' });
    expect(input).toMatchObject({ ok: true, exitCode: 0, stdout: '' });
  });

  it('read files, and tell missing, denied and irregular ones apart', async () => {
    const source = sourceOf(plain);
    const file = home.writes('some text', 'a\0b\nc\n\n');
    mkdirSync(join(home.ssh, 'folder'), { recursive: true });
    const read = (path: string, maxBytes?: number) => source.readFile({ path, maxBytes }, limits());
    const answers = await Promise.all([
      read(file),
      read(file, 3),
      read(join(home.ssh, 'no', 'such')),
      read(home.ssh),
      read('/dev/zero'),
    ]);
    expect(answers).toMatchObject([
      { ok: true, text: 'a\0b\nc\n\n', truncated: false },
      { ok: true, text: 'a\0b', truncated: true },
      { ok: false, failure: 'missing' },
      { ok: false, failure: 'unsupported' },
      { ok: false, failure: 'unsupported' },
    ]);
  });

  it('say missing and denied of programs, and leave a program its own 127 and 126', async () => {
    const source = sourceOf(plain);
    const run = (...argv: string[]) => source.execute({ argv }, limits());
    expect(
      await Promise.all([
        run('no-such-tool'),
        run('/no/such/tool'),
        run('/etc/passwd'),
        run('sh', '-c', 'exit 127'),
        run('sh', '-c', 'kill -9 $$'),
        run(),
      ]),
    ).toMatchObject([
      { failure: 'missing' },
      { failure: 'missing' },
      { failure: 'denied' },
      { ok: true, exitCode: 127 },
      { ok: true, exitCode: null },
      { failure: 'unsupported' },
    ]);
  });

  it('asked in one turn travel in one session, the same question once', async () => {
    const source = sourceOf(plain);
    await source.now({}, limits());
    const before = plain.log().split('Starting session').length;
    const pids = await Promise.all(
      ['echo $PPID', 'echo $PPID', 'echo $PPID;'].map((script) =>
        source.execute({ argv: ['sh', '-c', script] }, limits()),
      ),
    );
    expect(pids.every((answer) => answer.ok)).toBe(true);
    expect(pids[0]).toEqual(pids[1]);
    expect(plain.log().split('Starting session').length - before).toBe(1);
  });

  it('asked by the dozen all get their own answer', async () => {
    const source = sourceOf(plain);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => source.execute({ argv: ['echo', `${index}`] }, limits())),
    );
    expect(answers.map((answer) => answer.ok && answer.stdout.trim())).toEqual(
      answers.map((_, index) => `${index}`),
    );
  });

  it('tell the time of the host', async () => {
    const answer = await sourceOf(plain).now({}, limits());
    expect(answer.ok && Math.abs(answer.epochMs - Date.now())).toBeLessThan(5000);
  });

  it('that hang cost only themselves', async () => {
    const source = sourceOf(plain);
    const started = performance.now();
    const [before, hanging, after, file] = await Promise.all([
      source.execute({ argv: ['echo', 'before'] }, limits(1000)),
      source.execute({ argv: ['sleep', '30'] }, limits(1000)),
      source.execute({ argv: ['echo', 'after'] }, limits(1000)),
      source.readFile({ path: '/etc/passwd' }, limits(1000)),
    ]);
    expect(before).toMatchObject({ ok: true });
    expect(hanging).toMatchObject({ ok: false, failure: 'timeout' });
    expect(after).toMatchObject({ ok: true, stdout: 'after\n' });
    expect(file).toMatchObject({ ok: true });
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('that hang where the host can not end them are given up, and the later ones asked again', async () => {
    const programs = join(home.folder, 'bin');
    mkdirSync(programs);
    for (const name of ['sh', 'head', 'tr']) symlinkSync(`/usr/bin/${name}`, join(programs, name));
    const source = await server(`SetEnv PATH=${programs}`);
    const [hanging, after] = await Promise.all([
      source.execute({ argv: ['/bin/sleep', '8'] }, limits(300)),
      source.execute({ argv: ['/bin/echo', 'after'] }, limits(300)),
    ]);
    expect(hanging).toMatchObject({ failure: 'timeout' });
    expect(after).toMatchObject({ ok: true, stdout: 'after\n' });
  });

  it('give the start of an endless output', async () => {
    const [answer, next] = await Promise.all(
      [
        ['cat', '/dev/zero'],
        ['echo', 'next'],
      ].map((argv) => sourceOf(plain).execute({ argv }, limits())),
    );
    expect(answer).toMatchObject({ ok: true, exitCode: 0, truncated: true });
    expect(answer?.ok && answer.stdout.length).toBe(262_144);
    expect(next).toMatchObject({ ok: true, stdout: 'next\n' });
  });

  it('come through a server that rekeys all the time, whole', async () => {
    const source = await server('RekeyLimit 256K');
    const file = home.writes('large', 'x'.repeat(5_000_000));
    const answer = await source.readFile({ path: file, maxBytes: 6_000_000 }, limits(20_000));
    expect(answer).toMatchObject({ ok: true, truncated: false });
    expect(answer.ok && answer.text.length).toBe(5_000_000);
  });

  it('wait for one another where one session is allowed', async () => {
    const source = await server('MaxSessions 1');
    await source.now({}, limits());
    const slow = source.execute({ argv: ['sleep', '1'] }, limits());
    await new Promise((settle) => setTimeout(settle, 100));
    const quick = source.execute({ argv: ['echo', 'quick'] }, limits());
    expect(await Promise.all([slow, quick])).toMatchObject([{ ok: true }, { ok: true, stdout: 'quick\n' }]);
  });

  it('are denied where no session is allowed', async () => {
    const source = await server('MaxSessions 0');
    expect(await source.now({}, limits(1000))).toMatchObject({ ok: false, failure: 'denied' });
  });

  it('are not confused by what start-up files print', async () => {
    const source = await server(
      'ForceCommand printf "motd\\nVWD:0:1:x:3\\nabc:0:2"; eval "$SSH_ORIGINAL_COMMAND"',
    );
    expect(await source.execute({ argv: ['echo', 'yes'] }, limits())).toMatchObject({
      ok: true,
      stdout: 'yes\n',
    });
  });

  it('are incomplete where another command is forced, and the login is not', async () => {
    const source = await server('ForceCommand echo this account is limited');
    expect(await source.execute({ argv: ['id'] }, limits())).toMatchObject({
      ok: false,
      failure: 'incomplete',
      detail: expect.stringMatching(/this account is limited/),
    });
  });

  it('are incomplete when their shell is killed under them', async () => {
    const source = sourceOf(plain);
    const [first, killer] = await Promise.all([
      source.execute({ argv: ['echo', 'first'] }, limits()),
      // sshd makes a session of its own for the shell: its id is the shell's
      source.execute({ argv: ['sh', '-c', 'kill -9 "$(ps -o sid= -p $$ | tr -d " ")"; sleep 1'] }, limits()),
    ]);
    expect(first).toMatchObject({ ok: true });
    expect(killer).toMatchObject({ ok: false, failure: 'incomplete' });
  });

  it('end at once when the connection dies, and so do later ones', async () => {
    const source = await server();
    await source.now({}, limits());
    // the sshd of this connection is the parent of the shell, whose id is the session's
    const script = 'ps -o ppid= -p "$(ps -o sid= -p $$ | tr -d " ")"';
    const parent = await source.execute({ argv: ['sh', '-c', script] }, limits());
    const child = Number(parent.ok ? parent.stdout : 0);
    expect(child).toBeGreaterThan(1);
    const pending = source.execute({ argv: ['sleep', '20'] }, limits(30_000));
    await new Promise((settle) => setTimeout(settle, 200));
    const started = performance.now();
    process.kill(child, 'SIGKILL');
    expect(await pending).toMatchObject({ ok: false, failure: 'no-session' });
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await source.execute({ argv: ['id'] }, limits())).toMatchObject({ failure: 'no-session' });
    expect(await source.connect({ address: '127.0.0.1', port: 1 }, limits())).toMatchObject({
      failure: 'no-session',
    });
  });

  it('end with the run', async () => {
    const source = sourceOf(plain);
    await source.now({}, limits());
    const run = new AbortController();
    const pending = source.execute({ argv: ['sleep', '20'] }, limits(30_000, run.signal));
    setTimeout(() => run.abort(), 100);
    expect(await pending).toMatchObject({ ok: false, failure: 'aborted' });
  });

  it('do neither log in further nor look at the network of the machine', async () => {
    const source = sourceOf(plain);
    expect(await source.login({ host: 'there' }, limits())).toMatchObject({ failure: 'unsupported' });
    expect(await source.network({}, limits())).toMatchObject({ failure: 'unsupported' });
  });
});
