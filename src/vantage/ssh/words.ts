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
  [/Could not resolve hostname/i, 'nxdomain'],
  [/administratively prohibited/i, 'forwarding-refused'],
  ...connectWords,
];

/** How often an ssh said that the pipe to the one before it was closed: a pipe has no address and no port. */
export function pipesClosed(words: string): number {
  return words.match(/closed by UNKNOWN port 65535/g)?.length ?? 0;
}

/** It was logged in to, and opened no connection to the next host (`ssh -W`). */
export function wasForwarding(words: string): boolean {
  return /^channel \d+: open failed|^stdio forwarding failed/m.test(words);
}

export function proxyFailure(words: string): FailureCode {
  return lookUp(proxyWords, words) ?? 'closed';
}

/** What ssh2 says in its own errors, and servers in SSH_MSG_DISCONNECT, when a login fails. */
const loginWords: Table = [
  [/no matching (key exchange|host key|C->S|S->C)/i, 'no-common-algorithm'],
  [/no mutual|Unsupported algorithm/i, 'no-common-algorithm'],
  [/Too many authentication failures|authentication methods failed/i, 'auth-failed'],
  [/identification string|greeting lines|Header line too long|Invalid header|protocol version/i, 'not-ssh'],
];

export function loginFailure(words: string): FailureCode | null {
  return lookUp(loginWords, words);
}

/** What sshd sends in the place of its identification string when it takes no more connections (sshd.c). */
export function isTurnedAway(received: string): boolean {
  return /^(Exceeded MaxStartups|Not allowed at this time)/.test(received);
}

/** What sudo says in the place of the command's own words: every line of it begins with its name (sudo(8)). */
export function sudoRefused(words: string): boolean {
  return /^sudo(?:-rs)?: /m.test(words);
}

/** Why `cat` could not read a file: strerror(3), in no language but English since we set LC_ALL=C. */
export function fileFailure(words: string): FailureCode {
  if (/No such file or directory/.test(words)) return 'missing';
  return /Is a directory/.test(words) ? 'unsupported' : 'denied';
}

function lookUp(table: Table, words: string): FailureCode | null {
  return table.find(([pattern]) => pattern.test(words))?.[1] ?? null;
}
