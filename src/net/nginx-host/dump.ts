/** What the running nginx's own program says of its configuration: `nginx -T` (nginx(8)). */
import type { Failure, Vantage } from '../../check.ts';
import type { ContainerPlace } from '../containers.ts';
import { splitDump } from '../nginx/route.ts';
import { argumentsOf, type Master } from './masters.ts';
import { type Rejection, rejectionIn } from './words.ts';

export type Dumped =
  | { readonly state: 'read'; readonly main: string; readonly files: Map<string, string> }
  | { readonly state: 'rejected'; readonly rejection: Rejection }
  /** It was not asked, or its answer says nothing. */
  | { readonly state: 'unknown'; readonly failure: Failure | null };

/** Of the program `binary`, on the host or, by the engine's own exec, in the container. */
export function askingNginx(
  place: Pick<ContainerPlace, 'engine' | 'name'> | null,
  binary: string,
  ...args: readonly string[]
): string[] {
  return place ? [place.engine, 'exec', place.name, binary, ...args] : [binary, ...args];
}

/**
 * Only beside a running master, with its own arguments, and as its own user: else it would create the files that a
 * start creates, and not be let read what it needs.
 */
export async function dumpOf(
  vantage: Vantage,
  place: Pick<ContainerPlace, 'engine' | 'name'> | null,
  binary: string,
  master: Master,
): Promise<Dumped> {
  const answer = await vantage.execute({
    argv: askingNginx(place, binary, '-T', ...argumentsOf(master)),
    asRoot: true,
  });
  if (!answer.ok) return { state: 'unknown', failure: answer };
  // what it misses then is not nginx's, but ours
  if (answer.sudo === 'refused') return { state: 'unknown', failure: null };
  if (answer.exitCode !== 0) {
    const rejection = rejectionIn(answer.stderr);
    return rejection ? { state: 'rejected', rejection } : { state: 'unknown', failure: null };
  }
  const dump = answer.truncated ? null : splitDump(answer.stdout);
  return dump ? { state: 'read', ...dump } : { state: 'unknown', failure: null };
}
