/** The causes, the root cause first: why, how to mend it, how to see that it is mended. */
import type { Cause } from '../report.ts';
import { pad } from '../width.ts';
import { counted } from '../words.ts';
import { hanging } from './rows.ts';
import type { Paint, Style } from './style.ts';

const indent = 6;
const leadWidth = 8;

export function causesBlocks(causes: readonly Cause[], style: Style, verbose: boolean): string[][] {
  if (causes.length === 0) return [];
  const heading = causes.length === 1 ? 'cause' : 'causes, the root cause first';
  const [first = [], ...rest] = causes.map((cause) => causeLines(cause, style, verbose));
  return [[style.strong(heading), ...first], ...rest];
}

function causeLines(cause: Cause, style: Style, verbose: boolean): string[] {
  const title = cause.confidence === 'likely' ? `likely: ${cause.title}` : cause.title;
  const stopped = cause.explains.length;
  const meaning = [
    cause.code,
    ...(stopped > 0 ? [`${counted(stopped, 'check')} cannot pass while it stands`] : []),
  ].join(` ${style.dot} `);
  return [
    ...hanging(`${cause.priority}  `, title, 2, style, style.priority[cause.priority], style.strong),
    ...hanging('', meaning, indent, style, plain, style.faint),
    ...whyLines(cause.evidence, style),
    ...fixLines(cause.fix, style),
    ...(verbose ? field('type', cause.fix.commands, style, style.command) : []),
    ...(verbose ? field('risk', cause.fix.risk, style) : []),
    ...(verbose ? field('undo', cause.fix.rollback, style) : []),
    ...field('verify', cause.verify, style, style.command),
    ...field('deeper', cause.next ?? '', style),
    ...(verbose ? field('rows', cause.because, style) : []),
    ...(verbose ? field('stops', cause.explains, style) : []),
  ];
}

/** Several reasons are told apart by a dot: each may take more than a line. */
function whyLines(evidence: readonly string[], style: Style): string[] {
  if (evidence.length < 2) return field('why', evidence, style);
  return evidence.flatMap((line, index) =>
    hanging(`${pad(index === 0 ? 'why' : '', leadWidth)}${style.dot} `, line, indent, style, style.faint),
  );
}

function fixLines({ summary, steps }: Cause['fix'], style: Style): string[] {
  const said = field('fix', summary, style);
  const numbered = steps.flatMap((step, index) => {
    const margin = pad(said.length === 0 && index === 0 ? 'fix' : '', leadWidth);
    const number = steps.length === 1 ? '' : `${index + 1}. `;
    return hanging(margin + number, step, indent, style, style.faint);
  });
  return [...said, ...numbered];
}

const plain: Paint = (text) => text;

/** A word in the margin, and its lines beside it; nothing where there are none. */
function field(name: string, text: string | readonly string[], style: Style, paint: Paint = plain): string[] {
  return [text]
    .flat()
    .filter((line) => line !== '')
    .flatMap((line, index) =>
      hanging(pad(index === 0 ? name : '', leadWidth), line, indent, style, style.faint, paint),
    );
}
