/** What sshd, ssh and ssh2 say only in words: the one place where words decide. None of them is translated. */
import type { FailureCode } from '../../check.ts';

type Table = readonly (readonly [RegExp, FailureCode])[];

/** Why a forwarded connection failed: strerror(3) of the far side, glibc's words and musl's. */
const connectWords: Table = [
  [/Connection refused/i, 'refused'],
  [/timed out/i, 'timeout'],
  [/No route to host|Host is unreachable|Network (is )?unreachable|Host is down/i, 'unreachable'],
  [
    /Permission denied|Operation not permitted|Cannot assign requested address|Invalid argument/i,
    'unreachable',
  ],
  [/Connection reset/i, 'reset'],
  [/prohibited|not allowed|unknown channel type/i, 'forwarding-refused'],
];

/** RFC 4254 section 5.1: reason codes of SSH_MSG_CHANNEL_OPEN_FAILURE. */
const prohibited = 1;
const connectFailed = 2;

/** A refused `direct-tcpip` channel: its reason says who refused, its words why a connection failed. */
export function forwardingFailure(reason: number | null, words: string): FailureCode {
  if (reason === prohibited || (reason !== null && reason > connectFailed)) return 'forwarding-refused';
  // OpenSSH says "open failed" when connect(2) failed at once: there is no way to that address
  return lookUp(connectWords, words) ?? (reason === connectFailed ? 'unreachable' : 'closed');
}

/** What the ssh of a ProxyJump, or a ProxyCommand, says when it ends. */
const proxyWords: Table = [
  [/HOST IDENTIFICATION HAS CHANGED|host key .* has changed|revoked/i, 'host-key-changed'],
  [/Host key verification failed|No .* host key is known/i, 'host-key-unknown'],
  [/Permission denied \(|Too many authentication failures/i, 'auth-failed'],
  [/no matching (host key|key exchange|cipher|MAC)/i, 'no-common-algorithm'],
  [/Could not resolve hostname .*Temporary failure/i, 'no-answer'],
  [/Could not resolve hostname .*No address associated/i, 'no-address'],
  [/Could not resolve hostname/i, 'nxdomain'],
  [/administratively prohibited/i, 'forwarding-refused'],
  ...connectWords,
];

/** How often an ssh said that the pipe to the one before it was closed: a pipe has no address and no port. */
export function pipesClosed(words: string): number {
  return words.match(/closed by UNKNOWN port 65535/g)?.length ?? 0;
}

/** Without what the outermost of several ssh said of its own pipe: what is left is of the hosts in between. */
export function saidBeforeOwnPipe(words: string): string {
  const lines = words.split('\n');
  for (const pattern of [/closed by UNKNOWN port 65535/, /^kex_exchange_identification: /]) {
    const own = lines.findLastIndex((line) => pattern.test(line));
    if (own >= 0) lines.splice(own, 1);
  }
  return lines.join('\n');
}

/** It was logged in to, and opened no connection to the next host (`ssh -W`). */
export function wasForwarding(words: string): boolean {
  return /^channel \d+: open failed|^stdio forwarding failed/m.test(words);
}

export function proxyFailure(words: string): FailureCode {
  return lookUp(proxyWords, words) ?? 'closed';
}

/** What ssh2 says in its own errors, ssh on its standard error, and servers in SSH_MSG_DISCONNECT, when a login fails. */
const loginWords: Table = [
  [/no matching (key exchange|host key|cipher|MAC|compression|C->S|S->C)/i, 'no-common-algorithm'],
  [/no mutual|Unsupported algorithm/i, 'no-common-algorithm'],
  [/Too many authentication failures|authentication methods failed|Permission denied \(/i, 'auth-failed'],
  [/Connection reset/i, 'reset'],
  [/timed out/i, 'timeout'],
  [
    /identification string|greeting lines|banner line|invalid format|Header line too long|Invalid header|protocol version/i,
    'not-ssh',
  ],
];

export function loginFailure(words: string): FailureCode | null {
  return lookUp(loginWords, words);
}

/** What sshd sends in the place of its identification string when it takes no more connections (sshd.c). */
export function isTurnedAway(received: string): boolean {
  return /^(Exceeded MaxStartups|Not allowed at this time)/.test(received);
}

/** `Unable to negotiate …: no matching cipher found. Their offer: …`: of which kind, by the keyword of ssh_config. */
export function theirOffer(
  words: string,
): { readonly keyword: string; readonly algorithms: readonly string[] } | null {
  const [, kind = '', list = ''] =
    /no matching (key exchange method|host key type|cipher|MAC) found\. Their offer: (\S{1,4096})/.exec(
      words,
    ) ?? [];
  const keyword = offerKeywords[kind];
  return keyword === undefined
    ? null
    : { keyword, algorithms: list.split(',').filter((one) => !isMark(one)) };
}

/** Marks of extensions that travel as key exchange methods (RFC 8308, and OpenSSH's PROTOCOL). */
const isMark = (name: string) => /^(?:ext-info-[cs]|kex-strict-)/.test(name);

const offerKeywords: Readonly<Record<string, string>> = {
  'key exchange method': 'KexAlgorithms',
  'host key type': 'HostKeyAlgorithms',
  cipher: 'Ciphers',
  MAC: 'MACs',
};

/** What sudo says in the place of the command's own words: every line of it begins with its name (sudo(8)). */
export function sudoRefused(words: string): boolean {
  return /^sudo(?:-rs)?: /m.test(words);
}

/** Why `cat` could not read a file: strerror(3), in no language but English since we set LC_ALL=C. */
export function fileFailure(words: string): FailureCode {
  if (/No such file or directory/.test(words)) return 'missing';
  return /Is a directory/.test(words) ? 'unsupported' : 'denied';
}

/** What a line of `ssh -v` tells of a login. */
export type LoginLine =
  | { readonly kind: 'connecting'; readonly address: string }
  | { readonly kind: 'unreached' | 'method' | 'foreign' | 'server'; readonly text: string }
  | { readonly kind: 'host-key'; readonly type: string; readonly fingerprint: string }
  | { readonly kind: 'host-key-refused'; readonly verdict: 'unknown' | 'changed' | 'revoked' | 'unreadable' }
  | {
      readonly kind: 'offered';
      readonly name: string;
      readonly type: string;
      readonly fingerprint: string;
      readonly fromAgent: boolean;
    }
  | { readonly kind: 'left'; readonly methods: readonly string[] }
  | { readonly kind: 'handshaken' | 'partial' | 'ready' }
  /** What went wrong, in ssh's own words. */
  | { readonly kind: 'said'; readonly text: string };

/** OpenSSH 7.4 to 10. What a server sends is in no other line than `said`, before the key exchange, and `foreign`. */
const loginLines: readonly (readonly [RegExp, (...groups: string[]) => LoginLine])[] = [
  [/^debug1: Connecting to \S+ \[([^\]]+)\] port \d+/, (address) => ({ kind: 'connecting', address })],
  [/^ssh: (connect to .+|Could not resolve .+)$/, (text) => ({ kind: 'unreached', text })],
  [
    /^debug1: Remote protocol version ([\d.]+), remote software version (.*)$/,
    (version, software) => ({ kind: 'server', text: `SSH-${version}-${software}` }),
  ],
  [
    /^debug1: (?:kex_exchange_identification: banner line \d+|ssh_exchange_identification): (.*)$/,
    (text) => ({ kind: 'foreign', text }),
  ],
  [
    /^debug1: Server host (?:key|certificate): (\S+) (SHA256:[^\s,]+)/,
    (type, fingerprint) => ({ kind: 'host-key', type, fingerprint }),
  ],
  [
    /^Error checking host key .* in revoked keys file/,
    () => ({ kind: 'host-key-refused', verdict: 'unreadable' }),
  ],
  [/REVOKED HOST KEY|^Host key .* revoked/, () => ({ kind: 'host-key-refused', verdict: 'revoked' })],
  [/^Host key for .* has changed/, () => ({ kind: 'host-key-refused', verdict: 'changed' })],
  [
    /^No .* host key is known|^Host key verification failed/,
    () => ({ kind: 'host-key-refused', verdict: 'unknown' }),
  ],
  [/^debug1: SSH2_MSG_NEWKEYS received/, () => ({ kind: 'handshaken' })],
  [
    /^debug1: Offering public key: (.*) ([A-Z0-9-]+) (SHA256:\S+)((?: [a-z]+)*)$/,
    (name, type, fingerprint, from) => ({
      kind: 'offered',
      name,
      type: keyTypes[type] ?? type.toLowerCase(),
      fingerprint,
      fromAgent: / agent\b/.test(from),
    }),
  ],
  [/^debug1: Next authentication method: (\S+)/, (text) => ({ kind: 'method', text })],
  [
    /^debug1: Authentications that can continue: (\S+)/,
    (methods) => ({ kind: 'left', methods: methods.split(',') }),
  ],
  [/^(?:debug1: )?Authenticated (?:using "[^"]*" )?with partial success/, () => ({ kind: 'partial' })],
  [/^debug1: Entering interactive session/, () => ({ kind: 'ready' })],
  [/^(?!debug\d: |OpenSSH_|Authenticated to |Pseudo-terminal )(.*\S.*)$/, (text) => ({ kind: 'said', text })],
];

/** Its short names of key types (sshkey.c), to those that stand in known_hosts. */
const keyTypes: Readonly<Record<string, string>> = {
  RSA: 'ssh-rsa',
  DSA: 'ssh-dss',
  ED25519: 'ssh-ed25519',
  'ED25519-SK': 'sk-ssh-ed25519@openssh.com',
  'ECDSA-SK': 'sk-ecdsa-sha2-nistp256@openssh.com',
  'RSA-CERT': 'ssh-rsa-cert-v01@openssh.com',
  'ED25519-CERT': 'ssh-ed25519-cert-v01@openssh.com',
};

export function readLoginLine(line: string): LoginLine | null {
  for (const [pattern, tell] of loginLines) {
    const match = pattern.exec(line);
    if (match) return tell(...match.slice(1).map((group) => group ?? ''));
  }
  return null;
}

/** What ssh asks a person for that we ask on its behalf: the key file, or the token, that has to be opened; else null. */
export function askedToOpen(question: string): string | null {
  return (
    (/^Enter passphrase for (?:key )?'?(.*?)'?: ?$/.exec(question) ??
      /^Enter PIN for (.*?): ?$/.exec(question))?.[1] ?? null
  );
}

/** What an ssh says that a ControlMaster could give no session: its server allows no more (MaxSessions). */
export function isSessionRefused(words: string): boolean {
  return /session request failed: |Session open refused by peer/.test(words);
}

/** What an `ssh -v -W` says once a ControlMaster carries its connection. */
export function isCarried(words: string): boolean {
  return /^debug1: mux_client_request_stdio_fwd: master session id/m.test(words);
}

/** Once keys are exchanged, a server may have its banner printed: only these lines are ssh's own. */
export function isOwnLine(line: string): boolean {
  return /^(?:\S+: Permission denied \(|Received disconnect from |Connection (?:to|closed|reset) |Timeout, |client_loop: |ssh_dispatch_run_fatal: |sign_and_send_pubkey: )/.test(
    line,
  );
}

function lookUp(table: Table, words: string): FailureCode | null {
  return table.find(([pattern]) => pattern.test(words))?.[1] ?? null;
}
