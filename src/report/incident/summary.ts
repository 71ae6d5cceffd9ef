/** What the report is about, and what it comes to: title, scope, executive summary, conclusion. */
import { own } from '../own.ts';
import { type PathPart, partWords, paths } from '../path.ts';
import type { Cause, Report, Result } from '../report.ts';
import { counted, duration, tally } from '../words.ts';
import {
  type Block,
  code,
  type Field,
  field,
  items,
  listed,
  paragraph,
  type Run,
  type Section,
  strong,
} from './document.ts';
import { isWaived, machine } from './subjects.ts';

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** `March 5, 2026`, in UTC. */
export function day(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? iso
    : `${months[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
}

export function titleOf({ title, status }: Report): string {
  return `${title}: ${status === 'fail' ? 'incident report' : 'connectivity report'}`;
}

export function headerFields(report: Report): Field[] {
  const { startedAt, version, runId, results, durationMs, topology } = report;
  const told = [
    field('Date', [`${day(startedAt)}, ${startedAt.slice(11, 16)} UTC`]),
    field('Analyst', [`viworks-doctor ${version}`]),
    field('Scope', scopeWords(report)),
    field('Looked from', vantageWords(report)),
    field('Configuration', topology.file === null ? null : [code(topology.file)]),
    field('Run', [code(runId), `, ${counted(results.length, 'check')} in ${duration(durationMs)}`]),
  ];
  return told.filter((one) => one !== null);
}

function scopeWords({ topology, results }: Report): Run[] {
  const looked = (subject: string) => results.some((result) => result.subject === subject);
  const endpoints = Object.entries(topology.endpoints).flatMap(([name, { url, via, to }]): Run[][] => {
    if (!looked(`endpoint.${name}`)) return [];
    const through: Run[] = via === null ? [] : [` through ${via}`];
    const end: Run[] = to === null ? [] : [` to ${to.service}:${to.port}`];
    return [[code(url), ...through, ...end]];
  });
  const services = Object.keys(topology.services).filter((name) => looked(`service.${name}`));
  const ended = new Set(Object.values(topology.endpoints).map(({ to }) => to?.service));
  const others = services.filter((name) => !ended.has(name));
  const alone = results.filter(({ subject }) => subject.startsWith('check.')).length;
  const parts: Run[][] = [
    ...endpoints,
    ...(others.length > 0
      ? [[counted(others.length, 'service').replace(/^\d+ /, ''), ' ', ...listed(others)]]
      : []),
    ...(alone > 0 ? [[`${alone} single ${alone === 1 ? 'check' : 'checks'}`]] : []),
  ];
  if (parts.length === 0) return ['nothing was looked at'];
  return parts.flatMap((part, index) => (index === 0 ? part : ['; ', ...part]));
}

function vantageWords(report: Report): Run[] {
  const vantages = new Set(
    report.results.flatMap(({ vantage, status }) => (status === 'skip' ? [] : [vantage])),
  );
  const hosts = [...vantages].filter((vantage) => vantage !== 'local');
  const from: Run[] = [...(vantages.has('local') ? [`${report.observer} (this run)`] : [])];
  const inside = hosts.map((host): Run => {
    const known = own(report.topology.hosts, host);
    const address = known?.address && known.address !== host ? ` (${known.address})` : '';
    return `${host}${address}${known?.local ? '' : ' over SSH'}`;
  });
  return listed([...from, ...inside]);
}

export function executiveSummary(report: Report): Section {
  const causes = report.diagnosis.causes.filter((cause) => !isWaived(report, cause));
  const [root, ...others] = causes;
  const told: Block[] = [paragraph(`${capital(tally(report.summary))}.`, ...reachWords(report))];
  if (root) {
    const also: Run[] = others.flatMap((cause, index) => [
      index === 0 ? ' Besides, ' : index === others.length - 1 ? ', and ' : ', ',
      ...(cause.confidence === 'likely' ? ['likely, '] : []),
      strong(cause.title),
      ` (${cause.priority})`,
    ]);
    const lead = `${rootWords(report, root)}: `;
    told.push(
      paragraph(lead, strong(root.title), ` (${root.priority}).`, ...also, ...(also.length > 0 ? ['.'] : [])),
    );
  } else if (report.status === 'pass' && report.summary.pass > 0 && report.summary.waived === 0) {
    told.push(paragraph('Everything that was looked at is as it should be. There is no cause to name.'));
  }
  const drawn = Object.keys(report.topology.endpoints).flatMap((name): Block[] => {
    const ways = paths(report, name);
    return ways.length === 0 ? [] : [{ kind: 'paths', name, paths: ways }];
  });
  return { title: ['Executive summary'], blocks: [...told, ...drawn, ...unseen(report), ...notes(report)] };
}

/** What the first cause is: of a failure, of what could not be looked at, or of what will fail. */
function rootWords({ status }: Report, { confidence }: Cause): string {
  if (status === 'error') return 'What kept doctor from looking';
  if (status === 'warn') return 'Nothing fails now; to be mended before it does';
  return confidence === 'likely' ? 'The likely root cause, inferred and not seen directly' : 'The root cause';
}

/** Who can use each endpoint, and up to where the way goes. */
function reachWords(report: Report): Run[] {
  return Object.entries(report.topology.endpoints).flatMap(([name, { url, lastRow }]): Run[] => {
    const last = report.results.filter(
      ({ subject, id }) => subject === `endpoint.${name}` && id.endsWith(`.${lastRow}`),
    );
    const from = (rows: readonly Result[]) => listed(rows.map(({ vantage }) => machine(report, vantage)));
    const lost = last.filter(({ status }) => status === 'fail');
    const good = last.filter(({ status }) => status === 'pass' || status === 'warn');
    const waits = last.filter(
      ({ status, blockedBy }) => status === 'skip' && isOwnRow(report, name, blockedBy),
    );
    const cannot = [...lost, ...waits];
    return [
      ...(cannot.length > 0
        ? [' ', code(url), ' cannot be used from ', ...from(cannot), breakWords(report, name), '.']
        : []),
      ...(good.length > 0 ? [' ', code(url), ' can be used from ', ...from(good), '.'] : []),
    ];
  });
}

const isOwnRow = ({ results }: Report, endpoint: string, id: string | null): boolean =>
  results.some((row) => row.id === id && row.subject === `endpoint.${endpoint}` && row.status === 'fail');

function breakWords(report: Report, endpoint: string): string {
  const parts = paths(report, endpoint).find((path) => path.parts.some(isBroken))?.parts ?? [];
  const broken = parts.findIndex(isBroken);
  const at = parts[broken];
  if (!at) return '';
  const good = parts.slice(0, broken).findLastIndex(({ status }) => status === 'pass' || status === 'warn');
  const before = parts[good];
  if (!before) return `: it breaks at ${partWords(at)}`;
  return good === broken - 1
    ? `: the way is good up to ${partWords(before)} and breaks at ${partWords(at)}`
    : `: the way is good up to ${partWords(before)}, and ${partWords(at)} does not answer as it should`;
}

const isBroken = ({ status }: PathPart): boolean => status === 'fail';

/** What says nothing about the thing itself: never fine, never broken. */
function unseen({ results }: Report): Block[] {
  const errors = results.filter(({ status, waiver }) => status === 'error' && waiver === null);
  const skipped = results.filter(({ status }) => status === 'skip');
  const rows = errors.map((row) => ({
    status: row.status,
    words: [strong(row.label), ` (${row.subject}): ${row.summary}`],
  }));
  return [
    ...(errors.length > 0
      ? [
          paragraph('This could not be looked at, so nothing is said of it, neither good nor bad:'),
          ...items(rows),
        ]
      : []),
    ...(skipped.length > 0
      ? [
          paragraph(
            `${capital(counted(skipped.length, 'check'))} ${skipped.length === 1 ? 'was' : 'were'} not looked at, since what ${skipped.length === 1 ? 'it stands' : 'they stand'} on is gone or there is no way in.`,
          ),
        ]
      : []),
  ];
}

function notes({ notes }: Report): Block[] {
  return notes.map((note) => paragraph('Note: ', note, '.'));
}

export function conclusion(report: Report): Section {
  const causes = report.diagnosis.causes.filter((cause) => !isWaived(report, cause));
  if (causes.length === 0) {
    const { error, pass, waived } = report.summary;
    const words =
      error > 0 || pass + waived === 0
        ? 'No cause was found, and not everything could be looked at: this is no all-clear.'
        : waived > 0
          ? 'What does not pass is waived: it is known, and accepted.'
          : 'No cause was found: what was looked at is as it should be.';
    return { title: ['Conclusion'], blocks: [paragraph(words), ...leftWords(report)] };
  }
  const count = causes.length === 1 ? 'one cause explains' : `${causes.length} causes explain`;
  const list = causes.map((cause) => ({
    words: [
      strong(cause.title),
      ` (${cause.priority}${cause.confidence === 'likely' ? ', likely' : ''}): `,
      cause.fix.summary,
    ],
  }));
  const urgent = causes.filter(({ priority }) => priority === 'P0').length;
  return {
    title: ['Conclusion'],
    blocks: [
      paragraph(`${capital(count)} what was seen:`),
      ...items(list, true),
      ...endWords(report, urgent),
      ...leftWords(report),
    ],
  };
}

function endWords({ status, diagnosis }: Report, urgent: number): Block[] {
  if (urgent > 1)
    return [
      paragraph(
        `Each of the ${urgent} P0 causes keeps everybody out by itself: mend all of them, then look again.`,
      ),
    ];
  if (urgent === 1) return [paragraph('The P0 cause keeps everybody out: mend it first, then look again.')];
  if (status === 'fail')
    return [
      paragraph(
        diagnosis.causes.length === 1
          ? 'It does not keep everybody out.'
          : 'None of them keeps everybody out by itself.',
      ),
    ];
  return status === 'warn' ? [paragraph('Nobody is kept out now.')] : [];
}

function leftWords({ summary }: Report): Block[] {
  return summary.error === 0
    ? []
    : [
        paragraph(
          `${capital(counted(summary.error, 'check'))} could not look. Give doctor a way in, and run it again.`,
        ),
      ];
}

/** Plain words alone: `main.rs` is a name. */
export const capital = (text: string): string =>
  /^[a-z]+(?:[ ,]|$)/.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
