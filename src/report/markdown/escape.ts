/**
 * The one choke point of text on its way into Markdown (GitHub's, https://github.github.com/gfm/): what comes from
 * elsewhere stays text. It gets here visible and without line ends.
 */

/** What would become a link, a mention, an issue or a formula is shown as code, in which GitHub sees none of them. */
const linked = /(["'([]*)(\S*?(?:[$@~\\`]|:\/\/|www\.|#\d)\S*?)([.,;:!?)\]"']*)(?=\s|$)/gi;
/** An underscore inside a word is one (6.2). */
const marks = /[*[<|]|(?<!\w)_|_(?!\w)|&(?=#|\w+;)/g;
/** At the start of a line these begin a heading, a quote, a list, a rule or a fence. */
const starts = /^(?:[#>+=-]|\d{1,9}(?=[.)]))/;

/** What stands between two backticks, as our own words have it: a code span already. */
const quoted = /(?<=^|[\s(])`([^`]+)`(?=[.,;:!?)]*(?:\s|$))/;

/** A line's worth of words. */
export function plain(text: string): string {
  const parts = text.replace(/\s+/g, ' ').split(quoted);
  return parts.map((part, index) => (index % 2 === 1 ? codeSpan(part) : words(part))).join('');
}

function words(line: string): string {
  let shown = '';
  let at = 0;
  for (const match of line.matchAll(linked)) {
    const [whole, start = '', word = '', end = ''] = match;
    shown += escaped(line.slice(at, match.index) + start) + codeSpan(word) + escaped(end);
    at = match.index + whole.length;
  }
  return shown + escaped(line.slice(at));
}

const escaped = (text: string): string => text.replace(marks, '\\$&');

/** For the first words of a line. */
export const startOfLine = (text: string): string =>
  text.trimStart().replace(starts, (start) => (/\d/.test(start) ? `${start}\\` : `\\${start}`));

/** In backticks, more of them than there are in it (6.3). */
export function codeSpan(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  if (line.trim() === '') return '';
  const fence = '`'.repeat(longestRun(line) === 0 ? 1 : longestRun(line) + 1);
  const pad = /^[` ]|[` ]$/.test(line) ? ' ' : '';
  return fence + pad + line + pad + fence;
}

/** A fenced block (4.5): its fence is longer than any run of backticks in it. */
export function fenced(language: string, text: string): string[] {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return [`${fence}${language}`, ...text.split('\n'), fence];
}

const longestRun = (text: string): number =>
  Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
