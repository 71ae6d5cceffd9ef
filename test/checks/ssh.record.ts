/** Records the fixtures of `ssh` against real servers: `test/checks/record-network.sh`. Read what it wrote. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ssh } from '../../checks/ssh.ts';
import { type Host, plainSsh, type SshSettings } from '../../src/config/config.ts';
import { localSource } from '../../src/vantage/local.ts';
import { failure, type Source } from '../../src/vantage/source.ts';
import { openSessions } from '../../src/vantage/ssh/sessions.ts';
import { recordFixture } from '../support/fixture.ts';
import { peers, raw } from '../support/network-peers.ts';
import { makeKey, type Sshd, startSshd } from '../support/sshd.ts';

const home = '/tmp/viworks-doctor-fixtures-home';
const all = peers();
const servers: Sshd[] = [];
let otherKey = '';

beforeAll(async () => {
  if (env.RECORD !== '1') return;
  rmSync(home, { recursive: true, force: true });
  mkdirSync(`${home}/.ssh`, { recursive: true, mode: 0o700 });
  const key = makeKey(`${home}/.ssh/id_ed25519`);
  otherKey = makeKey(`${home}/other`);
  const start = async (address: string, authorized: string[], ...lines: string[]) => {
    const sshd = await startSshd({ authorized, lines: [`ListenAddress ${address}:22`, ...lines] });
    servers.push(sshd);
    return sshd.hostKey('ed25519');
  };
  const known = {
    '127.0.0.40': await start('127.0.0.40', [key]),
    '127.0.0.41': await start('127.0.0.41', []),
    '127.0.0.42': await start('127.0.0.42', [key], 'KexAlgorithms sntrup761x25519-sha512@openssh.com'),
    '127.0.0.49': await start('127.0.0.49', [key], 'KexAlgorithms diffie-hellman-group1-sha1'),
  };
  const revoked = await start('127.0.0.43', [key]);
  await start('127.0.0.44', [key]);
  await start('127.0.0.45', [key]);
  await raw(all, '127.0.0.46', 22, 'HTTP/1.1 400 Bad Request\r\n\r\n');
  await raw(all, '127.0.0.47', 22, null);
  const lines = Object.entries(known).map(([address, hostKey]) => `${address} ${hostKey}`);
  lines.push(`@revoked 127.0.0.43 ${revoked}`, `127.0.0.45 ${otherKey}`, '');
  writeFileSync(`${home}/.ssh/known_hosts`, lines.join('\n'));
});

afterAll(async () => {
  all.close();
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(home, { recursive: true, force: true });
});

function record(
  name: string,
  address: string,
  more: { source?: Partial<Source>; played?: string; ssh?: Partial<SshSettings> } = {},
) {
  it(name, async () => {
    const way = { ...plainSsh, user: 'root', ...more.ssh };
    const hosts: Record<string, Host> = { backend: { address, local: false, ssh: way } };
    const variables = { PATH: env.PATH, HOME: home };
    const sessions = openSessions(hosts, { askPassphrase: null, env: variables, home });
    const source = { ...localSource({ login: sessions.login }), ...more.source };
    const played = more.played === undefined ? {} : { played: more.played };
    const { verdict } = await recordFixture(
      ssh,
      name,
      source,
      { host: 'backend' },
      { ...played, timeoutMs: 2000 },
    );
    await sessions.close();
    const codes = verdict.findings.map(({ code }) => code);
    if (name.startsWith('pass-')) expect(codes).toEqual([]);
    else expect(codes.some((code) => name.startsWith(`${code}-`))).toBe(true);
  });
}

describe.runIf(env.RECORD === '1')('ssh', () => {
  record('pass-key', '127.0.0.40');
  record('ssh.auth-failed-key', '127.0.0.41');
  record('ssh.no-common-algorithm-kex', '127.0.0.42', { ssh: { transport: 'ssh2' } });
  record('ssh.no-common-algorithm-offer', '127.0.0.49');
  record('ssh.host-key-unknown-between', '127.0.0.40', { ssh: { jump: ['root@127.0.0.44:22'] } });
  record('ssh.host-key-changed-revoked', '127.0.0.43');
  record('ssh.host-key-unknown-first', '127.0.0.44');
  record('ssh.host-key-changed-other', '127.0.0.45');
  record('ssh.unreachable-not-ssh', '127.0.0.46');
  record('ssh.unreachable-silent', '127.0.0.47');
  record('ssh.unreachable-refused', '127.0.0.48');
  const answers = (outcome: ReturnType<typeof failure>) => ({ login: async () => outcome });
  record('ssh.unreachable-name', '127.0.0.48', {
    source: answers(failure('nxdomain', 'backend.example.com does not exist')),
    played: 'no name is asked of the system resolver where fixtures are recorded',
  });
  const played = 'root may read everything, and the programs that a login needs are there';
  record('doctor.no-permission-key', '127.0.0.48', {
    source: answers(failure('denied', '~/.ssh/config can not be read (EACCES)')),
    played,
  });
  record('doctor.tool-missing-proxy', '127.0.0.48', {
    source: answers(failure('missing', 'cloudflared is not there')),
    played,
  });
  record('doctor.no-answer-broken-off', '127.0.0.48', {
    source: answers(failure('no-session', 'the login to backend broke off')),
    played,
  });
});
