/** The whole report as one JSON object, its keys in the order of the schema. */
import { z } from 'zod';
import { type Report, reportSchema } from '../report.ts';

export const json = (report: Report): string => `${JSON.stringify(ordered(reportSchema, report), null, 2)}\n`;

/** Keys that the schema does not know (additions of a newer version) come last. */
function ordered(schema: z.core.$ZodType, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (schema instanceof z.ZodNullable) return ordered(schema.unwrap(), value);
  if (schema instanceof z.ZodArray && Array.isArray(value))
    return value.map((item: unknown) => ordered(schema.element, item));
  const fields = new Map(Object.entries(value));
  if (schema instanceof z.ZodRecord)
    return Object.fromEntries([...fields].map(([key, item]) => [key, ordered(schema.valueType, item)]));
  if (!(schema instanceof z.ZodObject)) return value;
  const shape: Readonly<Record<string, z.core.$ZodType>> = schema.shape;
  const known = Object.keys(shape).filter((key) => fields.has(key));
  const added = [...fields.keys()].filter((key) => !Object.hasOwn(shape, key));
  return Object.fromEntries(
    [...known, ...added].map((key) => [key, ordered(shape[key] ?? z.unknown(), fields.get(key))]),
  );
}
