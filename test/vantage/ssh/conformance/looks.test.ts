import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '../../../../src/vantage/source.ts';
import type { Sessions } from '../../../../src/vantage/ssh/sessions.ts';
import { freePort, type Listening, silent } from '../../../support/servers.ts';
import { needs } from '../../../support/tools.ts';
import { type Lab, limits, openLab, transports } from './lab.ts';

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('looks', () => {
  let lab: Lab;
  let target: Listening;
  let closed: number;
  const large = 3_000_000;
  const opened: Sessions[] = [];

  beforeAll(async () => {
    target = await silent();
    closed = await freePort();
    lab = await openLab((home) => {
      const text = Array.from({ length: large / 10 }, (_, at) => `${at}`.padStart(9, '.')).join('\n');
      writeFileSync(join(home.folder, 'large'), `${text}\n`);
      return {
        plain: {},
        // post-quantum keys take too long to exchange that often on a busy machine, with any ssh
        rekeying: { lines: ['RekeyLimit 256K', 'KexAlgorithms curve25519-sha256'] },
        one: { lines: ['MaxSessions 1'] },
        none: { lines: ['MaxSessions 0'] },
        closed: { lines: ['AllowTcpForwarding no'] },
        narrow: { lines: [`PermitOpen 127.0.0.1:${target.port}`] },
        forced: { lines: ['ForceCommand echo this account is limited'] },
        sftp: { lines: ['ForceCommand internal-sftp'] },
      };
    });
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sessions) => sessions.close()));
  });
  afterAll(async () => {
    await target.close();
    await lab.end();
  });

  const sessionsAt = (server: string, transport: (typeof transports)[number]): Sessions => {
    lab.set({ server });
    const sessions = lab.sessions(transport);
    opened.push(sessions);
    return sessions;
  };
  const run = (source: Source, script: string, timeoutMs = 8000) =>
    source.execute({ argv: ['sh', '-c', script] }, limits(timeoutMs));
  /** The sshd of this connection: the parent of the shell, whose id is the session's. */
  const serverPid = async (source: Source): Promise<number> => {
    const found = await run(source, 'ps -o ppid= -p "$(ps -o sid= -p $$ | tr -d " ")"');
    const pid = Number(found.ok ? found.stdout : 0);
    expect(pid).toBeGreaterThan(1);
    return pid;
  };

  describe.each(transports)('over %s', (transport) => {
    const sourceAt = (server: string) => sessionsAt(server, transport).source('there');

    it('come whole from a server that rekeys all the time', async () => {
      const file = join(lab.home.folder, 'large');
      // a master of OpenSSH stands still for seconds at each key exchange while it carries channels for us
      const maxBytes = transport === 'openssh' ? 700_000 : large * 2;
      const answer = await sourceAt('rekeying').readFile({ path: file, maxBytes }, limits(50_000));
      expect(answer).toMatchObject({ ok: true, truncated: maxBytes < large });
      expect(answer.ok && answer.text === readFileSync(file, 'latin1').slice(0, maxBytes)).toBe(true);
    });

    it('wait for one another where one session is allowed', async () => {
      const source = sourceAt('one');
      const asked = Array.from({ length: 80 }, (_, at) => run(source, `echo ${at}`));
      const late = Array.from({ length: 5 }, async (_, at) => {
        await new Promise((settle) => setTimeout(settle, at * 20));
        return run(source, `sleep 0.1; echo late ${at}`);
      });
      const answers = await Promise.all([...asked, ...late]);
      expect(answers.map((answer) => answer.ok && answer.stdout.trim())).toEqual([
        ...asked.map((_, at) => `${at}`),
        ...late.map((_, at) => `late ${at}`),
      ]);
    });

    it('are denied where no session is allowed', async () => {
      expect(await sourceAt('none').now({}, limits(2000))).toMatchObject({ ok: false, failure: 'denied' });
    });

    it('run where nothing is forwarded, and say so of connections', async () => {
      const source = sourceAt('closed');
      expect(await run(source, 'echo yes')).toMatchObject({ ok: true, stdout: 'yes\n' });
      expect(await source.connect({ address: '127.0.0.1', port: target.port }, limits())).toMatchObject({
        ok: false,
        failure: 'forwarding-refused',
      });
    });

    it('go where connections are permitted, and nowhere else', async () => {
      const source = sourceAt('narrow');
      const [there, elsewhere] = await Promise.all(
        [target.port, closed].map((port) => source.connect({ address: '127.0.0.1', port }, limits())),
      );
      expect(there).toMatchObject({ ok: true });
      expect(elsewhere).toMatchObject({ ok: false, failure: 'forwarding-refused' });
    });

    it('tell a closed port', async () => {
      const answer = await sourceAt('plain').connect({ address: '127.0.0.1', port: closed }, limits());
      expect(answer).toMatchObject({ ok: false, failure: 'refused' });
    });

    it.each([
      ['forced', /this account is limited/],
      ['sftp', /our commands were not run/],
    ])('are incomplete where another command is %s', async (server, words) => {
      expect(await run(sourceAt(server), 'id')).toMatchObject({
        ok: false,
        failure: 'incomplete',
        detail: expect.stringMatching(words),
      });
    });

    it('end at once when the connection dies, and so do later ones', async () => {
      const source = sourceAt('plain');
      const pid = await serverPid(source);
      const pending = run(source, 'sleep 30', 40_000);
      await new Promise((settle) => setTimeout(settle, 300));
      const started = performance.now();
      process.kill(pid, 'SIGKILL');
      expect(await pending).toMatchObject({ ok: false, failure: 'no-session' });
      expect(performance.now() - started).toBeLessThan(15_000);
      expect(await run(source, 'true')).toMatchObject({ failure: 'no-session' });
      expect(await source.connect({ address: '127.0.0.1', port: target.port }, limits())).toMatchObject({
        failure: 'no-session',
      });
    });

    it('end in time when the connection stands still, and so does doctor', async () => {
      const sessions = sessionsAt('plain', transport);
      const source = sessions.source('there');
      const pid = await serverPid(source);
      process.kill(pid, 'SIGSTOP');
      try {
        const [look, dialled] = await Promise.all([
          run(source, 'true', 1000),
          source.connect({ address: '127.0.0.1', port: target.port }, limits(1000)),
        ]);
        expect(look).toMatchObject({
          failure: 'incomplete',
          detail: expect.stringMatching(/within 1000 ms/),
        });
        expect(dialled).toMatchObject({ ok: false, failure: 'timeout' });
        const started = performance.now();
        await sessions.close();
        expect(performance.now() - started).toBeLessThan(15_000);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    });
  });

  it('end when nothing more is heard of the host, over both transports', async () => {
    const ends = (['ssh2', 'openssh'] as const).map(async (transport) => {
      const source = sessionsAt('plain', transport).source('there');
      const pid = await serverPid(source);
      process.kill(pid, 'SIGSTOP');
      const answer = await run(source, 'true', 50_000);
      process.kill(pid, 'SIGCONT');
      return answer;
    });
    const lost = { ok: false, failure: 'no-session' };
    expect(await Promise.all(ends)).toMatchObject([lost, lost]);
  });
});
