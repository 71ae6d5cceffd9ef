/** What keeps a process running, as evidence where it does not: the state of its unit, of its container. */
import { z } from 'zod';
import type { Ask, Vantage } from '../check.ts';
import { runs, runsAsRoot } from './asks.ts';
import { type Container, lastLines, lookAtLog } from './containers.ts';
import { journalArgv, parseUnits, showArgv, unitName } from './units.ts';

export const unitStateSchema = z.object({
  load: z.string(),
  active: z.string(),
  sub: z.string(),
  result: z.string().nullable(),
  journal: z.array(z.string()).describe('its last lines, where it is not active'),
});

export async function lookAtUnitState(
  vantage: Vantage,
  text: string,
): Promise<z.infer<typeof unitStateSchema> | null> {
  const name = unitName(text);
  const shown = await vantage.execute({ argv: showArgv(name) });
  const [unit] = shown.ok && shown.exitCode === 0 ? parseUnits(shown.stdout) : [];
  if (!unit) return null;
  const { load, active, sub, result } = unit;
  if (active === 'active') return { load, active, sub, result, journal: [] };
  const journal = await vantage.execute({ argv: journalArgv(name), asRoot: true });
  return { load, active, sub, result, journal: journal.ok ? lastLines(journal.stdout) : [] };
}

export const unitStateAsks = (text: string | null): Ask[] =>
  text === null
    ? []
    : [runs(showArgv(unitName(text))), runsAsRoot(journalArgv(unitName(text)), 'where it is not active')];

export const containerStateSchema = z.object({
  status: z.string(),
  exitCode: z.int(),
  log: z.array(z.string()).describe('its last lines'),
});

export async function lookAtContainerState(
  vantage: Vantage,
  container: Container | null,
): Promise<z.infer<typeof containerStateSchema> | null> {
  if (!container) return null;
  const { status, exitCode } = container;
  return { status, exitCode, log: await lookAtLog(vantage, container) };
}
