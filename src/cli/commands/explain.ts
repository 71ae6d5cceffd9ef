/** `explain`: what a code means, how it shows, how to mend it and how to verify that; of a report, with its facts. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Report } from '../../report/report.ts';
import { UsageError } from '../errors.ts';
import { printOut } from '../print.ts';

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('what a code means, how it shows, how to fix it, how to verify; without one, all codes')
    .argument('[code]', 'a code (proxy.wrong-port), the first part of some (proxy), or a kind of check (dns)')
    .option('--report <file>', "fill it with what a JSON report found: that code's causes, or all of them")
    .action(async (code: string | undefined, { report }: { report?: string }) => {
      const { visible } = await import('../../report/visible.ts');
      const text = report === undefined ? await general(code) : await ofReport(report, code);
      await printOut(visible(text, { multiline: true }));
    });
}

async function general(code: string | undefined): Promise<string> {
  const { catalogue } = await import('../../diagnosis/catalogue.ts');
  const { codePage, codesText } = await import('../explain-text.ts');
  const lineWidth = process.stdout.isTTY ? process.stdout.columns : null;
  if (code === undefined) return codesText(lineWidth);
  const entry = Object.hasOwn(catalogue, code) ? catalogue[code] : undefined;
  if (entry) return codePage(code, entry);
  const { registry } = await import('../../registry.ts');
  const check = Object.hasOwn(registry, code) ? registry[code] : undefined;
  const isFamily = Object.keys(catalogue).some((one) => one.startsWith(`${code}.`));
  const { checkText } = await import('../checks-text.ts');
  const texts = [...(check ? [checkText(check)] : []), ...(isFamily ? [codesText(lineWidth, code)] : [])];
  if (texts.length > 0) return texts.join('\n');
  const { suggestion } = await import('../../config/words.ts');
  const known = [...Object.keys(catalogue), ...Object.keys(registry)];
  const meant = suggestion(code, known, 'there are') ?? '';
  throw new UsageError([`no code "${code}"; ${meant}`, 'viworks-doctor explain lists them all']);
}

async function ofReport(file: string, code: string | undefined): Promise<string> {
  const { visibleReport } = await import('../../report/visible.ts');
  const { causePage } = await import('../explain-text.ts');
  const { causes } = visibleReport(await readReport(file)).diagnosis;
  const shown = code === undefined ? causes : causes.filter((cause) => cause.code === code);
  if (shown.length > 0) return shown.map(causePage).join(`\n${'─'.repeat(80)}\n\n`);
  if (code === undefined) return `${file} has no causes: nothing in it is to be mended.\n`;
  const { suggestion } = await import('../../config/words.ts');
  const found = causes.map((cause) => cause.code);
  throw new UsageError([
    `${file} has no cause ${code}; ${suggestion(code, found, 'it has') ?? 'it has none'}`,
  ]);
}

async function readReport(file: string): Promise<Report> {
  const { reportSchema } = await import('../../report/report.ts');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError([`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`]);
  }
  try {
    const { success, data, error } = reportSchema.safeParse(JSON.parse(text));
    if (success) return data;
    const [first] = error.issues;
    const where = first?.path.length ? ` at ${first.path.join('.')}` : '';
    throw new UsageError([`${file} is no report of viworks-doctor${where}: ${first?.message}`]);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError([`${file} is no JSON: write a report with -f json=${file}`]);
  }
}
