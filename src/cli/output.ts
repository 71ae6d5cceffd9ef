/** Where the report goes: standard output and files, in the formats asked for. */
import { renameSync, writeFileSync } from 'node:fs';
import { render } from '../report/formats.ts';
import type { Report } from '../report/report.ts';
import { UsageError } from './errors.ts';
import type { OutputOptions, Sink } from './options.ts';
import { printOut } from './print.ts';

export async function writeReport(
  report: Report,
  sinks: readonly Sink[],
  options: OutputOptions,
): Promise<void> {
  const manner = { verbose: options.verbose === true, quiet: options.quiet === true };
  for (const { format, file } of sinks) {
    if (file === null) {
      const unicode = showsUnicode();
      const color = colorWanted(options.color);
      await printOut(await render(format, report, { ...manner, columns: columns(), color, unicode }));
    } else {
      writeWhole(
        file,
        await render(format, report, { ...manner, columns: 100, color: false, unicode: true }),
      );
    }
  }
}

/** Written beside and renamed, so that a reader never sees half of it. */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, file);
  } catch (error) {
    throw new UsageError([`cannot write ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`]);
  }
}

const columns = (): number => process.stdout.columns ?? (Number(process.env.COLUMNS) || 80);

/** `--color`/`--no-color`, then NO_COLOR (https://no-color.org), FORCE_COLOR, and whether it is a terminal. */
export function colorWanted(option: boolean | undefined): boolean {
  if (option !== undefined) return option;
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return process.stdout.isTTY === true && TERM !== 'dumb';
}

/** Only a locale that plainly is another one is taken at its word: containers often have none at all. */
function showsUnicode(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || '';
  return !process.stdout.isTTY || locale === '' || /utf-?8/i.test(locale) || process.platform === 'darwin';
}
