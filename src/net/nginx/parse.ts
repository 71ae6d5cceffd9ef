/** The files of a configuration → one tree of directives, with `include` followed. */
import { posix } from 'node:path';
import { isGlob, matchesGlob } from './glob.ts';
import { type Cursor, cursor, read } from './lex.ts';

export interface Directive {
  readonly name: string;
  /** Without quotes and escapes. The code of a Lua block is the last one. */
  readonly args: readonly string[];
  readonly file: string;
  /** Of the first word and of the `;` or `}`, from 1. */
  readonly line: number;
  readonly endLine: number;
  /** What is between its braces; null without braces. Entries of `map` and the like are directives too. */
  readonly block: readonly Directive[] | null;
}

export type Parsed =
  /** `missing`: files named by `include` that the map does not have; a pattern is never missing. */
  | { readonly ok: true; readonly root: Directive[]; readonly missing: string[] }
  | { readonly ok: false; readonly file: string; readonly line: number; readonly message: string };

/** More than any configuration that works, and little enough for memory and time. */
const limits = { depth: 100, includes: 50, directives: 500_000, characters: 32_000_000 };

interface Building {
  readonly statement: { readonly words: readonly string[]; readonly line: number };
  readonly children: Directive[];
}

/** A file that is being read, and the blocks open in it. */
interface Reading {
  readonly file: string;
  readonly cursor: Cursor;
  readonly open: Building[];
  /** Where its top-level statements go: into the block that includes it. */
  readonly into: Directive[];
  readonly depth: number;
  /** The files that include it, and itself. */
  readonly chain: readonly string[];
}

/**
 * Reads `main` (a key of `files`, or relative to `prefix`, as `nginx -c` takes it) and what it includes. A path of
 * `include` is relative to the folder of the main file, whichever file names it (ngx_conf_full_name).
 */
export function parseNginx(files: ReadonlyMap<string, string>, main: string, prefix: string): Parsed {
  const byPath = new Map([...files.keys()].map((file) => [posix.normalize(file), file]));
  const mainFile = files.has(main) ? main : byPath.get(posix.resolve('/', prefix, main));
  if (mainFile === undefined) return { ok: true, root: [], missing: [main] };
  const folder = posix.dirname(posix.resolve('/', prefix, mainFile));
  const root: Directive[] = [];
  const missing: string[] = [];
  let directives = 0;
  let characters = 0;

  const stack: Reading[] = [];
  const enter = (file: string, into: Directive[], depth: number, chain: readonly string[]) => {
    const text = files.get(file) ?? '';
    characters += text.length;
    stack.push({ file, cursor: cursor(text), open: [], into, depth, chain: [...chain, file] });
  };
  enter(mainFile, root, 0, []);

  for (let reading = stack.at(-1); reading; reading = stack.at(-1)) {
    const { file, open, into } = reading;
    const failed = (line: number, message: string): Parsed => ({ ok: false, file, line, message });
    const statement = read(reading.cursor);
    const block = open.at(-1);
    const target = block?.children ?? into;
    directives += 1;
    if (directives > limits.directives) return failed(statement.line, 'too many directives');
    if (statement.kind === 'error') return failed(statement.line, statement.message);
    if (statement.kind === 'end') {
      if (block) return failed(statement.line, 'unexpected end of file, expecting "}"');
      stack.pop();
    } else if (statement.kind === 'close') {
      if (!block) return failed(statement.line, 'unexpected "}"');
      open.pop();
      (open.at(-1)?.children ?? into).push(directive(file, block.statement, block.children, statement.line));
    } else if (statement.kind === 'open') {
      if (reading.depth + open.length >= limits.depth) {
        return failed(statement.line, `more than ${limits.depth} blocks in one another`);
      }
      open.push({ statement, children: [] });
    } else if (statement.kind === 'simple') {
      const [name, path] = statement.words;
      if (name !== 'include') target.push(directive(file, statement, null, statement.end));
      else {
        if (path === undefined || statement.words.length !== 2) {
          return failed(statement.line, 'invalid number of arguments in "include"');
        }
        const found = included(byPath, folder, path);
        if (found.length === 0 && !isGlob(path)) missing.push(absolute(folder, path));
        if (found.some((next) => reading.chain.includes(next))) {
          return failed(statement.line, `"${path}" includes itself`);
        }
        if (reading.chain.length > limits.includes)
          return failed(statement.line, 'too many files in one another');
        // the last one first, since the stack's top is read next
        for (const next of found.reverse()) enter(next, target, reading.depth + open.length, reading.chain);
        if (characters > limits.characters) return failed(statement.line, 'too much to read');
      }
    }
  }
  return { ok: true, root, missing: [...new Set(missing)] };
}

function directive(
  file: string,
  { words, line }: { words: readonly string[]; line: number },
  block: Directive[] | null,
  endLine: number,
): Directive {
  const [name = '', ...args] = words;
  return { name, args, file, line, endLine, block };
}

/** The keys that a path of `include` means, in the order in which nginx reads them (glob(3) sorts by bytes). */
function included(byPath: ReadonlyMap<string, string>, folder: string, path: string): string[] {
  const full = absolute(folder, path);
  if (!isGlob(path)) {
    const file = byPath.get(full);
    return file === undefined ? [] : [file];
  }
  const found = [...byPath].filter(([candidate]) => matchesGlob(full, candidate));
  return found.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))).map(([, file]) => file);
}

/** A path of `include`, from the folder of the main file. */
export function absolute(folder: string, path: string): string {
  return posix.normalize(posix.isAbsolute(path) ? path : `${folder}/${path}`);
}

/** The paths and patterns that one file includes, as written, each once: what to read (or list) next. */
export function includesOf(text: string): string[] {
  const from = cursor(text);
  const found = new Set<string>();
  for (;;) {
    const statement = read(from);
    if (statement.kind === 'end' || statement.kind === 'error') return [...found];
    if (statement.kind !== 'simple') continue;
    const [name, path] = statement.words;
    if (name === 'include' && path !== undefined && statement.words.length === 2) found.add(path);
  }
}
