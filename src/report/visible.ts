/**
 * The one choke point for text that came from elsewhere: what a terminal, a browser or an eye would act on
 * without seeing it is written out. It is escaped, never stripped, so that evidence stays evidence.
 */
import type { Report } from './report.ts';

/**
 * Controls (Cc: C0, DEL, C1), format characters (Cf), halves of surrogate pairs, line and paragraph separators,
 * noncharacters, and all that is drawn as nothing (Unicode's Default_Ignorable_Code_Point). Among them are
 * zero-width characters, bidirectional controls, the byte order mark, tag characters and variation selectors.
 */
const unseen =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu;

const hex = (character: string): string => (character.codePointAt(0) ?? 0).toString(16);

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return character <= '\u{ff}' && character !== '\u{ad}'
    ? `\\x${hex(character).padStart(2, '0')}`
    : `\\u{${hex(character)}}`;
}

/** `multiline` keeps tabs and line ends (CR LF becomes LF); without it they are written out as well. Idempotent. */
export function visible(text: string, options: { readonly multiline?: boolean } = {}): string {
  if (!options.multiline) return text.replace(unseen, escaped);
  return text
    .replaceAll('\r\n', '\n')
    .replace(unseen, (character) =>
      character === '\n' || character === '\t' ? character : escaped(character),
    );
}

const oneLine = (text: string): string => visible(text);

/** ASCII only, for terminals that show nothing else. */
export function ascii(text: string): string {
  return text
    .replace(/[‹›“”‘’–—…→·─]/g, (character) => asciiFor[character] ?? '?')
    .replace(/[^\t\n\x20-\x7e]/gu, (character) => `\\u{${hex(character)}}`);
}

const asciiFor: Readonly<Record<string, string>> = {
  '‹': '<',
  '›': '>',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '–': '-',
  '—': '-',
  '…': '...',
  '→': '->',
  '·': '-',
  '─': '-',
};

/** The same document with every string, keys included, passed through `change`. */
export function mapStrings<T>(document: T, change: (text: string) => string): T {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return change(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    // fromEntries defines own properties, so a key `__proto__` stays a key
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), walk(item)]));
  };
  return walk(document) as T;
}

/** Every string of the report made {@link visible}; only what came back as evidence keeps its lines. */
export function visibleReport(report: Report): Report {
  const results = report.results.map((result) => ({
    ...mapStrings(result, oneLine),
    evidence: result.evidence.map((evidence) => ({
      ...mapStrings(evidence, oneLine),
      output: visible(evidence.output, { multiline: true }),
    })),
  }));
  return { ...mapStrings({ ...report, results: [] }, oneLine), results };
}
