/** What a login that failed has people type, out of recorded logins. */
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { topology } from '../support/incidents.ts';
import { recordedRow } from '../support/recorded-rows.ts';

const home = '/tmp/viworks-doctor-fixtures-home/.ssh';
const cases: readonly (readonly [fixture: string, row: string, title: string, commands: string[]])[] = [
  [
    'host-key-unknown-first',
    'host key is not in known_hosts',
    'the host key of backend is not in known_hosts',
    [
      'ssh-keyscan 127.0.0.44 2>/dev/null | ssh-keygen -lf -',
      `ssh-keyscan 127.0.0.44 >> ${home}/known_hosts`,
    ],
  ],
  [
    'host-key-unknown-between',
    'root@127.0.0.44:22 in between: host key is not in known_hosts',
    'the host key of root@127.0.0.44:22, which stands between here and backend, is not in known_hosts',
    ['ssh -p 22 root@127.0.0.44 true'],
  ],
  [
    'host-key-changed-other',
    'host key is not the one in known_hosts:6',
    'the host key of backend is another one than known_hosts has, or is revoked there',
    [
      `ssh-keygen -l -F 127.0.0.45 -f ${home}/known_hosts`,
      `ssh-keygen -R 127.0.0.45 -f ${home}/known_hosts`,
      'ssh root@127.0.0.45 true',
    ],
  ],
  [
    'auth-failed-key',
    'none of our keys is taken for root (1 tried)',
    'backend accepts none of our keys',
    ['ssh-add -l', `ssh-copy-id -i ${home}/id_ed25519.pub root@127.0.0.41`, 'ssh -v root@127.0.0.41 true'],
  ],
  [
    'no-common-algorithm-offer',
    'no algorithm in common',
    'doctor and backend share no SSH algorithm',
    ['ssh -o KexAlgorithms=+diffie-hellman-group1-sha1 root@127.0.0.49 true', 'ssh -vv root@127.0.0.49 true'],
  ],
];

describe('a failed login', () => {
  it.each(cases)('%s', async (fixture, row, title, commands) => {
    const result = await recordedRow(`ssh/ssh.${fixture}.json`, 'host.backend.ssh');
    expect(result.summary).toBe(row);
    const [cause] = diagnose({ results: [result], topology });
    expect(cause?.title).toBe(title);
    expect(cause?.fix.commands).toEqual(commands);
  });
});
