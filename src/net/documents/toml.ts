/** TOML 1.1. */
import { parse, TomlError } from 'smol-toml';
import { valueAtPath } from '../dotted-path.ts';
import { findLines } from '../toml-places.ts';
import type { Reading } from './document.ts';

const format = 'TOML';

export function readToml(text: string): Reading {
  let data: unknown;
  try {
    data = parse(text, { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // of the message only the first line: the others show the text
    const words = error.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '') ?? '';
    return { ok: false, format, line: error.line, words: unquoted(words) };
  }
  const lineOf = findLines(text);
  return {
    ok: true,
    document: {
      format,
      typed: true,
      lookUp(path) {
        const value = valueAtPath(data, path);
        return value === undefined ? null : { value, line: lineOf(path) };
      },
    },
  };
}

/** What the parser puts in quotes may be part of the text. */
const unquoted = (words: string): string => words.replace(/(["'`]).*\1/s, '…').slice(0, 120);
