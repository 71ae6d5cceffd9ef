import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../src/config/config.ts';
import { openSessions, type Sessions, type SshEnvironment } from '../../../src/vantage/ssh/sessions.ts';
import {
  type Agent,
  Home,
  hostAt,
  makeKey,
  publicKey,
  type Sshd,
  startAgent,
  startSshd,
} from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

const limits = (timeoutMs = 5000) => ({ timeoutMs, signal: new AbortController().signal });

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('a login', () => {
  let home: Home;
  let sshd: Sshd;
  const open: Sessions[] = [];
  const login = (host: Host, environment: SshEnvironment = home.environment(), timeoutMs = 5000) => {
    const sessions = openSessions({ there: host }, environment);
    open.push(sessions);
    return sessions.login({ host: 'there' }, limits(timeoutMs));
  };

  beforeAll(async () => {
    home = new Home();
    makeKey(join(home.ssh, 'locked'), 'ed25519', 'open sesame');
    makeKey(join(home.ssh, 'stranger'));
    sshd = await startSshd({ authorized: [home.key, publicKey(join(home.ssh, 'locked.pub'))] });
    home.knows(sshd);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((sessions) => sessions.close()));
  });
  afterAll(async () => {
    await sshd.stop();
    home.remove();
  });

  it('takes the key file that ssh would take, and says how it went', async () => {
    const answer = await login(hostAt(sshd.port));
    expect(answer).toMatchObject({
      ok: true,
      address: '127.0.0.1',
      port: sshd.port,
      transport: 'ssh2',
      uid: process.getuid?.(),
      hostKey: { type: 'ssh-ed25519' },
      knownKeys: [{ line: 1, type: 'ssh-ed25519', revoked: false }],
      server: expect.stringMatching(/^SSH-2\.0-OpenSSH/),
      hostname: expect.stringMatching(/./),
    });
    expect(answer.ok && answer.methods).toEqual([
      expect.stringMatching(/^publickey .*id_ed25519: ssh-ed25519 SHA256:/),
    ]);
  });

  it.each(['rsa', 'ecdsa'] as const)('takes an %s key, from its file and from an agent', async (type) => {
    const file = join(home.ssh, `of-${type}`);
    const server = await startSshd({ authorized: [makeKey(file, type)] });
    const agent = await startAgent();
    agent.add(file);
    home.knows(server);
    const host = hostAt(server.port, { identityFile: file });
    expect(await login(host)).toMatchObject({ ok: true, methods: [expect.stringContaining(`${file}: `)] });
    const environment = home.environment({ env: { ...home.variables, SSH_AUTH_SOCK: agent.socket } });
    expect(await login(host, environment)).toMatchObject({
      ok: true,
      methods: [expect.stringContaining('agent: ')],
    });
    await agent.stop();
    await server.stop();
  });

  it('believes the known_hosts file of the settings', async () => {
    const bare = new Home();
    const knownHosts = home.writes('other_hosts', `[127.0.0.1]:${sshd.port} ${sshd.hostKey('ed25519')}\n`);
    const identityFile = join(home.ssh, 'id_ed25519');
    const answer = await login(hostAt(sshd.port, { knownHosts, identityFile }), bare.environment());
    bare.remove();
    expect(answer).toMatchObject({ ok: true, knownKeys: [{ file: knownHosts }] });
  });

  it('is made once', async () => {
    const sessions = openSessions({ there: hostAt(sshd.port) }, home.environment());
    open.push(sessions);
    const before = sshd.log().split('Accepted publickey').length;
    const answers = await Promise.all([1, 2, 3].map(() => sessions.login({ host: 'there' }, limits())));
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(sshd.log().split('Accepted publickey').length).toBe(before + 1);
  });

  describe('with an agent', () => {
    let agent: Agent;
    beforeAll(async () => {
      agent = await startAgent();
      // more keys than sshd lets anybody try, the right one last
      for (let extra = 0; extra < 6; extra++) {
        makeKey(join(home.ssh, `extra${extra}`));
        agent.add(join(home.ssh, `extra${extra}`));
      }
      agent.add(join(home.ssh, 'id_ed25519'));
    });
    afterAll(() => agent.stop());

    it('tries the key first that a file names too', async () => {
      const environment = home.environment({ env: { ...home.variables, SSH_AUTH_SOCK: agent.socket } });
      const answer = await login(hostAt(sshd.port), environment);
      expect(answer).toMatchObject({
        ok: true,
        methods: [expect.stringMatching(/^publickey agent: ssh-ed25519/)],
      });
    });
  });

  it('says how it went when an agent has more keys than the server lets anybody try, or none of use', async () => {
    const bare = new Home();
    const agent = await startAgent();
    for (let extra = 0; extra < 7; extra++) {
      makeKey(join(bare.ssh, `extra${extra}`));
      agent.add(join(bare.ssh, `extra${extra}`));
    }
    rmSync(join(bare.ssh, 'id_ed25519'));
    rmSync(join(bare.ssh, 'id_ed25519.pub'));
    bare.knows(sshd);
    const environment = bare.environment({ env: { ...bare.variables, SSH_AUTH_SOCK: agent.socket } });
    const answer = await login(hostAt(sshd.port), environment);
    await agent.stop();
    bare.remove();
    expect(answer).toMatchObject({ ok: false, failure: 'auth-failed' });
    expect(!answer.ok && answer.login?.methods.length).toBeGreaterThanOrEqual(6);
  });

  it('names keys of an agent that this transport can not use', async () => {
    const bare = new Home();
    const agent = await startAgent();
    makeKey(join(bare.ssh, 'authority'));
    const files = [join(bare.ssh, 'authority'), join(bare.ssh, 'id_ed25519.pub')] as const;
    execFileSync('ssh-keygen', ['-q', '-s', files[0], '-I', 'me', '-n', 'root', files[1]]);
    agent.add(join(bare.ssh, 'id_ed25519'));
    bare.knows(sshd);
    const environment = bare.environment({ env: { ...bare.variables, SSH_AUTH_SOCK: agent.socket } });
    const answer = await login(hostAt(sshd.port, { transport: 'ssh2' }), environment);
    await agent.stop();
    bare.remove();
    expect(!answer.ok && answer.login?.notes).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/agent: ssh-ed25519-cert-v01@openssh.com .* can not use/),
        expect.stringMatching(/id_ed25519-cert.pub: certificates are not used/),
      ]),
    );
  });

  it('goes on without an agent that is not there', async () => {
    const environment = home.environment({ env: { ...home.variables, SSH_AUTH_SOCK: '/nowhere/agent' } });
    const answer = await login(hostAt(sshd.port), environment);
    expect(answer).toMatchObject({
      ok: true,
      notes: expect.arrayContaining([expect.stringMatching(/agent at/)]),
    });
  });

  it('fails with a key that the server does not take, and names it', async () => {
    home.writes('config', 'IdentitiesOnly yes\n');
    const answer = await login(hostAt(sshd.port, { identityFile: join(home.ssh, 'stranger') }));
    home.writes('config', '');
    expect(answer).toMatchObject({
      ok: false,
      failure: 'auth-failed',
      detail: expect.stringMatching(/stranger: ssh-ed25519 SHA256:.*The server takes: publickey/),
    });
  });

  it('says when there is no key to try', async () => {
    const bare = new Home();
    bare.writes('known_hosts', `[127.0.0.1]:${sshd.port} ${sshd.hostKey('ed25519')}\n`);
    const answer = await login(hostAt(sshd.port, { identityFile: join(bare.ssh, 'none') }), {
      ...bare.environment(),
      env: { ...bare.variables, PATH: '/nowhere' },
    });
    bare.remove();
    expect(answer).toMatchObject({ ok: false, failure: 'auth-failed' });
  });

  describe('with an encrypted key', () => {
    const locked = () => hostAt(sshd.port, { identityFile: join(home.ssh, 'locked') });

    it('asks for the passphrase, again after a wrong one, while the time stands still', async () => {
      const asked: string[] = [];
      const answers = ['wrong', 'open sesame'];
      const askPassphrase = async (file: string) => {
        asked.push(file);
        await new Promise((settle) => setTimeout(settle, 2000));
        return answers.shift() ?? null;
      };
      const answer = await login(locked(), home.environment({ askPassphrase }), 1000);
      expect(answer.ok).toBe(true);
      expect(asked).toEqual([join(home.ssh, 'locked'), join(home.ssh, 'locked')]);
    });

    it('does not ask without a terminal, and says what would help', async () => {
      expect(await login(locked())).toMatchObject({
        ok: false,
        failure: 'auth-failed',
        detail: expect.stringMatching(/the server takes the key, but .*locked is encrypted.*ssh-add/),
      });
    });
  });

  it('goes without ssh and its configuration when there is none', async () => {
    const environment = home.environment({ env: { ...home.variables, PATH: '/nowhere' } });
    const answer = await login(hostAt(sshd.port), environment);
    expect(answer).toMatchObject({
      ok: true,
      notes: expect.arrayContaining([expect.stringMatching(/no ssh here/)]),
    });
  });

  it('follows ssh_config: HostName, Port, User, IdentityFile with tokens', async () => {
    home.writes(
      'config',
      `Host shortcut\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${process.env.USER ?? 'root'}\n  IdentityFile %d/.ssh/id_ed25519\n`,
    );
    const answer = await login(hostAt(null, { user: null }, 'shortcut'));
    home.writes('config', '');
    expect(answer).toMatchObject({ ok: true, address: '127.0.0.1', port: sshd.port });
  });

  it('shows what ssh says of a broken configuration', async () => {
    home.writes('config', '\nNonsense yes\n');
    const answer = await login(hostAt(sshd.port));
    home.writes('config', '');
    expect(answer).toMatchObject({
      ok: false,
      failure: 'no-session',
      detail: expect.stringMatching(/config.*line 2/),
    });
  });

  it.each([
    ['-oProxyCommand=touch x', null],
    ['a;id', null],
    ['`id`', null],
    ['', null],
    ['127.0.0.1', '-oProxyCommand=x'],
    ['127.0.0.1', '$(id)'],
    ['127.0.0.1', 'x\n-oProxyCommand=y'],
    ['127.0.0.1', '%h'],
  ])('refuses host %j with user %j before anything is started', async (address, user) => {
    const answer = await login(hostAt(sshd.port, { user: user ?? 'root' }, address));
    expect(answer).toMatchObject({ ok: false, failure: 'invalid-name' });
  });
});
