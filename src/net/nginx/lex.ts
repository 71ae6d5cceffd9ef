/**
 * nginx's configuration language, statement by statement, by the rules of its own reader (ngx_conf_read_token in
 * nginx 1.22): a quote, a brace or `#` means something only where a word begins; a backslash takes the next
 * character with it; `${` begins a variable, not a block; no word, string or comment is as long as 4096 bytes.
 */
import { endOfLua } from './lua.ts';

/** Where a reader stands in one file. */
export interface Cursor {
  readonly text: string;
  /** The next character to read. */
  at: number;
  /** The line it is on, from 1. */
  line: number;
}

export type Statement =
  /** `words ;` and `words {`. A Lua block is `simple`, its code the last word. Lines of the first word and the end. */
  | {
      readonly kind: 'simple' | 'open';
      readonly words: readonly string[];
      readonly line: number;
      readonly end: number;
    }
  | { readonly kind: 'close' | 'end'; readonly line: number }
  /** A comment between two statements. `start` is where its `#` is. */
  | { readonly kind: 'comment'; readonly text: string; readonly start: number; readonly line: number }
  | { readonly kind: 'error'; readonly message: string; readonly line: number };

/** NGX_CONF_BUFFER */
const longest = 4096;

export function cursor(text: string): Cursor {
  return { text, at: 0, line: 1 };
}

/** The next statement; comments between statements are left out. */
export function read(from: Cursor): Statement {
  for (;;) {
    const statement = readWithComments(from);
    if (statement.kind !== 'comment') return statement;
  }
}

/** The next statement or comment. After `end` and `error` nothing follows. */
export function readWithComments(from: Cursor): Statement {
  const words: string[] = [];
  let line = from.line;
  for (;;) {
    skipSpace(from);
    const character = from.text[from.at];
    if (words.length === 0) line = from.line;
    if (character === undefined) {
      if (words.length === 0) return { kind: 'end', line: from.line };
      return unfinished(from);
    }
    if (character === '#') {
      const start = from.at;
      const long = skipComment(from);
      if (long) return { kind: 'error', message: 'a comment longer than 4095 bytes', line: from.line };
      if (words.length === 0) return { kind: 'comment', text: from.text.slice(start, from.at), start, line };
      continue;
    }
    if (character === '}') {
      from.at += 1;
      if (words.length > 0) return { kind: 'error', message: 'unexpected "}"', line: from.line };
      return { kind: 'close', line: from.line };
    }
    if (character === ';' || character === '{') {
      from.at += 1;
      if (words.length === 0) return { kind: 'error', message: `unexpected "${character}"`, line: from.line };
      return character === ';' ? { kind: 'simple', words, line, end: from.line } : open(from, words, line);
    }
    const word = character === '"' || character === "'" ? quoted(from, character) : bare(from);
    if (typeof word !== 'string') return word;
    words.push(word);
  }
}

function open(from: Cursor, words: string[], line: number): Statement {
  if (!words[0]?.endsWith('_by_lua_block')) return { kind: 'open', words, line, end: from.line };
  const end = endOfLua(from.text, from.at);
  if (end === null) return { kind: 'error', message: 'a Lua block without its end', line };
  const code = from.text.slice(from.at, end);
  from.line += code.split('\n').length - 1;
  from.at = end + 1;
  return { kind: 'simple', words: [...words, code], line, end: from.line };
}

function quoted(from: Cursor, quote: string): string | Statement {
  const { text } = from;
  const start = from.at + 1;
  const startLine = from.line;
  let size = 0;
  let at = start;
  let line = from.line;
  for (; text[at] !== quote; at += 1) {
    if (text[at] === '\\') {
      size += 1;
      at += 1;
    }
    const character = text[at];
    if (character === undefined) return unfinished({ ...from, line });
    if (character === '\n') line += 1;
    size += bytes(text.charCodeAt(at));
    if (size >= longest) return tooLong(startLine);
  }
  // the quote, and what has to follow it, are read into the same buffer
  if (size + 1 >= longest) return tooLong(startLine);
  from.at = at + 1;
  from.line = line;
  const next = text[from.at];
  if (next === ')') return unescaped(text.slice(start, at));
  if (next !== undefined && !isSpace(next) && next !== ';' && next !== '{') {
    return { kind: 'error', message: `unexpected "${next}"`, line };
  }
  return unescaped(text.slice(start, at));
}

function bare(from: Cursor): string | Statement {
  const { text } = from;
  const start = from.at;
  const startLine = from.line;
  let size = 0;
  let variable = false;
  for (;;) {
    const character = text[from.at];
    if (character === undefined) return unfinished(from);
    const isStart = from.at === start;
    if (!isStart && !(character === '{' && variable)) {
      if (isSpace(character) || character === ';' || character === '{') break;
    }
    if (character !== '{' || !variable) variable = character === '$';
    if (character === '\n') from.line += 1;
    size += bytes(text.charCodeAt(from.at));
    from.at += 1;
    if (character === '\\') {
      if (text[from.at] === undefined) return unfinished(from);
      if (text[from.at] === '\n') from.line += 1;
      size += bytes(text.charCodeAt(from.at));
      from.at += 1;
    }
    if (size >= longest) return tooLong(startLine);
  }
  return unescaped(text.slice(start, from.at));
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  t: '\t',
  r: '\r',
  n: '\n',
};

/** Any other escape keeps its backslash: `\.` is for the regular expression. */
function unescaped(raw: string): string {
  return raw.replace(/\\([\s\S])/g, (both, next: string) => escapes[next] ?? both);
}

function skipSpace(from: Cursor): void {
  for (;;) {
    const character = from.text[from.at];
    if (character === undefined || !isSpace(character)) return;
    if (character === '\n') from.line += 1;
    from.at += 1;
  }
}

/** To the end of the line; true when nginx's buffer is too small for it. */
function skipComment(from: Cursor): boolean {
  const end = from.text.indexOf('\n', from.at);
  const start = from.at;
  from.at = end === -1 ? from.text.length : end;
  if (from.at - start < longest / 3) return false;
  let size = 0;
  for (let at = start; at < from.at; at += 1) size += bytes(from.text.charCodeAt(at));
  return size >= longest;
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n';
}

/** How many bytes of UTF-8 a code unit takes. */
function bytes(unit: number): number {
  if (unit < 0x80) return 1;
  return unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
}

function unfinished(from: Pick<Cursor, 'line'>): Statement {
  return { kind: 'error', message: 'unexpected end of file, expecting ";" or "}"', line: from.line };
}

function tooLong(line: number): Statement {
  return {
    kind: 'error',
    message: 'a word longer than 4095 bytes (is a quote left open, or ";" missing?)',
    line,
  };
}
