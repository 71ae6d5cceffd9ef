/** `checks`: the kinds there are, with their options and codes. */
import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { printOut } from '../print.ts';

export function addChecks(program: Command): void {
  program
    .command('checks')
    .description('the kinds of checks there are; with a kind, its options and what it can find')
    .argument('[kind]')
    .action(async (kind: string | undefined) => {
      const { registry } = await import('../../registry.ts');
      const { checkText, checksText } = await import('../checks-text.ts');
      if (kind === undefined) return printOut(checksText(Object.values(registry)));
      const check = Object.hasOwn(registry, kind) ? registry[kind] : undefined;
      if (!check) throw new UsageError([`no kind "${kind}"; there are ${Object.keys(registry).join(', ')}`]);
      await printOut(checkText(check));
    });
}
