/** Where the report goes: standard output and files, in the formats asked for. */
import { render } from '../report/formats.ts';
import type { Report } from '../report/report.ts';
import type { RunRecord } from '../run/record.ts';
import { writeWhole } from './files.ts';
import type { OutputOptions, Sink } from './options.ts';
import { printError, printOut } from './print.ts';

export async function printReport(
  report: Report,
  sinks: readonly Sink[],
  options: OutputOptions,
): Promise<void> {
  const [printed] = sinks.filter(({ file }) => file === null);
  if (!printed) return;
  const manner = { ...mannerOf(options), columns: columns(), color: colorWanted(options.color) };
  await printOut(await render(printed.format, report, { ...manner, unicode: showsUnicode() }));
}

/** Everything that can be written is; false when something could not. */
export async function writeFiles(
  report: Report,
  sinks: readonly Sink[],
  options: OutputOptions & { readonly recorded: RunRecord },
): Promise<boolean> {
  const manner = { ...mannerOf(options), columns: 100, color: false, unicode: true };
  const files = sinks.flatMap(({ format, file }) =>
    file === null ? [] : [{ file, text: () => render(format, report, manner) }],
  );
  if (options.record !== undefined) {
    const text = async () => `${JSON.stringify(options.recorded, null, 1)}\n`;
    files.push({ file: options.record, text });
  }
  let all = true;
  for (const { file, text } of files) {
    try {
      writeWhole(file, await text());
    } catch (error) {
      all = false;
      printError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    }
  }
  return all;
}

const mannerOf = ({ verbose, quiet }: OutputOptions) => ({
  verbose: verbose === true,
  quiet: quiet === true,
});

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
