import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SshSettings } from '../../../src/config/config.ts';
import { openSessions, type Sessions } from '../../../src/vantage/ssh/sessions.ts';
import { rawServer } from '../../support/servers.ts';
import { Home, hostAt, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

const limits = (timeoutMs = 5000) => ({ timeoutMs, signal: new AbortController().signal });

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))(
  'a ControlMaster that the user has running',
  () => {
    let home: Home;
    let sshd: Sshd;
    let path: string;
    const opened: Sessions[] = [];
    const children: ChildProcess[] = [];

    const config = (...lines: string[]) =>
      home.writes(
        'config',
        [
          ...lines,
          `Host there`,
          `HostName 127.0.0.1`,
          `Port ${sshd.port}`,
          `User ${process.env.USER ?? 'root'}`,
          `ControlPath ${path}`,
          `IdentityFile ${join(home.ssh, 'id_ed25519')}`,
          `UserKnownHostsFile ${join(home.ssh, 'known_hosts')}`,
        ].join('\n'),
      );
    const ssh = (...argv: string[]) => ['-F', join(home.ssh, 'config'), ...argv];
    /** As somebody who works there has it: with a session or without. */
    const startMaster = async (...argv: string[]) => {
      const child = spawn('ssh', ssh('-M', ...argv), { stdio: 'ignore' });
      children.push(child);
      await expect.poll(() => existsSync(path), { timeout: 10_000 }).toBe(true);
      return child;
    };
    const sessionsOf = (settings: Partial<SshSettings> = {}) => {
      const there = hostAt(null, { user: null, ...settings }, 'there');
      const sessions = openSessions({ there }, home.environment());
      opened.push(sessions);
      return sessions;
    };
    const goesOn = () => execFileSync('ssh', ssh('-O', 'check', 'there'), { stdio: 'ignore' });
    const logins = () => sshd.log().split('Accepted publickey').length - 1;

    beforeAll(async () => {
      home = new Home();
      path = join(home.ssh, 'master');
      sshd = await startSshd({ authorized: [home.key], lines: ['MaxSessions 2'] });
      home.knows(sshd);
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((sessions) => sessions.close()));
      for (const child of children.splice(0)) {
        const gone = new Promise((settle) => child.once('exit', settle));
        if (child.exitCode === null && child.signalCode === null) {
          child.kill('SIGCONT');
          child.kill();
          await gone;
        }
      }
    });
    afterAll(async () => {
      await sshd.stop();
      home.remove();
    });

    it('carries what we ask, and goes on when we are done', async () => {
      config();
      await startMaster('-N', 'there');
      const before = logins();
      const sessions = sessionsOf();
      expect(await sessions.login({ host: 'there' }, limits())).toMatchObject({
        ok: true,
        transport: 'openssh',
        uid: process.getuid?.(),
        knownKeys: [{ type: 'ssh-ed25519' }],
        notes: expect.arrayContaining([
          `through the ControlMaster that runs at ${path}`,
          `transport openssh: a ControlMaster listens at ${path}`,
        ]),
      });
      const source = sessions.source('there');
      expect(await source.execute({ argv: ['echo', 'in'] }, limits())).toMatchObject({ stdout: 'in\n' });
      const gone = await rawServer(() => {});
      await gone.close();
      expect(await source.connect({ address: '127.0.0.1', port: gone.port }, limits())).toMatchObject({
        failure: 'refused',
      });
      await sessions.close();
      expect(logins()).toBe(before);
      goesOn();
      expect(execFileSync('ssh', ssh('there', 'echo on'), { encoding: 'utf8' })).toBe('on\n');
    });

    it.each<[string, () => Partial<SshSettings>, string[], RegExp]>([
      ['may have connected to anybody', () => ({}), ['StrictHostKeyChecking no'], /StrictHostKeyChecking no/],
      [
        'knows nothing of our known_hosts',
        () => ({ knownHosts: join(home.ssh, 'known_hosts') }),
        [],
        /of which it knows nothing/,
      ],
    ])('is left alone when it %s', async (_, settings, lines, why) => {
      config(...lines);
      await startMaster('-N', 'there');
      const before = logins();
      const answer = await sessionsOf(settings()).login({ host: 'there' }, limits());
      expect(answer).toMatchObject({
        ok: true,
        transport: 'openssh',
        notes: expect.arrayContaining([expect.stringMatching(why)]),
      });
      expect(logins()).toBe(before + 1);
    });

    it('is left alone when known_hosts does not have its host', async () => {
      config();
      await startMaster('-N', 'there');
      const known = home.read('known_hosts');
      home.writes('known_hosts', '');
      const answer = await sessionsOf().login({ host: 'there' }, limits());
      home.writes('known_hosts', known);
      expect(answer).toMatchObject({ ok: false, failure: 'host-key-unknown' });
    });

    it('is passed by when its server gives it no more sessions', async () => {
      config();
      await startMaster('there', 'sleep 60');
      const second = spawn('ssh', ssh('there', 'sleep 60'), { stdio: 'ignore' });
      children.push(second);
      await expect.poll(() => sshd.log().match(/Starting session/g)?.length).toBeGreaterThanOrEqual(2);
      const before = logins();
      const sessions = sessionsOf();
      expect(await sessions.login({ host: 'there' }, limits())).toMatchObject({
        ok: true,
        uid: process.getuid?.(),
        notes: expect.arrayContaining([expect.stringMatching(/its server opens no more sessions/)]),
      });
      expect(logins()).toBe(before + 1);
      await sessions.close();
      goesOn();
    });

    it('is passed by when its connection does not answer', async () => {
      config();
      const master = await startMaster('-N', 'there');
      master.kill('SIGSTOP');
      const answer = await sessionsOf().login({ host: 'there' }, limits(1000));
      expect(answer).toMatchObject({
        ok: true,
        notes: expect.arrayContaining([expect.stringMatching(/is not used: it does not answer/)]),
      });
    });

    it('is none when only its socket is left', async () => {
      config();
      const master = await startMaster('-N', 'there');
      const gone = new Promise((settle) => master.once('exit', settle));
      master.kill('SIGKILL');
      await gone;
      expect(existsSync(path)).toBe(true);
      expect(await sessionsOf().login({ host: 'there' }, limits())).toMatchObject({
        ok: true,
        transport: 'ssh2',
      });
    });
  },
);
