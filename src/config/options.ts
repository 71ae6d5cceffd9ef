/** The options of `[[checks]]`: checked by the schema of their kind, written in the file's own spelling. */
import type { z } from 'zod';
import type { Defaults } from './config.ts';
import { type Problem, problem } from './problems.ts';
import { isTable, keysOf, unknownKey, validate, valueAt } from './validate.ts';
import { type Path, quoted, suggestion } from './words.ts';

export type Kinds = Readonly<Record<string, z.ZodType>>;

const common = ['kind', 'name', 'from'];

/** An option as the configuration spells it: `certDays` → `cert_days`. */
export function optionKey(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function checkOptions(data: unknown, kinds: Kinds): Problem[] {
  const checks = valueAt(data, ['checks']);
  return Array.isArray(checks)
    ? checks.flatMap((check, index) => checkOne(check, ['checks', index], kinds))
    : [];
}

function checkOne(check: unknown, path: Path, kinds: Kinds): Problem[] {
  const kind = valueAt(check, ['kind']);
  if (typeof kind !== 'string' || kind === '') return [];
  const schema = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!schema) {
    const hint = suggestion(kind, Object.keys(kinds), 'there are');
    return [problem([...path, 'kind'], `there is no kind ${quoted(kind)}`, hint)];
  }
  const { options, unknown } = optionsOf(check, schema);
  const spelled = keysOf(schema).map(optionKey);
  return [
    ...unknown.map((key) => unknownKey([...path, key], key, [...common, ...spelled])),
    ...validate(schema, options, ([first, ...deeper]) =>
      first === undefined ? path : [...path, typeof first === 'string' ? optionKey(first) : first, ...deeper],
    ),
  ];
}

/** The options of one check by the names that its schema knows; of an opaque schema as they are written. */
function optionsOf(check: unknown, schema: z.ZodType) {
  const known = keysOf(schema);
  const bySpelling = new Map(known.map((option) => [optionKey(option), option]));
  const options: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(check ?? {})) {
    if (common.includes(key)) continue;
    const option = isTable(schema) ? bySpelling.get(key) : key;
    if (option === undefined) unknown.push(key);
    else options[option] = value;
  }
  return { options, unknown };
}

/** A good check's options, defaults filled in: the file's `[defaults]` before the schema's own. */
export function parseOptions(check: object, schema: z.ZodType, defaults: Defaults): Record<string, unknown> {
  const known = keysOf(schema);
  const { options } = optionsOf(check, schema);
  const from = valueAt(check, ['from']) ?? 'local';
  if (known.includes('certDays')) options.certDays ??= defaults.certDays;
  if (known.includes('server') && from === 'local' && defaults.resolver) options.server ??= defaults.resolver;
  return schema.parse(options) as Record<string, unknown>;
}
