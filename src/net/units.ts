/** What systemd says of a unit, and what that means (org.freedesktop.systemd1(5), systemd.service(5)). */

export interface Unit {
  readonly id: string;
  readonly load: string;
  readonly active: string;
  readonly sub: string;
  /** Why it ended: `success`, `exit-code`, `signal`, `oom-kill`, `timeout`, `start-limit-hit`. */
  readonly result: string | null;
  /** Of the main process, when it exited. */
  readonly exitStatus: number | null;
  /** Of the main process, when a signal ended it. */
  readonly signal: string | null;
  readonly restarts: number | null;
  /** null when there is none. */
  readonly mainPid: number | null;
  /** `enabled`, `disabled`, `static`, `indirect`, `generated`, `transient`, `enabled-runtime`…; null without a file. */
  readonly unitFileState: string | null;
  readonly type: string | null;
  /** It has been started since the machine was, and its main process came to an end. */
  readonly ran: boolean;
  /** False: a `Condition…=` of it was not met when it should have been started. */
  readonly conditionMet: boolean;
  /** Microseconds on the machine's monotonic clock. */
  readonly activeSince: number | null;
  /** Units that pull it in at boot or later. */
  readonly wantedBy: readonly string[];
  /** Timers, sockets and paths that start it. */
  readonly triggeredBy: readonly string[];
}

/** Never all properties: the environment is among them. Each exists since systemd 235 or is left out by an older one. */
const properties = [
  'Id',
  'LoadState',
  'ActiveState',
  'SubState',
  'Result',
  'Type',
  'ExecMainCode',
  'ExecMainStatus',
  'ExecMainExitTimestampMonotonic',
  'NRestarts',
  'MainPID',
  'UnitFileState',
  'ConditionResult',
  'ConditionTimestampMonotonic',
  'ActiveEnterTimestampMonotonic',
  'WantedBy',
  'RequiredBy',
  'BoundBy',
  'UpheldBy',
  'TriggeredBy',
] as const;

const kinds = /\.(?:service|socket|target|timer|path|mount|automount|swap|slice|scope|device)$/;

/** systemd.unit(5): at most 255 characters of these; not an option, and not a template without its instance. */
export const unitPattern = /^(?!-)(?!.*@(?:\.[a-z]+)?$)[A-Za-z0-9:_.\\@-]{1,247}$/;

/** `agent` → `agent.service`, as systemctl(1) does. */
export function unitName(text: string): string {
  return kinds.test(text) ? text : `${text}.service`;
}

export const showArgv = (...units: readonly string[]) => [
  'systemctl',
  'show',
  '--no-pager',
  '-p',
  properties.join(','),
  '--',
  ...units,
];

export const journalArgv = (unit: string) => [
  'journalctl',
  '--no-pager',
  '-q',
  '-o',
  'cat',
  '-n',
  '20',
  '-u',
  unit,
];

/** sd_booted(3): systemd runs where this folder is. */
export const bootedArgv = ['test', '-d', '/run/systemd/system'];
export const uptimeFile = '/proc/uptime';

/** Seconds since the machine was started, of {@link uptimeFile} (proc(5)). */
export function parseUptime(text: string): number | null {
  const seconds = Number(/^(\d{1,12}\.\d+) /.exec(text)?.[1] ?? Number.NaN);
  return Number.isNaN(seconds) ? null : seconds;
}

/** Some containers are told another uptime than the machine's: what comes out negative is not known. */
export function upSeconds({ active, activeSince }: Unit, uptime: number | null): number | null {
  if (active !== 'active' || activeSince === null || uptime === null) return null;
  const seconds = Math.floor(uptime - activeSince / 1e6);
  return seconds < 0 ? null : seconds;
}

/** `systemctl show` of several units: a block each, blank lines between. */
export function parseUnits(text: string): Unit[] {
  return text.split(/\n[ \t]*\n/).flatMap((block) => {
    const values = new Map<string, string>();
    for (const line of block.split('\n')) {
      const at = line.indexOf('=');
      if (at > 0 && !values.has(line.slice(0, at)))
        values.set(line.slice(0, at), line.slice(at + 1).trimEnd());
    }
    const load = values.get('LoadState');
    const active = values.get('ActiveState');
    return load && active ? [unitOf(values, load, active)] : [];
  });
}

function unitOf(values: ReadonlyMap<string, string>, load: string, active: string) {
  const text = (key: string) => values.get(key) || null;
  const number = (key: string) => (/^\d{1,15}$/.test(values.get(key) ?? '') ? Number(values.get(key)) : null);
  const names = (...keys: string[]) => keys.flatMap((key) => text(key)?.split(' ') ?? []);
  const code = number('ExecMainCode');
  const status = number('ExecMainStatus');
  return {
    id: values.get('Id') ?? '',
    load,
    active,
    sub: values.get('SubState') ?? '',
    result: text('Result'),
    exitStatus: code === exited ? status : null,
    signal: (code === killed || code === dumped) && status !== null ? signalName(status) : null,
    restarts: number('NRestarts'),
    mainPid: number('MainPID') || null,
    unitFileState: text('UnitFileState'),
    type: text('Type'),
    ran: (number('ExecMainExitTimestampMonotonic') ?? 0) > 0,
    conditionMet: text('ConditionResult') !== 'no' || number('ConditionTimestampMonotonic') === 0,
    activeSince: number('ActiveEnterTimestampMonotonic') || null,
    wantedBy: names('WantedBy', 'RequiredBy', 'BoundBy', 'UpheldBy'),
    triggeredBy: names('TriggeredBy'),
  };
}

/** waitid(2), `si_code`. */
const [exited, killed, dumped] = [1, 2, 3];

/** signal(7), as on x86 and ARM. */
const signals: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  31: 'SIGSYS',
};
const signalName = (number: number): string => signals[number] ?? `signal ${number}`;

/** Exit statuses that systemd gives when it can't even start the program (systemd.exec(5), "Process exit codes"). */
const startStatuses: Readonly<Record<number, string>> = {
  200: 'CHDIR: its working directory cannot be entered',
  202: 'FDS: its file descriptors cannot be set up',
  203: 'EXEC: its program cannot be executed',
  204: 'MEMORY: no memory to start it',
  208: 'STDIN: its standard input cannot be opened',
  209: 'STDOUT: its standard output cannot be opened',
  216: 'GROUP: there is no such group',
  217: 'USER: there is no such user',
  219: 'CGROUP: its control group cannot be set up',
  226: 'NAMESPACE: its file system view cannot be set up',
  233: 'RUNTIME_DIRECTORY: it cannot be made',
  238: 'STATE_DIRECTORY: it cannot be made',
  240: 'LOGS_DIRECTORY: it cannot be made',
  241: 'CONFIGURATION_DIRECTORY: it cannot be made',
};

/** Under a minute is no life for a service that has been restarted. */
const youngSeconds = 60;

/** A unit's state at one look. */
export interface Sight extends Pick<Unit, 'active' | 'sub' | 'restarts'> {
  /** How long it has been active; null when it is not, or that cannot be told. */
  readonly upSeconds: number | null;
}

/** What may be a moment's state, or a loop: a second look decides. */
export function isUnsettled(sight: Sight, type: string | null): boolean {
  if (isAutoRestart(sight)) return false;
  if (sight.active === 'activating') return type !== 'oneshot';
  return sight.active === 'deactivating' || isRestartedYoung(sight);
}

const isAutoRestart = ({ active, sub }: Sight) => active === 'activating' && sub.startsWith('auto-restart');
const isRestartedYoung = ({ active, restarts, upSeconds }: Sight) =>
  active === 'active' && (restarts ?? 0) > 0 && upSeconds !== null && upSeconds < youngSeconds;

/**
 * A restart loop: it waits for its next start; or a restart was counted between two looks; or both saw it restarted
 * and up for less than a minute; or the start limit ended the loop.
 */
export function isRestarting(
  last: Sight & Pick<Unit, 'result'>,
  earlier: Sight | null,
  journal: readonly string[],
): boolean {
  if (isAutoRestart(last)) return true;
  if (earlier && (last.restarts ?? 0) > (earlier.restarts ?? 0)) return true;
  if (earlier && isRestartedYoung(earlier) && isRestartedYoung(last)) return true;
  return last.active === 'failed' && (last.result === 'start-limit-hit' || limitEnded(journal));
}

/** `Result` still says how the program ended; that systemd gave up is in the journal alone, after the last start. */
function limitEnded(journal: readonly string[]): boolean {
  const last = (pattern: RegExp) => journal.findLastIndex((line) => pattern.test(line));
  return last(/: Start request repeated too quickly\.$/) > last(/^(?:Starting|Started) /);
}

export const isUp = (active: string): boolean => ['active', 'reloading', 'refreshing'].includes(active);

/** It runs now, and nothing is there that would start it after a reboot. */
export function isLostAtReboot(
  unit: Pick<Unit, 'load' | 'unitFileState' | 'wantedBy' | 'triggeredBy'>,
): boolean {
  const { load, unitFileState, wantedBy, triggeredBy } = unit;
  if (load === 'masked' || load === 'not-found') return true;
  if (unitFileState === 'enabled-runtime' || unitFileState === 'linked-runtime') return true;
  const unwanted = wantedBy.length === 0 && triggeredBy.length === 0;
  // static, indirect, generated, transient, alias: something else decides on them, which is not to be seen here.
  return unwanted && ['disabled', 'linked', 'masked-runtime'].includes(unitFileState ?? '');
}

/** How it ended, in words: `exit status 203 (EXEC: its program cannot be executed)`, `SIGKILL (oom-kill)`. */
export function endWords(unit: Pick<Unit, 'load' | 'result' | 'exitStatus' | 'signal'>): string {
  const { load, result, exitStatus, signal } = unit;
  if (load !== 'loaded') return `unit file: ${load}`;
  const why = result === null || ['exit-code', 'signal', 'core-dump'].includes(result) ? '' : ` (${result})`;
  if (signal !== null) return `${signal}${why}`;
  if (exitStatus === null || (exitStatus === 0 && why !== '')) return result ?? 'ended';
  const known = startStatuses[exitStatus];
  return `exit status ${exitStatus}${known ? ` (${known})` : why}`;
}
