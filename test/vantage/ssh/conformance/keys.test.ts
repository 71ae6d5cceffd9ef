import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type KeyType, makeKey } from '../../../support/sshd.ts';
import { needs } from '../../../support/tools.ts';
import { compare, inEachWay, type Lab, type Login, openLab, type Result } from './lab.ts';

const passphrase = 'open sesame';

interface Format {
  readonly name: string;
  readonly type: KeyType;
  readonly options: readonly string[];
  readonly encrypted?: boolean;
}

const plain: readonly Format[] = [
  { name: 'ed25519', type: 'ed25519', options: [] },
  { name: 'ecdsa-256', type: 'ecdsa', options: ['-b', '256'] },
  { name: 'ecdsa-384', type: 'ecdsa', options: ['-b', '384'] },
  { name: 'ecdsa-521', type: 'ecdsa', options: ['-b', '521'] },
  { name: 'rsa-2048', type: 'rsa', options: ['-b', '2048'] },
  { name: 'rsa-4096', type: 'rsa', options: ['-b', '4096'] },
  { name: 'ecdsa-256-pem', type: 'ecdsa', options: ['-b', '256', '-m', 'PEM'] },
  { name: 'ecdsa-521-pem', type: 'ecdsa', options: ['-b', '521', '-m', 'PEM'] },
  { name: 'rsa-pem', type: 'rsa', options: ['-b', '2048', '-m', 'PEM'] },
  { name: 'ecdsa-256-pkcs8', type: 'ecdsa', options: ['-b', '256', '-m', 'PKCS8'] },
  { name: 'ecdsa-384-pkcs8', type: 'ecdsa', options: ['-b', '384', '-m', 'PKCS8'] },
  { name: 'rsa-pkcs8', type: 'rsa', options: ['-b', '2048', '-m', 'PKCS8'] },
];

/** `-a 1`: one round of its key derivation is enough for a test, and ssh2 does them in JavaScript. */
const encrypted: readonly Format[] = [
  { name: 'aes256-ctr', type: 'ed25519', options: ['-a', '1', '-Z', 'aes256-ctr'] },
  { name: 'aes256-gcm', type: 'ecdsa', options: ['-a', '1', '-Z', 'aes256-gcm@openssh.com'] },
  { name: 'aes128-cbc', type: 'rsa', options: ['-b', '2048', '-a', '1', '-Z', 'aes128-cbc'] },
  { name: 'chacha20', type: 'ed25519', options: ['-a', '1', '-Z', 'chacha20-poly1305@openssh.com'] },
  { name: 'ecdsa-pem', type: 'ecdsa', options: ['-m', 'PEM'] },
  { name: 'rsa-pem', type: 'rsa', options: ['-b', '2048', '-m', 'PEM'] },
  { name: 'ecdsa-pkcs8', type: 'ecdsa', options: ['-b', '521', '-m', 'PKCS8'] },
  { name: 'rsa-pkcs8', type: 'rsa', options: ['-b', '2048', '-m', 'PKCS8'] },
];

const locked = (format: Format, publicBeside: boolean) =>
  `locked-${format.name}${publicBeside ? '' : '-alone'}`;

const only = (name: string) => (lab: Lab) => `IdentityFile "${lab.file(name)}"\nIdentitiesOnly yes`;

const notOpened: Result = [
  'auth-failed',
  /encrypted with chacha20-poly1305@openssh.com, which this transport can not/,
];

const cases: Login[] = [
  ...plain.map(
    ({ name }): Login => ({
      title: `a ${name} key logs in`,
      server: 'plain',
      config: only(`plain-${name}`),
      ends: 'in',
    }),
  ),
  ...encrypted.flatMap((format) =>
    [true, false].flatMap((publicBeside): Login[] => {
      const name = locked(format, publicBeside);
      const what = `an encrypted ${format.name} key ${publicBeside ? 'with' : 'without'} its .pub`;
      const config = only(name);
      return [
        {
          title: `${what} is not asked about without a terminal`,
          server: 'plain',
          config,
          ends: ['auth-failed', new RegExp(`${name}.* encrypted.*ssh-add`)],
          ...(format.name === 'chacha20' ? { but: { ssh2: notOpened } } : {}),
        },
        {
          title: `${what} logs in once somebody types its passphrase`,
          server: 'plain',
          config,
          typed: ['wrong', passphrase],
          ends: 'in',
          but: { ssh: null, ...(format.name === 'chacha20' ? { ssh2: notOpened } : {}) },
        },
      ];
    }),
  ),
];

describe.skipIf(needs('openssh-server', '/usr/sbin/sshd'))('keys', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab(() => ({ plain: {} }));
    const { authorize } = lab.server('plain');
    for (const { name, type, options } of plain) {
      authorize(makeKey(lab.file(`plain-${name}`), type, '', options));
    }
    for (const format of encrypted) {
      for (const publicBeside of [true, false]) {
        const file = lab.file(locked(format, publicBeside));
        authorize(makeKey(file, format.type, passphrase, format.options));
        if (!publicBeside) rmSync(`${file}.pub`);
      }
    }
  });
  afterAll(() => lab.end());

  it.each(inEachWay(cases))('%s: %s', (_title, way, login) => compare(lab, login, way));
});
