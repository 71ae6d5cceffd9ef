/** Which transport looks into a host: ssh2 where all that its configuration asks for is inside what ssh2 can do. */
import type { Way } from './way.ts';

export interface Choice {
  readonly transport: 'ssh2' | 'openssh';
  /** Why it is not ssh2; empty: ssh2 does. */
  readonly why: readonly string[];
}

/** What is there beside the configuration. */
export interface Surroundings {
  /** Keys and certificates that ssh2 can't use, a line each. */
  readonly keys: readonly string[];
  /** known_hosts has an `@cert-authority` for the host. */
  readonly hasAuthority: boolean;
  /** RevokedHostKeys is a binary list (KRL). */
  readonly hasBinaryRevocations: boolean;
  /** There is a Kerberos ticket that GSSAPI could show. */
  readonly hasTicket: boolean;
  /** Where a ControlMaster of the user's listens. */
  readonly controlMaster: string | null;
}

type Options = Way['options'];

export function chooseTransport(options: Options, around: Surroundings): Choice {
  const said = (condition: boolean, words: string) => (condition ? [words] : []);
  const why = [
    ...said(around.controlMaster !== null, `a ControlMaster listens at ${around.controlMaster}`),
    ...settingsBeyondSsh2(options).map((setting) => `${setting} is set`),
    ...listsBeyondSsh2(options).map((list) => `${list} names nothing that ssh2 has`),
    ...around.keys,
    ...said(around.hasAuthority, 'known_hosts has a certificate authority for the host (@cert-authority)'),
    ...said(around.hasBinaryRevocations, 'RevokedHostKeys is a binary list'),
    ...said(
      around.hasTicket && options.get('gssapiauthentication')?.[0] === 'yes',
      'GSSAPIAuthentication is set, and there is a Kerberos ticket',
    ),
  ];
  return { transport: why.length > 0 ? 'openssh' : 'ssh2', why };
}

const settings: Readonly<Record<string, string>> = {
  certificatefile: 'CertificateFile',
  pkcs11provider: 'PKCS11Provider',
  knownhostscommand: 'KnownHostsCommand',
  bindaddress: 'BindAddress',
  bindinterface: 'BindInterface',
  proxyusefdpass: 'ProxyUseFdpass',
  hostbasedauthentication: 'HostbasedAuthentication',
};

/** Settings of ssh_config(5) that ssh2 has nothing for. */
export function settingsBeyondSsh2(options: Options): string[] {
  return Object.entries(settings).flatMap(([key, word]) => {
    const value = options.get(key)?.[0];
    return value === undefined || ['none', 'no', 'false'].includes(value) ? [] : [word];
  });
}

/** What ssh2 1.17 offers; its host keys are those that it can verify and that OpenSSH still has. */
export const ssh2Algorithms = {
  kex: [
    'curve25519-sha256@libssh.org',
    'curve25519-sha256',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group15-sha512',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group17-sha512',
    'diffie-hellman-group18-sha512',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    'chacha20-poly1305@openssh.com',
  ],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-rsa',
  ],
} as const;

const lists = [
  ['KexAlgorithms', ssh2Algorithms.kex],
  ['Ciphers', ssh2Algorithms.cipher],
  ['MACs', ssh2Algorithms.hmac],
  ['HostKeyAlgorithms', ssh2Algorithms.serverHostKey],
] as const;

function listsBeyondSsh2(options: Options): string[] {
  return lists.flatMap(([word, has]) => {
    const wanted = options.get(word.toLowerCase())?.[0]?.split(',');
    return wanted && !has.some((algorithm) => wanted.includes(algorithm)) ? [word] : [];
  });
}
