import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Host } from '../../../src/config/config.ts';
import { openSessions, type Sessions, type SshEnvironment } from '../../../src/vantage/ssh/sessions.ts';
import { readLoginLine } from '../../../src/vantage/ssh/words.ts';
import { listening, rawServer } from '../../support/servers.ts';
import { Home, hostAt, makeKey, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

const limits = (timeoutMs = 5000, signal = new AbortController().signal) => ({ timeoutMs, signal });

/** Ends the sshd that it runs under. */
const killServer = `p=$PPID
while case $(cat /proc/$p/comm) in sshd*) false;; esac; do p=$(cut -d' ' -f4 /proc/$p/stat); done
kill -9 $p; sleep 9`;

describe('a line of ssh -v', () => {
  it.each([
    [
      'debug1: kex_exchange_identification: banner line 0: HTTP/1.1 400',
      { kind: 'foreign', text: 'HTTP/1.1 400' },
    ],
    ['debug1: ssh_exchange_identification: HTTP/1.1 400', { kind: 'foreign', text: 'HTTP/1.1 400' }],
    ['debug1: kex_exchange_identification: write: Broken pipe', null],
    [
      'debug1: Offering public key: /home/a b/id RSA SHA256:abc explicit agent',
      { kind: 'offered', name: '/home/a b/id', type: 'ssh-rsa', fingerprint: 'SHA256:abc', fromAgent: true },
    ],
    [
      'debug1: Offering public key: me@example.com ED25519-SK SHA256:abc authenticator agent',
      { name: 'me@example.com', type: 'sk-ssh-ed25519@openssh.com', fromAgent: true },
    ],
    [
      'debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com SHA256:abc, serial 1 ID "x"',
      { kind: 'host-key', type: 'ssh-ed25519-cert-v01@openssh.com', fingerprint: 'SHA256:abc' },
    ],
    ['Host key for example.com has changed and you have requested strict checking.', { verdict: 'changed' }],
    ['No ED25519 host key is known for example.com and you have', { verdict: 'unknown' }],
    ['debug1: Remote: debug1: Server host key: ssh-ed25519 SHA256:abc', null],
    ['debug1: pledge: fork', null],
    ['Permission denied, please try again.', { kind: 'said' }],
  ])('is read: %s', (line, told) => {
    if (told === null) expect(readLoginLine(line)).toBeNull();
    else expect(readLoginLine(line)).toMatchObject(told);
  });
});

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))("the user's own ssh", () => {
  let home: Home;
  let sshd: Sshd;
  let temporary: string;
  /** Folders of masters of ours. */
  const left = () => readdirSync(temporary).filter((name) => name.startsWith('doctor-'));
  const open: Sessions[] = [];
  const cleanups: (() => Promise<void>)[] = [];
  const sessionsOf = (host: Host, environment: SshEnvironment = home.environment()) => {
    const sessions = openSessions({ there: host }, environment);
    open.push(sessions);
    return sessions;
  };
  const at = (port: number) => hostAt(port, { transport: 'openssh' });
  const other = async (...lines: string[]) => {
    const started = await startSshd({ authorized: [home.key], lines });
    cleanups.push(() => started.stop());
    home.knows(started);
    return started;
  };

  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), 'masters-'));
    vi.stubEnv('TMPDIR', temporary);
    home = new Home();
    sshd = await startSshd({ authorized: [home.key] });
    home.knows(sshd);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((sessions) => sessions.close()));
    await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
    expect(left()).toEqual([]);
  });
  afterAll(async () => {
    await sshd.stop();
    home.remove();
    vi.unstubAllEnvs();
    rmSync(temporary, { recursive: true });
  });

  it('logs in, says how it went, and runs commands', async () => {
    const sessions = sessionsOf(at(sshd.port));
    expect(await sessions.login({ host: 'there' }, limits())).toMatchObject({
      ok: true,
      address: '127.0.0.1',
      port: sshd.port,
      transport: 'openssh',
      uid: process.getuid?.(),
      hostKey: { type: 'ssh-ed25519' },
      knownKeys: [{ line: 1, type: 'ssh-ed25519', revoked: false }],
      server: expect.stringMatching(/^SSH-2\.0-OpenSSH/),
      methods: [expect.stringMatching(/^publickey .*id_ed25519: ssh-ed25519 SHA256:/)],
      notes: expect.arrayContaining(['transport openssh: as is set']),
    });
    const source = sessions.source('there');
    expect(await source.execute({ argv: ['echo', 'in'] }, limits())).toMatchObject({ stdout: 'in\n' });
    expect(await source.execute({ argv: ['sh', '-c', 'echo no >&2; exit 3'] }, limits())).toMatchObject({
      exitCode: 3,
      stderr: 'no\n',
    });
  });

  it('asks over forwarded connections, and says why one failed', async () => {
    const server = createServer((asked, answer) => answer.end(`you asked ${asked.url}`));
    const web = await listening(server);
    cleanups.push(() => web.close());
    const source = sessionsOf(at(sshd.port)).source('there');
    const url = `http://127.0.0.1:${web.port}/hello`;
    const request = {
      url,
      address: '127.0.0.1',
      method: 'GET',
      headers: {},
      tls: {},
      maxBytes: 1000,
    } as const;
    expect(await source.request(request, limits())).toMatchObject({ ok: true, body: 'you asked /hello' });
    const open = () => new Promise<number>((settle) => server.getConnections((_, count) => settle(count)));
    await expect.poll(open).toBe(0);
    const gone = await rawServer(() => {});
    await gone.close();
    const connect = (port: number) => source.connect({ address: '127.0.0.1', port }, limits());
    expect(await connect(gone.port)).toMatchObject({ failure: 'refused' });
    expect(await connect(web.port)).toMatchObject({ ok: true });
  });

  it('says forwarding-refused where the server forbids it', async () => {
    const strict = await other('AllowTcpForwarding no');
    const source = sessionsOf(at(strict.port)).source('there');
    expect(await source.connect({ address: '127.0.0.1', port: 1 }, limits())).toMatchObject({
      failure: 'forwarding-refused',
    });
    expect(await source.execute({ argv: ['echo', 'in'] }, limits())).toMatchObject({ stdout: 'in\n' });
  });

  it('gets all of what a slow reader is sent, over a server that exchanges its keys anew', async () => {
    const small = await other('RekeyLimit 256K', 'KexAlgorithms curve25519-sha256', 'MaxSessions 1');
    const source = sessionsOf(at(small.port)).source('there');
    const size = 3_000_000;
    const server = await listening(
      createTcpServer((socket: Socket) => {
        socket.once('data', () => {
          socket.write(`HTTP/1.0 200 OK\r\n\r\n`);
          socket.end(Buffer.alloc(size, 'x'));
        });
      }),
    );
    cleanups.push(() => server.close());
    const url = `http://127.0.0.1:${server.port}/`;
    const asked = await source.request(
      { url, address: '127.0.0.1', method: 'GET', headers: {}, tls: {}, maxBytes: size + 1 },
      limits(20_000),
    );
    expect(asked.ok && asked.body.length).toBe(size);
    const looks = await Promise.all(
      [1, 2, 3].map((n) => source.execute({ argv: ['head', '-c', '200000', '/dev/zero'] }, limits(5000 + n))),
    );
    expect(looks.map((look) => look.ok && look.stdout.length)).toEqual([200_000, 200_000, 200_000]);
  });

  it('does nothing else that the configuration asks for', async () => {
    const marker = join(home.ssh, 'marker');
    const free = await rawServer(() => {});
    await free.close();
    const config = `PermitLocalCommand yes
LocalCommand touch '${marker}'
RemoteCommand touch '${marker}'
ForkAfterAuthentication yes
ControlMaster auto
ControlPath ${join(home.ssh, 'control')}
ControlPersist yes
LocalForward ${free.port} 127.0.0.1:1
ForwardAgent yes
RequestTTY force
StrictHostKeyChecking no
LogLevel QUIET
FingerprintHash md5
VisualHostKey yes
ServerAliveInterval 0
BatchMode no
`;
    home.writes('config', config);
    const sessions = sessionsOf(at(sshd.port));
    const answer = await sessions.login({ host: 'there' }, limits());
    const source = sessions.source('there');
    const listens = await source.connect({ address: '127.0.0.1', port: free.port }, limits());
    await sessions.close();
    home.writes('config', '');
    expect(answer).toMatchObject({ ok: true, hostKey: { fingerprint: expect.stringMatching(/^SHA256:/) } });
    expect(listens).toMatchObject({ failure: 'refused' });
    expect(existsSync(marker)).toBe(false);
    expect(existsSync(join(home.ssh, 'control'))).toBe(false);
  });

  it('says why when the connection ends in the middle', async () => {
    const brief = await other();
    const source = sessionsOf(at(brief.port)).source('there');
    expect(await source.execute({ argv: ['true'] }, limits())).toMatchObject({ ok: true });
    const asked = source.execute({ argv: ['sh', '-c', killServer] }, limits());
    expect(await asked).toMatchObject({ ok: false, failure: 'no-session' });
    expect(await source.connect({ address: '127.0.0.1', port: 1 }, limits())).toMatchObject({
      failure: 'no-session',
      detail: expect.stringMatching(/ended/),
    });
  });

  it('ends when the run does, in the middle of the login', async () => {
    const silent = await rawServer(() => {});
    cleanups.push(() => silent.close());
    const run = new AbortController();
    const sessions = sessionsOf(at(silent.port));
    const login = sessions.login({ host: 'there' }, limits(5000, run.signal));
    await expect.poll(left).toHaveLength(1);
    run.abort();
    expect(await login).toMatchObject({ failure: 'aborted' });
  });

  it.each([
    ['says HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', true, 'not-ssh'],
    ['greets without end', 'hello\r\n'.repeat(3000), false, 'not-ssh'],
    ['greets in one endless line', 'x'.repeat(100_000), false, 'not-ssh'],
    ['speaks SSH 1', 'SSH-1.5-old\r\n', false, 'not-ssh'],
    ['turns us away', 'Exceeded MaxStartups\r\n', true, 'closed'],
    ['says nothing', '', false, 'timeout'],
    ['hangs up', '', true, 'closed'],
    ['stops after its banner', 'SSH-2.0-OpenSSH_9.2\r\n', false, 'timeout'],
    ['sends garbage after its banner', `SSH-2.0-x\r\n${'\x00\xff'.repeat(500)}`, false, 'closed'],
  ])('knows a port that %s', async (_, text, ends, failure) => {
    const server = await rawServer((socket) => {
      socket.write(Buffer.from(text, 'latin1'));
      if (ends) socket.end();
    });
    cleanups.push(() => server.close());
    const answer = await sessionsOf(at(server.port)).login({ host: 'there' }, limits(800));
    expect(answer).toMatchObject({ ok: false, failure, login: { port: server.port, transport: 'openssh' } });
  });

  it('knows a port that is closed', async () => {
    const gone = await rawServer(() => {});
    await gone.close();
    const answer = await sessionsOf(at(gone.port)).login({ host: 'there' }, limits());
    expect(answer).toMatchObject({ failure: 'refused', login: { transport: 'openssh' } });
  });

  it('names the host in between that the way ended at', async () => {
    const first = await other();
    const unknown = await startSshd({ authorized: [home.key] });
    cleanups.push(() => unknown.stop());
    home.writes(
      'config',
      `IdentityFile ${join(home.ssh, 'id_ed25519')}\nUserKnownHostsFile ${join(home.ssh, 'known_hosts')}\n`,
    );
    const jump = [`127.0.0.1:${first.port}`, `127.0.0.1:${unknown.port}`];
    const host = hostAt(sshd.port, { transport: 'openssh', jump });
    const answer = await sessionsOf(host).login({ host: 'there' }, limits());
    home.writes('config', '');
    expect(answer).toMatchObject({ failure: 'host-key-unknown', login: { failedHop: jump[1] } });
  });

  it('asks for a passphrase while the time stands still, and for nothing else', async () => {
    const file = join(home.ssh, 'locked');
    const keyed = await startSshd({
      authorized: [makeKey(file, 'ed25519', 'open sesame')],
      lines: ['PasswordAuthentication yes', 'PermitRootLogin yes'],
    });
    cleanups.push(() => keyed.stop());
    home.knows(keyed);
    const asked: string[] = [];
    const answers = ['wrong', 'open sesame'];
    const askPassphrase = async (what: string) => {
      asked.push(what);
      await new Promise((settle) => setTimeout(settle, 2000));
      return answers.shift() ?? null;
    };
    const host = hostAt(keyed.port, { transport: 'openssh', identityFile: file });
    const login = () =>
      sessionsOf(host, home.environment({ askPassphrase })).login({ host: 'there' }, limits(1200));
    expect(await login()).toMatchObject({ ok: true });
    expect(asked).toEqual([file, file]);
    expect(await login()).toMatchObject({ ok: false, failure: 'auth-failed' });
    expect(new Set(asked)).toEqual(new Set([file]));
  });

  it('says when there is no ssh', async () => {
    const environment = home.environment({ env: { ...home.variables, PATH: '/nowhere' } });
    const answer = await sessionsOf(at(sshd.port), environment).login({ host: 'there' }, limits());
    expect(answer).toMatchObject({ failure: 'unsupported', detail: expect.stringMatching(/no program ssh/) });
  });
});
