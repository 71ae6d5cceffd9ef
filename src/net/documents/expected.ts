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
}

/** Names of keys whose values are nobody's business. */
const secretName = /pass(?:word|wd|phrase)?(?![a-z])|secret|token|credential|dsn|connection_?string|key"?$/i;

/** A key of that name, or a value that the environment gave us as a secret. */
export function isHidden(key: string, wanted: Wanted): boolean {
  return secretName.test(key) || (typeof wanted === 'string' && wanted.includes('‹'));
}

export function valuesHeld(document: Document, expect: Readonly<Record<string, Wanted>>): Held[] {
  return Object.entries(expect).map(([key, wanted]) => {
    const path = dottedPath(key);
    const found = path && document.lookUp(path);
    if (!found) return { key, state: 'missing', shown: null, line: null };
    const state = isSame(found, wanted, document.typed) ? 'same' : 'other';
    const shown = isHidden(key, wanted) ? null : shownValue(found.value, document.typed);
    return { key, state, shown, line: found.line };
  });
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
