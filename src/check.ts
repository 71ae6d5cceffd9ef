/**
 * The contract of a check, and of the vantage it looks from. A check is one plain object in one file:
 * `look` gathers facts through a vantage, `judge` (pure) says what they mean, and nothing else is asked of it.
 */
import type { z } from 'zod';
import type { Arguments, Failure, OperationName, Vantage } from './operations.ts';

export type * from './login-trace.ts';
export type * from './operations.ts';

/** From the worst to the best. */
export type Status = 'fail' | 'error' | 'warn' | 'pass' | 'skip';
export type FindingStatus = 'fail' | 'error' | 'warn';

/** One thing that is not as it should be. */
export interface Finding {
  readonly code: string;
  /** Where it is not as bad as the code usually is, or worse. */
  readonly status?: FindingStatus | undefined;
  readonly expected: string | null;
  readonly observed: string | null;
  readonly file?: string | null | undefined;
  readonly line?: number | null | undefined;
  /** What its words are filled with, beyond expected and observed: addresses, dates, names. */
  readonly values?:
    | Readonly<Record<string, string | number | boolean | null | readonly string[]>>
    | undefined;
}

/** What a judge says: no findings is a pass. The runner adds id, vantage, timing and evidence. */
export interface Verdict {
  readonly findings: readonly Finding[];
  readonly expected: string | null;
  /** What was seen, in a few plain words: the table's middle column when all is well. */
  readonly observed: string | null;
}

/** A code that a check can give: how bad it is, and its words for the table. */
export interface FindingWords {
  readonly status: FindingStatus;
  readonly says: (finding: Finding) => string;
}

/** What earlier checks on the path found, by fact: `{ address: [...], connection: [...] }`. Empty when a check stands alone. */
export type Ground = Readonly<Record<string, unknown>>;

/** Written as a method, so that a check of one kind is a `Check` like any other (method parameters are bivariant). */
type Provide<Options, Facts> = { from(facts: Facts, options: Options): unknown }['from'];

/** What a look asked its vantage for. */
export interface Asked {
  readonly operation: OperationName;
  readonly args: Arguments<OperationName>;
}

/**
 * What a look may ask its vantage for, told before it does. What only a look can tell stands between ‹ and ›, with …
 * behind where it is any number of words: `/proc/‹pid›/net/tcp`, `stat -L -c '%Y %n' ‹file›…`.
 */
export type Ask = {
  /** In which case alone, in a few words: `where there is no ps`. */
  readonly when?: string | undefined;
} & (
  | { readonly operation: 'execute'; readonly argv: readonly string[]; readonly asRoot?: true | undefined }
  | { readonly operation: 'readFile'; readonly path: string }
  | { readonly operation: 'resolve'; readonly name: string; readonly server: string | null }
  | { readonly operation: 'connect' | 'handshake'; readonly host: string; readonly port: number }
  | { readonly operation: 'request' | 'upgrade'; readonly url: string }
  | { readonly operation: 'login'; readonly host: string }
  | { readonly operation: 'now' | 'network' }
);

export interface Check<Options = unknown, Facts = unknown> {
  /** The kind: the name of its file, and of `kind` in `[[checks]]`. */
  readonly kind: string;
  /** One line, for `viworks-doctor checks`. */
  readonly summary: string;
  /** What the user (or the plan) may set: an object schema with defaults and descriptions. */
  readonly options: z.ZodType<Options>;
  /** What `look` finds: what rules and readers of the JSON report rely on. */
  readonly facts: z.ZodType<Facts>;
  /** The row's label in plain words: `Listens on 8081`. */
  label(options: Options): string;
  /** What is looked at, as one word: a URL, `host:port`, a unit's name. */
  target(options: Options): string;
  look(vantage: Vantage, options: Options, ground: Ground): Promise<Facts>;
  /** All that `look` may ask for with these options, in order: what `viworks-doctor plan` prints. */
  asks?(options: Options): readonly Ask[];
  /** Pure, and never awaits. */
  judge(facts: Facts, options: Options): Verdict;
  /** What checks further up the path stand on: fact → its value, or undefined when this look did not find it. */
  readonly provides?: Readonly<Record<string, Provide<Options, Facts>>>;
  /**
   * What of an operation's output a report may show as evidence; left out: all of it. For looks at what may hold
   * secrets of others. A record keeps the whole, for its replay.
   */
  shows?(output: string, asked: Asked, options: Options): string;
  /** Every code that `judge` can give. */
  readonly findings: Readonly<Record<string, FindingWords>>;
  /** A paragraph or two: what it asks, how, and what it cannot see. */
  readonly docs: string;
}

/** Types a check's file without repeating its types, and keeps the registry's element type simple. */
export function defineCheck<Options, Facts>(check: Check<Options, Facts>): Check<Options, Facts> {
  return check;
}

const words =
  (status: FindingStatus) =>
  (says: string | ((finding: Finding) => string)): FindingWords => ({
    status,
    says: typeof says === 'string' ? () => says : says,
  });

export const fail = words('fail');
export const warn = words('warn');
/** Could not look: says nothing about the thing itself. */
export const error = words('error');

/** A failure of an operation on a host, as the finding that says why a check could not look. */
export function couldNotLook(failure: Failure, what: string): Finding {
  const code =
    failure.failure === 'denied'
      ? 'doctor.no-permission'
      : failure.failure === 'missing'
        ? 'doctor.tool-missing'
        : failure.failure === 'forwarding-refused'
          ? 'ssh.forwarding-refused'
          : 'doctor.no-answer';
  return { code, expected: null, observed: failure.detail, values: { what, failure: failure.failure } };
}

/** The words of {@link couldNotLook}'s codes: spread them into the `findings` of a check that can give them. */
export const couldNotLookFindings = {
  'doctor.no-permission': error((f) => `not allowed to read ${f.values?.what ?? 'it'}`),
  'doctor.no-answer': error(({ values, observed }) =>
    values?.failure === 'timeout' || !observed
      ? `could not look: no complete answer from ${values?.what ?? 'the host'}`
      : `could not look at ${values?.what ?? 'it'}: ${observed}`,
  ),
  'doctor.tool-missing': error(
    ({ values, observed }) => `could not look: ${observed || `no tool for ${values?.what ?? 'it'} there`}`,
  ),
} as const satisfies Record<string, FindingWords>;

export const forwardingFindings = {
  'ssh.forwarding-refused': error('the SSH server opens no connections for us (AllowTcpForwarding)'),
} as const satisfies Record<string, FindingWords>;
