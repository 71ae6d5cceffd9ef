/** Sets of bytes, and how PCRE writes them: `\d`, `\x2f`, `[^/[:alpha:]]`. */

/** 256 entries. A character of a byte string is a byte. */
export type ByteSet = readonly boolean[];

function where(has: (byte: number) => boolean): ByteSet {
  return Array.from({ length: 256 }, (_, byte) => has(byte));
}

function among(pattern: RegExp): ByteSet {
  return where((byte) => byte < 128 && pattern.test(String.fromCharCode(byte)));
}

const classes = {
  all: where(() => true),
  notNewline: where((byte) => byte !== 10),
  alnum: among(/[A-Za-z0-9]/),
  alpha: among(/[A-Za-z]/),
  ascii: where((byte) => byte < 128),
  blank: among(/[ \t]/),
  cntrl: where((byte) => byte < 32 || byte === 127),
  digit: among(/[0-9]/),
  graph: among(/[!-~]/),
  lower: among(/[a-z]/),
  print: among(/[ -~]/),
  punct: among(/[!-/:-@[-`{-~]/),
  space: among(/[\t-\r ]/),
  upper: among(/[A-Z]/),
  word: among(/[A-Za-z0-9_]/),
  xdigit: among(/[0-9A-Fa-f]/),
  horizontal: where((byte) => byte === 9 || byte === 32 || byte === 160),
  vertical: where((byte) => (byte >= 10 && byte <= 13) || byte === 133),
};

export function classOf(name: keyof typeof classes): ByteSet {
  return classes[name];
}

const singles = Array.from({ length: 256 }, (_, byte) => where((other) => other === byte));

export function single(character: string): ByteSet {
  return singles[character.charCodeAt(0)] ?? classes.all;
}

function negated(set: ByteSet): ByteSet {
  return set.map((has) => !has);
}

/** With both cases of each letter in it (PCRE_CASELESS in the C locale: ASCII alone). */
export function folded(set: ByteSet): ByteSet {
  return where((byte) => {
    const letter = String.fromCharCode(byte);
    if (!/[A-Za-z]/.test(letter)) return set[byte] === true;
    return set[byte] === true || set[byte ^ 32] === true;
  });
}

const shorthands: Readonly<Record<string, ByteSet>> = {
  d: classes.digit,
  D: negated(classes.digit),
  w: classes.word,
  W: negated(classes.word),
  s: classes.space,
  S: negated(classes.space),
  h: classes.horizontal,
  H: negated(classes.horizontal),
  v: classes.vertical,
  V: negated(classes.vertical),
  N: classes.notNewline,
  n: single('\n'),
  r: single('\r'),
  t: single('\t'),
  f: single('\f'),
  a: single('\x07'),
  e: single('\x1b'),
};

/** What follows a backslash at `at`, outside a class; null when it is not understood (also a back reference). */
export function escapeAt(text: string, at: number): { readonly set: ByteSet; readonly end: number } | null {
  const letter = text[at];
  if (letter === undefined) return null;
  const hex = /^x(?:([0-9A-Fa-f]{1,2})|\{([0-9A-Fa-f]{1,2})\})/.exec(text.slice(at, at + 5));
  if (hex) {
    const byte = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
    return { set: single(String.fromCharCode(byte)), end: at + hex[0].length };
  }
  if (Object.hasOwn(shorthands, letter)) {
    const set = shorthands[letter];
    return set ? { set, end: at + 1 } : null;
  }
  return /[A-Za-z0-9]/.test(letter) ? null : { set: single(letter), end: at + 1 };
}

/** A class whose `[` is just before `at`; null when it is not understood or has no end. */
export function classAt(
  text: string,
  at: number,
): { readonly set: ByteSet; readonly negated: boolean; readonly end: number } | null {
  const isNegated = text[at] === '^';
  let next = isNegated ? at + 1 : at;
  const first = next;
  const found = new Array<boolean>(256).fill(false);
  while (text[next] !== ']' || next === first) {
    const item = classItem(text, next);
    if (!item) return null;
    next = item.end;
    const high = text[next] === '-' && text[next + 1] !== ']' ? classItem(text, next + 1) : null;
    const from = item.set.indexOf(true);
    const isRange = high !== null && only(item.set) && only(high.set);
    if (isRange) {
      const to = high.set.indexOf(true);
      if (to < from) return null;
      for (let byte = from; byte <= to; byte += 1) found[byte] = true;
      next = high.end;
    } else {
      item.set.forEach((has, byte) => {
        if (has) found[byte] = true;
      });
    }
  }
  return { set: found, negated: isNegated, end: next + 1 };
}

function classItem(text: string, at: number): { readonly set: ByteSet; readonly end: number } | null {
  const character = text[at];
  if (character === undefined) return null;
  if (character === '[' && (text[at + 1] === ':' || text[at + 1] === '.' || text[at + 1] === '=')) {
    const posix = /^\[:(\^?)([a-z]+):\]/.exec(text.slice(at, at + 14));
    // PCRE takes `[:` without its end for two characters
    if (!posix) return text.indexOf(`${text[at + 1]}]`, at + 2) === -1 ? literal(text, at) : null;
    const name = posix[2] ?? '';
    if (!isPosix(name)) return null;
    const set = classes[name];
    return { set: posix[1] ? negated(set) : set, end: at + posix[0].length };
  }
  if (character !== '\\') return literal(text, at);
  if (text[at + 1] === 'b') return { set: single('\b'), end: at + 2 };
  return text[at + 1] === 'N' ? null : escapeAt(text, at + 1);
}

function literal(text: string, at: number): { readonly set: ByteSet; readonly end: number } {
  return { set: single(text[at] ?? ''), end: at + 1 };
}

function isPosix(name: string): name is keyof typeof classes {
  return Object.hasOwn(classes, name) && !['all', 'notNewline', 'horizontal', 'vertical'].includes(name);
}

function only(set: ByteSet): boolean {
  return set.indexOf(true) === set.lastIndexOf(true);
}
