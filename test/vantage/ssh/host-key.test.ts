import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openSessions } from '../../../src/vantage/ssh/sessions.ts';
import { Home, hostAt, makeKey, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('the key of a host', () => {
  let home: Home;
  let sshd: Sshd;
  let other: string;
  const login = async () => {
    const sessions = openSessions({ there: hostAt(sshd.port) }, home.environment());
    const answer = await sessions.login(
      { host: 'there' },
      { timeoutMs: 5000, signal: new AbortController().signal },
    );
    await sessions.close();
    return answer;
  };
  const place = () => `[127.0.0.1]:${sshd.port}`;

  beforeAll(async () => {
    home = new Home();
    other = makeKey(join(home.ssh, 'other'));
    sshd = await startSshd({ authorized: [home.key], hostKeys: ['ed25519', 'rsa'] });
  });
  afterEach(() => {
    rmSync(join(home.ssh, 'known_hosts'), { recursive: true, force: true });
    home.writes('config', '');
  });
  afterAll(async () => {
    await sshd.stop();
    home.remove();
  });

  const accepted = () => sshd.log().split('Accepted publickey').length - 1;
  const refused = async (failure: string, detail: RegExp) => {
    const before = accepted();
    const answer = await login();
    expect(answer).toMatchObject({
      ok: false,
      failure,
      detail: expect.stringMatching(detail),
      login: { hostKey: { fingerprint: expect.stringMatching(/^SHA256:/) }, methods: [] },
    });
    expect(accepted()).toBe(before);
    return answer;
  };

  it('that nobody knows never gets a connection', async () => {
    await refused('host-key-unknown', /SHA256:.*ssh-keyscan -p/);
  });

  it.each(['no', 'accept-new'])(
    'that nobody knows does not get one with StrictHostKeyChecking %s',
    async (value) => {
      home.writes('config', `StrictHostKeyChecking ${value}\n`);
      const answer = await refused('host-key-unknown', /known_hosts/);
      expect(!answer.ok && answer.login?.notes.join()).toMatch(/StrictHostKeyChecking .* is not followed/);
    },
  );

  it('that changed is refused, with file and line of the old one', async () => {
    home.writes('known_hosts', `# comment\n${place()} ${other}\n`);
    const answer = await refused('host-key-changed', /known_hosts:2 .*ssh-keygen -f .* -R/);
    expect(!answer.ok && answer.login?.knownKeys).toMatchObject([
      { line: 2, type: 'ssh-ed25519', revoked: false },
    ]);
  });

  it('that is revoked is refused, though it is listed as well', async () => {
    const key = sshd.hostKey('ed25519');
    home.writes('known_hosts', `${place()} ${key}\n@revoked * ${key}\n`);
    await refused('host-key-changed', /revoked/);
  });

  it('is known hashed', async () => {
    home.writes('known_hosts', `${place()} ${sshd.hostKey('ed25519')}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', join(home.ssh, 'known_hosts')], { stdio: 'ignore' });
    expect(await login()).toMatchObject({ ok: true });
  });

  it('is asked for in the type that is known', async () => {
    home.writes('known_hosts', `${place()} ${sshd.hostKey('rsa')}\n`);
    expect(await login()).toMatchObject({ ok: true, hostKey: { type: 'ssh-rsa' } });
  });

  it('is refused when only a key of another type is known, as ssh does', async () => {
    home.writes('known_hosts', `${place()} ${makeKey(join(home.ssh, 'ecdsa'), 'ecdsa')}\n`);
    await refused('host-key-changed', /ecdsa-sha2-nistp256/);
  });

  it('is known under its alias, and under its name without the port', async () => {
    home.writes('known_hosts', `the-alias ${sshd.hostKey('ed25519')}\n`);
    home.writes('config', 'HostKeyAlias the-alias\n');
    expect(await login()).toMatchObject({ ok: true });
    home.writes('config', '');
    home.writes('known_hosts', `127.0.0.1 ${sshd.hostKey('ed25519')}\n`);
    expect(await login()).toMatchObject({ ok: true });
  });

  it('is not believed when a file that may revoke it can not be read', async () => {
    home.writes('known_hosts2', `${place()} ${sshd.hostKey('ed25519')}\n`);
    mkdirSync(join(home.ssh, 'known_hosts'));
    await refused('host-key-unknown', /can not be read/);
    rmSync(join(home.ssh, 'known_hosts2'));
  });

  it('signed by an authority is unknown, with a note that says so', async () => {
    home.writes('known_hosts', `@cert-authority * ${other}\n`);
    const answer = await refused('host-key-unknown', /known_hosts/);
    expect(!answer.ok && answer.login?.notes.join()).toMatch(/@cert-authority/);
  });

  it('listed in RevokedHostKeys is refused', async () => {
    home.writes('known_hosts', `${place()} ${sshd.hostKey('ed25519')}\n`);
    home.writes('revoked', `${sshd.hostKey('ed25519')}\n`);
    home.writes('config', `RevokedHostKeys ${join(home.ssh, 'revoked')}\n`);
    chmodSync(join(home.ssh, 'revoked'), 0o644);
    await refused('host-key-changed', /revoked/);
  });
});
