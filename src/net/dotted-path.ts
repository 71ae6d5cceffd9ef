/** Where a value stands in a document: `server.ports.0`, `hosts."b.example.com".port`. */

/** A TOML or INI name rarely has more parts; a document that is nested deeper is not looked into. */
const mostParts = 32;

/** The parts of a path; null when it is none. A part with dots, quotes or blanks stands in double quotes. */
export function dottedPath(text: string): readonly string[] | null {
  const parts: string[] = [];
  let rest = text;
  while (parts.length < mostParts) {
    const [whole, quoted, bare] = /^(?:"((?:[^"\\]|\\["\\])*)"|([^."\s\\]+))/.exec(rest) ?? [];
    if (whole === undefined) return null;
    parts.push(quoted === undefined ? (bare ?? '') : quoted.replace(/\\(["\\])/g, '$1'));
    rest = rest.slice(whole.length);
    if (rest === '') return parts;
    if (!rest.startsWith('.')) return null;
    rest = rest.slice(1);
  }
  return null;
}

/** The value at a path; undefined when there is none. Own keys only: the document is a stranger's. */
export function valueAtPath(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const part of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined;
    // a list has a length as well, which nobody wrote
    if (Array.isArray(value) && !/^\d+$/.test(part)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  return value;
}
