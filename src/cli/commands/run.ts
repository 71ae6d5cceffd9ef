/** `run`: check, print the table, name the cause. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { visible } from '../../report/visible.ts';
import type { Configured } from '../configuration.ts';
import { UsageError } from '../errors.ts';
import type { Examination } from '../examine.ts';
import { exitCodeOf, exitCodes } from '../exit.ts';
import { refuseUnwritable } from '../files.ts';
import { type Interrupt, onInterrupt } from '../interrupt.ts';
import {
  Complaints,
  type RunOptions,
  type Sink,
  sinksOf,
  withManner,
  withOutput,
  withSelection,
} from '../options.ts';
import { noProgress, progressOn } from '../progress.ts';

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description('the main job: check, print the table, name the cause')
    .argument(
      '[target...]',
      'wss://host/path, https://host, tcp://host:port, tls://host:port, host, ssh://user@host',
    );
  withOutput(withManner(withSelection(command)))
    .option('--replay <file>', 'judge and diagnose a record again, offline')
    .action(async (targets: string[], options: RunOptions) => {
      const complaints = new Complaints();
      const sinks = sinksOf(options.format, complaints);
      const manner = mannerOf(options, complaints);
      if (options.replay !== undefined) refuseBesideReplay(targets, options, complaints);
      refuseUnwritable(filesOf(sinks, options), complaints);
      complaints.throwIfAny();
      if (options.replay !== undefined) return finish(await replayed(options.replay), sinks, options, null);
      const { configured } = await import('../configuration.ts');
      const interrupt = onInterrupt();
      try {
        await examineAndReport(configured(targets, options.config), manner, sinks, options, interrupt);
      } finally {
        interrupt.release();
      }
    });
}

/** What a run will write, besides standard output. */
export function filesOf(sinks: readonly Sink[], { record }: RunOptions): string[] {
  return [...sinks.flatMap(({ file }) => file ?? []), ...(record === undefined ? [] : [record])];
}

type Limits = ReturnType<typeof mannerOf>;

export function mannerOf(options: Omit<RunOptions, 'replay'>, complaints: Complaints) {
  return {
    only: options.only,
    skip: options.skip,
    timeoutMs: options.timeout === undefined ? null : complaints.duration('--timeout', options.timeout, 5000),
    deadlineMs: complaints.duration('--deadline', options.deadline, 120_000),
    concurrency: complaints.count('--concurrency', options.concurrency, 32),
    failFast: options.failFast === true,
  };
}

/** Looks, writes the reports, and sets the exit code. */
export async function examineAndReport(
  { config, redactor }: Configured,
  manner: Limits,
  sinks: readonly Sink[],
  options: RunOptions,
  interrupt: Interrupt,
): Promise<void> {
  const { examine } = await import('../examine.ts');
  const examination = await examine(config, {
    ...manner,
    redactor,
    timeoutMs: manner.timeoutMs ?? config.defaults.timeoutMs,
    interrupt: interrupt.signal,
    progress: options.quiet ? noProgress : progressOn(process.stderr),
  });
  await finish(examination, sinks, options, interrupt.exitCode());
}

async function finish(
  { report, record }: Examination,
  sinks: readonly Sink[],
  options: RunOptions,
  interrupted: number | null,
): Promise<void> {
  const { printReport, writeFiles } = await import('../output.ts');
  await printReport(report, sinks, options);
  const written = await writeFiles(report, sinks, { ...options, recorded: record });
  const code = interrupted ?? exitCodeOf(report, options.strict === true);
  process.exitCode = code === 0 && !written ? exitCodes.unknown : code;
}

function refuseBesideReplay(targets: readonly string[], options: RunOptions, complaints: Complaints): void {
  const given = [
    ...(targets.length > 0 ? ['targets'] : []),
    ...(options.config === undefined ? [] : ['-c']),
    ...(options.only.length > 0 ? ['--only'] : []),
    ...(options.skip.length > 0 ? ['--skip'] : []),
    ...(options.record === undefined ? [] : ['--record']),
  ];
  if (given.length > 0)
    complaints.add(`--replay takes all of that from the record: leave out ${given.join(', ')}`);
}

async function replayed(file: string): Promise<Examination> {
  const { recordSchema } = await import('../../run/record.ts');
  const { reexamine } = await import('../examine.ts');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError([`cannot read the record ${file}: ${(error as NodeJS.ErrnoException).code}`]);
  }
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new UsageError([`${file} is no record: not JSON (${visible((error as Error).message)})`]);
  }
  const parsed = recordSchema.safeParse(data);
  if (parsed.success) return reexamine(parsed.data);
  const problems = parsed.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new UsageError([`${file} is no record of viworks-doctor run --record:\n${problems.join('\n')}`]);
}
