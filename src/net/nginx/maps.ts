/** What a `map` block makes of its source (ngx_http_map_find): case plays no part but in expressions. */
import type { Directive } from './parse.ts';
import { matchRegex } from './regex.ts';
import { evaluate, type Scope, type Value } from './scope.ts';
import { toBytes } from './uri.ts';

const parameters = new Set(['hostnames', 'volatile']);

/** Unknown where the source is, unless every entry and the default give one value. */
export function valueOfMap({ args, block }: Directive, scope: Scope): Value {
  const entries = (block ?? []).filter((entry) => entry.args.length === 1);
  const hostnames = (block ?? []).some(({ name, args }) => name === 'hostnames' && args.length === 0);
  const source = evaluate(args[0] ?? '', scope);
  const fallback = entries.find(({ name }) => name === 'default')?.args[0] ?? '';
  if (typeof source !== 'string') {
    const values = new Set([fallback, ...entries.map((entry) => entry.args[0] ?? '')]);
    return values.size === 1 ? evaluate(fallback, scope) : source;
  }
  const keys = entries
    .filter(({ name }) => name !== 'default' && !parameters.has(name))
    .map((entry) => ({ key: toBytes(entry.name), value: entry.args[0] ?? '' }));
  const plain = keys
    .filter(({ key }) => !key.startsWith('~'))
    .map(({ key, value }) => ({ key: key.replace(/^\\/, '').toLowerCase(), value }));
  const low = source.toLowerCase();
  const exact = plain.find(
    ({ key }) => key === low || (hostnames && key.startsWith('.') && key.slice(1) === low),
  );
  if (exact) return evaluate(exact.value, scope);
  const wild = hostnames ? wildcard(plain, low) : undefined;
  if (wild) return evaluate(wild.value, scope);
  for (const { key, value } of keys) {
    if (!key.startsWith('~') || source === '') continue;
    const ignoreCase = key.startsWith('~*');
    const match = matchRegex(key.slice(ignoreCase ? 2 : 1), ignoreCase, source, scope.budget);
    if (match.matched === null) return { unknown: `${args[1]} (${match.why})` };
    if (!match.matched) continue;
    scope.captures = match.captures;
    for (const [name, text] of match.names) scope.variables.set(name, text);
    return evaluate(value, scope);
  }
  return evaluate(fallback, scope);
}

interface Entry {
  readonly key: string;
  readonly value: string;
}

/** The longest `*.example.com`, else the longest `mail.*`. */
function wildcard(entries: readonly Entry[], name: string): Entry | undefined {
  const longest = (found: Entry[]) => found.sort((a, b) => b.key.length - a.key.length)[0];
  const leading = entries.filter(({ key }) => {
    const end = key.startsWith('*.') ? key.slice(1) : key;
    return end.startsWith('.') && name.length > end.length && name.endsWith(end);
  });
  const trailing = entries.filter(({ key }) => key.endsWith('.*') && name.startsWith(key.slice(0, -1)));
  return longest(leading) ?? longest(trailing);
}
