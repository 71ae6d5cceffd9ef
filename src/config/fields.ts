/** The kinds of value that the schema is made of: each knows its grammar, and the words and pattern for editors. */
import { z } from 'zod';
import { durationPattern, parseDuration } from '../net/duration.ts';
import { type Fault, pathFault } from './url.ts';
import { fileFault, namePattern, patternFault, tokenPattern } from './values.ts';
import { quoted } from './words.ts';

/** Where a pattern of the JSON Schema applies to a value that a variable may stand in. */
const orVariable = (pattern: RegExp | string) =>
  `(?:${typeof pattern === 'string' ? pattern : pattern.source})|\\$\\{`;
const variable = '^\\$\\{[^{}]*\\}$';

interface About {
  readonly example?: string;
  /** For editors; the program asks `fault`. */
  readonly pattern?: RegExp | string;
}

export function text(
  description: string,
  fault: (text: string) => Fault | null,
  { example, pattern }: About = {},
) {
  return z
    .string()
    .superRefine((value, context) => {
      const found = value === '' ? { message: 'is empty', hint: null } : fault(value);
      if (found) context.addIssue({ code: 'custom', message: found.message, params: { hint: found.hint } });
    })
    .meta({
      description,
      minLength: 1,
      ...(example ? { examples: [example] } : {}),
      ...(pattern ? { pattern: orVariable(pattern) } : {}),
    });
}

export const fine = () => null;
export const faultOf =
  (read: (text: string) => { ok: true } | { ok: false; fault: Fault }) =>
  (value: string): Fault | null => {
    const result = read(value);
    return result.ok ? null : result.fault;
  };

/** A whole number; `${PORT}` may stand for it. */
export function whole(description: string, minimum: number, maximum: number, example: number) {
  return z
    .int()
    .min(minimum)
    .max(maximum)
    .meta({ description, examples: [example], type: ['integer', 'string'], pattern: variable });
}

export function durationFault(longest: string): (text: string) => Fault | null {
  return (value) => {
    const found = parseDuration(value);
    if (found === null)
      return { message: `is no duration: ${quoted(value)}`, hint: 'write 500ms, 5s, 2m, 1h or 7d' };
    if (found === 0 || found > (parseDuration(longest) ?? 0)) {
      return { message: `is ${value}`, hint: `write a duration between 1ms and ${longest}` };
    }
    return null;
  };
}

export function duration(description: string, longest: string, example: string) {
  return text(description, durationFault(longest), { example, pattern: durationPattern });
}

export const name = (description: string, example: string) =>
  text(description, fine, { example, pattern: namePattern });
export const port = (description: string, example: number) => whole(description, 1, 65_535, example);
export const file = (description: string, example: string) => text(description, fileFault, { example });
export const path = (description: string, example: string) =>
  text(description, pathFault, { example, pattern: '^/' });
export const regularExpression = (description: string, example: string) =>
  text(description, patternFault, { example });

/** A table of tables by name. The names are checked in `references.ts`, so that what is inside is looked at too. */
export const named = <T extends z.ZodType>(description: string, inner: T) =>
  z
    .record(z.string(), inner)
    .meta({ description, propertyNames: { pattern: namePattern.source } })
    .optional();

export const oneOrMore = <T extends z.ZodType>(description: string, inner: T) =>
  z.union([inner, z.array(inner).min(1)]).meta({ description });

/** A table of headers, the names being tokens. */
export const header = (description: string, inner: z.ZodType<string>) =>
  z
    .record(
      z.string().regex(tokenPattern, 'is no name of a header: that is one word, such as X-Request-Id'),
      inner,
    )
    .meta({ description });

export const noControls = (value: string): Fault | null =>
  /[\x00-\x1f\x7f]/.test(value)
    ? {
        message: `is ${quoted(value)}`,
        hint: 'write it without control characters',
      }
    : null;
