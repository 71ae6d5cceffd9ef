/** Templates: how they are filled with a cause's values, and which of them belong to it. */
import type { Condition, Said } from './entry.ts';

export type Values = Readonly<Record<string, unknown>>;

/** A key, or an item of its list: `{pids}`, `{pids.0}`; behind `|` words for when there is none. */
const places = /(?<!\$)\{(\w+)(?:\.(\d+))?(?:\|([^{}]*))?\}/g;

const isUnknown = (value: unknown): boolean => value === null || value === undefined || value === '';

function valueAt(values: Values, key: string, index: string | undefined): unknown {
  const value = Object.hasOwn(values, key) ? values[key] : undefined;
  const at = index === undefined ? value : [value].flat()[Number(index)];
  return Array.isArray(at) ? at.join(', ') : at;
}

/** A key that is unknown, without other words, is left as `KEY`; of a list (`{pids.0}`) as `PID`. */
export function fill(template: string, values: Values): string {
  return template.replace(places, (_, key: string, index: string | undefined, words: string | undefined) => {
    const value = valueAt(values, key, index);
    if (!isUnknown(value)) return String(value);
    return words ?? (index === undefined ? key : key.replace(/s$/, '')).toUpperCase();
  });
}

/** null where a key is unknown and has no other words. */
export function fillWhole(template: string, values: Values): string | null {
  const isKnown = [...template.matchAll(places)].every(
    ([, key = '', index, words]) => words !== undefined || !isUnknown(valueAt(values, key, index)),
  );
  return isKnown ? fill(template, values) : null;
}

/** Whether each value is the one, or one of those; `unknown`: what holds where a value is not known. */
export function fits(condition: Condition, values: Values, unknown: boolean): boolean {
  return Object.entries(condition).every(([key, wanted]) => {
    const value = values[key];
    if (isUnknown(value)) return unknown;
    return [value].flat().some((one) => [wanted].flat().some((other) => String(other) === String(one)));
  });
}

/** The texts that belong to these values, filled. */
export const sayings = (said: readonly Said[], values: Values): string[] =>
  templatesOf(said, values).map((template) => fill(template, values));

/** Of commands: one that can't be filled can't be typed. */
export const commandsIn = (said: readonly Said[], values: Values): string[] =>
  templatesOf(said, values).flatMap((template) => fillWhole(template, values) ?? []);

const templatesOf = (said: readonly Said[], values: Values): string[] =>
  said.flatMap((one) => (typeof one === 'string' ? one : fits(one.when, values, true) ? one.say : []));
