/** The report for people, in a terminal: a section a subject, then the causes, then one line that sums it up. */
import type { RenderOptions } from '../format.ts';
import type { Report } from '../report.ts';
import { sections } from '../sections.ts';
import { causesBlocks } from '../table/causes.ts';
import { columnsOf, hanging, sectionLines } from '../table/rows.ts';
import { type Style, styleOf } from '../table/style.ts';
import { ascii, mapStrings } from '../visible.ts';
import { width, wrap } from '../width.ts';
import { duration, tally } from '../words.ts';

export function table(full: Report, options: RenderOptions): string {
  const style = styleOf(options);
  const report = options.unicode === false ? mapStrings(full, ascii) : full;
  const shown = sections(report)
    .map((section) =>
      options.quiet
        ? { ...section, results: section.results.filter(({ status }) => status !== 'pass') }
        : section,
    )
    .filter(({ results }) => results.length > 0);
  const columns = columnsOf(
    report,
    shown.flatMap(({ results }) => results),
    style,
  );
  const blocks = [
    options.quiet ? [] : titleLines(report, style),
    ...shown.map((section) => sectionLines(report, section, columns, style, options)),
    ...causesBlocks(report.diagnosis.causes, style, options.verbose),
    options.quiet ? [] : report.notes.flatMap((note) => hanging('note  ', note, 0, style, style.faint)),
    summaryLines(report, style),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function titleLines(report: Report, style: Style): string[] {
  const where = `from ${report.observer}, ${report.startedAt.slice(0, 16).replace('T', ' ')} UTC`;
  if (width(report.title) + 2 + width(where) <= style.columns)
    return [`${style.strong(report.title)}  ${style.faint(where)}`];
  return [
    ...wrap(report.title, style.columns).map(style.strong),
    ...wrap(where, style.columns).map(style.faint),
  ];
}

function summaryLines(report: Report, style: Style): string[] {
  const { pass, warn, fail, error, waived } = report.summary;
  // Where nothing was seen, a tick would say too much.
  const status = pass + warn + fail + error + waived === 0 ? 'skip' : report.status;
  const paint = style.status[status];
  const words = `${tally(report.summary)} in ${duration(report.durationMs)}`;
  return hanging(`${style.signs[status]} `, words, 0, style, paint, style.strong);
}
