/** A candidate for a cause, and how findings become candidates. */
import type { Result, ResultFinding } from '../report/report.ts';
import { type About, endpointOf, isLastRow, portOf, type View } from './view.ts';

/** One finding of one result: `id#index`. */
export type FindingRef = `${string}#${number}`;

export interface Candidate extends About {
  readonly code: string;
  /** Results it rests on. */
  readonly because: readonly string[];
  /** The findings that it accounts for. */
  readonly findings: readonly FindingRef[];
  readonly vantages: readonly string[];
  readonly confidence: 'certain' | 'likely';
  /** What its texts are filled with, besides what is known of its subject. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Lines of evidence that no row shows by itself. */
  readonly evidence: readonly string[];
  /** Only what is broken brings anything about: a warning doesn't, and what could not be looked at doesn't. */
  readonly isFault: boolean;
}

export const refOf = (result: Result, index: number): FindingRef => `${result.id}#${index}`;

/** All refs of a result's findings, or of those with one of the codes. */
export const refsOf = (result: Result, codes?: readonly string[]): FindingRef[] =>
  result.findings.flatMap(({ code }, index) =>
    !codes || codes.includes(code) ? [refOf(result, index)] : [],
  );

/** The same code about the same thing from several vantages is one candidate; two keys of a file are two things. */
const keyOf = ({ code, subject, port, endpoint, values }: Candidate): string =>
  `${code} ${subject} ${port ?? ''} ${endpoint ?? ''} ${values.key ?? ''}`;

/** Where several rows say the same of an endpoint, the words of its last row stand: that is what people ask for. */
export function candidatesOf(view: View): Candidate[] {
  const last = view.results.filter((result) => isLastRow(view, result));
  const others = view.results.filter((result) => !isLastRow(view, result));
  return merged(
    [...last, ...others].flatMap((result) =>
      result.findings.map((finding, index) => ({
        code: finding.code,
        ...aboutOf(result, finding),
        because: [result.id],
        findings: [refOf(result, index)],
        vantages: [result.vantage],
        // What a configuration does in the plain case, where more can't be told from it.
        confidence: finding.values?.likely === true ? ('likely' as const) : ('certain' as const),
        values: valuesOf(result, finding),
        evidence: lastWords(finding),
        isFault: finding.status === 'fail',
      })),
    ),
  );
}

/** Of what ended or failed, the end of its log: it often says why. */
function lastWords({ values }: ResultFinding): string[] {
  const log = values?.journal ?? values?.log;
  const lines = Array.isArray(log)
    ? log.filter((line) => typeof line === 'string' && line.trim() !== '')
    : [];
  const { unit } = values ?? {};
  // What systemd adds names the unit, and says what the finding says.
  const own = lines.filter((line) => typeof unit !== 'string' || !line.includes(unit));
  const telling = own.filter((line) => startsAfresh.test(line));
  return (telling.length > 0 ? telling : own).slice(-2).map((line) => `Its log: ${line}`);
}

/** No part of a stack trace, or of an object that was printed. */
const startsAfresh = /^[^\s)}\]^]/;

/** Why something could not be looked at is about the way there, not about each port behind it. */
function aboutOf(result: Result, { code, status }: ResultFinding): About {
  const { subject, vantage } = result;
  const whole = { port: null, endpoint: null };
  if (status !== 'error') return { subject, port: portOf(result), endpoint: endpointOf(result) };
  if (code === 'doctor.deadline') return { subject: 'observer', ...whole };
  if (code.startsWith('ssh.') && vantage !== 'local') return { subject: `host.${vantage}`, ...whole };
  return { subject, ...whole };
}

/** What a rule makes of several rows: a fault that is certain, and of no port or single endpoint, unless it says otherwise. */
export function fault(
  code: string,
  subject: string,
  rows: readonly Result[],
  more: Pick<Candidate, 'findings'> & Partial<Candidate>,
): Candidate {
  return {
    code,
    subject,
    port: null,
    endpoint: null,
    because: rows.map(({ id }) => id),
    vantages: [...new Set(rows.map(({ vantage }) => vantage))],
    confidence: 'certain',
    values: {},
    evidence: [],
    isFault: true,
    ...more,
  };
}

export function valuesOf(result: Result, finding?: ResultFinding): Record<string, unknown> {
  return {
    ...finding?.values,
    expected: finding?.expected ?? result.expected,
    observed: finding?.observed ?? result.observed,
    says: finding?.says ?? result.summary,
    file: finding?.file,
    line: finding?.line,
    target: finding?.values?.target ?? result.target,
  };
}

/** The first one's words stand; what they rest on is put together. */
export function merged(candidates: readonly Candidate[]): Candidate[] {
  const byKey = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const known = byKey.get(keyOf(candidate));
    byKey.set(keyOf(candidate), known ? { ...known, ...together(known, candidate) } : candidate);
  }
  return [...byKey.values()];
}

function together(a: Candidate, b: Candidate): Partial<Candidate> {
  const union = <T>(one: readonly T[], other: readonly T[]) => [...new Set([...one, ...other])];
  return {
    because: union(a.because, b.because),
    findings: union(a.findings, b.findings),
    vantages: union(a.vantages, b.vantages),
    evidence: union(a.evidence, b.evidence),
    isFault: a.isFault || b.isFault,
    confidence: a.confidence === 'certain' ? 'certain' : b.confidence,
  };
}
