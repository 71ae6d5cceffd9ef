/** What the configuration as such means: rejected, or not loaded. Pure. */
import type { Verdict } from '../../check.ts';
import type { NginxFacts } from './facts.ts';

/** Clocks are read to the second, on both sides. */
const reloadSlackMs = 2000;

/** Whether workers run that were started before a file was last written. */
function isStale({ workersStartedAt, newestFileAt }: NginxFacts): boolean {
  if (workersStartedAt === null || newestFileAt === null) return false;
  return Date.parse(newestFileAt) - Date.parse(workersStartedAt) > reloadSlackMs;
}

/** What a fix says to run. */
export const commandsOf = (command: string) => ({ test: `${command} -t`, reload: `${command} -s reload` });

export function judgeConfiguration(seen: NginxFacts): Verdict {
  const { files, main, rejected, running, command, others, workersStartedAt, newestFileAt, newestFile } =
    seen;
  const expected = 'a configuration that nginx takes';
  const named = (file: string) => files.find((one) => one.file === file)?.hostFile ?? file;
  if (rejected) {
    const { message, line } = rejected;
    const file = rejected.file && named(rejected.file);
    const place = file === null ? null : line === null ? file : `${file}:${line}`;
    const observed = place === null ? message : `${message} (${place})`;
    const finding = {
      code: 'proxy.config-invalid',
      expected,
      observed,
      file,
      line,
      values: { place, message, running, ...commandsOf(command) },
    };
    return { findings: [finding], expected, observed };
  }
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  const asleep = others > 0 ? ', which no running nginx was given' : ', nginx does not run';
  const state = running ? '' : running === null ? ', whether nginx runs is not shown to us' : asleep;
  const observed = `${main}${more}${state}`;
  if (!isStale(seen)) return { findings: [], expected, observed };
  const file = newestFile && named(newestFile);
  const values = { changed: newestFileAt, started: workersStartedAt, file, ...commandsOf(command) };
  const finding = {
    code: 'proxy.not-reloaded',
    expected: 'files that are older than the workers',
    observed: `${file} was written after its workers started`,
    file,
    values,
  };
  return { findings: [finding], expected, observed: finding.observed };
}
