/** The output of `nginx -T` → its files. */
import { posix } from 'node:path';
import { isGlob, matchesGlob } from './glob.ts';
import { type Cursor, cursor, readWithComments } from './lex.ts';
import { absolute } from './parse.ts';

export interface Dump {
  /** The main file: the first one. */
  readonly main: string;
  /** Path → text, in the order of the dump. */
  readonly files: Map<string, string>;
}

const header = /^# configuration file (.+):$/;
/** Past this many headers nothing is split any more. */
const mostFiles = 20_000;

/**
 * Splits at the `# configuration file PATH:` lines that nginx writes before each file, and at no other: such a line
 * in a string, in a block or in Lua is text, and so is a comment that names no file which the text so far includes.
 * null when it does not begin with such a line (lines before it, as `nginx -t` prints them, are skipped).
 */
export function splitDump(dump: string): Dump | null {
  const begin = /^# configuration file (.+):$/m.exec(dump);
  const main = begin?.[1];
  if (!begin || main === undefined) return null;
  const files = new Map<string, string>();
  const folder = posix.dirname(main);
  const wanted: string[] = [];
  let name = main;
  let start = begin.index + begin[0].length + 1;
  const from: Cursor = cursor(dump);
  from.at = start;
  let depth = 0;
  while (files.size < mostFiles) {
    const statement = readWithComments(from);
    if (statement.kind === 'end' || statement.kind === 'error') break;
    if (statement.kind === 'open') depth += 1;
    if (statement.kind === 'close') depth -= 1;
    if (statement.kind === 'simple' && statement.words[0] === 'include' && statement.words[1] !== undefined) {
      wanted.push(absolute(folder, statement.words[1]));
    }
    if (statement.kind !== 'comment' || depth !== 0) continue;
    const path = dump[statement.start - 1] === '\n' ? header.exec(statement.text)?.[1] : undefined;
    if (path === undefined || files.has(path) || path === name || !isWanted(wanted, path)) continue;
    files.set(name, dump.slice(start, statement.start - 1));
    name = path;
    start = from.at + 1;
  }
  // nginx writes one line break after each file
  files.set(name, dump.slice(start).replace(/\n$/, ''));
  return { main, files };
}

function isWanted(wanted: readonly string[], path: string): boolean {
  const normal = posix.normalize(path);
  return wanted.some((one) => one === normal || (isGlob(one) && matchesGlob(one, normal)));
}
