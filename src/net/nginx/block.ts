/** The lines of a block, for a report. */
import { cursor, read } from './lex.ts';

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** More than anybody reads in a report. */
const mostLines = 200;

/**
 * The lines of the innermost block that begins on that line, or else holds it; of a line outside all blocks, that line
 * alone. [] where there is no such file or line. At most 200 lines.
 */
export function blockText(files: ReadonlyMap<string, string>, file: string, line: number): Line[] {
  const text = files.get(file);
  if (text === undefined) return [];
  const from = cursor(text);
  const open: number[] = [];
  let best: { readonly first: number; readonly last: number } | null = null;
  for (;;) {
    const statement = read(from);
    if (statement.kind === 'end' || statement.kind === 'error') break;
    if (statement.kind === 'open') open.push(statement.line);
    if (statement.kind !== 'close') continue;
    const first = open.pop() ?? line;
    const last = statement.line;
    if (first > line || last < line) continue;
    if (!best || (best.first !== line && first > best.first)) best = { first, last };
    if (first === line) best = { first, last };
  }
  const { first, last } = best ?? { first: line, last: line };
  return text
    .split('\n')
    .slice(first - 1, Math.min(last, first + mostLines - 1))
    .map((content, index) => ({ number: first + index, text: content.replace(/\r$/, '') }));
}
