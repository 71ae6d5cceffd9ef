/** The words of a cause: its catalogue entry, filled with what is known of it. */
import type { Cause } from '../report/report.ts';
import type { Change, Entry, Said } from './entry.ts';
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

/** Of one code, without a cause: what can't be known stands in capitals (`UNIT`). */
export function generalWords({ title, fix, verify = [] }: Entry): Words {
  const all = (said: readonly Said[]) =>
    [...new Set(sayings(said, inGeneral))].filter((line) => line.trim() !== '');
  return {
    // What was observed is no part of it.
    title: fill(title.replace(/: \{(?:observed|issuer)\|[^{}]*\}$/, ''), inGeneral),
    fix: {
      summary: fill(fix.summary, inGeneral),
      steps: all(fix.steps),
      change: null,
      commands: all(fix.commands ?? []),
      risk: fill(fix.risk, inGeneral),
      rollback: fill(fix.rollback, inGeneral),
    },
    verify: [...all(verify), 'viworks-doctor run  → it is no cause any more'],
  };
}

/** What stands for commands that are put together of what is known of a subject. */
const inGeneral: Values = {
  ...{ onhost: ' ', servedthere: ' ', seenfrom: ' ', plain: false },
  ...{ test: 'nginx -t', reload: 'nginx -s reload', hostfile: 'FILE', aroundline: 'LINE,+5' },
  ...{ log: 'journalctl -u UNIT -n 50', errorlog: 'tail -n 50 /var/log/nginx/error.log' },
  ...{ start: 'systemctl start UNIT', stop: 'systemctl stop UNIT', restart: 'systemctl restart UNIT' },
  ...{ enable: 'systemctl enable --now UNIT', isup: 'systemctl is-active UNIT  → active' },
  ...{ ps: 'pgrep -af NAME', pslong: 'ps -o pid,lstart,args -C NAME', pscount: 'pgrep -cf NAME' },
  ...{ curlurl: 'URL', asking: 'curl -si -m 5 URL', typed: 'COMMAND', patternword: 'PATTERN' },
};

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
