/** After a connection that got no answer: did the program never take it, or does it take it and say nothing? */
import type { Ask, Failure, FailureCode, Success, Vantage } from '../check.ts';
import { onlyWhen } from './asks.ts';
import { listenerAsks, lookAtListener, type Namespace } from './listener.ts';
import type { Attempt } from './reach.ts';
import type { ListenerLook } from './sockets.ts';

export interface SecondLook {
  readonly listener: ListenerLook | null;
  /** How the program took a path that cannot exist; null: not asked, or could not be. */
  readonly otherPath: 'answered' | 'silent' | null;
}

export const noSecondLook: SecondLook = { listener: null, otherPath: null };

const noAnswer: readonly (FailureCode | null)[] = ['timeout', 'closed', 'reset'];

/** A path that no program has. */
export function impossible(url: string): string {
  return new URL('/.viworks-doctor/no-such-path', url).href;
}

/**
 * Looks at the listener of a port of this same host, or of a container on it. Only when it holds nothing that was never accepted is it
 * asked again: another connection would only join the queue.
 */
export async function secondLook(
  vantage: Vantage,
  port: number,
  attempts: readonly Attempt[],
  askOther: (address: string) => Promise<Success<unknown> | Failure>,
  place: Namespace = null,
): Promise<SecondLook> {
  const silent = attempts.find(({ failure, connected }) => noAnswer.includes(failure) && connected !== null);
  if (!silent) return noSecondLook;
  const listener = await lookAtListener(vantage, port, place);
  const waiting = listener?.unaccepted ?? listener?.queue ?? 0;
  if (waiting > 0 || silent.connected !== true) return { listener, otherPath: null };
  const other = await askOther(silent.address);
  // Whatever it says, it says something: a refusal of the certificate or a line that is no HTTP as well.
  if (other.ok || other.failure === 'not-http') return { listener, otherPath: 'answered' };
  return { listener, otherPath: noAnswer.includes(other.failure) ? 'silent' : null };
}

export const secondLookAsks = (
  operation: 'request' | 'upgrade',
  url: string,
  container: string | null,
): Ask[] =>
  onlyWhen('where it connects and gets no answer', [
    ...listenerAsks(container),
    { operation, url: impossible(url) },
  ]);

/** A full queue takes no connection (the kernel lets one more in than its limit): then the silence was no answer's. */
export function sawQueue<A extends Attempt>(attempts: readonly A[], listener: ListenerLook | null): A[] {
  const { queue, limit } = listener ?? { queue: null, limit: null };
  const full = queue !== null && limit !== null && queue > limit;
  return attempts.map((attempt) =>
    full && attempt.failure === 'timeout' ? { ...attempt, connected: false } : attempt,
  );
}
