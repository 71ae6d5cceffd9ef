/** What nginx does with a request, as plain data. */

/** A line of a configuration file, from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A header that nginx sets on the request that it passes on. */
export interface SentHeader {
  /** null: it is not sent, or its value is not known (then `known` is false). */
  readonly value: string | null;
  readonly known: boolean;
  /** As configured (`$connection_upgrade`), or nginx's default. */
  readonly configured: string;
  /** Where it is set; null for nginx's default. */
  readonly at: Place | null;
}

export interface UpstreamServer extends Place {
  /** A name or an address as written, or the path of a Unix socket. */
  readonly address: string;
  /** null for a Unix socket. */
  readonly port: number | null;
  /** The rest of its line: `backup`, `down`, `weight=5`. */
  readonly flags: readonly string[];
}

export interface Upstream extends Place {
  readonly name: string;
  readonly servers: readonly UpstreamServer[];
}

export interface Proxied extends Place {
  readonly kind: 'proxy';
  readonly scheme: 'http' | 'https';
  /** As written: a name, an address (IPv6 without brackets), an upstream's name; '' for a Unix socket. */
  readonly host: string;
  /** null: that of each server of the upstream, or a Unix socket. */
  readonly port: number | null;
  readonly unix: string | null;
  /** The request target that the upstream gets, with its query; null when it depends on something unknown. */
  readonly path: string | null;
  readonly upstream: Upstream | null;
  /** The name comes out of a variable, so that nginx asks its `resolver` for it, request by request. */
  readonly resolvesAtRunTime: boolean;
  readonly httpVersion: string;
  readonly hostHeader: SentHeader;
  readonly upgrade: SentHeader;
  readonly connection: SentHeader;
  /** In ms, as in force (60 s each where unset). `at` is null for the default. */
  readonly connectTimeout: Timeout;
  readonly sendTimeout: Timeout;
  readonly readTimeout: Timeout;
  /** Whether a WebSocket upgrade gets through; null when it can't be told. `at`: the line to change. */
  readonly websocket: { readonly passed: boolean | null; readonly why: string; readonly at: Place };
}

export interface Timeout {
  readonly ms: number;
  readonly at: Place | null;
}

export type Outcome =
  | Proxied
  /** `return`: the body, or null. */
  | ({ readonly kind: 'return'; readonly status: number; readonly body: string | null } & Place)
  /** `location` as configured, evaluated; null when it depends on something unknown. */
  | ({ readonly kind: 'redirect'; readonly status: number; readonly location: string | null } & Place)
  /** Files of this host. `root` as configured; null for nginx's default. */
  | ({ readonly kind: 'static'; readonly root: string | null } & Place)
  | ({ readonly kind: 'other-backend'; readonly protocol: string; readonly target: string } & Place)
  /** An answer of nginx's own: 400, 403, 404, 500. */
  | ({ readonly kind: 'refused'; readonly status: number; readonly why: string } & Place)
  /** TLS spoken to a plain port, or the reverse. */
  | ({ readonly kind: 'wrong-scheme'; readonly listens: 'tls' | 'plain' } & Place)
  /** Nothing in the configuration listens there. */
  | { readonly kind: 'no-server'; readonly why: string }
  /** `otherwise`: what happens if what is not known is the plain case (no file is there, no condition holds). */
  | ({ readonly kind: 'undecided'; readonly why: string; readonly otherwise: Outcome | null } & Place);

/** A step that the request took, and the line that made it. */
export interface Step extends Place {
  readonly what: string;
}
