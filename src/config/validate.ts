/** What a schema finds wrong, in words for a person on call. */
import { z } from 'zod';
import { type Problem, problem } from './problems.ts';
import { listed, type Path, quoted, suggestion } from './words.ts';

type Issue = z.core.$ZodIssue;

/** All that is wrong with `data`; `place` says where something in it stands in the file. */
export function validate(
  schema: z.ZodType,
  data: unknown,
  place: (inside: Path) => Path = (inside) => inside,
): Problem[] {
  const parsed = schema.safeParse(data);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => explain(issue as Issue, schema, data, place));
}

function explain(issue: Issue, schema: unknown, data: unknown, place: (inside: Path) => Path): Problem[] {
  const inside = issue.path.filter((part) => typeof part !== 'symbol');
  const path = place(inside);
  const value = valueAt(data, inside);
  const expected = schemaAt(schema, inside);
  const hint = exampleHint(expected, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], key, keysOf(expected)));
    case 'invalid_union':
      return explainUnion(issue, schema, data, place);
    case 'invalid_type':
      if (value === undefined) return [problem(path, 'is missing', hint)];
      if (typeof value === 'number' && ['number', 'int'].includes(issue.expected)) {
        return [problem(path, `must be ${expectedWords[issue.expected]}, not ${value}`, hint)];
      }
      return [
        problem(
          path,
          `must be ${typeWords(expected) ?? expectedOf(issue.expected)}, not ${kindOf(value)}`,
          hint,
        ),
      ];
    case 'invalid_value':
      if (value === undefined) return [problem(path, 'is missing', hint)];
      return [problem(path, `must be ${listed(issue.values.map(String), 'or')}, not ${shown(value)}`, hint)];
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string') return [problem(path, 'is empty', hint)];
      return [problem(path, `is ${shown(value)}, and must be at least ${issue.minimum}`, null)];
    case 'too_big':
      if (issue.origin !== 'number' && issue.origin !== 'int') return [problem(path, 'is too long', hint)];
      return [problem(path, `is ${shown(value)}, and must be at most ${issue.maximum}`, null)];
    case 'invalid_key':
      return [problem(path, issue.issues[0]?.message ?? issue.message)];
    case 'custom': {
      // A refinement of a kind's own schema says what the value should be, not what is wrong with it.
      if (issue.params === undefined) return [problem(path, `is ${shown(value)}: ${issue.message}`, hint)];
      const own: unknown = issue.params.hint;
      return [problem(path, issue.message, typeof own === 'string' ? own : hint)];
    }
    default:
      return [problem(path, `is ${shown(value)}: ${issue.message}`, hint)];
  }
}

export function unknownKey(path: Path, key: string, known: readonly string[]): Problem {
  return problem(
    path,
    'unknown key',
    suggestion(key, known, known.length > 1 ? 'there are' : 'there is only'),
  );
}

/** Of a union only the members that are of the value's own type say what is wrong; if there is none, the union itself. */
function explainUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  schema: unknown,
  data: unknown,
  place: (inside: Path) => Path,
): Problem[] {
  const inside = issue.path.filter((part) => typeof part !== 'symbol');
  const path = place(inside);
  const value = valueAt(data, inside);
  const union = schemaAt(schema, inside);
  const hint = exampleHint(union, path);
  if (value === undefined) return [problem(path, 'is missing', hint)];
  const options = unionOptions(union);
  for (const [index, issues] of issue.errors.entries()) {
    const option = options[index];
    const ofOtherType = issues.some(
      (inner) => inner.path.length === 0 && ['invalid_type', 'invalid_value'].includes(inner.code),
    );
    if (!option || ofOtherType) continue;
    const nested = issues.flatMap((inner) =>
      explain(inner as Issue, option, value, (deeper) => [...path, ...deeper]),
    );
    if (nested.length) return nested;
  }
  const wanted = typeWords(union);
  return [problem(path, wanted ? `must be ${wanted}, not ${kindOf(value)}` : 'is of a wrong type', hint)];
}

/** The value at a path; undefined when there is none. Reads own properties only. */
export function valueAt(data: unknown, path: Path): unknown {
  let value: unknown = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodNullable ||
    inner instanceof z.ZodReadonly
  ) {
    inner = inner.unwrap();
  }
  return inner;
}

/** The schema of what stands at a path; undefined where that cannot be told. In a union the way is through its table. */
function schemaAt(schema: unknown, path: Path): unknown {
  let inner = unwrap(schema);
  for (const part of path) {
    if (inner instanceof z.ZodUnion) inner = tableOf(inner);
    if (inner instanceof z.ZodObject) {
      inner = unwrap(Object.hasOwn(inner.shape, part) ? inner.shape[part] : undefined);
    } else if (inner instanceof z.ZodRecord) inner = unwrap(inner.valueType);
    else if (inner instanceof z.ZodArray) inner = unwrap(inner.element);
    else return undefined;
  }
  return inner;
}

function tableOf(union: z.ZodUnion): unknown {
  return unionOptions(union).find((option) => option instanceof z.ZodObject || option instanceof z.ZodArray);
}

export function isTable(schema: unknown): boolean {
  return unwrap(schema) instanceof z.ZodObject;
}

/** The keys that an object schema knows; empty when it is none. */
export function keysOf(schema: unknown): string[] {
  const inner = unwrap(schema);
  const table = inner instanceof z.ZodUnion ? tableOf(inner) : inner;
  return table instanceof z.ZodObject ? Object.keys(table.shape) : [];
}

function unionOptions(schema: unknown): unknown[] {
  return schema instanceof z.ZodUnion ? schema.options.map(unwrap) : [];
}

/** `write url = "wss://agent.example.com/ws/agent"`, from the schema's first example; else its description. */
function exampleHint(schema: unknown, path: Path): string | null {
  const key = path.at(-1);
  if (!(schema instanceof z.ZodType)) return null;
  if (path.length === 1 && (schema instanceof z.ZodRecord || schema instanceof z.ZodObject)) {
    return schema instanceof z.ZodRecord ? `write [${key}.NAME]` : `write [${key}]`;
  }
  if (schema instanceof z.ZodArray && path.length === 1) return `write [[${key}]]`;
  const example = exampleOf(schema);
  if (example === null) return schema.description === undefined ? null : `it is: ${schema.description}`;
  return typeof key === 'string' ? `write ${key} = ${example}` : `write ${example}`;
}

function exampleOf(schema: unknown): string | null {
  if (schema instanceof z.ZodArray) {
    const element = exampleOf(unwrap(schema.element));
    return element === null ? null : `[${element}]`;
  }
  const examples: unknown = schema instanceof z.ZodType ? schema.meta()?.examples : undefined;
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  if (typeof example === 'number') return String(example);
  return typeof example === 'string' ? quoted(example) : null;
}

const expectedWords: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a table',
  record: 'a table',
};

function expectedOf(type: string): string {
  return expectedWords[type] ?? `of the type ${type}`;
}

/** What a schema takes, in words; null when it is no schema that has some. */
function typeWords(schema: unknown): string | null {
  if (schema instanceof z.ZodUnion) {
    const words = [...new Set(unionOptions(schema).map((option) => typeWords(option) ?? 'something else'))];
    return words.length < 2 ? (words[0] ?? null) : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  }
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String).join(' or ');
  if (schema instanceof z.ZodNumberFormat) return expectedOf('int');
  return schema instanceof z.ZodType ? (expectedWords[schema.type] ?? null) : null;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  if (typeof value === 'number') return Number.isInteger(value) ? `the number ${value}` : 'a number';
  if (typeof value === 'string') return 'a string';
  return typeof value === 'boolean' ? String(value) : 'a table';
}

function shown(value: unknown): string {
  // A user and password in a URL are not for the screen.
  if (typeof value === 'string') return quoted(value.replace(/:\/\/.*@/s, '://…@'));
  return typeof value === 'object' ? kindOf(value) : String(value);
}
