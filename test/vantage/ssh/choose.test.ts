import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Host } from '../../../src/config/config.ts';
import { chooseTransport, type Surroundings, settingsBeyondSsh2 } from '../../../src/vantage/ssh/choose.ts';
import { openSessions, type Sessions, type SshEnvironment } from '../../../src/vantage/ssh/sessions.ts';
import { Home, hostAt, makeKey, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';

const nothing: Surroundings = {
  keys: [],
  hasAuthority: false,
  hasBinaryRevocations: false,
  hasTicket: false,
  controlMaster: null,
};
const options = (set: Readonly<Record<string, string>>) =>
  new Map(Object.entries(set).map(([key, value]) => [key, [value]]));

describe('the choice of a transport', () => {
  it.each<[string, Readonly<Record<string, string>>, Partial<Surroundings>]>([
    ['nothing is set', {}, {}],
    ['what is set is not', { certificatefile: 'none', bindaddress: 'none', proxyusefdpass: 'no' }, {}],
    ['an algorithm of several is in ssh2', { kexalgorithms: 'mlkem768x25519-sha256,curve25519-sha256' }, {}],
    ['GSSAPI is on, and nobody has a ticket', { gssapiauthentication: 'yes' }, {}],
    ['a ticket is of no use', { gssapiauthentication: 'no' }, { hasTicket: true }],
    ['a ProxyJump is set', { proxyjump: 'bastion' }, {}],
  ])('is ssh2 when %s', (_, set, around) => {
    expect(chooseTransport(options(set), { ...nothing, ...around })).toEqual({ transport: 'ssh2', why: [] });
  });

  it.each<[string, Readonly<Record<string, string>>, Partial<Surroundings>]>([
    ['CertificateFile is set', { certificatefile: '~/.ssh/id-cert.pub' }, {}],
    ['PKCS11Provider is set', { pkcs11provider: '/usr/lib/p11.so' }, {}],
    ['KnownHostsCommand is set', { knownhostscommand: '/usr/bin/keys %H' }, {}],
    ['BindAddress is set', { bindaddress: '192.0.2.1' }, {}],
    ['BindInterface is set', { bindinterface: 'eth1' }, {}],
    ['ProxyUseFdpass is set', { proxyusefdpass: 'yes' }, {}],
    ['HostbasedAuthentication is set', { hostbasedauthentication: 'yes' }, {}],
    ['KexAlgorithms names nothing that ssh2 has', { kexalgorithms: 'sntrup761x25519-sha512' }, {}],
    ['Ciphers names nothing that ssh2 has', { ciphers: 'aes256-cbc' }, {}],
    ['MACs names nothing that ssh2 has', { macs: 'umac-64@openssh.com' }, {}],
    [
      'HostKeyAlgorithms names nothing that ssh2 has',
      { hostkeyalgorithms: 'ssh-ed25519-cert-v01@openssh.com' },
      {},
    ],
    ['a ControlMaster listens at /tmp/m', {}, { controlMaster: '/tmp/m' }],
    ['id: a kind that ssh2 has not', {}, { keys: ['id: a kind that ssh2 has not'] }],
    ['known_hosts has a certificate authority for the host (@cert-authority)', {}, { hasAuthority: true }],
    ['RevokedHostKeys is a binary list', {}, { hasBinaryRevocations: true }],
    [
      'GSSAPIAuthentication is set, and there is a Kerberos ticket',
      { gssapiauthentication: 'yes' },
      { hasTicket: true },
    ],
  ])('is openssh when %s', (why, set, around) => {
    expect(chooseTransport(options(set), { ...nothing, ...around })).toEqual({
      transport: 'openssh',
      why: [why],
    });
  });

  it('says all that speaks for it', () => {
    const set = options({ certificatefile: 'a', bindaddress: '192.0.2.1' });
    expect(settingsBeyondSsh2(set)).toEqual(['CertificateFile', 'BindAddress']);
    expect(chooseTransport(set, { ...nothing, hasAuthority: true }).why).toHaveLength(3);
  });
});

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('transport = "auto"', () => {
  let home: Home;
  let sshd: Sshd;
  const opened: Sessions[] = [];
  const login = (host: Host, environment: SshEnvironment = home.environment()) => {
    const sessions = openSessions({ there: host }, environment);
    opened.push(sessions);
    return sessions.login({ host: 'there' }, { timeoutMs: 5000, signal: new AbortController().signal });
  };
  const first = (answer: Awaited<ReturnType<typeof login>>) =>
    (answer.ok ? answer.notes : answer.login?.notes)?.[0];

  beforeAll(async () => {
    home = new Home();
    sshd = await startSshd({ authorized: [home.key] });
    home.knows(sshd);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sessions) => sessions.close()));
  });
  afterAll(async () => {
    await sshd.stop();
    home.remove();
  });

  it('takes ssh2 for a key and a known host', async () => {
    const answer = await login(hostAt(sshd.port));
    expect(answer).toMatchObject({ ok: true, transport: 'ssh2' });
    expect(first(answer)).toBe('transport ssh2: nothing here asks for more');
  });

  it('takes ssh2 where there is no ssh, whatever else there is', async () => {
    const answer = await login(
      hostAt(sshd.port),
      home.environment({ env: { ...home.variables, PATH: '/nowhere' } }),
    );
    expect(answer).toMatchObject({ ok: true, transport: 'ssh2' });
    expect(first(answer)).toMatch(/no program ssh in PATH/);
  });

  it.each(['ssh2', 'openssh'] as const)('takes %s when that is set', async (transport) => {
    const answer = await login(hostAt(sshd.port, { transport }));
    expect(answer).toMatchObject({ ok: true, transport });
    expect(first(answer)).toBe(`transport ${transport}: as is set`);
  });

  it('takes openssh where ssh2 and the server have no algorithm in common, and says so', async () => {
    const modern = await startSshd({
      authorized: [home.key],
      lines: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'],
    });
    home.knows(modern);
    const answer = await login(hostAt(modern.port));
    await Promise.all(opened.splice(0).map((sessions) => sessions.close()));
    await modern.stop();
    expect(answer).toMatchObject({ ok: true, transport: 'openssh' });
    expect(first(answer)).toMatch(
      /^transport openssh: with ssh2 there was no way: .*no matching key exchange/,
    );
  });

  it('takes openssh for a key that ssh2 can not open', async () => {
    const file = join(home.ssh, 'chacha');
    makeKey(file, 'ed25519', 'open sesame', ['-a', '1', '-Z', 'chacha20-poly1305@openssh.com']);
    const answer = await login(hostAt(sshd.port, { identityFile: file }));
    expect(first(answer)).toMatch(
      /^transport openssh: .*chacha is encrypted with chacha20.*, which ssh2 can/,
    );
  });

  it('takes openssh for a certificate beside a key', async () => {
    const [authority, file] = [join(home.ssh, 'authority'), join(home.ssh, 'certified')];
    makeKey(authority);
    makeKey(file);
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'me', '-n', 'root', `${file}.pub`]);
    const answer = await login(hostAt(sshd.port, { identityFile: file }));
    expect(first(answer)).toMatch(
      /^transport openssh: .*certified-cert.pub: certificates are not used by ssh2/,
    );
  });

  it('takes openssh for a host that known_hosts has an authority for', async () => {
    const other = new Home();
    const authority = makeKey(join(other.ssh, 'authority'));
    other.writes('known_hosts', `@cert-authority [127.0.0.1]:${sshd.port} ${authority}\n`);
    const answer = await login(hostAt(sshd.port), other.environment());
    other.remove();
    expect(answer).toMatchObject({ ok: false, failure: 'host-key-unknown', login: { transport: 'openssh' } });
    expect(first(answer)).toMatch(/^transport openssh: known_hosts has a certificate authority/);
  });
});
