/** Results and topology → causes, the root cause first. Pure: the same results give the same output, in whatever order they come. */
import { shellWord } from '../net/shell-word.ts';
import type { Cause, Priority, Result } from '../report/report.ts';
import { type Candidate, candidatesOf, merged, refOf } from './candidate.ts';
import { catalogue } from './catalogue.ts';
import type { Entry } from './entry.ts';
import { wordsOf } from './fix.ts';
import { fold, type Root } from './fold.ts';
import { nextOf } from './next.ts';
import { depthOf } from './order.ts';
import { compareTexts as compare, inRowOrder } from './row-order.ts';
import { rules } from './rules.ts';
import { valuesFor } from './values.ts';
import {
  type About,
  destination,
  endpointsThrough,
  isLastRow,
  lastRows,
  notPassed,
  subjectOf,
  type View,
} from './view.ts';
import { fill } from './words.ts';

export function diagnose(given: View): Cause[] {
  const view = inRowOrder(given);
  const sharp = merged(rules.flatMap((rule) => rule(view)));
  const claimed = new Set(sharp.flatMap(({ findings }) => findings));
  const blunt = candidatesOf(view)
    .map((candidate) => without(candidate, claimed))
    .filter(({ findings }) => findings.length > 0);
  const known = new Map(view.results.map((result) => [result.id, result]));
  return fold(view, merged([...sharp, ...blunt]))
    .map((root) => ({ root, explains: explainedBy(view, root) }))
    .map(({ root, explains }) => ({ root, explains, cause: causeOf(view, known, root, explains) }))
    .sort(
      (a, b) =>
        compare(a.cause.priority, b.cause.priority) ||
        covered(known, b.cause) - covered(known, a.cause) ||
        depthOf(b.root.cause) - depthOf(a.root.cause) ||
        compare(`${a.cause.subject} ${a.cause.code}`, `${b.cause.subject} ${b.cause.code}`) ||
        compare(a.cause.title, b.cause.title),
    )
    .map(({ cause }) => cause);
}

/** A finding that a sharper candidate accounts for is no candidate of its own any more. */
function without(candidate: Candidate, claimed: ReadonlySet<string>): Candidate {
  const findings = candidate.findings.filter((ref) => !claimed.has(ref));
  const because = candidate.because.filter((id) => findings.some((ref) => ref.startsWith(`${id}#`)));
  return { ...candidate, findings, because };
}

/** Results that can't pass while the cause stands: its echoes, what waits on them, and the ends of the paths through it. */
function explainedBy(view: View, { cause, echoes }: Root): string[] {
  const shown = new Set([...cause.because, ...echoes.flatMap(({ because }) => because)]);
  const waiting = view.results.filter(({ blockedBy }) => blockedBy !== null && shown.has(blockedBy));
  const stopped = catalogue[cause.code]?.stops && cause.isFault ? endsOfPaths(view, cause) : [];
  const ids = new Set([...shown, ...waiting.map(({ id }) => id), ...stopped.map(({ id }) => id)]);
  return view.results.map(({ id }) => id).filter((id) => ids.has(id) && !cause.because.includes(id));
}

/** The last rows of the endpoints through a subject, and the connections of their clients, that do not pass. */
function endsOfPaths(view: View, cause: Candidate): Result[] {
  if (subjectOf(cause.subject).kind === 'endpoint') return [];
  const endpoints = endpointsThrough(view, cause);
  const clients = Object.entries(view.topology.services)
    .filter(([, { connectsTo }]) => connectsTo !== null && endpoints.includes(connectsTo))
    .map(([name]) => `service.${name}.connection`);
  const ends = endpoints.flatMap((endpoint) => lastRows(view, endpoint)).filter(lost);
  // What can't be opened can't be held open.
  const idle = ends.map(({ id }) => id.replace(/\.websocket$/, '.idle'));
  return [...ends, ...view.results.filter((row) => [...clients, ...idle].includes(row.id) && lost(row))];
}

function causeOf(view: View, known: ReadonlyMap<string, Result>, { cause }: Root, explains: string[]): Cause {
  const entry = catalogue[cause.code] ?? unknownCode;
  const because = view.results.map(({ id }) => id).filter((id) => cause.because.includes(id));
  const { title, fix, verify } = wordsOf(entry, valuesFor(view, cause), runbookOf(view, cause));
  return {
    code: cause.code,
    priority: priorityOf(view, known, cause, ownPriority(known, entry, cause), because, explains),
    subject: cause.subject,
    title,
    because,
    explains,
    evidence: [...because.map((id) => evidenceLine(known.get(id), cause)), ...cause.evidence],
    confidence: cause.confidence,
    next: nextOf(view, cause),
    fix,
    verify: [...verify, runAgain(view, cause)],
  };
}

/** The owner's own words, of the service itself, else of the one where the requests must end. */
function runbookOf(view: View, cause: Candidate): string | undefined {
  const { kind, name } = subjectOf(cause.subject);
  const ends = endpointsThrough(view, cause).map((endpoint) => destination(view, endpoint)?.service ?? '');
  const [runbook] = (kind === 'service' ? [name] : ends).flatMap(
    (service) => view.topology.services[service]?.runbook[cause.code] ?? [],
  );
  return runbook;
}

/** A plugin's own code: what its check said is all that is known. */
const unknownCode: Entry = {
  priority: 'P1',
  title: '{says}',
  means: '',
  shows: [],
  why: [],
  fix: {
    summary: 'see what was expected: {expected|it should pass}',
    steps: [],
    risk: '',
    rollback: 'None needed.',
  },
};

/** Of a row with several findings, what belongs to this cause. */
function evidenceLine(result: Result | undefined, { findings }: Candidate): string {
  if (!result) return '';
  const from = result.vantage === 'local' ? '' : ` (${result.vantage})`;
  const own = result.findings.filter((_, index) => findings.includes(refOf(result, index)));
  const says = own.length > 0 ? own.map((finding) => finding.says).join('; ') : result.summary;
  return `${result.label}${from}: ${says}`;
}

/** The command that shows whether it is mended: of the endpoints that it stops, else of the rows that it rests on. */
function runAgain(view: View, cause: Candidate): string {
  const { topology, results } = view;
  const through = endpointsThrough(view, cause);
  if (topology.file !== null) {
    const stopped = catalogue[cause.code]?.stops ? through.map((name) => `endpoint.${name}`) : [];
    const own = results.filter(({ id }) => cause.because.includes(id)).map(({ subject }) => subject);
    const subjects = new Set(stopped.length > 0 ? stopped : own);
    if (cause.subject === 'observer') subjects.clear();
    return ['viworks-doctor run', ...[...subjects].map((subject) => `--only ${subject}`)].join(' ');
  }
  const isHost = subjectOf(cause.subject).kind === 'host';
  const names = through.length > 0 ? through : Object.keys(topology.endpoints);
  const urls = isHost ? [] : names.flatMap((name) => topology.endpoints[name]?.url ?? []);
  const hosts = isHost
    ? [fill('ssh://{login}', valuesFor(view, cause))]
    : Object.values(topology.hosts).flatMap(({ address }) => (address ? `ssh://${address}` : []));
  return ['viworks-doctor run', ...(urls.length > 0 ? urls : hosts).map(shellWord)].join(' ');
}

/** What the code has by itself; less where it is only warned of, or where some get through. */
function ownPriority(
  known: ReadonlyMap<string, Result>,
  entry: Entry,
  { findings, values }: Candidate,
): Priority {
  if (entry.priority !== 'P0') return entry.priority;
  if (values.partly === true) return 'P1';
  const found = [...known.values()].flatMap((result) =>
    result.findings.filter((_, index) => findings.includes(refOf(result, index))),
  );
  if (found.length > 0 && found.every(({ status }) => status === 'warn')) return 'P2';
  return entry.priority;
}

/**
 * P0 when the last row of an endpoint does not pass because of it from every vantage that looked; P1 when from some
 * of them, or when it explains any other `fail`; else what the code has by itself, which is no P0 where everybody
 * gets through: then it is what will break.
 */
function priorityOf(
  view: View,
  known: ReadonlyMap<string, Result>,
  about: About,
  own: Priority,
  because: readonly string[],
  explains: readonly string[],
): Priority {
  const ids = new Set([...because, ...explains]);
  const ends = Object.keys(view.topology.endpoints).map((endpoint) => {
    const looked = lastRows(view, endpoint).filter((row) => whoseRowCounts(known, row));
    return { endpoint, looked, lost: looked.filter((row) => ids.has(row.id) && lost(row)).length };
  });
  if (ends.some(({ looked, lost }) => lost > 0 && lost === looked.length)) return 'P0';
  if (ends.some(({ lost }) => lost > 0)) return 'P1';
  const other = explains.some((id) => {
    const result = known.get(id);
    return result?.status === 'fail' && !isLastRow(view, result);
  });
  if (other) return 'P1';
  const through = endpointsThrough(view, about);
  const passing = ends.filter(({ endpoint, looked }) => through.includes(endpoint) && looked.length > 0);
  const works = passing.length > 0 && passing.every(({ looked }) => looked.every((row) => !lost(row)));
  return own === 'P0' && works ? 'P1' : own;
}

const lost = ({ status }: Result): boolean => status === 'fail' || status === 'skip';

/** A vantage looked when its row was seen, or was blocked by a row of the same endpoint. */
function whoseRowCounts(known: ReadonlyMap<string, Result>, row: Result): boolean {
  if (row.status === 'error') return false;
  if (row.status !== 'skip') return true;
  const blocker = row.blockedBy === null ? undefined : known.get(row.blockedBy);
  return blocker?.subject === row.subject && blocker.status === 'fail';
}

const covered = (known: ReadonlyMap<string, Result>, { because, explains }: Cause): number =>
  [...because, ...explains].filter((id) => {
    const result = known.get(id);
    return result !== undefined && notPassed(result);
  }).length;
