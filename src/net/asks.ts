/** Words for what a look may ask (see `Ask`). */
import type { Ask } from '../check.ts';

const conditionally = <A extends Ask>(ask: A, when: string | undefined): A =>
  when === undefined ? ask : { ...ask, when };

export const runs = (argv: readonly string[], when?: string): Ask =>
  conditionally({ operation: 'execute', argv }, when);

/** The same for what root sees more of. */
export const runsAsRoot = (argv: readonly string[], when?: string): Ask =>
  conditionally({ operation: 'execute', argv, asRoot: true }, when);

export const reads = (path: string, when?: string): Ask =>
  conditionally({ operation: 'readFile', path }, when);

export const resolves = (name: string, server: string | null = null, when?: string): Ask =>
  conditionally({ operation: 'resolve', name, server }, when);

/** The same in one case alone; what has a case of its own keeps it. */
export const onlyWhen = (when: string, asks: readonly Ask[]): Ask[] =>
  asks.map((ask) => conditionally(ask, ask.when ?? when));
