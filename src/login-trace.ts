/** What is known of a login: plain data, with nothing secret in it. */

/** How an SSH login went, as far as it got. */
export interface LoginTrace {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** `ssh2` or `openssh`. */
  readonly transport: string;
  /** What decided the transport, the user and the keys: a line each. */
  readonly notes: readonly string[];
  readonly hostKey: { readonly type: string; readonly fingerprint: string } | null;
  /** What known_hosts has for this host: `file:line`, with its key type and fingerprint. */
  readonly knownKeys: readonly {
    readonly file: string;
    readonly line: number;
    readonly type: string;
    readonly fingerprint: string;
    readonly revoked: boolean;
  }[];
  /** The authentication methods tried, in order, with the public name of each key (never a secret). */
  readonly methods: readonly string[];
  /** The server's identification string (RFC 4253 section 4.2). */
  readonly server: string | null;
  /** The hosts in between, the nearest first, as they were written: `user@bastion:22`. */
  readonly hops?: readonly string[] | undefined;
  /** The one of them that the way ended at. */
  readonly failedHop?: string | null | undefined;
  /** The lines of ssh_config that decided of the way: keyword, file, line. */
  readonly decided?:
    | readonly { readonly keyword: string; readonly file: string; readonly line: number }[]
    | undefined;
  /** The name that an ssh is asked for, as ~/.ssh/config knows it. */
  readonly asked?: string | undefined;
  /** What known_hosts calls the host, and the file where a key that is accepted goes. */
  readonly known?: { readonly name: string; readonly file: string | null } | undefined;
  /** Of what there is none in common: the keyword of ssh_config, and all that the server offers. */
  readonly offer?: { readonly keyword: string; readonly algorithms: readonly string[] } | null | undefined;
  /** The methods that the server said it would take. */
  readonly takes?: readonly string[] | undefined;
}
