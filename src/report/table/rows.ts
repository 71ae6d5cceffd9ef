/** One section of the table: its header, the path of an endpoint, a row a check. */
import type { Path } from '../path.ts';
import type { Report, Result } from '../report.ts';
import { labelWords, type Section } from '../sections.ts';
import { cut, fold, pad, padStart, width, wrap } from '../width.ts';
import { duration } from '../words.ts';
import type { Paint, Style } from './style.ts';

/** Lines of evidence shown under a row. */
const evidenceLines = 12;

/** The columns that all sections share, so that the table is one. */
export interface Columns {
  readonly label: number;
  readonly observed: number;
  readonly time: number;
}

export function columnsOf(report: Report, results: readonly Result[], style: Style): Columns {
  const widestOf = (texts: readonly string[]) => Math.max(0, ...texts.map(width));
  const time = widestOf(results.map(timeWords));
  const labels = widestOf(results.map((result) => labelWords(report, result, style.dot)));
  const label = Math.min(labels, Math.floor(style.columns * 0.42));
  const room = style.columns - (2 + width(style.signs.pass) + 1) - label - 2 - (time > 0 ? time + 2 : 0);
  return { label, observed: Math.min(Math.max(1, room), widestOf(results.map(observedWords))), time };
}

export function sectionLines(
  report: Report,
  section: Section,
  columns: Columns,
  style: Style,
  options: { readonly verbose: boolean; readonly quiet: boolean },
): string[] {
  return [
    ...headerLines(section, style),
    ...(options.quiet ? [] : pathLines(section.paths, style)),
    ...section.results.flatMap((result) => [
      ...rowLines(report, result, columns, style, options.verbose),
      ...(options.verbose ? detailLines(result, style) : []),
    ]),
  ];
}

function headerLines({ title, essence }: Section, style: Style): string[] {
  const [first = '', ...rest] = wrap(title, style.columns);
  const room = style.columns - width(first) - 2;
  const strong = [first, ...rest].map(style.strong);
  if (essence === '') return strong;
  if (rest.length === 0 && width(essence) <= room) return [`${strong[0]}  ${style.faint(essence)}`];
  return [...strong, ...wrap(essence, style.columns - 2).map((line) => `  ${style.faint(line)}`)];
}

export function pathLines(paths: readonly Path[], style: Style): string[] {
  const from = Math.max(0, ...paths.map((path) => width(path.from)));
  return paths.flatMap((path) => {
    const start = cut(path.from, style.columns - 4, style.ellipsis);
    const lines: string[] = [];
    let line = `  ${pad(start, Math.min(from, style.columns - 4))}`;
    let used = width(line);
    for (const { name, status } of path.parts) {
      const link = style.links[status];
      const shown = cut(name, style.columns - 6 - width(link), style.ellipsis);
      const needed = 2 + width(link) + width(shown);
      if (used + needed > style.columns) {
        lines.push(line);
        line = '   ';
        used = 3;
      }
      const paint: Paint =
        status === 'skip' ? style.faint : status === 'pass' ? (text) => text : style.strong;
      line += ` ${style.status[status](link)} ${paint(shown)}`;
      used += needed;
    }
    return [...lines, line];
  });
}

function rowLines(report: Report, result: Result, columns: Columns, style: Style, whole: boolean): string[] {
  const sign = style.signs[result.status];
  const labels = wrap(labelWords(report, result, style.dot), columns.label);
  const words = observedWords(result);
  // What is well is told in one line; what is not is told in full.
  const told =
    result.status === 'pass' && !whole
      ? [cut(words, columns.observed, style.ellipsis)]
      : wrap(words, columns.observed);
  const time = timeWords(result);
  const paint: Paint = result.status === 'pass' || result.status === 'skip' ? style.faint : (text) => text;
  return Array.from({ length: Math.max(labels.length, told.length) }, (_, index) => {
    const lead = index === 0 ? style.status[result.status](sign) : ' '.repeat(width(sign));
    const end = index === 0 && time !== '' ? `  ${style.faint(padStart(time, columns.time))}` : '';
    const text = told[index] ?? '';
    const label = labels[index] ?? '';
    if (text === '' && end === '') return `  ${lead} ${label}`;
    const observed = end === '' ? text : pad(text, columns.observed);
    return `  ${lead} ${pad(label, columns.label)}  ${paint(observed)}${end}`;
  });
}

function observedWords({ status, summary, blockedBy, waiver }: Result): string {
  const words = status === 'skip' && blockedBy !== null ? `waits on ${blockedBy}` : summary;
  return waiver === null ? words : `${words} (waived)`;
}

const timeWords = ({ status, durationMs }: Result): string => (status === 'skip' ? '' : duration(durationMs));

/** What `--verbose` adds under a row. */
function detailLines(result: Result, style: Style): string[] {
  const indent = 2 + width(style.signs.pass) + 1;
  const field = (name: string, value: string | null) =>
    value === null ? [] : hanging(pad(name, 10), value, indent, style, style.faint);
  const failed = result.status !== 'pass' && result.status !== 'skip';
  return [
    ...field('id', result.id),
    ...(result.code === null ? [] : field('code', result.code)),
    ...(failed ? [...field('expected', result.expected), ...field('observed', result.observed)] : []),
    ...result.findings.flatMap(({ file, line }) =>
      field('in', file === null ? null : line === null ? file : `${file}:${line}`),
    ),
    ...(result.attempts > 1 ? field('looked', `${result.attempts} times`) : []),
    ...field('source', sourceOf(result)),
    ...result.evidence.flatMap((evidence) => {
      const where = result.vantage === 'local' ? '' : result.vantage;
      const output = fold(evidence.output.trimEnd(), style.columns - indent - 2);
      const shown = output.slice(0, evidenceLines);
      const more = output.length - shown.length;
      const rest =
        more > 0
          ? [`${style.ellipsis} ${more} more ${more === 1 ? 'line' : 'lines'}`]
          : evidence.truncated
            ? [`${style.ellipsis} cut here`]
            : [];
      return [
        ...hanging(`${where}$ `, evidence.command, indent, style, style.faint, style.command),
        ...[...shown, ...rest]
          .filter((line, index) => line !== '' || index > 0)
          .map((line) => (line === '' ? '' : `${' '.repeat(indent + 2)}${style.faint(line)}`)),
      ];
    }),
  ];
}

/** Of several ways to look, the one that was taken: a kind's fact `tool` or `source`. */
function sourceOf({ facts }: Result): string | null {
  const source = facts?.tool ?? facts?.source;
  return typeof source === 'string' ? source : null;
}

/** A word in front, and text that keeps to the right of it. */
export function hanging(
  lead: string,
  text: string,
  indent: number,
  style: Style,
  paintLead: Paint,
  paint: Paint = (plain) => plain,
): string[] {
  const shown = cut(lead, Math.floor(style.columns / 2), style.ellipsis);
  const start = indent + width(shown);
  return wrap(text, style.columns - start).map((line, index) =>
    index === 0
      ? `${' '.repeat(indent)}${paintLead(shown)}${paint(line)}`
      : `${' '.repeat(start)}${paint(line)}`,
  );
}
