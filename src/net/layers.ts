/** What a look over TLS or HTTP says when a layer below its own is the trouble. */
import type { FailureCode, Finding, FindingWords, TlsSession, Vantage } from '../check.ts';
import { gather } from './attempts.ts';
import { certificateFaults, tlsFailureFinding } from './certificates.ts';
import { protocolOf, statusIn } from './protocols.ts';
import { type Attempt, connectFailed, connectFindings, dnsFinding, type Trouble } from './reach.ts';

/** An attempt that went as far as TLS, if it had any. */
export interface LayeredAttempt extends Attempt {
  /** What the other side sent instead of what was asked for. */
  readonly received: string | null;
  readonly session: TlsSession | null;
}

/** The clock that certificates are held against. */
export interface Clock {
  readonly nowMs: number | null;
}

/** Something that nobody could look at, and so says nothing of the thing itself. */
export interface Unknown extends Trouble {
  readonly what: string;
}

export async function readClock(vantage: Vantage): Promise<number | null> {
  const answer = await vantage.now({});
  return answer.ok ? answer.epochMs : null;
}

const plainWords: Partial<Readonly<Record<FailureCode, string>>> = {
  timeout: 'no answer in time',
  closed: 'closed',
  reset: 'reset',
};

/**
 * The findings of an attempt that failed: `own` says which code the kind has for which failure. Null when the
 * failure says nothing about the other side, because nobody could look.
 */
export function failureFindings(
  attempt: LayeredAttempt,
  host: string,
  own: Partial<Readonly<Record<FailureCode, string>>>,
  expected: string,
  clock: Clock,
): Finding[] | null {
  const { failure, detail, received, session } = attempt;
  if (failure === null) return [];
  const code = own[failure];
  if (code && attempt.connected === true) {
    const protocol = received === null ? null : protocolOf(received);
    const words = received === null ? {} : wordsOfStart(failure, received, detail);
    const values = { failure, protocol, ...(received === null ? {} : { received }), ...words };
    const observed = words.began ?? plainWords[failure] ?? words.malformed ?? protocol ?? detail;
    return [{ code, expected, observed, values }];
  }
  if (failure === 'not-tls' || failure === 'handshake') {
    const sent = received === null ? {} : { received };
    return [tlsFailureFinding({ ok: false, failure, detail, ...sent })];
  }
  if (failure === 'unverified') return session && sessionFindings(session, host, 0, clock);
  const unresolved = dnsFinding({ failure, detail }, host);
  return unresolved && [unresolved];
}

/** What there is to say of an answer that began as HTTP has it, and is none. */
function wordsOfStart(failure: FailureCode, received: string, detail: string) {
  const status = statusIn(received);
  if (failure === 'not-http')
    return protocolOf(received) === 'HTTP' ? { malformed: `malformed HTTP: ${detail}` } : {};
  if (status === null) return {};
  return failure === 'timeout'
    ? {
        began: `${status} came, and no complete answer in time`,
        begins: `begins to answer (${status}), and does not end in time`,
      }
    : {
        began: `${status} came, and it was ${failure} before the answer was complete`,
        begins: `breaks its answer (${status}) off`,
      };
}

/** What is wrong with a session's certificates; null when there is no clock to hold their dates against. */
export function sessionFindings(
  session: TlsSession,
  host: string,
  certDays: number,
  { nowMs }: Clock,
): Finding[] | null {
  if (nowMs !== null) return certificateFaults(session, host, nowMs, certDays);
  const dated = ['tls.expired', 'tls.not-yet-valid', 'tls.expiring'];
  const others = certificateFaults(session, host, 0).filter(({ code }) => !dated.includes(code));
  return others.length > 0 ? others : null;
}

/**
 * The findings of all attempts: of the name, of the port, then what `faults` says of each (null: nothing is known).
 * `redirect` names the other place that an attempt had come to when it ended.
 */
export function judgeAttempts<A extends Attempt>(
  look: { readonly attempts: readonly A[]; readonly resolveFailure: Trouble | null },
  host: string,
  faults: (attempt: A) => readonly Finding[] | null,
  redirect: (attempt: A) => string | null = () => null,
): { readonly findings: Finding[]; readonly unknown: Unknown | null } {
  if (look.resolveFailure) {
    const finding = dnsFinding(look.resolveFailure, host);
    return finding
      ? { findings: [finding], unknown: null }
      : { findings: [], unknown: { ...look.resolveFailure, what: host } };
  }
  const found = look.attempts.map((attempt) => {
    const to = redirect(attempt);
    if (to === null) return { attempt, own: connectFailed(attempt) ? [] : faults(attempt) };
    const own = connectFailed(attempt) ? connectFindings([attempt]) : faults(attempt);
    return {
      attempt,
      own: own?.map((finding) => ({ ...finding, values: { ...finding.values, redirect: to } })) ?? null,
    };
  });
  const dark = found.find(({ own }) => own === null)?.attempt;
  return {
    findings: [
      ...connectFindings(look.attempts.filter((attempt) => redirect(attempt) === null)),
      ...gather(found.map(({ attempt, own }) => ({ address: attempt.address, findings: own ?? [] }))),
    ],
    unknown: dark
      ? { failure: dark.failure ?? 'incomplete', detail: dark.detail || 'no time of day', what: dark.address }
      : null,
  };
}

const notLooked: FindingWords = {
  status: 'error',
  says: ({ observed }) => `could not look: ${observed ?? 'no answer'}`,
};

/** Words for the codes of `couldNotLook` where files of our own (`tls.ca`) can be what is missing. */
export const notLookedFindings = {
  'doctor.no-permission': notLooked,
  'doctor.no-answer': notLooked,
  'doctor.tool-missing': notLooked,
} as const satisfies Record<string, FindingWords>;
