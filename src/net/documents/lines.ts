/** Files of one setting a line, in which everything is text: INI, `.env`, and `Keyword value` as sshd has it. */
import type { Document, Reading } from './document.ts';

interface Setting {
  readonly name: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

interface Manner {
  readonly format: string;
  /** Which of several settings of one name counts. */
  readonly counts: 'first' | 'last';
  readonly ignoresCase: boolean;
}

function documentOf(settings: readonly Setting[], { format, counts, ignoresCase }: Manner): Document {
  const fold = (name: string) => (ignoresCase ? name.toLowerCase() : name);
  return {
    format,
    typed: false,
    lookUp(path) {
      const wanted = fold(path.join('.'));
      const matches = ({ name }: Setting) => fold(name) === wanted;
      const found = counts === 'first' ? settings.find(matches) : settings.findLast(matches);
      return found ? { value: found.value, line: found.line } : null;
    },
  };
}

/** Sections, `key = value` or `key: value`; a comment behind a value begins after a blank. Of several the last counts. */
export function readIni(text: string): Reading {
  const format = 'INI';
  const settings: Setting[] = [];
  let section = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || /^[;#]/.test(line)) continue;
    if (line.startsWith('[')) {
      const name = /^\[([^\]]+)\]\s*(?:[;#].*)?$/.exec(line)?.[1];
      if (name === undefined)
        return { ok: false, format, line: index + 1, words: 'a section without its end' };
      section = `${name.trim()}.`;
      continue;
    }
    const at = line.search(/[=:]/);
    const key = (at < 0 ? line : line.slice(0, at)).trim();
    const value = at < 0 ? '' : line.slice(at + 1).trim();
    settings.push({ name: `${section}${key}`, value: plain(value), line: index + 1 });
  }
  return { ok: true, document: documentOf(settings, { format, counts: 'last', ignoresCase: false }) };
}

/** `NAME=value`, with or without `export`; a value in quotes may go on over several lines. */
export function readEnv(text: string): Reading {
  const settings: Setting[] = [];
  const lines = text.split('\n');
  for (let index = 0; index < lines.length; index++) {
    const start = index;
    const [, name, rest = ''] =
      /^\s*(?:export\s+)?([A-Za-z_][\w.-]*)\s*=[ \t]*(.*)$/.exec(lines[index] ?? '') ?? [];
    if (name === undefined) continue;
    let value = rest.trim();
    const quote = value[0];
    if ((quote === '"' || quote === "'") && !closes(value, quote)) {
      const end = lines.findIndex((line, later) => later > index && line.includes(quote));
      if (end >= 0) {
        value = [value, ...lines.slice(index + 1, end + 1)].join('\n');
        index = end;
      }
    }
    settings.push({ name, value: plain(value), line: start + 1 });
  }
  const manner: Manner = { format: 'a file of variables', counts: 'last', ignoresCase: false };
  return { ok: true, document: documentOf(settings, manner) };
}

/**
 * `Keyword value`, as in sshd_config(5): case does not matter, and of several the first counts. What comes after a
 * `Match` or `Host` holds for some only, and is left out.
 */
export function readKeywords(text: string, counts: Manner['counts']): Reading {
  const settings: Setting[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || /^[#;]/.test(line)) continue;
    if (counts === 'first' && /^(?:match|host)\s/i.test(line)) break;
    const [, name = '', value = ''] = /^([^\s=:]+)\s*[=:]?\s*(.*)$/s.exec(line) ?? [];
    settings.push({ name, value: plain(value), line: index + 1 });
  }
  const manner: Manner = { format: 'a file of keywords', counts, ignoresCase: true };
  return { ok: true, document: documentOf(settings, manner) };
}

const closes = (value: string, quote: string): boolean => value.indexOf(quote, 1) > 0;

/** Without its quotes, or without the comment behind it. */
function plain(value: string): string {
  const quote = value[0];
  if (quote === '"' || quote === "'") {
    const end = value.indexOf(quote, 1);
    if (end > 0) return value.slice(1, end);
  }
  return value.replace(/\s[#;].*$/s, '').trim();
}
