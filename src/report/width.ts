/** Text laid out by the columns it takes in a terminal: wide characters take two. */
import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const split = (text: string): string[] => Array.from(graphemes.segment(text), ({ segment }) => segment);

/** Columns that the text takes; colours take none. */
export const width = (text: string): number => stringWidth(text);

export const pad = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - width(text)));

export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - width(text))) + text;

/** The start of the text that fits, and the rest. At least one character is taken. */
function take(text: string, columns: number): [string, string] {
  let taken = '';
  for (const grapheme of split(text)) {
    if (taken !== '' && width(taken + grapheme) > columns) break;
    taken += grapheme;
  }
  return [taken, text.slice(taken.length)];
}

/** Cut to `columns`, and said to be by `ellipsis`. */
export function cut(text: string, columns: number, ellipsis: string): string {
  if (width(text) <= columns) return text;
  return take(text, columns - width(ellipsis))[0].trimEnd() + ellipsis;
}

/** Lines of at most `columns`, broken at spaces, and inside words that are longer than a line. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (width(longer) <= columns) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (width(line) > columns) {
      const [start, rest] = take(line, columns);
      if (rest === '') break;
      lines.push(start);
      line = rest;
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** Lines of at most `columns` that keep every space: for what came back from a command. */
export function fold(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = [];
    let rest = line.replaceAll('\t', '    ').trimEnd();
    while (width(rest) > columns) {
      const [start, end] = take(rest, columns);
      if (end === '') break;
      lines.push(start);
      rest = end;
    }
    return [...lines, rest];
  });
}
