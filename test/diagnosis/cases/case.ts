/** A run as its results, and the causes that must follow: exactly these, in this order. */
import type { Result, Topology } from '../../../src/report/report.ts';
import type { rows } from '../../support/incidents.ts';

export interface Case {
  readonly name: string;
  readonly results: readonly Result[];
  readonly topology: Topology;
  /** `P0 code`, or with the confidence behind it. */
  readonly causes: readonly string[];
  /** The one look that tells it from another fault: without it nobody could. */
  readonly hangsOn?: string | undefined;
}

export type Given = NonNullable<Parameters<typeof rows>[0]>;
