/** What the catalogue holds for a code. Texts are templates over a cause's values: `{unit}`, or `{port|its port}` with a word for when it is unknown. */
import type { Priority } from '../report/report.ts';

/**
 * Over which relation a cause brings a consequence about, from the cause's subject:
 * - `self`: the same subject (and, where both are about a port, the same port)
 * - `endpoint`: endpoints through it (for a port of a service: the endpoints that must end up there)
 * - `direct`: endpoints that reach it without a proxy in between
 * - `proxy`: proxies of the endpoints that must end there
 * - `client`: services that connect to an endpoint through it
 * - `host`: everything on that host, and the endpoints that resolve to it
 */
export type Relation = 'self' | 'endpoint' | 'direct' | 'proxy' | 'client' | 'host';

export interface Consequence {
  readonly over: Relation;
  readonly codes: readonly string[];
  /** Holds only for a cause whose finding says that it is about this (`values.about`). */
  readonly about?: 'port' | 'address' | 'start' | 'name' | undefined;
}

/** Of a cause's values: each has to be the one, or one of those. */
export type Condition = Readonly<Record<string, string | boolean | readonly string[]>>;

/** A template; one with a condition is left out where a value is known to be another. */
export type Said = string | { readonly when: Condition; readonly say: string };

export const inCase = (when: Condition, say: string): Said => ({ when, say });

export interface Entry {
  /** What the code has by itself; a run's own priority is computed. */
  readonly priority: Priority;
  readonly title: string;
  /** In general, without values: what is so when this is the cause. */
  readonly means: string;
  /** What people see of it. */
  readonly shows: readonly string[];
  /** The usual reasons, the most likely first. */
  readonly why: readonly string[];
  readonly produces?: readonly Consequence[];
  /** While it stands no request gets through: the last rows of endpoints through it can't pass, whatever they show. */
  readonly stops?: true;
  readonly fix: Fix;
  /** Besides running doctor again: what to type, two blanks, `→`, a blank, what is expected. */
  readonly verify?: readonly Said[];
  /** Other words in certain cases: the first of which all values are known and fit. */
  readonly instead?: readonly Instead[];
}

export interface Instead {
  readonly when: Condition;
  readonly title?: string;
  readonly fix?: Partial<Fix>;
  readonly verify?: readonly Said[];
}

export interface Fix {
  readonly summary: string;
  readonly steps: readonly Said[];
  /** The one change to a file that mends it; left out of a cause whose values do not fill it. */
  readonly change?: Change | null;
  /** What to type, in order; a line that a cause's values do not fill is left out. */
  readonly commands?: readonly Said[];
  /** What it can cost to do it. */
  readonly risk: string;
  readonly rollback: string;
}

/** Templates, as all texts are. */
export interface Change {
  readonly file: string;
  readonly line: string;
  /** What stands there now. */
  readonly before: string;
  readonly after: string;
}

/** What a proxy says when the server behind it is not there or does not answer (RFC 9110 section 15.6). */
export const gatewayCodes = ['http.bad-gateway', 'http.unavailable', 'http.gateway-timeout'] as const;

export const silence = ['http.timeout', 'http.closed', 'websocket.timeout', 'websocket.closed'] as const;

const answers = [
  'http.status',
  'http.body',
  'http.not-http',
  'http.redirect-loop',
  'websocket.not-found',
] as const;
const refusals = [
  'websocket.unauthorized',
  'websocket.not-upgraded',
  'websocket.rejected',
  'websocket.bad-accept',
  'websocket.no-pong',
  'websocket.subprotocol',
] as const;

/** Everything that an HTTP or WebSocket row can show when another server answers than should. */
export const anyAnswer = [...gatewayCodes, ...silence, ...answers, ...refusals] as const;

/** How a service that has lost what it connects to shows it. */
export const lostConnection = ['service.not-connected', 'journal.missing', 'journal.error'] as const;

const lostClient: Consequence = { over: 'client', codes: lostConnection };

/** What follows when nothing serves a port any more. */
export const nothingServes: readonly Consequence[] = [
  {
    over: 'self',
    codes: [...silence, ...gatewayCodes, 'port.refused', 'container.unhealthy', ...lostConnection],
  },
  { over: 'endpoint', codes: [...gatewayCodes, ...silence] },
  { over: 'direct', codes: ['port.refused', 'port.partial'] },
  lostClient,
];

/** What follows when an endpoint itself can't be used. */
export const endpointIsLost: readonly Consequence[] = [lostClient];

/** What an endpoint's own symptom brings about: the same, seen elsewhere, and clients that lose it. */
export const same = (...codes: string[]): readonly Consequence[] => [
  { over: 'endpoint', codes },
  { over: 'client', codes: lostConnection },
];

/** What comes through a proxy that errs is not what the service says. */
export const misled: readonly Consequence[] = [
  { over: 'endpoint', codes: anyAnswer },
  { over: 'client', codes: lostConnection },
];

/** How a service that can't start shows it, besides what it leaves behind. */
export const failedStart = [
  'systemd.failed',
  'systemd.restarting',
  'container.restarting',
  'container.stopped',
  'container.unhealthy',
  'process.missing',
] as const;

/** Without its process nothing of a service is left. */
export const noProcess: readonly Consequence[] = [
  { over: 'self', codes: ['netstat.not-listening', 'process.count'] },
  ...nothingServes,
];
