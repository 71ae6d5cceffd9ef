/** `plan`: what run would look at, in order, from where, what each look stands on, and every command. It touches nothing. */
import type { Command } from 'commander';
import { type SelectionOptions, withSelection } from '../options.ts';
import { printOut } from '../print.ts';

export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .description(
      'what run would check, in order, and every command it would run on which host; touches nothing',
    )
    .argument('[target...]', 'as for run');
  withSelection(command)
    .option('--json', 'the steps as JSON, with what each may ask')
    .action(async (targets: string[], options: SelectionOptions & { json?: boolean }) => {
      const { configured } = await import('../configuration.ts');
      const { stepsOf } = await import('../examine.ts');
      const { registry } = await import('../../registry.ts');
      const { visible } = await import('../../report/visible.ts');
      const { config } = configured(targets, options.config);
      const { planned } = await import('../planned.ts');
      const steps = planned(config, stepsOf(config, options));
      if (options.json) return printOut(`${JSON.stringify(steps, null, 2)}\n`);
      const { planText } = await import('../../plan/text.ts');
      const { commandsText } = await import('../../plan/commands.ts');
      const label = (kind: string, given: unknown) => {
        const check = registry[kind];
        return check ? visible(check.label(check.options.parse(given))) : kind;
      };
      const text = `${planText(config.title, steps, label)}\n${commandsText(steps)}`;
      await printOut(visible(text, { multiline: true }));
    });
}
