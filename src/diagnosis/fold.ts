/** Echoes fold along declared consequences only: which candidates stand by themselves, and what each of them explains. */
import type { Candidate } from './candidate.ts';
import { depthOf } from './order.ts';
import { produces } from './relations.ts';
import { standIns } from './stand-ins.ts';
import type { View } from './view.ts';

export interface Root {
  readonly cause: Candidate;
  /** Candidates that it brings about, directly or through others. */
  readonly echoes: readonly Candidate[];
}

export function fold(view: View, candidates: readonly Candidate[]): Root[] {
  const effects = new Map(
    candidates.map((cause) => [cause, candidates.filter((effect) => produces(view, cause, effect))]),
  );
  const reach = (start: Candidate): Set<Candidate> => {
    const reached = new Set<Candidate>();
    const walk = (cause: Candidate) => {
      for (const effect of effects.get(cause) ?? []) {
        if (effect === start || reached.has(effect)) continue;
        reached.add(effect);
        walk(effect);
      }
    };
    walk(start);
    return reached;
  };
  const reachOf = new Map(candidates.map((candidate) => [candidate, reach(candidate)]));
  // A circle of consequences has no beginning of its own: its deepest member is taken for it.
  const isBelow = (a: Candidate, b: Candidate) => {
    if (!reachOf.get(a)?.has(b)) return false;
    if (!reachOf.get(b)?.has(a)) return true;
    return (
      depthOf(a) > depthOf(b) || (depthOf(a) === depthOf(b) && candidates.indexOf(a) < candidates.indexOf(b))
    );
  };
  return candidates
    .filter((candidate) => !candidates.some((other) => isBelow(other, candidate)))
    .map((cause) => ({
      cause: { ...cause, evidence: [...cause.evidence, ...standIns(view, cause)] },
      echoes: [...(reachOf.get(cause) ?? [])],
    }));
}
