/** The log of a service since its start, or for some time: of its container where it has one, else of its unit. */
import type { Ask, Failure, Vantage } from '../check.ts';
import { onlyWhen, runs, runsAsRoot } from './asks.ts';
import { type Container, engines, inspectAsks, inspectContainer } from './containers.ts';
import {
  didSearch,
  isFull,
  journalArgv,
  type LogLine,
  lastMatch,
  logArgv,
  type Patterns,
  parseJournal,
  parseLog,
  searchArgv,
} from './log-lines.ts';
import { bootedArgv, unitName } from './units.ts';

export interface LogLook {
  readonly of: 'unit' | 'container';
  readonly name: string;
  /** From the oldest on. */
  readonly lines: readonly LogLine[];
  /** Whether nothing in that time can have matched and not be among them. */
  readonly complete: boolean;
  /** Of a unit that was not started since the machine was: nobody is looked for who could have written. */
  readonly started: boolean;
}

type Trouble = Pick<Failure, 'failure' | 'detail'> & { readonly ok: false };
export type ServiceLog = (LogLook & { readonly ok: true }) | Trouble;

interface Wanted extends Patterns {
  readonly unit: string | null;
  readonly container: string | null;
  readonly since: 'start' | number;
}

export async function readServiceLog(vantage: Vantage, wanted: Wanted): Promise<ServiceLog> {
  const { unit, container: name } = wanted;
  if (name !== null) {
    const inspected = await inspectContainer(vantage, name);
    if (!inspected.ok) return inspected;
    if (inspected.container) return containerLog(vantage, inspected.container, wanted);
    if (unit === null) return trouble('unsupported', `there is no container ${name}, and no log of it`);
  }
  return unitLog(vantage, unitName(unit ?? ''), wanted);
}

const trouble = (failure: Failure['failure'], detail: string): Trouble => ({ ok: false, failure, detail });

/**
 * A container's first lines can be a little older than the start that its engine notes, and the last ones of the run
 * before a little younger than its end: engines wait 100 ms at least before they start one again.
 */
function startOf({ startedAt, finishedAt }: Container): string {
  const [start, end] = [Date.parse(startedAt), Date.parse(finishedAt)];
  if (Number.isNaN(start)) return startedAt;
  const ranBefore = end > 0 && end < start;
  const earliest = ranBefore ? end + Math.min(100, (start - end) / 2) : start - 10_000;
  return new Date(end > start ? start - 1000 : Math.max(earliest, start - 10_000)).toISOString();
}

async function containerLog(vantage: Vantage, container: Container, wanted: Wanted): Promise<ServiceLog> {
  const { engine, name } = container;
  const since = wanted.since === 'start' ? startOf(container) : `${wanted.since}ms`;
  const answer = await vantage.execute({ argv: logArgv(engine, name, since), asRoot: true });
  if (!answer.ok) return answer;
  const lines = parseLog(answer.stdout);
  if (answer.exitCode !== 0) {
    const detail = `${engine} gives no log of ${name}: exit code ${answer.exitCode}`;
    return trouble('incomplete', detail);
  }
  const found: LogLook = {
    of: 'container',
    name,
    lines,
    complete: !isFull(answer.stdout, lines.length),
    started: true,
  };
  return {
    ok: true,
    ...(await searched(found, wanted, async (pattern) => {
      const more = await vantage.execute({ argv: searchArgv(engine, name, since, pattern), asRoot: true });
      return more.ok && more.exitCode === 0 && didSearch(more.stdout) ? parseLog(more.stdout) : null;
    })),
  };
}

async function unitLog(vantage: Vantage, unit: string, wanted: Wanted): Promise<ServiceLog> {
  const start = wanted.since === 'start' ? await startOfUnit(vantage, unit) : null;
  if (start && !start.ok) return start;
  const base: LogLook = { of: 'unit', name: unit, lines: [], complete: true, started: start?.micros !== 0 };
  if (!base.started) return { ok: true, ...base };
  const since = wanted.since === 'start' ? 'boot' : wanted.since;
  const [first, shown] = await Promise.all([
    vantage.execute({ argv: journalArgv(unit, since), asRoot: true }),
    readsJournal(vantage),
  ]);
  const mayRead = shown || (first.ok && first.sudo === 'used');
  const answer =
    first.ok && first.exitCode !== 0 && mayRead
      ? await vantage.execute({ argv: journalArgv(unit, since, { fields: false }), asRoot: true })
      : first;
  if (!answer.ok) return answer;
  const all = parseJournal(answer.stdout);
  const own = (lines: readonly LogLine[]) =>
    lines.filter(({ sinceBoot }) => !start || sinceBoot === null || sinceBoot >= start.micros);
  const lines = own(all);
  const decided = lastMatch(lines, wanted) !== null;
  if (!mayRead && !decided) {
    return trouble('denied', 'only root and the groups systemd-journal, adm and wheel are shown the journal');
  }
  if (answer.exitCode !== 0)
    return trouble('incomplete', `journalctl ended with exit code ${answer.exitCode}`);
  // where an older run's lines are there too, all of this one's are
  const complete = lines.length < all.length || !isFull(answer.stdout, all.length);
  return {
    ok: true,
    ...(await searched({ ...base, lines, complete }, wanted, async (grep) => {
      const more = await vantage.execute({ argv: journalArgv(unit, since, { grep }), asRoot: true });
      const none = more.ok && more.exitCode === 1 && more.stdout === '' && more.stderr === '';
      return more.ok && (more.exitCode === 0 || none) ? own(parseJournal(more.stdout)) : null;
    })),
  };
}

/** A talkative service's line may be older than what is read: then the host itself looks for it. */
async function searched(
  look: LogLook,
  wanted: Patterns,
  search: (pattern: string) => Promise<readonly LogLine[] | null>,
): Promise<LogLook> {
  if (look.complete || lastMatch(look.lines, wanted)) return { ...look, complete: true };
  const patterns = [wanted.expect, wanted.unwanted].filter((pattern) => pattern !== null);
  const found = await Promise.all(patterns.map(search));
  if (found.some((lines) => lines === null)) return look;
  const older = found
    .flatMap((lines) => lines ?? [])
    .filter(({ time }) => time < (look.lines[0]?.time ?? '~'));
  const lines = [...older.sort((a, b) => (a.time < b.time ? -1 : 1)), ...look.lines];
  return { ...look, lines, complete: true };
}

const stamps = [
  'ExecMainStartTimestampMonotonic',
  'InactiveExitTimestampMonotonic',
  'ConditionTimestampMonotonic',
];
const startArgv = (unit: string) => ['systemctl', 'show', '--no-pager', '-p', stamps.join(','), '--', unit];

/** What {@link readServiceLog} may ask. */
export function serviceLogAsks({ unit, container, since, expect, unwanted }: Wanted): Ask[] {
  const patterns = [expect, unwanted].filter((pattern) => pattern !== null);
  const older = 'where the log is longer than that';
  const from = since === 'start' ? '‹time of its start›' : `${since}ms`;
  const ofContainer = (name: string) => [
    ...inspectAsks(name),
    ...engines.flatMap((engine) => [
      runsAsRoot(logArgv(engine, name, from)),
      ...patterns.map((pattern) => runsAsRoot(searchArgv(engine, name, from, pattern), older)),
    ]),
  ];
  const ofUnit = (name: string) => {
    const begin = since === 'start' ? 'boot' : since;
    return [
      ...(since === 'start' ? [runs(startArgv(name)), runs(bootedArgv)] : []),
      runsAsRoot(journalArgv(name, begin)),
      ...whoArgvs.map((argv) => runs(argv)),
      runsAsRoot(journalArgv(name, begin, { fields: false }), 'where systemd is older than 236'),
      ...patterns.map((grep) => runsAsRoot(journalArgv(name, begin, { grep }), older)),
    ];
  };
  const journal = unit === null ? [] : ofUnit(unitName(unit));
  if (container === null) return journal;
  return [...ofContainer(container), ...onlyWhen('where there is no such container', journal)];
}

/**
 * Microseconds after the machine's start; 0: not started since then. The last start of its main process counts, from
 * when its conditions were checked on: a quick program writes its first line before systemd notes that it runs.
 */
async function startOfUnit(vantage: Vantage, unit: string): Promise<{ ok: true; micros: number } | Trouble> {
  const [answer, booted] = await Promise.all([
    vantage.execute({ argv: startArgv(unit) }),
    vantage.execute({ argv: bootedArgv }),
  ]);
  if (answer.ok && answer.exitCode === 0) {
    const [main = 0, exit = 0, conditions = 0] = stamps.map((stamp) =>
      Number(new RegExp(`^${stamp}=(\\d{1,15})$`, 'm').exec(answer.stdout)?.[1] ?? 0),
    );
    const start = main || exit;
    // a later check of conditions was of a start that they did not allow
    return { ok: true, micros: conditions > 0 && conditions < start ? conditions : start };
  }
  // sd_booted(3)
  if (booted.ok && booted.exitCode === 1 && (answer.ok || answer.failure === 'missing')) {
    return trouble('missing', 'systemd does not run there');
  }
  if (!answer.ok) return answer;
  return trouble('incomplete', `systemctl ended with exit code ${answer.exitCode}`);
}

const whoArgvs = [
  ['id', '-u'],
  ['id', '-nG'],
] as const;

/** systemd-journald.service(8): who else asks is shown the messages of his own processes alone, without an error. */
async function readsJournal(vantage: Vantage): Promise<boolean> {
  const [user, groups] = await Promise.all([
    vantage.execute({ argv: whoArgvs[0] }),
    vantage.execute({ argv: whoArgvs[1] }),
  ]);
  if (user.ok && user.stdout.trim() === '0') return true;
  const names = groups.ok ? groups.stdout.trim().split(/\s+/) : [];
  return names.some((name) => ['systemd-journal', 'adm', 'wheel'].includes(name));
}
