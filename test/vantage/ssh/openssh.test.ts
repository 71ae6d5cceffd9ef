import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../src/config/config.ts';
import { openSessions, type Sessions, type SshEnvironment } from '../../../src/vantage/ssh/sessions.ts';
import { listening, rawServer } from '../../support/servers.ts';
import { Home, hostAt, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

const limits = (timeoutMs = 5000) => ({ timeoutMs, signal: new AbortController().signal });

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))("the user's own ssh", () => {
  let home: Home;
  let sshd: Sshd;
  const open: Sessions[] = [];
  const cleanups: (() => Promise<void>)[] = [];
  const sessionsOf = (host: Host, environment: SshEnvironment = home.environment()) => {
    const sessions = openSessions({ there: host }, environment);
    open.push(sessions);
    return sessions;
  };
  const at = (port: number) => hostAt(port, { transport: 'openssh' });

  beforeAll(async () => {
    home = new Home();
    sshd = await startSshd({ authorized: [home.key] });
    home.knows(sshd);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((sessions) => sessions.close()));
    await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
  });
  afterAll(async () => {
    await sshd.stop();
    home.remove();
  });

  it('logs in, says how it went, and runs commands', async () => {
    const sessions = sessionsOf(at(sshd.port));
    const answer = await sessions.login({ host: 'there' }, limits());
    expect(answer).toMatchObject({
      ok: true,
      address: '127.0.0.1',
      port: sshd.port,
      transport: 'openssh',
      uid: process.getuid?.(),
      hostKey: { type: 'ssh-ed25519' },
      knownKeys: [{ line: 1, type: 'ssh-ed25519', revoked: false }],
      server: expect.stringMatching(/^SSH-2\.0-OpenSSH/),
      methods: [expect.stringMatching(/^publickey .*id_ed25519: ssh-ed25519 SHA256:/)],
    });
    const source = sessions.source('there');
    expect(await source.execute({ argv: ['echo', 'in'] }, limits())).toMatchObject({ stdout: 'in\n' });
  });

  it('asks over forwarded connections', async () => {
    const server = createServer((asked, answer) => answer.end(`you asked ${asked.url}`));
    const web = await listening(server);
    cleanups.push(() => web.close());
    const source = sessionsOf(at(sshd.port)).source('there');
    expect(
      await source.request(
        {
          url: `http://127.0.0.1:${web.port}/hello`,
          address: '127.0.0.1',
          method: 'GET',
          headers: {},
          tls: {},
          maxBytes: 1000,
        },
        limits(),
      ),
    ).toMatchObject({ ok: true, status: 200, body: 'you asked /hello' });
    const gone = await rawServer(() => {});
    await gone.close();
    expect(await source.connect({ address: '127.0.0.1', port: gone.port }, limits())).toMatchObject({
      failure: 'refused',
    });
  });
});
