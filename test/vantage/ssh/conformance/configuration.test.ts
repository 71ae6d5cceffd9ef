import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../support/servers.ts';
import { makeKey } from '../../../support/sshd.ts';
import { needs } from '../../../support/tools.ts';
import { compare, inEachWay, knownLine, type Lab, type Login, limits, openLab, transports } from './lab.ts';

const right = (lab: Lab) => `  IdentityFile "${lab.file('id_ed25519')}"\n`;
const wrong = (lab: Lab) => `IdentityFile "${lab.file('stranger')}"\n`;
/** The right key only where these lines hold. */
const where = (line: string, also = ''): NonNullable<Login['config']> => {
  return (lab) => `${line}\n${right(lab)}${also}Host *\n${wrong(lab)}`;
};

const refused = ['auth-failed', /^no login as /] as const;

const files: Login[] = [
  {
    title: 'Include',
    server: 'plain',
    config: (lab) => `Include "${lab.home.writes('included', `Host there\n${right(lab)}`)}"\n`,
    ends: 'in',
  },
  { title: 'Match originalhost', server: 'plain', config: where('Match originalhost there'), ends: 'in' },
  {
    // the name that HostName gives is not known yet where the line stands
    title: 'Match host with what HostName makes of it later',
    server: 'plain',
    config: where('Match host 127.0.0.1'),
    ends: refused,
  },
  {
    title: 'Match host with what HostName made of it before',
    server: 'plain',
    config: (lab) => `HostName 127.0.0.1\n${where('Match host 127.0.0.1')(lab)}`,
    ends: 'in',
  },
  { title: 'Match exec', server: 'plain', config: where('Match exec "test %n = there"'), ends: 'in' },
  { title: 'Match exec that says no', server: 'plain', config: where('Match exec "exit 1"'), ends: refused },
  { title: 'Match final', server: 'plain', config: where('Match final host 127.0.0.1'), ends: 'in' },
  { title: 'a negated Host', server: 'plain', config: where('Host * !there'), ends: refused },
  {
    title: 'tokens in a name',
    server: 'plain',
    config: (lab) => {
      const { username } = userInfo();
      copyFileSync(lab.file('id_ed25519'), lab.file(`there 127.0.0.1 ${username} %`));
      return `IdentityFile "${lab.file('%n %h %r %%')}"\n`;
    },
    ends: 'in',
  },
  {
    title: 'a variable in a name',
    server: 'plain',
    config: () => 'IdentityFile "${KEYS}/id_ed25519"\n',
    env: (lab) => ({ KEYS: lab.home.ssh }),
    ends: 'in',
  },
  {
    title: 'a line that ssh does not know',
    server: 'plain',
    config: () => 'Nonsense yes\n',
    ends: ['no-session', /config.*line 1/],
  },
  {
    title: 'a line that ssh was told to pass over',
    server: 'plain',
    config: () => 'IgnoreUnknown Nonsense\nNonsense yes\n',
    ends: 'in',
  },
];

const users: Login[] = [
  { title: 'a user that is not there', server: 'plain', config: () => 'User nobody-here\n', ends: refused },
  { title: 'a user with a backslash', server: 'users', config: () => 'User corp\\joe\n', ends: 'in' },
  { title: 'a user with an at sign', server: 'users', config: () => 'User joe@example.com\n', ends: 'in' },
];

const port = (lab: Lab, server: string) => lab.server(server).port;
const host = (lab: Lab, name: string, server = name) =>
  `Host ${name}\n  HostName 127.0.0.1\n  Port ${port(lab, server)}\n`;
const known =
  (...servers: string[]) =>
  (lab: Lab) =>
    servers.map((server) => knownLine(lab.server(server))).join('');

const jump = (...hops: string[]): NonNullable<Login['config']> => {
  return (lab) =>
    `Host there\n  ProxyJump ${hops.join(',')}\n${hops.map((hop) => host(lab, hop)).join('')}Host *\n`;
};

const jumps: Login[] = [
  { title: 'ProxyJump', server: 'plain', config: jump('first'), ends: 'in' },
  { title: 'a chain of ProxyJump', server: 'plain', config: jump('first', 'second'), ends: 'in' },
  {
    title: 'a host in between that jumps itself',
    server: 'plain',
    config: (lab) =>
      `Host there\n  ProxyJump first\n${host(lab, 'first')}  ProxyJump second\n${host(lab, 'second')}Host *\n`,
    ends: 'in',
  },
  {
    title: 'a host in between whose key is not known',
    server: 'plain',
    config: jump('first'),
    known: known('plain'),
    ends: ['host-key-unknown', /first/],
  },
  {
    title: 'a host whose key is not known, behind one whose key is',
    server: 'plain',
    config: jump('first'),
    known: known('first'),
    ends: ['host-key-unknown', /SHA256:.*not in known_hosts/],
  },
  {
    title: 'a host in between that lets nobody in',
    server: 'plain',
    config: jump('strict'),
    ends: ['auth-failed', /strict/],
  },
  {
    title: 'a host in between that forwards nothing',
    server: 'plain',
    config: jump('closed'),
    ends: ['forwarding-refused', /closed/],
  },
  {
    title: 'a host that the one in between does not reach',
    server: 'plain',
    config: (lab) => `Host there\n  Port ${unused}\n${jump('first')(lab)}`,
    known: (lab) => known('plain', 'first')(lab),
    ends: ['refused', /first/],
  },
];

let unused = 0;

const commands: Login[] = [
  { title: 'ProxyCommand', server: 'plain', config: () => 'ProxyCommand busybox nc %h %p\n', ends: 'in' },
  {
    title: 'ProxyCommand with an ssh',
    server: 'plain',
    config: (lab) =>
      `Host there\n  ProxyCommand ssh -F "${lab.file('config')}" -W [%%h]:%%p first\n${host(lab, 'first')}Host *\n`.replaceAll(
        '%%',
        '%',
      ),
    ends: 'in',
  },
  {
    title: 'ProxyCommand that fails',
    server: 'plain',
    config: () => 'ProxyCommand sh -c "echo no way >&2; exit 1"\n',
    ends: ['closed', /no way/],
  },
  {
    title: 'ProxyCommand that is not there',
    server: 'plain',
    config: () => 'ProxyCommand /nowhere/proxy\n',
    ends: ['closed', /nowhere/],
  },
  {
    title: 'a ControlPath that nobody listens at',
    server: 'plain',
    config: (lab) => `ControlPath "${lab.file('nobody')}"\n`,
    ends: 'in',
  },
];

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd') || needs('busybox', '/usr/bin/busybox'))(
  'the configuration',
  () => {
    let lab: Lab;
    beforeAll(async () => {
      unused = await freePort();
      lab = await openLab(
        (home) => ({
          plain: {},
          first: {},
          second: {},
          strict: { lines: ['AuthorizedKeysFile none'] },
          closed: { lines: ['AllowTcpForwarding no'] },
          users: { enter: withUsers(join(home.folder, 'passwd'), 'corp\\joe', 'joe@example.com') },
          // ssh gives the name of its -F to the ssh of a ProxyJump without quotes
        }),
        'home-',
      );
      makeKey(lab.file('stranger'));
    });
    afterAll(() => lab.end());

    it.each(inEachWay([...files, ...users, ...jumps, ...commands]))('%s: %s', (_title, way, login) =>
      compare(lab, login, way),
    );

    it('a ProxyCommand that says nothing ends in time', async () => {
      lab.set({ server: 'plain', config: () => 'ProxyCommand sleep 60\n' });
      const answers = await Promise.all(
        transports.map((transport) => lab.sessions(transport).login({ host: 'there' }, limits(1500))),
      );
      const late = { ok: false, failure: 'timeout', detail: expect.stringMatching(/ProxyCommand sleep: /) };
      expect(answers).toMatchObject([late, late, late]);
    });

    describe('with a ControlMaster of the user', () => {
      let master: ChildProcess;
      const path = () => lab.file('cm');
      // no key is left to log in with: only the master has a way in
      const config = () =>
        `ControlPath "${path()}"\nControlMaster auto\nControlPersist 60\nIdentityFile none\n`;
      const check = () => spawnSync('ssh', ['-F', lab.file('config'), '-O', 'check', 'there']).status;

      beforeAll(async () => {
        lab.set({ server: 'plain', config: () => `ControlPath "${path()}"\n` });
        master = spawn('ssh', ['-F', lab.file('config'), '-M', '-N', '-o', 'BatchMode=yes', 'there'], {
          stdio: 'ignore',
        });
        await vi.waitFor(() => expect(existsSync(path())).toBe(true), { timeout: 10_000 });
      });
      afterAll(async () => {
        if (master.exitCode !== null) return;
        const gone = once(master, 'exit');
        master.kill('SIGTERM');
        await gone;
      });

      it.each(
        inEachWay([
          {
            title: 'it is used',
            server: 'plain',
            config,
            ends: 'in',
            but: { ssh2: ['auth-failed', /no key to try/] },
          },
        ]),
      )('%s: %s', async (_title, way, login) => {
        const before = lab.server('plain').log().split('Accepted publickey').length;
        await compare(lab, login, way);
        expect(lab.server('plain').log().split('Accepted publickey').length).toBe(before);
        // and it is left as it was
        expect(check()).toBe(0);
        expect(master.exitCode).toBeNull();
      });
    });
  },
);

/** Runs a program where these are names of who runs the tests: their passwd(5) is seen there only. */
function withUsers(file: string, ...names: readonly string[]): readonly string[] {
  const { uid, gid, homedir } = userInfo();
  const lines = names.map((name) => `${name}:x:${uid}:${gid}::${homedir}:/bin/sh\n`);
  writeFileSync(
    file,
    `root:x:0:0::/root:/bin/sh\nsshd:x:65533:65533::/run/sshd:/usr/sbin/nologin\n${lines.join('')}`,
  );
  const mount = 'mount --bind "$0" /etc/passwd && exec "$@"';
  return ['unshare', '-m', '--propagation', 'private', 'sh', '-c', mount, file];
}
