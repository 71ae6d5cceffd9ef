/** The values that a configuration file should hold, and how little of the others may be shown. */
import { dottedPath } from '../dotted-path.ts';
import type { Document, Found } from './document.ts';

export type Wanted = string | number | boolean;

export interface Held {
  readonly key: string;
  readonly state: 'same' | 'other' | 'missing';
  /** Fit to be shown; null when it is missing, or a secret by its name. */
  readonly shown: string | null;
  /** From 1. */
  readonly line: number | null;
  /** That line, where the key and its value are all that is on it: others are nobody's business. */
  readonly text: string | null;
}

/** Names of keys whose values are nobody's business. */
const secretName = /pass(?:word|wd|phrase)?(?![a-z])|secret|token|credential|dsn|connection_?string|key"?$/i;

/** A key of that name, or a value that the environment gave us as a secret. */
export function isHidden(key: string, wanted: Wanted): boolean {
  return secretName.test(key) || (typeof wanted === 'string' && wanted.includes('‹'));
}

/** `text`: of the file, for the lines as they stand there. */
export function valuesHeld(document: Document, expect: Readonly<Record<string, Wanted>>, text = ''): Held[] {
  const lines = text.split('\n');
  return Object.entries(expect).map(([key, wanted]) => {
    const path = dottedPath(key);
    const found = path && document.lookUp(path);
    if (!found) return { key, state: 'missing', shown: null, line: null, text: null };
    const state = isSame(found, wanted, document.typed) ? 'same' : 'other';
    const shown = isHidden(key, wanted) ? null : shownValue(found.value, document.typed);
    const own = found.line === null ? undefined : lines[found.line - 1];
    return { key, state, shown, line: found.line, text: shown === null ? null : ownLine(own, path, shown) };
  });
}

function ownLine(line: string | undefined, path: readonly string[], shown: string): string | null {
  const text = line?.trim() ?? '';
  const at = text.lastIndexOf(shown);
  const bare = (words: string) => words.replace(/[\s"'=:]+/g, '');
  const isAlone =
    at > 0 &&
    bare(text.slice(0, at)) === bare(String(path.at(-1))) &&
    /^[,;]?$/.test(text.slice(at + shown.length));
  return isAlone ? text : null;
}

/** The same line with the value that it should have. */
export function lineWith({ text, shown }: Held, wanted: string): { before: string; after: string } | null {
  if (text === null || shown === null) return null;
  const at = text.lastIndexOf(shown);
  return { before: text, after: text.slice(0, at) + wanted + text.slice(at + shown.length) };
}

/** Where values have types, `8081` is no `"8081"`; else both are the same text. */
function isSame({ value }: Found, wanted: Wanted, typed: boolean): boolean {
  if (!typed) return String(value) === String(wanted);
  if (typeof value === 'bigint') return typeof wanted === 'number' && String(value) === String(wanted);
  if (value instanceof Date) return value.toISOString() === wanted;
  return value === wanted;
}

const longest = 200;

/** Text in quotes where there are types; of tables and lists only what they are. URLs are without users and tokens. */
export function shownValue(value: unknown, typed: boolean): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object') return 'a table';
  const text = String(value)
    .replace(/:\/\/[^/\s@]*@/g, '://…@')
    .replace(/([?&][^=&#\s]*=)[^&#\s]*/g, (query, name: string) =>
      /token|key|secret|pass|auth|sig/i.test(name) ? `${name}…` : query,
    );
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return typed && typeof value === 'string' ? JSON.stringify(cut) : cut;
}

/** The lines of a file that may be seen by others. */
export function shownLines(held: readonly Held[]): string {
  const lines = held.flatMap(({ key, state, shown, line }) =>
    state === 'missing' ? [] : [`${line ?? '?'}: ${key} = ${shown ?? '(not shown)'}`],
  );
  return [...lines, '(all else in the file is left out)'].join('\n');
}
