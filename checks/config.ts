import { z } from 'zod';
import { couldNotLook, couldNotLookFindings, defineCheck, type Finding, fail } from '../src/check.ts';
import { containerOption } from '../src/net/containers.ts';
import {
  type Held,
  isHidden,
  lineWith,
  shownLines,
  shownValue,
  valuesHeld,
  type Wanted,
} from '../src/net/documents/expected.ts';
import { documentBytes, readDocument } from '../src/net/documents/read.ts';
import { dottedPath } from '../src/net/dotted-path.ts';
import { basename } from '../src/net/program.ts';
import { troubleSchema } from '../src/net/schemas.ts';
import { findServiceFile, serviceFileAsks } from '../src/net/service-file.ts';

const options = z.strictObject({
  file: z
    .string()
    .regex(/^\/[^\x00-\x1f\x7f]*$/, 'a whole path, which begins with "/"')
    .describe('whole path of the file'),
  expect: z
    .record(
      z.string().refine((key) => dottedPath(key) !== null, 'is no dotted path'),
      z.union([z.string(), z.number(), z.boolean()]),
    )
    .default({})
    .describe('dotted path = the value that must stand there'),
  container: containerOption,
});
type Options = z.infer<typeof options>;

const facts = z.object({
  trouble: troubleSchema.nullable().describe('why the file could not be looked at'),
  looked: z.array(z.string()).describe('where it is not'),
  place: z.enum(['container', 'host']).nullable().describe('where it was read'),
  file: z.string().describe('as a fix names it: its path on the host, else container:path'),
  format: z.string().nullable(),
  fault: z
    .object({ line: z.int().nullable(), words: z.string() })
    .nullable()
    .describe('why it does not parse'),
  values: z
    .array(
      z.object({
        key: z.string(),
        state: z.enum(['same', 'other', 'missing']),
        shown: z.string().nullable().describe('null: missing, or a secret by its name'),
        line: z.int().nullable(),
        text: z.string().nullable().describe('the line, where nothing else is on it'),
      }),
    )
    .describe('the expected keys alone: nothing else of the file is kept here'),
});
type Facts = z.infer<typeof facts>;

export const config = defineCheck<Options, Facts>({
  kind: 'config',
  summary: 'a configuration file is there, parses, and holds the expected values',
  options,
  facts,
  label: ({ file }) => `Configuration ${basename(file)}`,
  target: ({ file }) => file,

  async look(vantage, { file, expect, container }, ground) {
    const nothing = { trouble: null, looked: [], place: null, file, format: null, fault: null, values: [] };
    const found = await findServiceFile(vantage, { file, container }, ground, documentBytes);
    if (found.state === 'missing') return { ...nothing, looked: [...found.looked] };
    if (found.state === 'trouble') {
      const { failure, detail } = found.failure;
      return { ...nothing, trouble: { failure, detail } };
    }
    const at = { ...nothing, place: found.place, file: found.file };
    const reading = readDocument(file, found.text);
    if (!reading) {
      const detail = `${found.file} is nested too deeply, or unfolds into too much`;
      return { ...at, trouble: { failure: 'unsupported' as const, detail } };
    }
    if (!reading.ok) {
      return { ...at, format: reading.format, fault: { line: reading.line, words: reading.words } };
    }
    return {
      ...at,
      format: reading.document.format,
      values: valuesHeld(reading.document, expect, found.text),
    };
  },

  asks: ({ file, container }) => serviceFileAsks(file, container, documentBytes),

  judge({ trouble, looked, file, format, fault, values }, { expect, file: wanted }) {
    const keys = Object.entries(expect);
    const typed = values.length === 0 || isTyped(format);
    const said = (key: string, value: Wanted) =>
      isHidden(key, value) ? `${key} as expected` : `${key} = ${shownValue(value, typed)}`;
    const expected =
      keys.length === 0 ? 'a readable file' : keys.map(([key, value]) => said(key, value)).join(', ');
    const verdict = (findings: readonly Finding[], observed: string) => ({ findings, expected, observed });
    if (trouble) return verdict([couldNotLook({ ok: false, ...trouble }, wanted)], trouble.detail);
    if (looked.length > 0) {
      const observed = `no file ${looked.join(', nor ')}`;
      return verdict(
        [{ code: 'config.missing', expected: 'the file', observed, file, values: { looked, file } }],
        observed,
      );
    }
    if (fault) {
      const observed = `${fault.words}${fault.line === null ? '' : ` in line ${fault.line}`}`;
      const finding = { code: 'config.invalid', expected: format, observed, file, line: fault.line };
      return verdict([{ ...finding, values: { format, file, at: placeOf(file, fault.line) } }], observed);
    }
    const others = values.filter(({ state }) => state !== 'same');
    const about = others.flatMap((held) => aboutOf(held, expect[held.key]));
    const findings = others.map((held): Finding => {
      const value = expect[held.key] ?? '';
      const wantedText = isHidden(held.key, value) ? null : shownValue(value, typed);
      const observed =
        held.state === 'missing' ? `no ${held.key}` : `${held.key} = ${held.shown ?? '(not shown)'}`;
      const told = {
        key: held.key,
        wanted: wantedText,
        actual: held.shown,
        there: held.state !== 'missing',
        about,
        at: placeOf(file, held.line),
        ...(wantedText === null ? null : lineWith(held, wantedText)),
      };
      return {
        code: 'config.mismatch',
        expected: said(held.key, value),
        observed,
        file,
        line: held.line,
        values: told,
      };
    });
    const same = keys.length > 2 ? `${keys.length} values as expected` : expected;
    return verdict(
      findings,
      others.length > 0 ? listedOf(findings) : keys.length > 0 ? same : `readable ${format}`,
    );
  },

  shows: (output, { operation, args }, { file, expect }) => {
    const isFile = operation === 'readFile' || ('argv' in args && args.argv.includes(file));
    if (!isFile) return output;
    const reading = readDocument(file, output);
    return reading?.ok ? shownLines(valuesHeld(reading.document, expect)) : '(not shown: it does not parse)';
  },

  findings: {
    'config.missing': fail(({ observed }) => observed ?? 'no such file'),
    'config.invalid': fail(({ observed, expected }) => `no ${expected}: ${observed}`),
    'config.mismatch': fail(mismatchWords),
    ...couldNotLookFindings,
  },

  docs: `Reads the file inside the container, whether it runs or not, else on the host, and looks the expected keys up: TOML, JSON,
YAML, INI, \`.env\` and \`Keyword value\` (sshd_config) by the file's name, else by its look. A key is a dotted path, items of
lists are numbers, and a part with dots in it stands in quotes: \`servers.0.port\`, \`hosts."b.example.com".port\`. In TOML,
JSON and YAML the value must have the same type; where everything is text, the text must be the same. At most 250 kB are
read. Variables in the file are not filled in, and files that it includes are not read.

Reports show the expected keys alone, and of those that are called password, token, key and the like no value. A record
(\`--record\`) holds the whole file, since its replay reads it again: keep it as you would keep the file.`,
});

function mismatchWords({ values }: Finding): string {
  const wanted = values?.wanted ?? null;
  if (!values?.there) return `no ${values?.key}${wanted === null ? '' : ` (should be ${wanted})`}`;
  return wanted === null
    ? `${values.key} has another value`
    : `${values.key} is ${values.actual} instead of ${wanted}`;
}

const placeOf = (file: string, line: number | null): string => (line === null ? file : `${file}:${line}`);

const isTyped = (format: string | null): boolean =>
  format === 'TOML' || format === 'JSON' || format === 'YAML';

const listedOf = (findings: readonly Finding[]): string =>
  findings.map(({ observed }) => observed).join(', ');

/** What a wrong value can bring about depends on what it is: a port to listen on, an address to connect to. */
function aboutOf({ key }: Held, wanted: Wanted | undefined): string[] {
  const isPort = /port/i.test(key) || /(?:^|_|\b)(?:listen|bind)/i.test(key);
  const isAddress = /(?:url|uri|host|address|endpoint|server)/i.test(key) || /^\w+:\/\//.test(String(wanted));
  return [...(isPort ? ['port'] : []), ...(isAddress ? ['address'] : [])];
}
