/** `--only` and `--skip`: which steps of a plan are looked at, and which of them are shown. */
import picomatch from 'picomatch';
import type { Step } from './step.ts';

export interface Selection {
  readonly steps: readonly Step[];
  /** Patterns that matched nothing. */
  readonly unmatched: readonly string[];
}

/**
 * A pattern is a kind, a subject (with all its vantages), or a glob over ids. What a chosen step stands on is looked
 * at too, and shown only if it fails. What stands on a skipped step stands alone.
 */
export function select(steps: readonly Step[], only: readonly string[], skip: readonly string[]): Selection {
  const matchers = [...only, ...skip].map((pattern) => ({ pattern, matches: matcher(pattern) }));
  const unmatched = matchers.filter(({ matches }) => !steps.some(matches)).map(({ pattern }) => pattern);
  const chosenBy = (patterns: readonly string[]) => (step: Step) =>
    matchers.some(({ pattern, matches }) => patterns.includes(pattern) && matches(step));

  const kept = steps.filter((step) => !chosenBy(skip)(step));
  const shown = new Set(
    kept.filter((step) => only.length === 0 || chosenBy(only)(step)).map((step) => step.id),
  );
  const looked = new Set(shown);
  const byId = new Map(kept.map((step) => [step.id, step]));
  const include = (step: Step) => {
    const grounds = step.needs.filter(({ optional }) => !optional);
    const beside = (step.beside ?? []).map((id) => ({ id }));
    for (const { id } of [...grounds, ...beside, ...(step.doubts ? [step.doubts] : [])]) {
      const ground = byId.get(id);
      if (!ground || looked.has(id)) continue;
      looked.add(id);
      include(ground);
    }
  };
  for (const step of kept) if (shown.has(step.id)) include(step);

  return {
    unmatched,
    steps: kept
      .filter((step) => looked.has(step.id))
      .map(({ doubts, ...step }) => ({
        ...step,
        needs: step.needs.filter(({ id }) => looked.has(id)),
        ...(doubts && looked.has(doubts.id) ? { doubts } : {}),
        ...(shown.has(step.id) ? {} : { quiet: true }),
      })),
  };
}

function matcher(pattern: string): (step: Step) => boolean {
  const glob = picomatch(pattern, { dot: true, noextglob: true, nobrace: true });
  return (step) => pattern === step.kind || pattern === step.subject || glob(step.id);
}
