import { Ajv2020 } from 'ajv/dist/2020.js';
import formatsModule from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registry } from '../../src/registry.ts';
import { render } from '../../src/report/formats.ts';
import { reportJsonSchema } from '../../src/report/json-schema.ts';
import { reportCases } from '../support/report-cases.ts';
import { report, row } from '../support/reports.ts';

type Tree = { name: string; below: Tree[] };
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), below: z.array(tree) }));

const schema = reportJsonSchema({
  port: z.object({ host: z.string(), port: z.int() }),
  'odd/kind ~': z.strictObject({ tree }),
});

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true });
formatsModule.default(ajv);
const valid = ajv.compile(schema);
const check = (document: unknown) => (valid(document) ? null : valid.errors);

const topology = { file: null, hosts: {}, endpoints: {}, services: {}, proxies: {} };
const withRow = (kind: string, facts: Record<string, unknown> | null) =>
  report({ topology, results: [row('check.a', 'a', 'b', { kind, facts })] });

describe('the JSON Schema of the report', () => {
  const open = reportJsonSchema({});
  const openAjv = new Ajv2020({ strict: true });
  formatsModule.default(openAjv);
  const validOpen = openAjv.compile(open);

  it.each(reportCases)('takes the JSON of $name', async ({ report: made }) => {
    const text = await render('json', made, { columns: 80, color: false, verbose: false, quiet: false });
    expect(validOpen(JSON.parse(text)) ? null : validOpen.errors).toBeNull();
  });

  it('describes the facts of kinds that it knows, and allows those that it does not', () => {
    expect(check(withRow('port', { host: 'a', port: 1 }))).toBeNull();
    expect(check(withRow('port', null))).toBeNull();
    expect(check(withRow('port', { host: 'a' }))).not.toBeNull();
    expect(check(withRow('redis', { anything: [1] }))).toBeNull();
  });

  it('describes the facts of every kind there is', () => {
    const facts = Object.fromEntries(Object.entries(registry).map(([kind, check]) => [kind, check.facts]));
    const every = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
    formatsModule.default(every);
    const validEvery = every.compile(reportJsonSchema(facts));
    expect(validEvery(withRow('dns', null))).toBe(true);
    for (const kind of Object.keys(registry))
      expect(validEvery(withRow(kind, { nonsense: 1 })), kind).toBe(false);
  });

  it('lets a recursive schema refer to itself', () => {
    const good = { tree: { name: 'a', below: [{ name: 'b', below: [] }] } };
    expect(check(withRow('odd/kind ~', good))).toBeNull();
    expect(check(withRow('odd/kind ~', { tree: { name: 'a', below: [{ name: 1 }] } }))).not.toBeNull();
  });

  it('allows additions, and refuses what lacks or changes a field', () => {
    const made = withRow('redis', null);
    expect(check({ ...made, added: 1 })).toBeNull();
    expect(check({ ...made, status: 'fine' })).not.toBeNull();
    expect(check({ ...made, startedAt: 'yesterday' })).not.toBeNull();
    const { runId: _, ...less } = made;
    expect(check(less)).not.toBeNull();
  });
});
