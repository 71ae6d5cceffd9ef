/**
 * The text of a regular expression as PCRE reads it → a tree. Only what nginx's users write: anything else (recursion,
 * conditions, verbs, `\K`, Unicode properties) is "not understood", never guessed.
 */
import { type ByteSet, classAt, classOf, escapeAt, folded, single } from './byte-sets.ts';

export type Pattern =
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly items: readonly Pattern[] }
  | {
      readonly kind: 'repeat';
      readonly item: Pattern;
      readonly min: number;
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    }
  | { readonly kind: 'group'; readonly index: number; readonly item: Pattern }
  | { readonly kind: 'atomic'; readonly item: Pattern }
  | { readonly kind: 'look'; readonly item: Pattern; readonly behind: boolean; readonly negated: boolean }
  | { readonly kind: 'at'; readonly place: Place };

/** `lineStart` and `lineEnd` are `^` and `$` under `(?m)`; `nearEnd` also stands before a last line break. */
export type Place = 'start' | 'end' | 'nearEnd' | 'lineStart' | 'lineEnd' | 'word' | 'notWord';

export interface ParsedPattern {
  readonly root: Pattern;
  /** How many groups capture. */
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
}

interface Flags {
  i: boolean;
  s: boolean;
  m: boolean;
  x: boolean;
}

/** Thrown inside this file alone. */
class NotUnderstood extends Error {}

const deepest = 60;

/** A string: why it is not understood. `text` has a byte a character. */
export function parsePattern(text: string, ignoreCase: boolean): ParsedPattern | string {
  let at = 0;
  let groups = 0;
  const names = new Map<string, number>();
  const fail = (what: string): never => {
    throw new NotUnderstood(what);
  };
  const set = (bytes: ByteSet, flags: Flags): Pattern => ({
    kind: 'set',
    set: flags.i ? folded(bytes) : bytes,
  });

  function choice(flags: Flags, depth: number): Pattern {
    if (depth > deepest) fail('groups too deep');
    const items: Pattern[] = [];
    for (;;) {
      items.push(sequence(flags, depth));
      if (text[at] !== '|') break;
      at += 1;
    }
    const [only] = items;
    return items.length === 1 && only ? only : { kind: 'choice', items };
  }

  function sequence(flags: Flags, depth: number): Pattern {
    const items: Pattern[] = [];
    while (at < text.length && text[at] !== '|' && text[at] !== ')') {
      if (flags.x && skipExtended()) continue;
      const item = atom(flags, depth);
      if (item) items.push(repeated(item, flags));
    }
    return { kind: 'sequence', items };
  }

  function skipExtended(): boolean {
    if (text[at] === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end + 1;
      return true;
    }
    if (!/[ \t\n\v\f\r]/.test(text[at] ?? '')) return false;
    at += 1;
    return true;
  }

  function repeated(item: Pattern, flags: Flags): Pattern {
    while (flags.x && at < text.length && skipExtended());
    const braces = /^\{(\d{1,5})(?:(,)(\d{0,5}))?\}/.exec(text.slice(at, at + 14));
    const simple = text[at] ?? '';
    let min = simple === '+' ? 1 : 0;
    let max = simple === '?' ? 1 : Number.POSITIVE_INFINITY;
    if (braces) {
      min = Number(braces[1]);
      max = braces[2] === undefined ? min : braces[3] ? Number(braces[3]) : Number.POSITIVE_INFINITY;
      at += braces[0].length;
      if (max < min) fail('a repetition with its numbers the wrong way round');
    } else if (simple === '*' || simple === '+' || simple === '?') at += 1;
    else return item;
    if (item.kind === 'at' || item.kind === 'look') fail('a repeated assertion');
    const suffix = text[at];
    const mode = suffix === '?' ? 'lazy' : suffix === '+' ? 'possessive' : 'greedy';
    if (mode !== 'greedy') at += 1;
    return repeated({ kind: 'repeat', item, min, max, mode }, flags);
  }

  function atom(flags: Flags, depth: number): Pattern | null {
    const character = text[at] ?? '';
    at += 1;
    if (character === '(') return group(flags, depth + 1);
    if (character === '.') return set(flags.s ? classOf('all') : classOf('notNewline'), flags);
    if (character === '^') return { kind: 'at', place: flags.m ? 'lineStart' : 'start' };
    if (character === '$') return { kind: 'at', place: flags.m ? 'lineEnd' : 'nearEnd' };
    if (character === '*' || character === '+' || character === '?') fail('nothing to repeat');
    if (character === '[') {
      const found = classAt(text, at);
      if (!found) return fail('a class that is not understood');
      at = found.end;
      const bytes = flags.i ? folded(found.set) : found.set;
      return { kind: 'set', set: found.negated ? bytes.map((has) => !has) : bytes };
    }
    if (character !== '\\') return set(single(character), flags);
    return escaped(flags);
  }

  function escaped(flags: Flags): Pattern | null {
    const letter = text[at] ?? '';
    const places: Record<string, Place> = { A: 'start', z: 'end', Z: 'nearEnd', b: 'word', B: 'notWord' };
    const place = Object.hasOwn(places, letter) ? places[letter] : undefined;
    if (place) {
      at += 1;
      return { kind: 'at', place };
    }
    if (letter === 'E') {
      at += 1;
      return null;
    }
    if (letter === 'Q') {
      const end = text.indexOf('\\E', at);
      const literal = text.slice(at + 1, end === -1 ? undefined : end);
      at = end === -1 ? text.length : end + 2;
      return { kind: 'sequence', items: [...literal].map((one) => set(single(one), flags)) };
    }
    const found = escapeAt(text, at);
    if (!found) return fail(`\\${letter}`);
    at = found.end;
    return set(found.set, flags);
  }

  function group(flags: Flags, depth: number): Pattern | null {
    if (text[at] === '*') fail('a verb');
    if (text[at] !== '?') return captured(flags, depth, null);
    const rest = text.slice(at, at + 80);
    if (rest.startsWith('?#')) {
      const end = text.indexOf(')', at);
      if (end === -1) fail('a comment without its end');
      at = end + 1;
      return null;
    }
    const named = /^\?(?:P?<([A-Za-z_]\w{0,31})>|'([A-Za-z_]\w{0,31})')/.exec(rest);
    if (named) {
      at += named[0].length;
      return captured(flags, depth, named[1] ?? named[2] ?? '');
    }
    const look = /^\?(<?)([=!])/.exec(rest);
    if (look) {
      at += look[0].length;
      const item = closed(choice({ ...flags }, depth));
      return { kind: 'look', item, behind: look[1] === '<', negated: look[2] === '!' };
    }
    if (rest.startsWith('?>')) {
      at += 2;
      return { kind: 'atomic', item: closed(choice({ ...flags }, depth)) };
    }
    const options = /^\?([ismx]*)(?:-([ismx]*))?([:)])/.exec(rest);
    if (!options) return fail(`(${rest.slice(0, 3)}`);
    at += options[0].length;
    const inner = options[3] === ')' ? flags : { ...flags };
    for (const letter of options[1] ?? '') inner[letter as keyof Flags] = true;
    for (const letter of options[2] ?? '') inner[letter as keyof Flags] = false;
    return options[3] === ')' ? null : closed(choice(inner, depth));
  }

  function captured(flags: Flags, depth: number, name: string | null): Pattern {
    groups += 1;
    const index = groups;
    if (name !== null) {
      if (names.has(name)) fail('a name twice');
      names.set(name, index);
    }
    return { kind: 'group', index, item: closed(choice({ ...flags }, depth)) };
  }

  function closed(item: Pattern): Pattern {
    if (text[at] !== ')') fail('a parenthesis without its end');
    at += 1;
    return item;
  }

  try {
    const root = choice({ i: ignoreCase, s: false, m: false, x: false }, 0);
    if (at < text.length) fail('a parenthesis without its beginning');
    return { root, groups, names };
  } catch (error) {
    if (error instanceof NotUnderstood) return error.message;
    throw error;
  }
}
