/** What the exit code says (contract: Command line). Computed once, after everything is printed. */
import type { Report } from '../report/report.ts';

export const exitCodes = {
  passed: 0,
  failed: 1,
  usage: 2,
  unknown: 3,
  interrupted: 130,
  hungUp: 129,
  terminated: 143,
} as const;

export function exitCodeOf({ summary }: Report, strict: boolean): number {
  if (summary.fail > 0 || (strict && summary.warn > 0)) return exitCodes.failed;
  if (summary.error > 0) return exitCodes.unknown;
  return exitCodes.passed;
}
