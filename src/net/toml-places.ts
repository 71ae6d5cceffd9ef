/** Where each key of a TOML text stands. */
import { type AST, parseTOML } from 'toml-eslint-parser';

/** Names of keys, and numbers of list items from 0. */
type Path = readonly (string | number)[];

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

interface Node {
  place: Place;
  /** Its own header or `key =` was seen, not only a longer key that goes through it. */
  explicit: boolean;
  readonly children: Map<string | number, Node>;
}

const start: Place = { line: 1, column: 1 };

/**
 * The place of a path; for one that is not there (a missing key), of the nearest table around it.
 * Reads the syntax tree only: the parser's own way to values (`getStaticTOMLValue`) assigns `__proto__`.
 */
export function findPlaces(text: string): (path: Path) => Place {
  const root = readTree(text);
  return (path) => {
    let node = root;
    for (const part of path) {
      const next = node.children.get(part);
      if (!next) break;
      node = next;
    }
    return node.place;
  };
}

/** The line of exactly this key, from 1; null when it is not there. Items of lists may be named by text: `ports.0`. */
export function findLines(text: string): (path: readonly string[]) => number | null {
  const root = readTree(text);
  return (path) => {
    let node: Node | undefined = root;
    for (const part of path) {
      node =
        node?.children.get(part) ?? (/^\d{1,9}$/.test(part) ? node?.children.get(Number(part)) : undefined);
    }
    return node?.place.line ?? null;
  };
}

function readTree(text: string): Node {
  const root: Node = { place: start, explicit: true, children: new Map() };
  try {
    for (const entry of parseTOML(text, { tomlVersion: 'next' }).body[0].body) {
      if (entry.type === 'TOMLTable') addTable(root, entry);
      else addKeyValue(root, entry);
    }
  } catch (error) {
    // A text that smol-toml reads and this parser does not, or one nested so deep that its recursion ends.
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
  }
  return root;
}

function addTable(root: Node, entry: AST.TOMLTable): void {
  let node = root;
  let named = 0;
  for (const part of entry.resolvedKey) {
    if (typeof part === 'string') named += 1;
    node = child(node, part, entry.key.keys[named - 1] ?? entry.key);
  }
  markExplicit(node, entry.key.keys.at(-1) ?? entry.key);
  for (const inner of entry.body) addKeyValue(node, inner);
}

function addKeyValue(table: Node, entry: AST.TOMLKeyValue): void {
  let node = table;
  for (const key of entry.key.keys) node = child(node, key.type === 'TOMLBare' ? key.name : key.value, key);
  markExplicit(node, entry.key.keys.at(-1) ?? entry.key);
  addValue(node, entry.value);
}

function addValue(node: Node, value: AST.TOMLContentNode): void {
  if (value.type === 'TOMLInlineTable') for (const entry of value.body) addKeyValue(node, entry);
  if (value.type !== 'TOMLArray') return;
  for (const [index, element] of value.elements.entries()) addValue(child(node, index, element), element);
}

function child(node: Node, part: string | number, at: AST.TOMLNode): Node {
  const known = node.children.get(part);
  if (known) return known;
  const added: Node = { place: placeOf(at), explicit: false, children: new Map() };
  node.children.set(part, added);
  return added;
}

function markExplicit(node: Node, at: AST.TOMLNode): void {
  if (node.explicit) return;
  node.explicit = true;
  node.place = placeOf(at);
}

function placeOf(node: AST.TOMLNode): Place {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}
