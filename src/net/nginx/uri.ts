/** Request targets as nginx reads them, byte by byte (ngx_http_parse_complex_uri, ngx_escape_uri of 1.22). */
import { Buffer } from 'node:buffer';

/** A byte a character, of the text's UTF-8: what nginx compares and what PCRE matches. */
export function toBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

export function fromBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

export interface Target {
  /** Decoded, with `.`, `..` and, where asked for, `//` taken out. */
  readonly uri: string;
  /** What follows `?`, as it came. */
  readonly args: string;
  /** Something in it was written with `%`. */
  readonly quoted: boolean;
  readonly plus: boolean;
}

/** null: nginx answers 400 (no `/` in front, `..` above the root, `%` without two digits, a NUL). */
export function readTarget(target: string, mergeSlashes: boolean): Target | null {
  const raw = target.split('#', 1)[0] ?? '';
  const question = raw.indexOf('?');
  const path = question === -1 ? raw : raw.slice(0, question);
  const args = question === -1 ? '' : raw.slice(question + 1);
  if (path[0] !== '/') return null;
  let uri = '';
  let segment = '';
  let quoted = false;
  /** Ends a segment; false when it leads above the root. */
  const end = (slash: boolean): boolean => {
    if (segment === '..') {
      if (uri === '/') return false;
      uri = uri.slice(0, uri.lastIndexOf('/', uri.length - 2) + 1);
    } else if (segment !== '.') {
      const isDoubled = slash && segment === '' && mergeSlashes;
      uri += segment + (slash && !isDoubled ? '/' : '');
    }
    segment = '';
    return true;
  };
  uri = '/';
  for (let at = 1; at < path.length; at += 1) {
    let character = path[at] ?? '';
    if (character === '%') {
      const digits = path.slice(at + 1, at + 3);
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return null;
      character = String.fromCharCode(Number.parseInt(digits, 16));
      quoted = true;
      at += 2;
    }
    if (character === '\0') return null;
    if (character !== '/') segment += character;
    else if (!end(true)) return null;
  }
  return end(false) ? { uri, args, quoted, plus: path.includes('+') } : null;
}

function escapedWhere(text: string, pattern: RegExp): string {
  return text.replace(
    pattern,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** As nginx writes a changed URI to an upstream (NGX_ESCAPE_URI). */
export function escapeUri(uri: string): string {
  return escapedWhere(uri, /[\0- "#%<>?\\^`{|}\x7f-\xff]/g);
}

/** As nginx writes a captured part into arguments (NGX_ESCAPE_ARGS). */
export function escapeArgs(text: string): string {
  return escapedWhere(text, /[\0- "#%&+;<>?\\^`{|}\x7f-\xff]/g);
}

/** What nginx takes out of that again in a redirect, up to its arguments (NGX_UNESCAPE_REDIRECT). */
export function unescapeRedirect(text: string): string {
  const question = text.indexOf('?');
  const path = question === -1 ? text : text.slice(0, question);
  const plain = path.replace(/%([0-9A-Fa-f]{2})/g, (whole, digits: string) => {
    const byte = Number.parseInt(digits, 16);
    return byte > 0x25 && byte < 0x7f ? String.fromCharCode(byte) : whole;
  });
  return plain + text.slice(path.length);
}
