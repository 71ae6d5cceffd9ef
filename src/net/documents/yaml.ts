/** YAML 1.2, several documents in one file included. */
import { type Document, isNode, LineCounter, parseAllDocuments, visit } from 'yaml';
import { valueAtPath } from '../dotted-path.ts';
import type { Reading } from './document.ts';

const format = 'YAML';
/** Of a text of a quarter of a megabyte; aliases that unfold into more are an attack (billion laughs). */
const mostAliases = 1000;

export function readYaml(text: string): Reading {
  const lines = new LineCounter();
  // a key that is there twice is read by most programs, though YAML 1.2 section 3.2.1.3 forbids it
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    merge: true,
    logLevel: 'silent',
  };
  const parsed = parseAllDocuments(text, { ...options, logLevel: 'silent' });
  const documents = Array.isArray(parsed) ? parsed : [];
  const error = documents.flatMap(({ errors }) => errors)[0];
  if (error) {
    // its message may quote the text, its code does not
    const words = error.code.toLowerCase().replaceAll('_', ' ');
    return { ok: false, format, line: lines.linePos(error.pos[0]).line, words };
  }
  const lost = documents.map(aliasOfNothing).find((offset) => offset !== null) ?? null;
  if (lost !== null)
    return { ok: false, format, line: lines.linePos(lost).line, words: 'an alias of nothing' };
  const values = documents.map((document) => document.toJS({ maxAliasCount: mostAliases }) as unknown);
  return {
    ok: true,
    document: {
      format,
      typed: true,
      lookUp(path) {
        for (const [index, document] of documents.entries()) {
          const value = valueAtPath(values[index], path);
          if (value === undefined) continue;
          const node: unknown = document.getIn(path, true);
          const offset = isNode(node) ? node.range?.[0] : undefined;
          return { value, line: offset === undefined ? null : lines.linePos(offset).line };
        }
        return null;
      },
    },
  };
}

/** Where the first alias is that no anchor before it gives a value; null when each has one. */
function aliasOfNothing(document: Document.Parsed): number | null {
  const anchors = new Set<string>();
  let lost: number | null = null;
  visit(document, {
    Alias(_, { source, range }) {
      if (anchors.has(source)) return undefined;
      lost = range?.[0] ?? 0;
      return visit.BREAK;
    },
    Value(_, { anchor }) {
      if (anchor !== undefined) anchors.add(anchor);
    },
  });
  return lost;
}
