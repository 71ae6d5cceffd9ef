/** `demo`: the incident, live on loopback, found by the same code as everything else. */
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { refuseUnwritable } from '../files.ts';
import { onInterrupt } from '../interrupt.ts';
import { Complaints, type RunOptions, sinksOf, withManner, withOutput } from '../options.ts';
import { printNote } from '../print.ts';
import { examineAndReport, filesOf, mannerOf } from './run.ts';

const names = ['incident', 'healthy', 'not-accepting', 'wrong-port', 'agent-stopped', 'expired'];

export function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('an incident, live on this machine: nothing to configure, no root, no network')
    .argument('[scenario]', names.join(', '), known, 'incident');
  withOutput(withManner(command)).action(async (name: string, options: RunOptions) => {
    const complaints = new Complaints();
    const sinks = sinksOf(options.format, complaints);
    const manner = mannerOf({ ...options, only: [], skip: [] }, complaints);
    refuseUnwritable(filesOf(sinks, options), complaints);
    complaints.throwIfAny();
    const { scenarios } = await import('../../demo/scenario.ts');
    const { openStage } = await import('../../demo/stage.ts');
    const { configuredFrom } = await import('../configuration.ts');
    const { wrap } = await import('../../report/width.ts');
    const columns = process.stderr.columns ?? 80;
    // Before anything of the stage is there, so that it is cleared away whenever a signal comes.
    const interrupt = onInterrupt();
    const stage = await openStage(scenarios[name as keyof typeof scenarios]);
    try {
      if (!options.quiet) printNote(`${stage.played.flatMap((line) => wrap(line, columns)).join('\n')}\n`);
      const configured = configuredFrom(stage.config, join(stage.folder, 'viworks-doctor.toml'));
      await examineAndReport(configured, manner, sinks, options, interrupt);
    } finally {
      await stage.close();
      interrupt.release();
    }
  });
}

function known(name: string): string {
  if (names.includes(name)) return name;
  throw new InvalidArgumentError(`There is no such scenario; there are ${names.join(', ')}.`);
}
