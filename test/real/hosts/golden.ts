/** A report of today's machine as it would be on any day: for files that are compared byte by byte. */
import { readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { render } from '../../../src/report/formats.ts';
import type { Report, Result } from '../../../src/report/report.ts';
import { mapStrings } from '../../../src/report/visible.ts';

const folder = new URL('../../../fixtures/hosts/', import.meta.url);

/** Process ids, by what they are called here: the same in every report of one machine. */
export type Pids = Map<string, string>;

/** Process ids, times, and the machine that the test runs on are another each time. */
export function timeless(report: Report, pids: Pids): Report {
  const pid = (found: string) => {
    if (!pids.has(found)) pids.set(found, String(100 + pids.size));
    return pids.get(found) ?? found;
  };
  const told = mapStrings(report, (text) =>
    text
      .replaceAll(report.observer, 'laptop')
      .replace(/\bpid \d+(?:, \d+)*(?: and \d+(?! more))?/g, (all) => all.replace(/\d+/g, pid)),
  );
  return {
    ...told,
    startedAt: '2026-01-05T09:30:00.000Z',
    durationMs: 1000,
    results: told.results.map((result) => ({ ...result, durationMs: 10 })),
  };
}

/** `fixtures/hosts/<name>.table.80`. UPDATE=1 rewrites it. */
export async function goldenTable(
  name: string,
  report: Report,
  pids: Pids,
): Promise<{ seen: string; golden: string }> {
  const options = { columns: 80, color: false, verbose: false, quiet: false };
  const seen = await render('table', timeless(report, pids), options);
  const file = new URL(`${name}.table.80`, folder);
  if (env.UPDATE) writeFileSync(file, seen);
  return { seen, golden: readFileSync(file, 'utf8') };
}

const essence = ({ status, code, summary }: Result) => [status, code, summary].filter(Boolean).join(' ');

/** Id → what it says here, of the rows that say something else there. */
export function differences(here: Report, there: Report, pids: Pids): Record<string, string> {
  const others = new Map(timeless(there, pids).results.map((result) => [result.id, essence(result)]));
  return Object.fromEntries(
    timeless(here, pids)
      .results.map((result) => [result.id, essence(result)] as const)
      .filter(([id, says]) => others.get(id) !== says),
  );
}
