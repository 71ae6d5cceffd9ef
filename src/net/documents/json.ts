/** JSON (RFC 8259), with the line of every key, and of the first thing that is none. */
import { valueAtPath } from '../dotted-path.ts';
import { lineAt, type Reading } from './document.ts';

const format = 'JSON';

export function readJson(text: string): Reading {
  let data: unknown;
  try {
    data = JSON.parse(text) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // the engine's message quotes the text, and does not always say where
    const { fault } = scan(text);
    const words =
      fault === null || fault >= text.trimEnd().length ? 'it ends too early' : 'unexpected character';
    return { ok: false, format, line: lineAt(text, fault ?? text.length), words };
  }
  const { places } = scan(text);
  return {
    ok: true,
    document: {
      format,
      typed: true,
      lookUp(path) {
        const value = valueAtPath(data, path);
        if (value === undefined) return null;
        const offset = places.get(JSON.stringify(path));
        return { value, line: offset === undefined ? null : lineAt(text, offset) };
      },
    },
  };
}

const tokens =
  /[ \t\r\n]*(?:([{}[\]:,])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/y;

interface Level {
  readonly list: boolean;
  part: string;
}

/** Deeper is read, and has no places. */
const deepest = 32;

/** What may come next: a value, the first key or value of a container, a key, a colon, or a comma or an end. */
type Next = 'value' | 'first' | 'key' | 'colon' | 'after';

function scan(text: string): { places: Map<string, number>; fault: number | null } {
  const places = new Map<string, number>();
  const levels: Level[] = [];
  let next: Next = 'value';
  tokens.lastIndex = 0;
  for (let at = 0; ; at = tokens.lastIndex) {
    const token = tokens.exec(text);
    const start = at + (/^[ \t\r\n]*/.exec(text.slice(at, at + 10_000))?.[0].length ?? 0);
    if (!token) return { places, fault: start };
    const [, mark, string] = token;
    const level = levels.at(-1);
    const note = () => {
      if (levels.length <= deepest) places.set(JSON.stringify(levels.map(({ part }) => part)), start);
    };
    if (mark === ':' && next === 'colon') next = 'value';
    else if (mark === ',' && next === 'after' && level) {
      if (level.list) level.part = String(Number(level.part) + 1);
      next = level.list ? 'value' : 'key';
    } else if (
      (mark === '}' || mark === ']') &&
      level?.list === (mark === ']') &&
      (next === 'after' || next === 'first')
    ) {
      levels.pop();
      next = 'after';
    } else if (string !== undefined && level && !level.list && (next === 'key' || next === 'first')) {
      level.part = JSON.parse(string) as string;
      note();
      next = 'colon';
    } else if (next === 'value' || (next === 'first' && level?.list)) {
      if (mark !== undefined && mark !== '{' && mark !== '[') return { places, fault: start };
      if (level?.list) note();
      if (mark === undefined) next = 'after';
      else {
        levels.push({ list: mark === '[', part: mark === '[' ? '0' : '' });
        next = 'first';
      }
    } else return { places, fault: start };
    if (levels.length === 0 && next === 'after') {
      const rest = text.slice(tokens.lastIndex).search(/[^ \t\r\n]/);
      return { places, fault: rest < 0 ? null : tokens.lastIndex + rest };
    }
  }
}
