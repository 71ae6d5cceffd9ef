/** A certificate as it was presented: for whom, by whom, until when. */
import type { Result } from '../report.ts';
import { code, type Field, field } from './document.ts';
import { readFacts } from './facts.ts';
import { day } from './summary.ts';

/** Of the first address that showed one. */
export function certificateFields(row: Result): (Field | null)[] {
  const session = readFacts.tls(row)?.attempts.find((attempt) => attempt.session !== null)?.session;
  const [leaf] = session?.chain ?? [];
  if (!session || !leaf) return [];
  return [
    field('Certificate', [code(leaf.subject), `, ${row.summary}`], row.status),
    field('Issuer', [code(leaf.issuer), `, ${session.trust}`]),
    field('Expires', [`${day(leaf.notAfter)} (${leaf.notAfter})`]),
  ];
}
