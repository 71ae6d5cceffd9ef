/** Hosts in between: `jump`, chains of them, and which of them it was when there is no way through. */
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hopFailure, hopsOf, jumpText } from '../../../src/vantage/ssh/jump.ts';
import { openSessions, type Sessions } from '../../../src/vantage/ssh/sessions.ts';
import { freePort } from '../../support/servers.ts';
import { Home, hostAt, makeKey, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

describe('hosts in between', () => {
  it.each([
    ['bastion', [{ says: 'bastion', user: null, host: 'bastion', port: null }]],
    ['ssh://me@bastion:2200', [{ says: 'me@bastion:2200', user: 'me', host: 'bastion', port: 2200 }]],
    ['ssh://me@[2001:db8::1]:22', [{ user: 'me', host: '2001:db8::1', port: 22 }]],
    ['[2001:db8::1]', [{ says: '[2001:db8::1]', host: '2001:db8::1' }]],
    ['a,b:1', [{ host: 'a' }, { host: 'b', port: 1 }]],
  ])('are read out of %s', (text, hops) => {
    expect(hopsOf(text)).toMatchObject({ ok: true, hops });
  });

  it.each(['', 'a,', '-oProxyCommand=x', 'a;id', 'a b', 'x$(id)@a', '-l@a', 'a:0', 'a:65536', 'a:x', '[a'])(
    'that ssh must never see are refused: %s',
    (text) => {
      expect(hopsOf(text)).toMatchObject({ ok: false, failure: 'invalid-name' });
    },
  );

  it('are written as ssh -J takes them', () => {
    expect(jumpText(['me@2001:db8::1', '2001:db8::2', '[2001:db8::3]:22', 'b:22'])).toBe(
      'me@[2001:db8::1],[2001:db8::2],[2001:db8::3]:22,b:22',
    );
  });

  it('are named from the nearest on, by how many only saw the way closed', () => {
    const found = hopsOf('a,b,c');
    const hops = found.ok ? found.hops : [];
    const closed = 'Connection closed by UNKNOWN port 65535\n';
    const said = 'me@host: Permission denied (publickey).\n';
    expect(hopFailure(hops, said)?.says).toBe('c');
    expect(hopFailure(hops, said + closed)?.says).toBe('b');
    expect(hopFailure(hops, said + closed + closed)?.says).toBe('a');
    expect(hopFailure(hops, said + closed.repeat(9))?.says).toBe('a');
    expect(hopFailure(hops, '')).toBeNull();
  });
});

const noSshd = needs('openssh-server', '/usr/sbin/sshd');

describe.skipIf(noSshd).each(['ssh2', 'openssh'] as const)(
  'a login by way of others, with %s',
  (transport) => {
    let home: Home;
    let target: Sshd;
    let first: Sshd;
    let second: Sshd;
    let strict: Sshd;
    const open: Sessions[] = [];
    const user = userInfo().username;

    const login = (jump: readonly string[], port = target.port) => {
      const host = hostAt(port, { transport, jump: jump.map((hop) => hop.replace(/^:/, '127.0.0.1:')) });
      const sessions = openSessions({ there: host }, home.environment());
      open.push(sessions);
      return sessions.login({ host: 'there' }, { timeoutMs: 5000, signal: new AbortController().signal });
    };

    beforeAll(async () => {
      home = new Home();
      makeKey(join(home.ssh, 'stranger'));
      const authorized = [home.key];
      target = await startSshd({ authorized });
      first = await startSshd({ authorized, hostKeys: ['ed25519', 'rsa'] });
      second = await startSshd({ authorized });
      strict = await startSshd({ authorized: [], lines: ['MaxAuthTries 20'] });
      for (const sshd of [target, first, second, strict]) home.knows(sshd);
      home.writes(
        'config',
        `Host *
  User ${user}
  IdentityFile ${join(home.ssh, 'id_ed25519')}
  UserKnownHostsFile ${join(home.ssh, 'known_hosts')}
Host bastion
  HostName 127.0.0.1
  Port ${first.port}
`,
      );
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((sessions) => sessions.close()));
    });
    afterAll(async () => {
      await Promise.all([target, first, second, strict].map((sshd) => sshd.stop()));
      home.remove();
    });

    const logins = (sshd: Sshd) => sshd.log().split('Accepted publickey').length - 1;

    it('goes through each of them, by a name of ~/.ssh/config too', async () => {
      const before = [logins(first), logins(second)];
      expect(await login(['bastion', `${user}@127.0.0.1:${second.port}`])).toMatchObject({
        ok: true,
        hops: ['bastion', `${user}@127.0.0.1:${second.port}`],
        failedHop: null,
      });
      expect([logins(first), logins(second)]).toEqual(before.map((count) => count + 1));
    });

    it('takes jump before what ~/.ssh/config says', async () => {
      const config = home.read('config');
      for (const line of ['ProxyCommand false', `ProxyJump 127.0.0.1:${await freePort()}`]) {
        home.writes(
          'config',
          `Match originalhost 127.0.0.1 exec "test %p = ${target.port}"\n  ${line}\n${config}`,
        );
        expect(await login([`:${first.port}`])).toMatchObject({ ok: true });
      }
      home.writes('config', config);
    });

    it('says which of them it was, and why', async () => {
      const closed = await freePort();
      const unknown = await startSshd({ authorized: [home.key] });
      const cases: [string[], string, number, RegExp][] = [
        [[`:${closed}`], 'refused', 0, /connection refused\. Try it: ssh -p \d+ 127\.0\.0\.1 true/],
        [[`:${unknown.port}`], 'host-key-unknown', 0, /its host key is not in known_hosts/],
        [[`:${strict.port}`], 'auth-failed', 0, /it accepts none of our keys/],
        [
          [`:${first.port}`, `:${unknown.port}`],
          'host-key-unknown',
          1,
          /host 2 of 2 in between.*ssh -J 127\.0\.0\.1:\d+ -p/,
        ],
        [[`:${unknown.port}`, `:${first.port}`], 'host-key-unknown', 0, /host 1 of 2 in between/],
        [[`:${strict.port}`, `:${first.port}`], 'auth-failed', 0, /host 1 of 2/],
        [[`:${first.port}`, `:${strict.port}`], 'auth-failed', 1, /host 2 of 2/],
        [[`:${first.port}`, `:${closed}`], 'refused', 0, /opens no connection to 127\.0\.0\.1:\d+/],
      ];
      for (const [jump, failure, index, words] of cases) {
        expect(await login(jump), jump.join()).toMatchObject({
          ok: false,
          failure,
          detail: expect.stringMatching(words),
          login: { failedHop: jump[index]?.replace(/^:/, '127.0.0.1:') },
        });
      }
      expect(await login([`:${first.port}`], closed)).toMatchObject({
        failure: 'refused',
        detail: expect.stringMatching(/opens no connection to it/),
        login: { failedHop: `127.0.0.1:${first.port}` },
      });
      await unknown.stop();
    });

    it('connects to none whose key is not known, whatever ~/.ssh/config says', async () => {
      const unknown = await startSshd({ authorized: [home.key] });
      onTestFinished(() => unknown.stop());
      const [config, known] = [home.read('config'), home.read('known_hosts')];
      home.writes('config', `StrictHostKeyChecking no\n${config}`);
      for (const jump of [
        [`:${unknown.port}`],
        [`:${unknown.port}`, `:${first.port}`],
        [`:${unknown.port}`, `:${first.port}`, `:${second.port}`],
        [`:${first.port}`, `:${unknown.port}`, `:${second.port}`],
      ]) {
        expect(await login(jump), jump.join()).toMatchObject({ ok: false, failure: 'host-key-unknown' });
      }
      expect(home.read('known_hosts')).toBe(known);
      home.writes('config', config);
    });

    it('goes through three, and writes nothing down', async () => {
      const [config, known] = [home.read('config'), home.read('known_hosts')];
      home.writes('config', `UpdateHostKeys yes\n${config}`);
      for (const jump of [['bastion'], [`:${first.port}`, `:${second.port}`, 'bastion']]) {
        expect(await login(jump)).toMatchObject({ ok: true });
      }
      await Promise.all(open.splice(0).map((sessions) => sessions.close()));
      expect(home.read('known_hosts')).toBe(known);
      home.writes('config', config);
    });
  },
);
