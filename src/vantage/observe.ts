/** Turns a source into the vantage that one step's look gets: every operation is timed, kept and redacted on the way. */
import type { Answer, Arguments, OperationName, Vantage } from '../check.ts';
import { failure, type Limits, operationNames, type Source } from './source.ts';

/** One operation as it was asked and answered, secrets already taken out. */
export interface Look<K extends OperationName = OperationName> {
  readonly operation: K;
  readonly args: Arguments<K>;
  readonly outcome: Answer<K>;
  readonly durationMs: number;
}

/** Takes secrets out of what comes in, and puts them into what goes out. */
export interface Redactor {
  /** Placeholders → values, deep. Only for what is handed to a source. */
  reveal<T>(value: T): T;
  /** Values (also base64- and URL-encoded) → placeholders, deep. */
  hide<T>(value: T): T;
}

export const nothingSecret: Redactor = { reveal: (value) => value, hide: (value) => value };

/** `looks` gets one entry an operation, in the order in which they were asked. */
export function observe(
  name: string,
  source: Source,
  limits: Limits,
  looks: Look[],
  redactor: Redactor = nothingSecret,
): Vantage {
  const ask = async <K extends OperationName>(operation: K, args: Arguments<K>): Promise<Answer<K>> => {
    const place =
      looks.push({ operation, args, outcome: failure('aborted', 'not ended'), durationMs: 0 }) - 1;
    const started = performance.now();
    const raw = limits.signal.aborted
      ? failure('aborted', 'the run ended first')
      : await (source[operation] as (args: Arguments<K>, limits: Limits) => Promise<Answer<K>>)(
          redactor.reveal(args),
          limits,
        );
    const outcome = redactor.hide(raw) as Answer<K>;
    looks[place] = { operation, args, outcome, durationMs: performance.now() - started } as Look;
    return outcome;
  };
  const operations = operationNames.map((operation) => [
    operation,
    (args: Arguments<typeof operation>) => ask(operation, args),
  ]);
  return { name, ...Object.fromEntries(operations) } as Vantage;
}
