/** One step and what was looked at → one result: the envelope around a check's verdict. Pure. */
import type { Check, Finding, FindingStatus, FindingWords, Verdict } from '../check.ts';
import type { Step } from '../plan/step.ts';
import type { Result, ResultFinding } from '../report/report.ts';
import { describeLook } from './evidence.ts';
import type { Ended, Looked } from './looked.ts';

const worstFirst: readonly FindingStatus[] = ['fail', 'error', 'warn'];

/** The two codes that only the runner gives. */
export const runnerFindings: Readonly<Record<string, FindingWords>> = {
  'doctor.check-crashed': { status: 'error', says: (f) => `the check itself crashed: ${f.observed}` },
  'doctor.deadline': { status: 'error', says: () => "could not look: the run's deadline came first" },
};

const notLooked: Readonly<Record<Exclude<Ended, 'deadline'>, string>> = {
  'fail-fast': 'not looked at: --fail-fast ended the run first',
  interrupted: 'not looked at: the run was interrupted',
};

export function skipped(step: Step, check: Check, summary: string, blockedBy: string | null): Result {
  return { ...envelope(step, check), status: 'skip', summary, blockedBy };
}

export function endedEarly(step: Step, check: Check, ended: Ended, looked?: Looked): Result {
  if (ended !== 'deadline')
    return { ...skipped(step, check, notLooked[ended], null), ...whatWasSeen(step, check, looked) };
  const verdict = verdictOf('doctor.deadline', null);
  return judged(step, check, verdict, looked);
}

export function crashed(step: Step, check: Check, crash: string, looked?: Looked): Result {
  return judged(step, check, verdictOf('doctor.check-crashed', crash), looked);
}

function verdictOf(code: string, observed: string | null): Verdict {
  return { findings: [{ code, expected: null, observed }], expected: null, observed: null };
}

/** The worst finding gives the result its status and its code; the others are kept beside it. */
export function judged(step: Step, check: Check, verdict: Verdict, looked?: Looked): Result {
  const findings = verdict.findings
    .map((finding) => said(check, finding))
    .sort((a, b) => worstFirst.indexOf(a.status) - worstFirst.indexOf(b.status));
  const [worst] = findings;
  return {
    ...envelope(step, check),
    ...whatWasSeen(step, check, looked),
    status: worst?.status ?? 'pass',
    code: worst?.code ?? null,
    findings,
    summary: findings.length
      ? findings.map(({ says }) => says).join('; ')
      : (verdict.observed ?? 'as it should be'),
    expected: worst?.expected ?? verdict.expected,
    observed: worst?.observed ?? verdict.observed,
  };
}

function said(check: Check, finding: Finding): ResultFinding {
  const words = check.findings[finding.code] ?? runnerFindings[finding.code];
  if (!words) throw new Error(`${check.kind} gave the code ${finding.code}, which it does not declare`);
  return {
    code: finding.code,
    status: finding.status ?? words.status,
    says: words.says(finding),
    expected: finding.expected,
    observed: finding.observed,
    file: finding.file ?? null,
    line: finding.line ?? null,
    values: { ...finding.values },
  };
}

function whatWasSeen(
  step: Step,
  check: Check,
  looked?: Looked,
): Pick<Result, 'durationMs' | 'attempts' | 'evidence' | 'facts'> {
  if (!looked) return { durationMs: 0, attempts: 0, evidence: [], facts: null };
  return {
    durationMs: looked.durationMs,
    attempts: looked.attempts,
    evidence: looked.looks.map((look) =>
      describeLook(look, step.vantage, (output) => check.shows?.(output, look, step.options) ?? output),
    ),
    facts: (looked.facts as Result['facts']) ?? null,
  };
}

function envelope(step: Step, check: Check): Result {
  return {
    id: step.id,
    kind: step.kind,
    subject: step.subject,
    label: check.label(step.options),
    target: check.target(step.options),
    vantage: step.vantage,
    status: 'pass',
    code: null,
    findings: [],
    summary: '',
    expected: null,
    observed: null,
    durationMs: 0,
    attempts: 0,
    blockedBy: null,
    waiver: null,
    evidence: [],
    facts: null,
  };
}
