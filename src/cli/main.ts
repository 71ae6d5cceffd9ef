#!/usr/bin/env node
/** argv → command; signals; the exit code. Nothing else calls process.exit or writes to the console. */
import { Command, CommanderError } from 'commander';
import { visible } from '../report/visible.ts';
import { addChecks } from './commands/checks.ts';
import { addDemo } from './commands/demo.ts';
import { addExplain } from './commands/explain.ts';
import { addPlan } from './commands/plan.ts';
import { addRun } from './commands/run.ts';
import { addSchema } from './commands/schema.ts';
import { UsageError } from './errors.ts';
import { exitCodes } from './exit.ts';
import { printError } from './print.ts';
import { version } from './version.ts';

const program = new Command('viworks-doctor')
  .description("why can't A reach B, and what do I do about it?")
  .version(version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .helpCommand(false)
  .showSuggestionAfterError()
  .configureOutput({
    writeErr: (text) =>
      process.stderr.write(visible(text, { multiline: true }).replace(/^error: /, 'viworks-doctor: ')),
  })
  .addHelpText(
    'after',
    `
Exit codes:
  0  nothing failed
  1  at least one check failed
  2  the command line or the configuration is wrong: nothing was run
  3  nothing failed, but something could not be looked at

Start here:
  viworks-doctor demo                        an incident, live on this machine
  viworks-doctor run wss://example.com/ws    any address, without a configuration`,
  );

// Inherited by commands that are added after this.
program.exitOverride();
for (const add of [addRun, addDemo, addPlan, addExplain, addChecks, addSchema]) add(program);

// A reader that has seen enough (`| head`) is no error, and the exit code still says how the run went.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  printError(`cannot write to standard output: ${error.code ?? error.message}`);
  process.exit(exitCodes.usage);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof UsageError) {
    for (const message of error.messages) printError(message);
    return exitCodes.usage;
  }
  printError(error instanceof Error ? (error.stack ?? error.message) : String(error));
  printError('this is a defect of viworks-doctor: please report it with the lines above');
  return exitCodes.unknown;
}
