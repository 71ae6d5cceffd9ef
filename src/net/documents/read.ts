/** A configuration file by its name, else by what its text looks like. */
import type { Reading } from './document.ts';
import { readJson } from './json.ts';
import { readEnv, readIni, readKeywords } from './lines.ts';
import { readToml } from './toml.ts';
import { readYaml } from './yaml.ts';

type Reader = (text: string) => Reading;

/** As much of a file as is read, in bytes. */
export const documentBytes = 250_000;

const byName: readonly (readonly [name: RegExp, reader: Reader])[] = [
  [/\.toml$/i, readToml],
  [/\.json$/i, readJson],
  [/\.ya?ml$/i, readYaml],
  [/(?:^|\/)\.env(?:\.[^/]*)?$|\.env$|\/environment$/i, readEnv],
  [/\.(?:ini|cfg|cnf|properties|service|socket|timer|path|mount|target|network|netdev|link)$/i, readIni],
  [/sshd?_config(?:\.d\/[^/]*)?$/i, (text) => readKeywords(text, 'first')],
];

/** Throws nothing: what its parser cannot bear (nested too deeply, aliases without end) comes back as `null`. */
export function readDocument(path: string, text: string): Reading | null {
  const bare = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
  if (bare.includes('\0')) return { ok: false, format: 'text', line: null, words: 'it is binary' };
  const reader = byName.find(([name]) => name.test(path))?.[1] ?? readByLook;
  try {
    return reader(bare);
  } catch (error) {
    if (error instanceof RangeError || error instanceof ReferenceError) return null;
    throw error;
  }
}

/** A typed format where the whole text is of it; else lines of settings. */
function readByLook(text: string): Reading {
  if (/^\s*[{[]\s*["{[\]}\d]/.test(text)) {
    const json = readJson(text);
    if (json.ok || /^\s*\{\s*"/.test(text)) return json;
  }
  const toml = readToml(text);
  if (toml.ok) return toml;
  if (/^\s*\[[^\]]+\]\s*$/m.test(text) || /^\s*[^\s#;=:]+\s*=/m.test(text)) return readIni(text);
  if (/^\s*(?:- |[\w."-]+:(?:\s|$))/m.test(text)) {
    const yaml = readYaml(text);
    if (yaml.ok) return yaml;
  }
  return readKeywords(text, 'last');
}
