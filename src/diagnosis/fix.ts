/** The words of a cause: its catalogue entry, filled with what is known of it. */
import type { Cause } from '../report/report.ts';
import type { Change, Entry } from './entry.ts';
import { commandsIn, fill, fillWhole, fits, sayings, type Values } from './words.ts';

export interface Words {
  readonly title: string;
  readonly fix: Cause['fix'];
  readonly verify: readonly string[];
}

/** `runbook`: the owner's own words, which take the place of summary, steps, change and commands. */
export function wordsOf(general: Entry, values: Values, runbook?: string | undefined): Words {
  const instead = general.instead?.find(({ when }) => fits(when, values, false));
  const { title, verify, fix } = { ...general, ...instead, fix: { ...general.fix, ...instead?.fix } };
  const [summary = fill(fix.summary, values), ...steps] = linesOf(runbook);
  const isOwn = runbook !== undefined;
  const commands = commandsIn(fix.commands ?? [], values);
  return {
    title: fill(title, values),
    fix: {
      summary,
      steps: isOwn ? steps : sayings(fix.steps, values),
      change: fix.change && !isOwn ? changeOf(fix.change, values) : null,
      // The place alone is nothing to type.
      commands: isOwn || commands.every((line) => line.startsWith('# ')) ? [] : commands,
      risk: fill(fix.risk, values),
      rollback: fill(fix.rollback, values),
    },
    verify: commandsIn(verify ?? [], values),
  };
}

const linesOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function changeOf(change: Change, values: Values): Cause['fix']['change'] {
  const [file, after] = [fillWhole(change.file, values), fillWhole(change.after, values)];
  if (file === null || after === null) return null;
  const line = Number(fillWhole(change.line, values) ?? Number.NaN);
  return {
    file,
    line: Number.isInteger(line) ? line : null,
    before: fillWhole(change.before, values),
    after,
  };
}
