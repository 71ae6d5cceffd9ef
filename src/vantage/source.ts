/** What implements a vantage: `local`, `ssh` and `replay`. Checks never see this; wrappers turn it into a `Vantage`. */
import type { Answer, Arguments, Failure, FailureCode, OperationName } from '../check.ts';

export interface Limits {
  /** For one operation, in milliseconds; an SSH login may take three times that. */
  readonly timeoutMs: number;
  /** Ends the operation with the failure `aborted`. */
  readonly signal: AbortSignal;
}

/** Every operation of a vantage, with its limits. No operation rejects. */
export type Source = {
  readonly [K in OperationName]: (args: Arguments<K>, limits: Limits) => Promise<Answer<K>>;
};

export const operationNames = [
  'resolve',
  'connect',
  'handshake',
  'request',
  'upgrade',
  'execute',
  'readFile',
  'now',
  'login',
  'network',
] as const satisfies readonly OperationName[];

export function failure(code: FailureCode, detail: string, more: Partial<Omit<Failure, 'ok'>> = {}): Failure {
  return { ok: false, failure: code, detail, ...more };
}
