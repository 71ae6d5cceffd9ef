/** What `checks` prints of a kind: its docs, its options out of their schema, and its codes. */
import { z } from 'zod';
import type { Check } from '../check.ts';
import { optionKey } from '../config/options.ts';
import { catalogue } from '../diagnosis/catalogue.ts';

export function checksText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ kind }) => kind.length));
  const lines = checks.map(({ kind, summary }) => `${kind.padEnd(width)}  ${summary}`);
  return [...lines, '', 'viworks-doctor checks KIND shows its options and what it can find.', ''].join('\n');
}

interface OptionSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly anyOf?: readonly OptionSchema[];
}

export function checkText(check: Check): string {
  const schema = z.toJSONSchema(check.options, { io: 'input', unrepresentable: 'any' }) as {
    properties?: Record<string, OptionSchema>;
    required?: string[];
  };
  const options = Object.entries(schema.properties ?? {}).map(([name, option]) => ({
    name: optionKey(name),
    says: [
      typeOf(option),
      schema.required?.includes(name) ? 'required' : defaultOf(option),
      option.description ?? '',
    ]
      .filter(Boolean)
      .join('; '),
  }));
  const codes = Object.entries(check.findings).map(([name, { status }]) => ({
    name,
    says: `${status}: ${catalogue[name]?.means ?? ''}`,
  }));
  return [
    `${check.kind}: ${check.summary}`,
    '',
    ...wrapped(check.docs, ''),
    '',
    'Options:',
    ...listed(options),
    '',
    'What it can find:',
    ...listed(codes),
    '',
  ].join('\n');
}

function typeOf({ type, anyOf }: OptionSchema): string {
  if (anyOf) return anyOf.map(typeOf).filter(Boolean).join(' or ');
  return Array.isArray(type) ? type.join(' or ') : String(type ?? 'any');
}

const defaultOf = ({ default: value }: OptionSchema): string =>
  value === undefined ? '' : `default ${JSON.stringify(value)}`;

function listed(items: readonly { name: string; says: string }[]): string[] {
  if (items.length === 0) return ['  none'];
  const width = Math.max(...items.map(({ name }) => name.length));
  return items.flatMap(({ name, says }) => wrapped(says, `  ${name.padEnd(width)}  `));
}

/** At 80 columns, the first line behind `lead`, the others under its end. */
function wrapped(text: string, lead: string): string[] {
  const lines: string[] = [];
  let line = lead;
  for (const word of text.split(/\s+/)) {
    const next = line.trim() === '' || line === lead ? `${line}${word}` : `${line} ${word}`;
    if (next.length > 80 && line.trim() !== '') {
      lines.push(line);
      line = `${' '.repeat(lead.length)}${word}`;
    } else line = next;
  }
  return [...lines, line];
}
