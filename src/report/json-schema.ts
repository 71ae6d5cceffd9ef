/** JSON Schema of the report, with the facts of each known kind described. */
import { z } from 'zod';
import { reportSchema, resultSchema } from './report.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** Resolved against wherever the schema lies, and found inside it. */
const factsId = (kind: string): string => `facts/${encodeURIComponent(kind)}`;

/**
 * Draft 2020-12. Additions to the report are allowed everywhere, and so are results of kinds that are not known
 * here (plugins): a result's `facts` are described where its `kind` is a key of `factsByKind`.
 */
export function reportJsonSchema(factsByKind: Readonly<Record<string, z.ZodType>>): Schema {
  const kinds = Object.keys(factsByKind);
  const { $schema, ...report } = toJsonSchema(reportSchema, (schema, written) => {
    if (schema === resultSchema && kinds.length > 0) written.allOf = kinds.map(factsOfKind);
  });
  // Each with an $id of its own: a recursive schema's `#` is then itself, not the report.
  const facts = Object.entries(factsByKind).map(([kind, schema]): [string, Schema] => {
    const { $schema: _, ...described } = toJsonSchema(schema);
    return [kind, { $id: factsId(kind), ...described }];
  });
  return {
    $schema: $schema ?? 'https://json-schema.org/draft/2020-12/schema',
    title: 'A report of viworks-doctor',
    ...report,
    ...(facts.length > 0 ? { $defs: Object.fromEntries(facts) } : {}),
  };
}

const factsOfKind = (kind: string): Schema => ({
  if: { properties: { kind: { const: kind } }, required: ['kind'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { properties: { facts: { anyOf: [{ $ref: factsId(kind) }, { type: 'null' }] } } },
});

function toJsonSchema(schema: z.ZodType, also: (schema: unknown, written: Schema) => void = () => {}) {
  return z.toJSONSchema(schema, {
    // As `input`, an object's schema says nothing of further keys; as `output` it would refuse them.
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => also(zodSchema, jsonSchema),
  });
}
