/** Certificates that are outside their dates by the own clock, and inside them by everybody else's. */
import type { Result } from '../../report/report.ts';
import { type Candidate, fault, refsOf, valuesOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { exchangeOf } from './listeners.ts';

const dated = ['tls.expired', 'tls.not-yet-valid', 'tls.expiring'];

export const clockSkew: Rule = (view) => {
  const clock = view.results.find(({ code }) => code === 'observer.clock-skew');
  const finding = clock?.findings.find(({ code }) => code === 'observer.clock-skew');
  const skewMs = finding?.values.skewMs;
  if (!clock || !finding || typeof skewMs !== 'number') return [];
  // On a host its own clock counts.
  const misdated = view.results.filter(
    (row) => row.vantage === 'local' && refsOf(row, dated).length > 0 && isValidAt(row, skewMs),
  );
  if (misdated.length === 0) return [];
  const claimed = misdated.flatMap((row) => refsOf(row, dated));
  const isFault = misdated.some(({ findings }) =>
    findings.some(({ code, status }) => dated.includes(code) && status === 'fail'),
  );
  return [
    fault('observer.clock-skew', clock.subject, [clock, ...misdated], {
      findings: [...refsOf(clock), ...claimed],
      confidence: finding.values.likely === true ? 'likely' : 'certain',
      values: valuesOf(clock, finding),
      evidence: ['By that time the certificate is inside its dates'],
      isFault,
    }),
  ] satisfies Candidate[];
};

/** With the clock set right, every certificate that was verified is inside its dates. */
function isValidAt(row: Result, skewMs: number): boolean {
  const { attempts, nowMs } = row.kind === 'tls' ? factsOf(row, 'tls') : exchangeOf(row);
  const sessions = (attempts ?? []).flatMap(({ session }) => session ?? []);
  if (nowMs == null || sessions.length === 0) return false;
  const rightMs = nowMs - skewMs;
  return sessions.every(({ path, chain }) =>
    (path && path.length > 0 ? path : chain).every(
      ({ notBefore, notAfter }) => Date.parse(notBefore) <= rightMs && rightMs <= Date.parse(notAfter),
    ),
  );
}
