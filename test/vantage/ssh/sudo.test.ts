/** `sudo = true`, on a real sshd with ordinary users whose sudoers let them do all, some, or nothing. */
import { getuid } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { psArgv } from '../../../src/net/processes.ts';
import { sudoersFile } from '../../../src/plan/sudoers.ts';
import { openSessions, type Sessions } from '../../../src/vantage/ssh/sessions.ts';
import { Home, hostAt, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

/** Users, groups and sudoers of their own, in a mount namespace that ends with the sshd in it. */
const stage = `set -e
mount -t tmpfs -o mode=755 none /mnt
cp -a /etc /mnt/etc
mount --bind /mnt/etc /etc
for user in all some none password granted; do useradd --no-create-home --home-dir / --shell /bin/sh --password "*" "$user"; done
rm -f /etc/sudoers.d/*
cat >/etc/sudoers <<'SUDOERS'
Defaults !fqdn, secure_path="/usr/sbin:/usr/bin:/sbin:/bin"
root ALL=(ALL:ALL) ALL
all ALL=(root) NOPASSWD: ALL
some ALL=(root) NOPASSWD: /usr/bin/id -u, /usr/bin/cat -- /etc/vwd/secret.conf
password ALL=(root) NOPASSWD: /usr/bin/true
password ALL=(root) PASSWD: /usr/bin/id -u
SUDOERS
printf '%s\\n' "$1" | sed 's/LOGIN/granted/' >>/etc/sudoers
shift
visudo -cf /etc/sudoers >&2
chmod 440 /etc/sudoers
mkdir -p /etc/vwd /etc/vwd-locked
printf 'listen = 8081\\n' >/etc/vwd/secret.conf
printf 'in a closed folder\\n' >/etc/vwd-locked/inner.conf
chmod 600 /etc/vwd/secret.conf
chmod 700 /etc/vwd-locked
printf '%s\\n' "$1" >/etc/vwd/authorized
shift
exec "$@"`;

/** Signs of sudoers and of its patterns. */
const hostile = [
  'a,b:c=d',
  'e\\f',
  '#g',
  '!h',
  '*',
  '?',
  '[i]',
  '"j"',
  '{{json .K}}',
  'name=^l$',
  '%m',
  '(n)',
  '~',
];
const grants = [[...psArgv], ['printf', '%s|', ...hostile], ['cat', '--', '/etc/vwd/secret.conf']];

const lacks = getuid?.() !== 0 || needs('openssh-server', '/usr/sbin/sshd') || needs('sudo', '/usr/bin/sudo');

describe.skipIf(lacks)('sudo on a host', () => {
  let home: Home;
  let sshd: Sshd;
  const open: Sessions[] = [];
  const limits = { timeoutMs: 10_000, signal: new AbortController().signal };

  beforeAll(async () => {
    home = new Home();
    const enter = ['unshare', '-m', '--propagation', 'private', 'sh', '-c', stage, 'sh'];
    enter.push(sudoersFile(grants), home.key);
    // what stands in a folder of root's alone an ordinary user's login can not read
    const lines = ['AuthorizedKeysFile /etc/vwd/authorized'];
    sshd = await startSshd({ authorized: [], lines, enter });
    home.knows(sshd);
  });
  afterAll(async () => {
    await Promise.all(open.map((sessions) => sessions.close()));
    await sshd.stop();
    home.remove();
  });

  const as = (user: string, sudo = true) => {
    const sessions = openSessions({ there: hostAt(sshd.port, { user, sudo }) }, home.environment());
    open.push(sessions);
    const source = sessions.source('there');
    return {
      run: (asRoot: true | undefined, ...argv: string[]) => source.execute({ argv, asRoot }, limits),
      read: (path: string) => source.readFile({ path }, limits),
    };
  };

  it.each([
    ['all', '0', 'used'],
    ['some', '0', 'used'],
    ['none', 'own', 'refused'],
    ['password', 'own', 'refused'],
  ])('runs what is asked as root for "%s" as %s, and says so', async (user, uid, sudo) => {
    const answer = await as(user).run(true, 'id', '-u');
    expect(answer).toMatchObject({ ok: true, exitCode: 0, sudo });
    expect(answer.ok && (answer.stdout.trim() === '0' ? '0' : 'own')).toBe(uid);
  });

  it.each(['all', 'some', 'none', 'password'])('runs what is not asked as root as "%s"', async (user) => {
    const answer = await as(user).run(undefined, 'id', '-un');
    expect(answer).toMatchObject({ ok: true, exitCode: 0, stdout: `${user}\n` });
    expect(answer).not.toHaveProperty('sudo');
  });

  it('leaves it alone where it is not configured, and where root logs in', async () => {
    expect(await as('all', false).run(true, 'id', '-un')).toMatchObject({ stdout: 'all\n' });
    const root = await as('root').run(true, 'id', '-u');
    expect(root).toMatchObject({ ok: true, stdout: '0\n' });
    expect(root).not.toHaveProperty('sudo');
  });

  it('gives the exit code and the words of what ran', async () => {
    const argv = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
    const seen = { ok: true, exitCode: 3, stdout: 'out\n', stderr: 'err\n' };
    expect(await as('all').run(true, ...argv)).toMatchObject({ ...seen, sudo: 'used' });
    expect(await as('some').run(true, ...argv)).toMatchObject({ ...seen, sudo: 'refused' });
    expect(await as('all').run(true, 'false')).toMatchObject({ ok: true, exitCode: 1, sudo: 'used' });
    expect(await as('all').run(true, 'no-such-program')).toMatchObject({ ok: false, failure: 'missing' });
  });

  it('runs exactly what the sudoers that plan writes let it run', async () => {
    const { run } = as('granted');
    for (const argv of grants) {
      expect(await run(true, ...argv), argv.join(' ')).toMatchObject({ ok: true, exitCode: 0, sudo: 'used' });
    }
    expect(await run(true, 'printf', '%s|', ...hostile)).toMatchObject({ stdout: `${hostile.join('|')}|` });
    for (const argv of [
      ['ps', '-e'],
      ['printf', '%s|', 'x'],
      [...psArgv, 'x'],
      ['sh', '-c', 'id'],
    ]) {
      expect(await run(true, ...argv), argv.join(' ')).toMatchObject({ ok: true, sudo: 'refused' });
    }
  });

  it('reads what may not be read, as far as it is granted', async () => {
    const [secret, inner] = ['/etc/vwd/secret.conf', '/etc/vwd-locked/inner.conf'];
    expect(await as('all').read(secret)).toMatchObject({ ok: true, text: 'listen = 8081\n', sudo: 'used' });
    expect(await as('some').read(secret)).toMatchObject({ ok: true, text: 'listen = 8081\n', sudo: 'used' });
    expect(await as('none').read(secret)).toMatchObject({ ok: false, failure: 'denied' });
    expect(await as('all', false).read(secret)).toMatchObject({ ok: false, failure: 'denied' });
    expect(await as('all').read(inner)).toMatchObject({ ok: true, text: 'in a closed folder\n' });
    expect(await as('some').read(inner)).toMatchObject({ ok: false, failure: 'denied' });
    expect(await as('all').read('/etc/vwd-locked/gone')).toMatchObject({ ok: false, failure: 'missing' });
    expect(await as('all').read('/etc/vwd-locked')).toMatchObject({ ok: false, failure: 'unsupported' });
    const open = await as('all').read('/etc/passwd');
    expect(open).toMatchObject({ ok: true });
    expect(open).not.toHaveProperty('sudo');
  });

  it('ends in time with what hangs', async () => {
    const sessions = openSessions(
      { there: hostAt(sshd.port, { user: 'all', sudo: true }) },
      home.environment(),
    );
    open.push(sessions);
    const short = { timeoutMs: 1000, signal: new AbortController().signal };
    const [slow, quick] = await Promise.all([
      sessions.source('there').execute({ argv: ['sleep', '30'], asRoot: true }, short),
      sessions.source('there').execute({ argv: ['id', '-u'], asRoot: true }, short),
    ]);
    expect(slow).toMatchObject({ ok: false, failure: 'timeout' });
    expect(quick).toMatchObject({ ok: true, stdout: '0\n' });
  });
});
