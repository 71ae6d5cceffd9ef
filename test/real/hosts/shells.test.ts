/** Login shells and start-up files as people have them: the same answers, or one row that says what happened. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../support/tools.ts';
import { rowsOf } from '../doctor.ts';
import { differences } from './golden.ts';
import { type HostWorld, lacks, openHostWorld } from './world.ts';

const loud =
  'echo "welcome to $HOSTNAME"; echo noise >&2; set -x; stty erase ^H; PS1="\\[\\e]0;x\\a\\]\\u$ "\n';

/** Name → shell, files of the home; the home is missing where there are none. */
const sound: Readonly<Record<string, readonly [shell: string, files?: Readonly<Record<string, string>>]>> = {
  fish: ['/usr/bin/fish', { '.config/fish/config.fish': 'echo hello; stty erase ^H; set -x fish_trace 1\n' }],
  tcsh: ['/bin/tcsh', { '.cshrc': 'echo hello; stty erase ^H; set echo; set verbose\n' }],
  ash: ['/run/busybox/bin/ash', { '.profile': 'echo hello\n' }],
  loud: ['/bin/bash', { '.bashrc': loud }],
  'exec-bash': ['/bin/bash', { '.bashrc': 'exec bash\n' }],
  'reads-a-line': ['/bin/bash', { '.bashrc': 'read -r line; echo "got: $line"\n' }],
  'no-sbin': ['/bin/bash', { '.bashrc': 'PATH=/usr/bin:/bin\n' }],
  homeless: ['/bin/bash'],
};

/** Name → what the row of the login says. */
const broken: typeof sound = {
  nologin: ['/usr/sbin/nologin', { '.hushlogin': '' }],
  false: ['/bin/false', { '.hushlogin': '' }],
  'exit-1': ['/bin/bash', { '.bashrc': 'echo "cannot load ~/.profile.d" >&2; exit 1\n' }],
  'no-path': ['/bin/bash', { '.bashrc': 'PATH=/nowhere\n' }],
  'reads-all': ['/bin/bash', { '.bashrc': 'cat >/dev/null\n' }],
  hangs: ['/bin/bash', { '.bashrc': 'sleep 60\n' }],
};
const notRun = 'our commands were not run: the session ended with exit code';
const says: Readonly<Record<string, string>> = {
  nologin: `${notRun} 1, it said: This account is currently not available.`,
  false: `${notRun} 1 (a forced command, or a login shell that runs none?)`,
  'exit-1': `${notRun} 1, it said: cannot load ~/.profile.d`,
  'no-path': `${notRun} 127, it said: bash: line 1: exec: sh: not found`,
  'reads-all': `${notRun} 0 (a forced command, or a login shell that runs none?)`,
  hangs: 'the login shell did not start on our commands within 2000 ms',
};

const users = Object.entries({ plain: ['/bin/bash', { '.bashrc': '' }] as const, ...sound, ...broken }).map(
  ([name, [shell, files]], index) => ({ name, uid: 20001 + index, shell, ...(files ? { files } : {}) }),
);
const lacksShells = [
  needs('fish', '/usr/bin/fish'),
  needs('tcsh', '/bin/tcsh'),
  needs('locales', '/usr/share/i18n/locales/de_DE'),
].some(Boolean);

describe.skipIf(lacks || lacksShells)('a login shell', () => {
  let world: HostWorld;
  let plain: Awaited<ReturnType<HostWorld['look']>>;
  beforeAll(async () => {
    world = await openHostWorld(users);
    world.machine.write('/run/banner', 'Authorized use only\nSSH-2.0-none\n');
    await world.door(22, ['Banner /run/banner', 'PrintMotd yes']);
    plain = await world.look({ user: 'plain', port: 22 });
  });
  afterAll(() => world?.close());

  /** What the login row says of the user and the server is another each time. */
  const differing = async (user: string, port: number) => {
    const { report, stderr } = await world.look({ user, port });
    const { 'host.backend.ssh': login, ...others } = differences(report, plain.report, new Map());
    return { login, others, stderr };
  };

  it('of bash is what the others are compared with', () => {
    expect(rowsOf(plain.report)).toMatchObject({
      'host.backend.ssh': 'pass',
      'endpoint.agent@backend.websocket': 'pass',
      'service.agent.netstat.8080': 'pass',
      'service.agent.netstat.9090': 'fail netstat.not-listening',
      'service.client.connection': 'pass',
    });
  });

  it.each(Object.keys(sound))('%s changes no answer', async (user) => {
    expect(await differing(user, 22)).toEqual({
      login: `pass ${user}@10.88.0.1:22, ssh-ed25519`,
      others: {},
      stderr: '',
    });
  });

  it.each(Object.entries(says))('%s is said in the row of the login', async (user, words) => {
    const { code, report } = await world.look({ user, port: 22 }, '--timeout', '2s');
    const rows = rowsOf(report);
    const { summary } = report.results.find(({ id }) => id === 'host.backend.ssh') ?? {};
    expect(summary).toBe(`could not look at backend: ${words}`);
    expect(rows['host.backend.ssh']).toBe('error doctor.no-answer');
    const inside = Object.entries(rows).filter(([id]) => /^(?:proxy|service)\./.test(id));
    expect(new Set(inside.map(([, row]) => row))).toEqual(new Set(['skip host.backend.ssh']));
    // seen from here all is well, and nothing is called broken
    expect(Object.values(rows).filter((row) => row.startsWith('fail'))).toEqual([]);
    expect(code).toBe(3);
  });

  it('whose server sets another locale gives the same answers', async () => {
    const { machine } = world;
    machine.run('mkdir', '-p', locales);
    machine.run('localedef', '-i', 'de_DE', '-f', 'UTF-8', `${locales}/de_DE.UTF-8`);
    const german = [`LOCPATH=${locales}`, 'LC_ALL=de_DE.UTF-8', 'LANG=de_DE.UTF-8'];
    expect(machine.run('env', ...german, ...monday)).toBe('Montag');
    await world.door(2201, [`SetEnv ${german.join(' ')}`]);
    expect((await differing('plain', 2201)).others).toEqual({});
    const { report } = await world.run({ user: 'plain', port: 2201 }, [speaks]);
    expect(rowsOf(report)).toMatchObject({ 'check.speaks': 'pass' });
  });
});

const locales = '/run/locale';
const monday = ['date', '-d', '2026-01-05', '+%A'];
const speaks = `[[checks]]
kind = "command"
name = "speaks"
from = "backend"
argv = ${JSON.stringify(monday)}
output = "^Monday$"`;
