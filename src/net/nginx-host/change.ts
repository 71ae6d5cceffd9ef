/** The line to change so that another port is used. */
import { withoutSecrets } from './shown.ts';
import type { Forwarded, Judged } from './target.ts';

const mostLines = 10;

export interface Change {
  readonly file: string;
  readonly line: number;
  readonly before: string;
  /** null: which host to use instead is not for us to say. */
  readonly after: string | null;
}

/** A line that gives a variable one of its values. */
interface Assigned {
  readonly file: string;
  readonly line: number;
  readonly value: string;
  /** Where the value begins in the line, its blanks left out. */
  readonly from: number;
}

/**
 * `proxy_pass` itself or the server's own line where the port is in it; else the one line that gives it to a variable
 * there (of a `set`, or in a `map`). null where the server is not wrong, and where several lines have it or none.
 */
export function changeOf(
  files: ReadonlyMap<string, string>,
  { port, file, line, verdict, onlyPort, wanted }: Forwarded & Judged,
): Change | null {
  if (verdict !== 'wrong' || port === null) return null;
  const change = (at: string, number: number, from: number, written: RegExp): Change => {
    const all = withoutSecrets(files.get(at) ?? '').split('\n');
    const before = (all[number - 1] ?? '').trim().slice(0, 300);
    const after = before.slice(0, from) + before.slice(from).replace(written, `$1${wanted}`);
    return { file: at, line: number, before, after: onlyPort ? after : null };
  };
  const own = linesOf(files.get(file) ?? '', line);
  const inOwn = new RegExp(`(:)${port}(?!\\d)`);
  const at = own.findIndex((text) => inOwn.test(text));
  if (at >= 0) return change(file, line + at, 0, inOwn);
  const inValue = new RegExp(`([:\\s"'])${port}(?=["'/;]|$)`);
  const [only, ...others] = assignedTo(files, own.join(' ')).filter(({ value }) => inValue.test(value));
  return only && others.length === 0 ? change(only.file, only.line, only.from, inValue) : null;
}

/** A directive can go on for some lines: up to the one with its semicolon. */
function linesOf(text: string, line: number): string[] {
  const lines = text
    .split('\n')
    .slice(line - 1, line + mostLines)
    .map(withoutComment);
  const end = lines.findIndex((one) => one.includes(';'));
  return end < 0 ? lines.slice(0, 1) : lines.slice(0, end + 1);
}

const withoutComment = (line: string): string => line.replace(/(^|\s)#.*$/, '').trim();

const variables = (text: string): string[] =>
  [...text.matchAll(/\$\{?(\w+)/g)].flatMap(([, name]) => name ?? []);

/** All that the variables in a text can be given, and the variables in that. */
function assignedTo(files: ReadonlyMap<string, string>, text: string): Assigned[] {
  const wanted = variables(text);
  const found: Assigned[] = [];
  // Grows as it is walked.
  for (const name of wanted) {
    for (const one of [...files].flatMap(([file, written]) => assignmentsIn(file, written, name))) {
      found.push(one);
      wanted.push(...variables(one.value).filter((other) => !wanted.includes(other)));
    }
  }
  return found;
}

function assignmentsIn(file: string, text: string, name: string): Assigned[] {
  let isInside = false;
  return text.split('\n').flatMap((raw, index) => {
    const line = withoutComment(raw);
    const opened = /^(?:map|geo|split_clients)\s.*\$(\w+)\s*\{/.exec(line)?.[1];
    if (opened !== undefined) isInside = opened === name;
    else if (line.startsWith('}')) isInside = false;
    const isSet = /^set\s+\$(\w+)\s/.exec(line)?.[1] === name;
    if (opened !== undefined || !(isInside || isSet)) return [];
    // its last word, with the blank before it
    const from = Math.max(0, line.search(/\s\S+$/));
    return [{ file, line: index + 1, value: line.slice(from), from }];
  });
}
