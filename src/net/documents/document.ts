/** What every reader of configuration files gives. */

export interface Found {
  readonly value: unknown;
  /** From 1; null when it is not known. */
  readonly line: number | null;
}

export interface Document {
  /** As a person names it: `TOML`. */
  readonly format: string;
  /** Its values have types; else everything in it is text. */
  readonly typed: boolean;
  lookUp(path: readonly string[]): Found | null;
}

export type Reading =
  | { readonly ok: true; readonly document: Document }
  /** `words` quote nothing of the text: it may be a secret. `line` from 1. */
  | { readonly ok: false; readonly format: string; readonly line: number | null; readonly words: string };

export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
