/** What a vantage can do: every operation, its arguments, and what it answers. Plain data, so that it can be kept and replayed. */

import type { LoginTrace } from './login-trace.ts';

/** Why an operation gave no answer. A closed list, mapped once from Node's, OpenSSL's, the resolver's and sshd's codes. */
export type FailureCode =
  // resolve
  | 'invalid-name'
  | 'nxdomain'
  | 'no-address'
  | 'server-failure'
  | 'no-answer'
  // connect, and everything that connects
  | 'refused'
  | 'timeout'
  | 'unreachable'
  | 'reset'
  | 'closed'
  /** The SSH server does not open connections for us (`AllowTcpForwarding no`). */
  | 'forwarding-refused'
  // handshake, and what needs one
  | 'not-tls'
  | 'handshake'
  /** The certificate did not verify, so nothing was sent. */
  | 'unverified'
  // request, upgrade
  | 'not-http'
  // execute, readFile
  | 'missing'
  | 'denied'
  | 'incomplete'
  // login
  | 'not-ssh'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'auth-failed'
  | 'no-common-algorithm'
  // any of them
  | 'no-session'
  | 'unsupported'
  | 'aborted';

/** An operation that gave no answer, and all that is known about why. `detail` is for people; programs read `failure`. */
export interface Failure {
  readonly ok: false;
  readonly failure: FailureCode;
  readonly detail: string;
  /** What the other side sent instead (the first bytes, escaped later), where that helps to name it. */
  readonly received?: string;
  /** `unverified`: what the handshake found. */
  readonly tls?: TlsSession;
  /** `login`: what is known about the host's key and the methods tried. */
  readonly login?: LoginTrace;
}

export type Success<T> = { readonly ok: true } & Readonly<T>;
export type Outcome<T> = Success<T> | Failure;

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** A certificate as it was presented. Dates are ISO 8601. */
export interface Certificate {
  readonly subject: string;
  readonly issuer: string;
  /** subjectAltName entries, as `DNS:name` or `IP:address` (RFC 6125: the subject's CN is no name). */
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly fingerprint256: string;
  /** It is its own issuer, and its own key verifies its signature. */
  readonly selfSigned: boolean;
  readonly isAuthority: boolean;
  /** URI of the issuer's certificate (authorityInfoAccess, RFC 5280 4.2.2.1). */
  readonly issuerUri: string | null;
}

/** Whether the chain leads to a root that is trusted at this vantage, whatever its dates and names are. */
export type Trust = 'trusted' | 'self-signed' | 'unknown-issuer' | 'incomplete-chain' | 'invalid';

/** What a TLS handshake found. The handshake itself succeeded; whether its certificate is good is for judges. */
export interface TlsSession {
  readonly protocol: string;
  readonly cipher: string;
  readonly alpn: string | null;
  readonly servername: string;
  /** As presented, the leaf first. */
  readonly chain: readonly Certificate[];
  /** The path that was verified, the leaf first, up to and with the root trusted here; empty when there is none. */
  readonly path?: readonly Certificate[] | undefined;
  readonly trust: Trust;
  /** OpenSSL's code of the verification (`CERT_HAS_EXPIRED`), or null. */
  readonly verifyError: string | null;
  /** Where the roots came from that it was verified against. */
  readonly trustStore: string;
}

/** TLS settings of an endpoint. Files are paths on the machine that doctor runs on. */
export interface TlsSettings {
  /** The name to ask for (SNI) and to verify; default: the host of the URL. */
  readonly servername?: string | undefined;
  /** Roots trusted besides the vantage's own. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Header names in lower case; a header that came several times has several values. */
export type Headers = Readonly<Record<string, readonly string[]>>;

export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  readonly headers: Headers;
  /** The start of the body, as text (UTF-8, replacement characters where it is none). */
  readonly body: string;
  /** The body was longer than what was kept. */
  readonly truncated: boolean;
  readonly tls: TlsSession | null;
}

export interface UpgradeAnswer extends HttpAnswer {
  /** 101 only: what is wrong with it (RFC 6455 section 4.1), null when nothing is. */
  readonly handshakeFault:
    | 'no-upgrade-header'
    | 'no-connection-header'
    | 'bad-accept'
    | 'bad-extension'
    | null;
  readonly subprotocol: string | null;
  /** 101 only: the answer to our last ping came (true), did not come in time (false), or none was sent (null). */
  readonly pong: boolean | null;
  /** 101 only: how the connection ended before we ended it. */
  readonly closed: {
    /** null when no close frame came. */
    readonly code: number | null;
    readonly reason: string;
    /** Without a close frame: the other side ended its half (FIN), or reset the connection. */
    readonly cut?: 'ended' | 'reset' | undefined;
  } | null;
  /** Milliseconds from the first pong on in which we sent nothing; null or left out: it did not come to that. */
  readonly idleHeldMs?: number | null | undefined;
  /** Frames that came in that time: what the other side sends by itself keeps a path open. */
  readonly idleFrames?: number | undefined;
}

export interface CommandResult {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  /** Of a look that was asked `asRoot` where that takes sudo: whether it ran as root. Left out: it took none. */
  readonly sudo?: Sudo | undefined;
}

/** `refused`: there is no sudo, it wants a password, or this command is not granted; it ran as the login user then. */
export type Sudo = 'used' | 'refused';

/** All that a vantage does: arguments in, plain serialisable data out. Nothing hands out a socket. */
export interface Operations {
  /** What programs at this vantage get for a name; with `server` (`host:port`), what that DNS server says. */
  resolve: {
    args: { readonly name: string; readonly server?: string | undefined };
    value: {
      readonly addresses: readonly Address[];
      /** `literal`: the name is an address; `system`: as programs resolve there; else the DNS server asked. */
      readonly source: string;
    };
  };
  /** Opens a TCP connection to one address, and closes it. */
  connect: {
    args: { readonly address: string; readonly port: number };
    value: { readonly address: string };
  };
  /** One TLS handshake, carried far enough that a server that wants a client certificate has said so. */
  handshake: {
    args: {
      readonly address: string;
      readonly port: number;
      readonly host: string;
      readonly tls: TlsSettings;
    };
    value: TlsSession;
  };
  /**
   * One HTTP/1.1 exchange with one address; redirects are not followed. https: sent only over a verified certificate,
   * but for `unverified`, which takes no headers and no client certificate.
   */
  request: {
    args: {
      readonly url: string;
      readonly address: string;
      readonly method: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly tls: TlsSettings;
      /** How much of the body to keep, in bytes. */
      readonly maxBytes: number;
      /** Ask over any certificate: of a stranger nothing is told, and little believed. */
      readonly unverified?: true | undefined;
    };
    value: HttpAnswer;
  };
  /** One WebSocket opening handshake (RFC 6455), then ping, pong and close. `ws:` or `wss:`. */
  upgrade: {
    args: {
      readonly url: string;
      readonly address: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly subprotocols: readonly string[];
      readonly tls: TlsSettings;
      readonly maxBytes: number;
      /** After the pong nothing is sent for so many milliseconds, and then a second ping. The time comes on top of the operation's own. */
      readonly idleMs?: number | undefined;
    };
    value: UpgradeAnswer;
  };
  /**
   * Runs a program that only reads, with LC_ALL=C. Never a shell string put together from data. `asRoot`: root sees
   * more of it, so that a host with `sudo = true` runs it as `sudo -n`; only for commands that a kind itself has, never
   * for one of its user's.
   */
  execute: {
    args: { readonly argv: readonly string[]; readonly asRoot?: true | undefined };
    value: CommandResult;
  };
  /** As the login user, and where that is denied and the host has `sudo = true`, as `sudo -n`. */
  readFile: {
    args: { readonly path: string; readonly maxBytes?: number | undefined };
    value: { readonly text: string; readonly truncated: boolean; readonly sudo?: Sudo | undefined };
  };
  /** The clock of the vantage. */
  now: { args: Record<never, never>; value: { readonly epochMs: number } };
  /** Opens the way into a declared host (once a run). */
  login: {
    args: { readonly host: string };
    value: LoginTrace & {
      /** The login user's id there; null when it could not be asked. */
      readonly uid: number | null;
      readonly hostname: string | null;
      /** Why no command of ours runs there (a shell that is none, a forced command); left out: they do. */
      readonly noShell?: string | undefined;
      /** Its clock, to the second, and ours when that came; left out: not told. */
      readonly clock?: { readonly hostMs: number; readonly localMs: number } | undefined;
    };
  };
  /** The machine's own network: addresses that are not loopback, and whether packets would have a way out. No packet is sent. */
  network: {
    args: Record<never, never>;
    value: { readonly addresses: readonly Address[]; readonly route4: boolean; readonly route6: boolean };
  };
}

export type OperationName = keyof Operations;
export type Arguments<K extends OperationName> = Operations[K]['args'];
export type Answer<K extends OperationName> = Outcome<Operations[K]['value']>;

/** The place a check looks from: `local`, or a host reached over SSH. No operation rejects: a failure is a value. */
export type Vantage = { readonly name: string } & {
  readonly [K in OperationName]: (args: Arguments<K>) => Promise<Answer<K>>;
};
