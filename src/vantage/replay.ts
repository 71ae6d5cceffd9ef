/** A vantage out of recorded looks. It never makes a live call: an operation that was not recorded throws. */
import type { Answer, OperationName } from '../check.ts';
import type { Look } from './observe.ts';
import { operationNames, type Source } from './source.ts';

/** The record has no look for what was asked: it was made by another version, or of another plan. */
export class NotRecorded extends Error {
  override name = 'NotRecorded';
}

/** Looks are found by operation, arguments and the n-th time that they were asked. */
export function replaySource(looks: readonly Pick<Look, 'operation' | 'args' | 'outcome'>[]): Source {
  const recorded = new Map<string, Look['outcome'][]>();
  for (const look of looks) {
    const key = keyOf(look.operation, look.args);
    recorded.set(key, [...(recorded.get(key) ?? []), look.outcome]);
  }
  const answer = async (operation: OperationName, args: unknown) => {
    const outcome = recorded.get(keyOf(operation, args))?.shift();
    if (!outcome) throw new NotRecorded(`no recorded look for ${operation} ${JSON.stringify(args)}`);
    return outcome as Answer<OperationName>;
  };
  return Object.fromEntries(
    operationNames.map((operation) => [operation, (args: unknown) => answer(operation, args)]),
  ) as unknown as Source;
}

/** Independent of the order of keys, of keys that are undefined, and of as whom it was asked. */
function keyOf(operation: OperationName, args: unknown): string {
  return `${operation} ${JSON.stringify(args, (key, value) =>
    key === 'asRoot'
      ? undefined
      : value && typeof value === 'object' && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  )}`;
}
