/** Which directive is in force: that of the innermost level that has it (http, server, location, `if` in location). */
import type { Place } from './outcome.ts';
import type { Directive } from './parse.ts';

/** From the outermost to the innermost. */
export type Levels = readonly (readonly Directive[])[];

/** All of that name at the innermost level that has any: arrays such as `proxy_set_header` don't add up over levels. */
export function inForce(levels: Levels, name: string): readonly Directive[] {
  for (const level of [...levels].reverse()) {
    const found = level.filter((directive) => directive.name === name);
    if (found.length > 0) return found;
  }
  return [];
}

export function lastInForce(levels: Levels, name: string): Directive | undefined {
  return inForce(levels, name).at(-1);
}

export function placeOf({ file, line }: Place): Place {
  return { file, line };
}

/** Directives of the `http` block, which nginx allows once. */
export function httpOf(root: readonly Directive[]): readonly Directive[] {
  return root.find(({ name, block }) => name === 'http' && block)?.block ?? [];
}

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
};

/** `90`, `1m 30s` (as `1m30s`), `500ms` in ms (ngx_parse_time); null for anything else. */
export function milliseconds(text: string): number | null {
  if (!/^(\d{1,9}(ms|[smhdwMy])\s*)*(\d{1,9}(ms|[smhdwMy])?)$/.test(text)) return null;
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdwMy])?/g)) {
    sum += Number(amount) * (units[unit ?? 's'] ?? 0);
  }
  return sum;
}
