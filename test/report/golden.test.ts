/** What each format makes of each report: `fixtures/reports/<case>.<exit code>.<format>[.<columns>][.<option>]`. UPDATE=1 rewrites them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { RenderOptions } from '../../src/report/format.ts';
import { type FormatName, render } from '../../src/report/formats.ts';
import { reportSchema } from '../../src/report/report.ts';
import { width } from '../../src/report/width.ts';
import { reportCases } from '../support/report-cases.ts';

const folder = new URL('../../fixtures/reports/', import.meta.url);
const plain: RenderOptions = { columns: 80, color: false, verbose: false, quiet: false };

interface Golden {
  readonly suffix: string;
  readonly format: FormatName;
  readonly options?: Partial<RenderOptions>;
  /** Only of this report; default: of each. */
  readonly only?: string;
}

const goldens: readonly Golden[] = [
  { suffix: 'json', format: 'json' },
  { suffix: 'md', format: 'markdown' },
  { suffix: 'html', format: 'html', only: 'split-view' },
  { suffix: 'table.80', format: 'table' },
  { suffix: 'table.120', format: 'table', options: { columns: 120 }, only: 'incident' },
  {
    suffix: 'table.100.verbose',
    format: 'table',
    options: { columns: 100, verbose: true },
    only: 'incident',
  },
  { suffix: 'table.80.quiet', format: 'table', options: { quiet: true }, only: 'split-view' },
  { suffix: 'table.80.ascii', format: 'table', options: { unicode: false }, only: 'split-view' },
];

describe.each(reportCases)('$name', ({ name, exitCode, report }) => {
  it('is a report as the schema has it', () => {
    expect(reportSchema.safeParse(report).error).toBeUndefined();
  });

  const own = goldens.filter(({ only }) => only === undefined || only === name);
  it.each(own)('as $suffix', async ({ suffix, format, options }) => {
    const text = await render(format, report, { ...plain, ...options });
    const file = new URL(`${name}.${exitCode}.${suffix}`, folder);
    if (process.env.UPDATE) writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  const shapes = [40, 60, 80, 100, 120, 200].flatMap((columns) =>
    [{}, { verbose: true }, { quiet: true }, { unicode: false }].map((more) => ({ columns, ...more })),
  );
  it.each(shapes)('the table keeps its columns, and says the same in colour: %o', async (options) => {
    const text = await render('table', report, { ...plain, ...options });
    const colored = await render('table', report, { ...plain, ...options, color: true });
    for (const line of text.split('\n')) {
      expect(width(line), line).toBeLessThanOrEqual(Math.min(options.columns, 120));
      expect(line).toBe(line.trimEnd());
    }
    expect(text).not.toMatch(/[^\n\P{Cc}]/u);
    expect(colored).toMatch(/\x1b\[/);
    expect(stripVTControlCharacters(colored)).toBe(text);
    if ('unicode' in options) expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });
});
