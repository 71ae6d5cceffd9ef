/** Which rows, hosts and causes belong to a subject. */
import type { Status } from '../../check.ts';
import { own } from '../own.ts';
import type { Cause, Report, Result } from '../report.ts';
import { labelWords } from '../sections.ts';
import { code, type Item, listed, type Run, strong, type Words } from './document.ts';

/** From the worst to the best; nothing looked at is `skip`. */
export const worst = (results: readonly { readonly status: Status }[]): Status =>
  (['fail', 'error', 'warn', 'pass'] as const).find((status) =>
    results.some((result) => result.status === status),
  ) ?? 'skip';

export const rowsOf = (report: Report, subject: string): Result[] =>
  report.results.filter((result) => result.subject === subject);

export const causesOf = (report: Report, subject: string): Cause[] =>
  report.diagnosis.causes.filter((cause) => cause.subject === subject);

/** The host that a service or a proxy is on, or that it is; null for all else. */
export function hostOf({ topology }: Report, subject: string): string | null {
  const [kind, name] = partsOf(subject);
  if (kind === 'host') return name;
  if (kind === 'service') return own(topology.services, name)?.host ?? null;
  return kind === 'proxy' ? (own(topology.proxies, name)?.host ?? null) : null;
}

export function partsOf(subject: string): [kind: string, name: string] {
  const dot = subject.indexOf('.');
  return dot < 0 ? [subject, ''] : [subject.slice(0, dot), subject.slice(dot + 1)];
}

/** What was seen; of a skip, why nothing was. */
export function seenWords({ status, summary, blockedBy, waiver }: Result): Words {
  const said = status === 'skip' && blockedBy !== null ? ['not looked at, waits on ', code(blockedBy)] : [];
  const words: Run[] = said.length > 0 ? said : [summary === '' ? 'not looked at' : summary];
  return waiver === null ? words : [...words, ' (waived)'];
}

/** A row as an item of a list. */
export function rowItem(report: Report, result: Result, about = ''): Item {
  const { status, findings } = result;
  const places = findings.flatMap(({ file, line }) =>
    file === null ? [] : [line === null ? file : `${file}:${line}`],
  );
  const where = [...new Set(places)].map(code);
  return {
    status,
    words: [
      strong(labelWords(report, result)),
      ...(about === '' ? [] : [` (${about})`]),
      ': ',
      ...seenWords(result),
      ...(where.length > 0 ? [', in ', ...listed(where)] : []),
    ],
  };
}

/** A machine as people call it: the one that doctor ran on has a name of its own. */
export const machine = ({ observer }: Report, vantage: string): string =>
  vantage === 'local' ? observer : vantage;

/** All that is wrong because of it is known and accepted. */
export function isWaived({ results }: Report, { because }: Cause): boolean {
  const rows = results.filter(({ id }) => because.includes(id));
  return rows.length > 0 && rows.every(({ waiver }) => waiver !== null);
}
