/** Results and causes → the report document, counted. Formats make foreign text visible. */
import type { Cause, Report, Result, Topology } from './report.ts';
import { reportSchemaId } from './report.ts';

export interface Findings {
  readonly title: string;
  readonly version: string;
  readonly runId: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly observer: string;
  readonly notes: readonly string[];
  readonly topology: Topology;
  readonly results: readonly Result[];
  readonly causes: readonly Cause[];
}

export function documentOf(findings: Findings): Report {
  const { title, version, runId, startedAt, durationMs, observer, topology } = findings;
  const results = [...findings.results];
  const count = (status: Result['status']) => results.filter((result) => result.status === status).length;
  const status = (['fail', 'error', 'warn'] as const).find((worst) => count(worst) > 0) ?? 'pass';
  return {
    schema: reportSchemaId,
    title,
    version,
    runId,
    startedAt,
    durationMs,
    observer,
    status,
    summary: {
      pass: count('pass'),
      warn: count('warn'),
      fail: count('fail'),
      error: count('error'),
      skip: count('skip'),
      waived: 0,
    },
    notes: [...findings.notes],
    topology,
    results,
    diagnosis: { causes: [...findings.causes] },
  };
}
