/** The incident report as plain data: what every format of it draws. All words in it can come from elsewhere. */
import type { Status } from '../../check.ts';
import type { Path } from '../path.ts';

/** A part of a line. */
export type Run = string | { readonly strong: string } | { readonly code: string };
export type Words = readonly Run[];

export interface Field {
  readonly name: string;
  readonly words: Words;
  readonly status?: Status | undefined;
}

export interface Item {
  readonly words: Words;
  readonly status?: Status | undefined;
  readonly blocks?: readonly Block[] | undefined;
}

export type Block =
  | { readonly kind: 'paragraph'; readonly words: Words }
  /** Whether a component is as it should be, and in which words. */
  | { readonly kind: 'status'; readonly status: Status; readonly words: Words }
  | { readonly kind: 'fields'; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly Item[] }
  | { readonly kind: 'code'; readonly language: 'sh' | 'diff'; readonly text: string }
  | Excerpt
  | Evidence
  /** What the signs mean. */
  | { readonly kind: 'legend' }
  /** From each vantage that sees another way to the endpoint of this name. */
  | { readonly kind: 'paths'; readonly name: string; readonly paths: readonly Path[] };

/** Lines of a file, with their numbers. */
export interface Excerpt {
  readonly kind: 'excerpt';
  readonly language: 'nginx';
  readonly firstLine: number;
  readonly lines: readonly string[];
  /** The lines at fault, and why. */
  readonly marks: readonly { readonly line: number; readonly says: string }[];
}

/** What was asked, and what came back. */
export interface Evidence {
  readonly kind: 'evidence';
  /** With where it was asked in front: `backend$ ss -tln`. */
  readonly command: string;
  readonly output: string;
  /** What of the output is left out; '' where nothing is. */
  readonly rest: string;
}

export interface Section {
  readonly title: Words;
  readonly blocks: readonly Block[];
  readonly sections?: readonly Section[] | undefined;
}

export interface IncidentDocument {
  readonly title: string;
  readonly status: Status;
  readonly fields: readonly Field[];
  readonly sections: readonly Section[];
  /** The last line: who made it, and when. */
  readonly closing: string;
}

export const paragraph = (...words: Words): Block => ({ kind: 'paragraph', words });
export const strong = (text: string): Run => ({ strong: text });
export const code = (text: string): Run => ({ code: text });

/** `a, b and c`. */
export function listed(parts: readonly Run[], last = 'and'): Run[] {
  return parts.flatMap((part, index) =>
    index === 0 ? [part] : [index === parts.length - 1 ? ` ${last} ` : ', ', part],
  );
}

/** A list, or nothing where there is nothing to list. */
export const items = (list: readonly Item[], ordered = false): Block[] =>
  list.length === 0 ? [] : [{ kind: 'list', ordered, items: list }];

/** Fields that have words; nothing where none has. */
export function fields(...list: readonly (Field | null)[]): Block[] {
  const told = list.filter((field) => field !== null);
  return told.length === 0 ? [] : [{ kind: 'fields', fields: told }];
}

/** null where there are no words. */
export function field(name: string, words: Words | null | undefined, status?: Status): Field | null {
  return words && words.length > 0 ? { name, words, status } : null;
}
