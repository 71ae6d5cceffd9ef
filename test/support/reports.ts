/** What reports are made of by hand: a report, a row, a piece of evidence, a cause. */
import type { Cause, Evidence, Report, Result } from '../../src/report/report.ts';

/** Of a fix: no change to a file, nothing to type, no risk. */
export const noMore = { change: null, commands: [], risk: '' };

const startedAt = '2026-03-05T09:12:44.000Z';

export function report(parts: Partial<Report> & Pick<Report, 'results' | 'topology'>): Report {
  const count = (status: Result['status']) => parts.results.filter((row) => row.status === status).length;
  const worst = (['fail', 'error', 'warn'] as const).find((status) => count(status) > 0);
  return {
    schema: 'viworks-doctor/report@1',
    title: 'ViWorkS agent connectivity',
    version: '0.1.0',
    runId: '01JNK3Q8W0Z6',
    startedAt,
    durationMs: 812,
    observer: 'laptop',
    status: worst ?? 'pass',
    summary: {
      pass: count('pass'),
      warn: count('warn'),
      fail: count('fail'),
      error: count('error'),
      skip: count('skip'),
      waived: 0,
    },
    notes: [],
    diagnosis: { causes: [] },
    ...parts,
  };
}

/** A row by its id; what the id says (kind, subject, vantage of an endpoint's row) is taken from it. */
export function row(id: string, label: string, summary: string, more: Partial<Result> = {}): Result {
  const [, subject = id, from, kind = ''] =
    /^([a-z]+(?:\.[a-z0-9-]+)?)(?:@([a-z0-9-]+))?\.([a-z]+)(?:\..+)?$/.exec(id) ?? [];
  const status = more.status ?? 'pass';
  return {
    id,
    kind,
    subject,
    label,
    target: 'agent.example.com',
    vantage: from ?? 'local',
    status,
    code: null,
    findings:
      more.code && (status === 'fail' || status === 'error' || status === 'warn')
        ? [
            {
              code: more.code,
              status,
              says: summary,
              expected: more.expected ?? null,
              observed: more.observed ?? null,
              file: null,
              line: null,
              values: {},
            },
          ]
        : [],
    summary,
    expected: null,
    observed: null,
    durationMs: status === 'skip' ? 0 : 12,
    attempts: status === 'skip' ? 0 : 1,
    blockedBy: null,
    waiver: null,
    evidence: [],
    facts: status === 'skip' ? null : {},
    ...more,
  };
}

/** What is not well, and its code. */
export const bad = (status: 'fail' | 'error' | 'warn', code: string, more: Partial<Result> = {}) => ({
  status,
  code,
  ...more,
});
export const waits = (blockedBy: string): Partial<Result> => ({ status: 'skip', blockedBy });

export function evidence(
  operation: string,
  command: string,
  output: string,
  more: Partial<Evidence> = {},
): Evidence {
  return { operation, command, vantage: 'local', exitCode: null, output, truncated: false, ...more };
}

export function cause(code: string, subject: string, title: string, more: Partial<Cause> = {}): Cause {
  return {
    code,
    priority: 'P0',
    subject,
    title,
    because: [],
    explains: [],
    evidence: [],
    confidence: 'certain',
    next: null,
    fix: { summary: '', steps: [], ...noMore, rollback: '' },
    verify: [],
    ...more,
  };
}
