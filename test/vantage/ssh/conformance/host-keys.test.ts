import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certify, makeKey } from '../../../support/sshd.ts';
import { needs } from '../../../support/tools.ts';
import { compare, inEachWay, type Lab, type Login, openLab, type Result } from './lab.ts';

const unknown: Result = ['host-key-unknown', /SHA256:.*not in known_hosts/];
const changed: Result = ['host-key-changed', /SHA256:.*another key/];
const revoked: Result = ['host-key-changed', /SHA256:.*revoked/];

const place = (lab: Lab, server = 'plain') => lab.server(server).place;
const key = (lab: Lab, server = 'plain') => lab.server(server).hostKey('ed25519');
let other: string;

/** Writes known_hosts with `HOST` for `[address]:port`, `PORT` for the port, `KEY` for the key and `OTHER` for another one. */
const known =
  (text: string, server = 'plain'): NonNullable<Login['known']> =>
  (lab) =>
    text
      .replaceAll('HOST', place(lab, server))
      .replaceAll('PORT', String(lab.server(server).port))
      .replaceAll('KEY', key(lab, server))
      .replaceAll('OTHER', other);

const entry = (title: string, text: string, ends: Result, more: Partial<Login> = {}): Login => ({
  title,
  server: 'plain',
  known: known(text),
  ends,
  ...more,
});

const entries: Login[] = [
  entry('nothing known', '', unknown),
  entry('a plain entry', 'HOST KEY\n', 'in'),
  entry('one of a list of names, in capitals', 'EXAMPLE.com,HOST,b KEY\n', 'in'),
  entry('a pattern with a question mark', '[127.0.0.?]:PORT KEY\n', 'in'),
  entry('a pattern of all', '* KEY\n', 'in'),
  entry('a pattern for the port', '[127.0.0.1]:* KEY\n', 'in'),
  entry('a negated pattern', '*,!HOST,!127.0.0.1 KEY\n', unknown),
  entry('a negated pattern of another host', '*,![127.0.0.2]:PORT KEY\n', 'in'),
  entry('another port', '[127.0.0.1]:1 KEY\n', unknown),
  entry('the name without the port', '127.0.0.1 KEY\n', 'in'),
  entry('another key for the name without the port', '127.0.0.1 OTHER\n', unknown),
  entry('another key', 'HOST OTHER\n', changed),
  entry('another key, and the right one', 'HOST OTHER\nHOST KEY\n', 'in'),
  entry('a revoked key', 'HOST KEY\n@revoked HOST KEY\n', revoked),
  entry('a key that is revoked everywhere', '@revoked * KEY\nHOST KEY\n', revoked),
  entry('another key that is revoked', '@revoked * OTHER\nHOST KEY\n', 'in'),
  entry(
    'lines that are none, and CRLF',
    '# a\r\nnonsense\r\n\r\n@else HOST KEY\r\n\tHOST KEY and so on\r\n',
    'in',
  ),
  entry('an entry that is no key', 'HOST ssh-ed25519 AAAA\n', unknown),
  entry('a last line without its end', '# HOST OTHER\nHOST KEY', 'in'),
  {
    title: 'a hashed entry',
    server: 'plain',
    known: (lab) => {
      const file = lab.home.writes(
        'hashed',
        `HOST KEY\n`.replace('HOST', place(lab)).replace('KEY', key(lab)),
      );
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
      return lab.home.read('hashed');
    },
    ends: 'in',
  },
  {
    title: 'only a key of another type that the host has too',
    server: 'many',
    known: (lab) => `${place(lab, 'many')} ${lab.server('many').hostKey('rsa')}\n`,
    ends: 'in',
  },
  {
    title: 'only a key of a type that the host does not have',
    server: 'plain',
    known: (lab) => `${place(lab)} ${lab.server('many').hostKey('rsa')}\n`,
    ends: changed,
  },
  {
    title: 'HostKeyAlgorithms that the host does not have',
    server: 'plain',
    config: () => 'HostKeyAlgorithms ecdsa-sha2-nistp256\n',
    ends: ['no-common-algorithm', /host key/],
  },
];

const settings: Login[] = [
  ...['ask', 'yes'].map((value) =>
    entry(`nothing known with StrictHostKeyChecking ${value}`, '', unknown, {
      config: () => `StrictHostKeyChecking ${value}\n`,
    }),
  ),
  // ssh takes these, doctor does not
  ...['no', 'accept-new'].map((value) =>
    entry(`nothing known with StrictHostKeyChecking ${value}`, '', unknown, {
      config: () => `StrictHostKeyChecking ${value}\n`,
      but: { ssh: 'in' },
      seen: (answer) => {
        expect(!answer.ok && answer.login?.notes.join()).toMatch(/StrictHostKeyChecking .* is not followed/);
      },
    }),
  ),
  entry('another key with StrictHostKeyChecking no', 'HOST OTHER\n', changed, {
    config: () => 'StrictHostKeyChecking no\n',
    but: { ssh: 'in' },
  }),
  entry('the name that HostKeyAlias gives', 'the-alias KEY\n', 'in', {
    config: () => 'HostKeyAlias The-Alias\n',
  }),
  entry('another name than HostKeyAlias gives', 'HOST KEY\n', unknown, {
    config: () => 'HostKeyAlias the-alias\n',
  }),
  entry('the second of two files', '', 'in', {
    config: (lab) => {
      const second = lab.home.writes('known hosts 2', `${place(lab)} ${key(lab)}\n`);
      return `UserKnownHostsFile "${lab.file('known_hosts')}" "${second}"\n`;
    },
  }),
  entry('the file of the machine', '', 'in', {
    config: (lab) => `GlobalKnownHostsFile "${lab.home.writes('global', `${place(lab)} ${key(lab)}\n`)}"\n`,
  }),
  entry('a key that the file of the machine revokes', 'HOST KEY\n', revoked, {
    config: (lab) => `GlobalKnownHostsFile "${lab.home.writes('global', `@revoked * ${key(lab)}\n`)}"\n`,
  }),
  entry('no file at all', 'HOST KEY\n', unknown, { config: () => 'UserKnownHostsFile none\n' }),
  entry('no regular file', 'HOST KEY\n', ['host-key-unknown', /can not be read|not in known_hosts/], {
    config: (lab) => `UserKnownHostsFile "${lab.home.ssh}"\n`,
  }),
  entry('what KnownHostsCommand prints', '', 'in', {
    config: (lab) => `KnownHostsCommand /bin/echo ${place(lab)} ${key(lab)}\n`,
    but: { ssh2: ['host-key-unknown', /KnownHostsCommand is set, and not used/] },
  }),
  entry('a key that RevokedHostKeys lists', 'HOST KEY\n', revoked, {
    config: (lab) => `RevokedHostKeys "${lab.home.writes('revoked', `${key(lab)}\n`)}"\n`,
  }),
  entry('a list in RevokedHostKeys with other keys', 'HOST KEY\n', 'in', {
    config: (lab) => `RevokedHostKeys "${lab.home.writes('revoked', `${other}\n`)}"\n`,
  }),
  entry('RevokedHostKeys that is not there', 'HOST KEY\n', ['host-key-unknown', /can not be read/], {
    config: () => 'RevokedHostKeys /nowhere/revoked\n',
  }),
  entry('a binary list in RevokedHostKeys with other keys', 'HOST KEY\n', 'in', {
    config: (lab) => `RevokedHostKeys "${lab.file('krl')}"\n`,
    but: { ssh2: ['host-key-unknown', /binary revocation list/] },
  }),
];

const addresses: Login[] = [
  { title: 'an address with IPv6', server: 'six', known: known('HOST KEY\n', 'six'), ends: 'in' },
  entry('a name', '[localhost]:PORT KEY\n', 'in', {
    config: () => 'HostName localhost\nAddressFamily inet\n',
  }),
  entry('only the address of a name', 'HOST KEY\n', unknown, {
    config: () => 'HostName localhost\nAddressFamily inet\n',
  }),
  // which ssh does not do on loopback
  entry(
    'a name whose address has another key, with CheckHostIP',
    '[localhost]:PORT KEY\nHOST OTHER\n',
    'in',
    {
      config: () => 'HostName localhost\nAddressFamily inet\nCheckHostIP yes\n',
      seen: (answer, _lab, way) => {
        if (way === 'ssh2')
          expect(answer.ok && answer.notes.join()).toMatch(/CheckHostIP is set, and not used/);
      },
    },
  ),
];

const authority = (title: string, server: string, text: (lab: Lab) => string, ends: Result): Login => ({
  title,
  server,
  known: text,
  ends,
  but: { ssh2: ['host-key-unknown', /@cert-authority.* ssh2 can not use/] },
});
const trusted = (lab: Lab) => `@cert-authority * ${lab.home.read('authority.pub')}`;

const authorities: Login[] = [
  authority('a host that an authority signed', 'signed', trusted, 'in'),
  authority('a host that an authority signed for another name', 'misnamed', trusted, unknown),
  authority('a host whose certificate ran out', 'expired', trusted, unknown),
  authority('a host that another authority signed', 'signed', () => `@cert-authority * ${other}\n`, unknown),
  authority('a host without a certificate', 'plain', trusted, unknown),
  {
    title: 'a host that an authority signed, and whose key is known',
    server: 'signed',
    known: (lab) => `${trusted(lab)}${place(lab, 'signed')} ${key(lab, 'signed')}\n`,
    ends: 'in',
  },
  {
    title: 'an authority for other hosts',
    server: 'signed',
    known: (lab) => `@cert-authority *.example.com ${lab.home.read('authority.pub')}`,
    ends: unknown,
  },
  {
    title: 'a host that an authority signed, and whose key is revoked',
    server: 'signed',
    known: (lab) => `${trusted(lab)}@revoked * ${key(lab, 'signed')}\n`,
    ends: revoked,
  },
];

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('host keys', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab((home) => {
      const file = join(home.ssh, 'authority');
      makeKey(file);
      const signed = (...options: string[]) => ({
        lines: (folder: string) => {
          certify(file, join(folder, 'host_ed25519.pub'), '-h', ...options);
          return [`HostCertificate ${join(folder, 'host_ed25519-cert.pub')}`];
        },
      });
      return {
        plain: {},
        many: { hostKeys: ['ed25519', 'rsa'] },
        six: { loopback: '::1' },
        signed: signed('-n', '127.0.0.1'),
        misnamed: signed('-n', 'other.example.com'),
        expired: signed('-n', '127.0.0.1', '-V', '20200101:20200102'),
      };
    });
    other = makeKey(lab.file('other'));
    execFileSync('ssh-keygen', ['-q', '-k', '-f', lab.file('krl'), lab.file('other.pub')]);
  });
  afterAll(() => lab.end());

  it.each(inEachWay([...entries, ...settings, ...addresses, ...authorities]))(
    '%s: %s',
    (_title, way, login) => compare(lab, login, way),
  );
});
