import { copyFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agent, certify, makeKey, makeSecurityKey, startAgent } from '../../../support/sshd.ts';
import { needs } from '../../../support/tools.ts';
import { compare, inEachWay, type Lab, type Login, openLab, type Result } from './lab.ts';

const agents = new Map<string, Agent>();
const agent = (name: string) => () => ({ SSH_AUTH_SOCK: agents.get(name)?.socket ?? '/nowhere/agent' });

const identity =
  (...names: string[]) =>
  (lab: Lab) =>
    names.map((name) => `IdentityFile "${lab.file(name)}"\n`).join('');
const noFile = () => 'IdentityFile none\n';

const refused: Result = ['auth-failed', /^no login as /];
const noCertificates: Result = [
  'auth-failed',
  /certificates are not used|cert-v01@openssh.com .*can not use/,
];
const noSecurityKeys: Result = ['auth-failed', /sk-ssh-ed25519@openssh.com .*can not use/];

const withAgent: Login[] = [
  {
    title: 'a key that only the agent has',
    server: 'plain',
    config: noFile,
    env: agent('right'),
    ends: 'in',
  },
  {
    title: 'an agent that is not there costs nothing but its keys',
    server: 'plain',
    env: agent('gone'),
    ends: 'in',
  },
  {
    title: 'without its agent there is no key, and that is said',
    server: 'plain',
    config: noFile,
    env: agent('gone'),
    ends: ['auth-failed', /agent/],
  },
  { title: 'a locked agent costs nothing but its keys', server: 'plain', env: agent('locked'), ends: 'in' },
  {
    title: 'a locked agent shows no key, and that is said',
    server: 'plain',
    config: noFile,
    env: agent('locked'),
    ends: ['auth-failed', /agent/],
  },
  {
    title: 'of the many keys of an agent a file names the right one',
    server: 'plain',
    config: identity('id_ed25519'),
    env: agent('crowded'),
    ends: 'in',
  },
  {
    title: 'of the many keys of an agent a public half names the right one',
    server: 'plain',
    config: identity('half.pub'),
    env: agent('crowded'),
    ends: 'in',
  },
  {
    title: 'the many keys of an agent are left out by IdentitiesOnly',
    server: 'plain',
    config: (lab) => `${identity('outside')(lab)}IdentitiesOnly yes\n`,
    env: agent('crowded'),
    ends: 'in',
  },
  {
    title: 'IdentityAgent none leaves the agent out',
    server: 'plain',
    config: (lab) => `${identity('outside')(lab)}IdentityAgent none\n`,
    env: agent('crowded'),
    ends: 'in',
  },
  {
    title: 'IdentityAgent names another agent',
    server: 'plain',
    config: () => `${noFile()}IdentityAgent "${agents.get('right')?.socket}"\n`,
    env: agent('gone'),
    ends: 'in',
  },
  {
    // ssh tries what the agent has before a file; we try what was asked for first
    title: 'the many keys of an agent go before a file that it does not have',
    server: 'plain',
    config: identity('outside'),
    env: agent('crowded'),
    ends: 'in',
    but: { ssh: refused, openssh: refused },
  },
  {
    title: 'more keys than the server lets anybody try',
    server: 'plain',
    config: noFile,
    env: agent('crowded'),
    ends: refused,
  },
];

const withFiles: Login[] = [
  {
    title: 'the second of two files',
    server: 'plain',
    config: identity('stranger', 'id_ed25519'),
    ends: 'in',
  },
  {
    title: 'a key that the server does not take',
    server: 'plain',
    config: identity('stranger'),
    ends: refused,
  },
  {
    title: 'a file that is not there is named',
    server: 'plain',
    config: identity('absent'),
    ends: ['auth-failed', /absent/],
  },
  {
    title: 'a file that is no key is passed over',
    server: 'plain',
    config: identity('known_hosts', 'id_ed25519'),
    ends: 'in',
  },
  {
    title: 'a server that wants two keys',
    server: 'two',
    config: identity('stranger', 'id_ed25519', 'outside'),
    ends: 'in',
  },
  {
    title: 'a security key whose device is not here is passed over',
    server: 'plain',
    config: identity('sk', 'id_ed25519'),
    ends: 'in',
  },
  {
    title: 'a security key alone',
    server: 'plain',
    config: identity('sk'),
    ends: refused,
    but: { ssh2: noSecurityKeys },
  },
  {
    title: 'a security key in the agent is passed over',
    server: 'plain',
    config: identity('id_ed25519'),
    env: agent('security'),
    ends: 'in',
  },
];

const withCertificates: Login[] = [
  {
    title: 'a certificate beside its key',
    server: 'authority',
    config: identity('certified'),
    ends: 'in',
    but: { ssh2: noCertificates },
  },
  {
    title: 'a certificate that CertificateFile names',
    server: 'authority',
    config: (lab) => `${identity('bare')(lab)}CertificateFile "${lab.file('elsewhere-cert.pub')}"\n`,
    ends: 'in',
    but: { ssh2: ['auth-failed', /CertificateFile is set, and not used/] },
  },
  {
    title: 'a certificate in the agent',
    server: 'authority',
    config: noFile,
    env: agent('certified'),
    ends: 'in',
    but: { ssh2: noCertificates },
  },
  {
    title: 'a certificate that ran out',
    server: 'authority',
    config: identity('expired'),
    ends: refused,
    but: { ssh2: noCertificates },
  },
  {
    title: 'a certificate where the key itself is known as well',
    server: 'plain',
    config: identity('certified'),
    ends: 'in',
  },
];

const neverAsked: Login['seen'] = (answer, lab) => {
  expect(!answer.ok && answer.login?.methods.join()).not.toMatch(/password|keyboard/);
  expect(lab.server('password').log() + lab.server('interactive').log()).not.toMatch(
    /Failed (password|keyboard)/,
  );
};

const withPasswords: Login[] = [
  {
    title: 'a password is never asked for',
    server: 'password',
    ends: ['auth-failed', /The server takes: password/],
    seen: neverAsked,
  },
  {
    title: 'nor is anything else that is typed',
    server: 'interactive',
    ends: ['auth-failed', /The server takes: keyboard-interactive/],
    seen: neverAsked,
  },
  {
    title: 'a server that wants a password after the key',
    server: 'both',
    ends: ['auth-failed', /The server takes: password/],
    seen: neverAsked,
  },
];

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('identities', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab((home) => {
      const authority = join(home.ssh, 'authority');
      makeKey(authority);
      return {
        plain: {},
        authority: { lines: [`TrustedUserCAKeys "${authority}.pub"`, 'AuthorizedKeysFile none'] },
        two: { lines: ['AuthenticationMethods publickey,publickey'] },
        both: {
          lines: [
            'AuthenticationMethods publickey,password',
            'PasswordAuthentication yes',
            'PermitRootLogin yes',
          ],
        },
        password: { lines: ['PubkeyAuthentication no', 'PasswordAuthentication yes', 'PermitRootLogin yes'] },
        interactive: {
          lines: [
            'PubkeyAuthentication no',
            'KbdInteractiveAuthentication yes',
            'PermitRootLogin yes',
            'UsePAM yes',
          ],
        },
      };
    });
    const key = (name: string) => makeKey(lab.file(name));
    const inside = key('outside');
    for (const server of ['plain', 'two']) lab.server(server).authorize(inside);
    key('stranger');
    copyFileSync(lab.file('id_ed25519.pub'), lab.file('half.pub'));

    const authority = lab.file('authority');
    const me = ['-n', userInfo().username];
    lab.server('plain').authorize(key('certified'));
    certify(authority, lab.file('certified.pub'), ...me);
    key('expired');
    certify(authority, lab.file('expired.pub'), ...me, '-V', '20200101:20200102');
    key('bare');
    copyFileSync(lab.file('bare.pub'), lab.file('elsewhere.pub'));
    certify(authority, lab.file('elsewhere.pub'), ...me);

    const starts = async (name: string, ...files: string[]) => {
      const started = await startAgent();
      agents.set(name, started);
      for (const each of files) started.add(lab.file(each));
      return started;
    };
    lab.server('plain').authorize(makeSecurityKey(lab.file('sk')));
    const extra = Array.from({ length: 7 }, (_, at) => `extra${at}`);
    for (const name of extra) key(name);
    await Promise.all([
      starts('right', 'id_ed25519'),
      starts('locked', 'id_ed25519').then((started) => started.lock()),
      starts('crowded', ...extra, 'id_ed25519'),
      starts('certified', 'certified'),
      starts('security', 'sk'),
    ]);
  });
  afterAll(async () => {
    await Promise.all([...agents.values()].map((each) => each.stop()));
    await lab.end();
  });

  it.each(inEachWay([...withAgent, ...withFiles, ...withCertificates, ...withPasswords]))(
    '%s: %s',
    (_title, way, login) => compare(lab, login, way),
  );
});
