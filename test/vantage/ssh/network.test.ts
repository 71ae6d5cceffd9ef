import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { encode, streamDecode } from 'dns-packet';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '../../../src/vantage/source.ts';
import { openSessions, type Sessions } from '../../../src/vantage/ssh/sessions.ts';
import { certificateMaker } from '../../support/certificates.ts';
import { listening, rawServer, tlsServer } from '../../support/servers.ts';
import { Home, hostAt, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

const limits = (timeoutMs = 5000) => ({ timeoutMs, signal: new AbortController().signal });

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('the network, seen from a host', () => {
  let home: Home;
  let sshd: Sshd;
  let source: Source;
  const open: Sessions[] = [];
  const cleanups: (() => Promise<void>)[] = [];
  const sourceOf = (port: number): Source => {
    const sessions = openSessions({ there: hostAt(port) }, home.environment());
    open.push(sessions);
    return sessions.source('there');
  };
  const other = async (...lines: string[]) => {
    const started = await startSshd({ authorized: [home.key], lines });
    cleanups.push(() => started.stop());
    home.knows(started);
    return started;
  };

  beforeAll(async () => {
    home = new Home();
    sshd = await startSshd({ authorized: [home.key] });
    home.knows(sshd);
    source = openSessions({ there: hostAt(sshd.port) }, home.environment()).source('there');
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((sessions) => sessions.close()));
    await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
  });
  afterAll(async () => {
    await sshd.stop();
    home.remove();
  });

  const request = (from: Source, port: number, timeoutMs = 5000) =>
    from.request(
      {
        url: `http://127.0.0.1:${port}/hello`,
        address: '127.0.0.1',
        method: 'GET',
        headers: {},
        tls: {},
        maxBytes: 1000,
      },
      limits(timeoutMs),
    );

  it('asks over the connection, which is closed afterwards', async () => {
    const server = createServer((asked, answer) => answer.end(`you asked ${asked.url}`));
    const web = await listening(server);
    cleanups.push(() => web.close());
    expect(await request(source, web.port)).toMatchObject({
      ok: true,
      status: 200,
      body: 'you asked /hello',
    });
    const left = () => new Promise<number>((settle) => server.getConnections((_, count) => settle(count)));
    await expect.poll(left).toBe(0);
  });

  it('says refused of a closed port, by the words of sshd', async () => {
    const gone = await rawServer(() => {});
    await gone.close();
    expect(await source.connect({ address: '127.0.0.1', port: gone.port }, limits())).toMatchObject({
      ok: false,
      failure: 'refused',
    });
    expect(await request(source, gone.port)).toMatchObject({ ok: false, failure: 'refused' });
  });

  it('says forwarding-refused where the server forbids it', async () => {
    const strict = await other('AllowTcpForwarding no');
    const answer = await sourceOf(strict.port).connect({ address: '127.0.0.1', port: 1 }, limits());
    expect(answer).toMatchObject({
      failure: 'forwarding-refused',
      detail: expect.stringMatching(/AllowTcpForwarding/),
    });
  });

  it('ends in time with a server that says nothing', async () => {
    const silent = await rawServer(() => {});
    cleanups.push(() => silent.close());
    expect(await request(source, silent.port, 300)).toMatchObject({ ok: false, failure: 'timeout' });
  });

  it('sees the end of a stream, and gives up its own end', async () => {
    const seen: string[] = [];
    const server = await listening(
      createTcpServer({ allowHalfOpen: true }, (socket) => {
        socket.on('end', () => seen.push('end'));
        socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nold'));
      }),
    );
    cleanups.push(() => server.close());
    expect(await request(source, server.port)).toMatchObject({ ok: true, body: 'old' });
    await expect.poll(() => seen).toEqual(['end']);
  });

  it('resolves names as programs there do', async () => {
    expect(await source.resolve({ name: 'localhost' }, limits())).toMatchObject({
      ok: true,
      source: 'system',
      addresses: expect.arrayContaining([
        expect.objectContaining({ address: expect.stringMatching(/^(127|::1)/) }),
      ]),
    });
    expect(await source.resolve({ name: '::1' }, limits())).toMatchObject({ source: 'literal' });
    expect(await source.resolve({ name: '-x' }, limits())).toMatchObject({ failure: 'invalid-name' });
  });

  it('asks a DNS server over TCP', async () => {
    const rcodes: Record<string, number> = { 'none.example.com': 3, 'broken.example.com': 2 };
    const dns = await rawServer((socket) => {
      socket.on('data', (data) => {
        const query = streamDecode(data as Buffer);
        const [question] = query.questions ?? [];
        if (!question || question.name === 'silent.example.com') return;
        const isA = question.type === 'A' && question.name === 'web.example.com';
        const message = encode({
          type: 'response',
          id: query.id,
          flags: rcodes[question.name] ?? 0,
          questions: [question],
          answers: isA ? [{ name: question.name, type: 'A', ttl: 1, data: '192.0.2.10' }] : [],
        });
        const length = Buffer.alloc(2);
        length.writeUInt16BE(message.length);
        socket.write(length);
        socket.write(message);
      });
    });
    cleanups.push(() => dns.close());
    const ask = (name: string, timeoutMs = 5000) =>
      source.resolve({ name, server: `127.0.0.1:${dns.port}` }, limits(timeoutMs));
    expect(await ask('web.example.com')).toMatchObject({ ok: true, addresses: [{ address: '192.0.2.10' }] });
    expect(await ask('none.example.com')).toMatchObject({ failure: 'nxdomain' });
    expect(await ask('empty.example.com')).toMatchObject({ failure: 'no-address' });
    expect(await ask('broken.example.com')).toMatchObject({ failure: 'server-failure' });
    expect(await ask('silent.example.com', 300)).toMatchObject({ failure: 'no-answer' });
    await dns.close();
    expect(await ask('web.example.com')).toMatchObject({ failure: 'no-answer' });
  });

  it('goes through a ProxyJump, and says why when it can not', async () => {
    const bastion = await other();
    const config = (port: number) =>
      home.writes(
        'config',
        `Host bastion\n  HostName 127.0.0.1\n  Port ${port}\n  IdentityFile ${join(home.ssh, 'id_ed25519')}\n  UserKnownHostsFile ${join(home.ssh, 'known_hosts')}\nHost 127.0.0.1\n  ProxyJump bastion\n`,
      );
    config(bastion.port);
    const before = bastion.log().split('Accepted publickey').length;
    // Host blocks match the name as asked: the jump's own leg must not jump again
    home.writes('config', home.read('config').replace('Host 127.0.0.1', 'Host target'));
    const login = async () => {
      const sessions = openSessions(
        { there: hostAt(sshd.port, {}, 'target') },
        { ...home.environment(), env: { ...home.variables } },
      );
      open.push(sessions);
      return sessions.login({ host: 'there' }, limits());
    };
    home.append('config', '  HostName 127.0.0.1\n');
    expect(await login()).toMatchObject({ ok: true, notes: expect.arrayContaining(['ProxyJump bastion']) });
    expect(bastion.log().split('Accepted publickey').length).toBe(before + 1);

    const gone = await rawServer(() => {});
    await gone.close();
    home.writes('config', home.read('config').replace(String(bastion.port), String(gone.port)));
    expect(await login()).toMatchObject({
      ok: false,
      failure: 'refused',
      detail: expect.stringMatching(
        /^bastion: connection refused\. Try it: ssh bastion true\. .*Connection refused/,
      ),
    });
    home.writes('config', '');
  });

  // only root may start an sshd in a network namespace of its own
  it.skipIf(process.getuid?.() !== 0)(
    'goes through a ProxyCommand, here to an sshd without any network',
    async () => {
      const command = `unshare -n /usr/sbin/sshd -i -f ${sshd.configFile}`;
      home.writes('config', `Host 127.0.0.1\n  ProxyCommand ${command}\n`);
      const isolated = sourceOf(sshd.port);
      expect(await isolated.execute({ argv: ['echo', 'in'] }, limits())).toMatchObject({
        ok: true,
        stdout: 'in\n',
      });
      expect(await isolated.connect({ address: '127.0.0.1', port: 80 }, limits())).toMatchObject({
        failure: 'unreachable',
      });
      home.writes('config', 'Host 127.0.0.1\n  ProxyCommand echo no way >&2; exit 1\n');
      const answer = await sourceOf(sshd.port).now({}, limits());
      expect(answer).toMatchObject({ failure: 'no-session', detail: expect.stringMatching(/no way/) });
      home.writes('config', '');
    },
  );

  it('makes a TLS handshake against the roots and the clock of the host', async () => {
    const maker = certificateMaker();
    const { cert, key } = maker.make({ cn: 'web.example.com', names: ['DNS:web.example.com'] });
    maker.remove();
    const web = await tlsServer({ cert, key });
    cleanups.push(() => web.close());
    const answer = await source.handshake(
      { address: '127.0.0.1', port: web.port, host: 'web.example.com', tls: {} },
      limits(),
    );
    const store = existsSync('/etc/ssl/certs/ca-certificates.crt');
    expect(answer).toMatchObject(
      store
        ? { ok: true, trustStore: expect.stringContaining('there: /etc/ssl/certs/ca-certificates.crt') }
        : { ok: false, failure: 'missing' },
    );
  });
});

describe.skipIf(needs('openssh-client', '/usr/bin/ssh-keygen'))('a port that is no SSH server', () => {
  const login = async (port: number, timeoutMs = 300) => {
    const home = new Home();
    const sessions = openSessions({ there: hostAt(port) }, home.environment());
    const answer = await sessions.login({ host: 'there' }, limits(timeoutMs));
    await sessions.close();
    home.remove();
    return answer;
  };
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
  ])('that %s', async (_, text, ends, failure) => {
    const server = await rawServer((socket) => {
      socket.write(Buffer.from(text, 'latin1'));
      if (ends) socket.end();
    });
    const answer = await login(server.port);
    await server.close();
    expect(answer).toMatchObject({ ok: false, failure, login: { port: server.port, transport: 'ssh2' } });
    if (failure === 'not-ssh') expect(!answer.ok && answer.received).toBe(text.slice(0, 1024));
  });

  it('that resets', async () => {
    const server = await rawServer((socket) => socket.resetAndDestroy());
    const answer = await login(server.port);
    await server.close();
    expect(['reset', 'closed']).toContain(!answer.ok && answer.failure);
  });

  it('that is closed', async () => {
    const server = await rawServer(() => {});
    await server.close();
    expect(await login(server.port)).toMatchObject({ ok: false, failure: 'refused' });
  });
});

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('algorithms', () => {
  it.each([
    'KexAlgorithms sntrup761x25519-sha512@openssh.com',
    'MACs umac-64@openssh.com\nCiphers aes128-ctr',
  ])('that the two sides do not share: %s', async (lines) => {
    const home = new Home();
    const sshd = await startSshd({ authorized: [home.key], lines: lines.split('\n') });
    home.knows(sshd);
    const there = hostAt(sshd.port, { transport: 'ssh2' });
    const sessions = openSessions({ there }, home.environment());
    expect(await sessions.login({ host: 'there' }, limits())).toMatchObject({
      failure: 'no-common-algorithm',
    });
    await sessions.close();
    await sshd.stop();
    home.remove();
  });
});
