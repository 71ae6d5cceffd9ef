/** The one way through the program: plan → look → judge → reason → report. */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { homedir, hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import { planRun } from '../plan/plan.ts';
import { type Selection, select } from '../plan/select.ts';
import { topologyOf } from '../plan/topology.ts';
import { registry } from '../registry.ts';
import { documentOf } from '../report/document.ts';
import type { Cause, Report } from '../report/report.ts';
import { lookLive, lookRecorded } from '../run/look.ts';
import type { Ended } from '../run/looked.ts';
import { configOf, type RunRecord, recordedSteps, recordSchemaId } from '../run/record.ts';
import { type Outcome, runSteps } from '../run/run.ts';
import { localSource } from '../vantage/local.ts';
import type { Redactor } from '../vantage/observe.ts';
import type { Sessions } from '../vantage/ssh/sessions.ts';
import { UsageError } from './errors.ts';
import { askPassphrase } from './passphrase.ts';
import type { Progress } from './progress.ts';
import { version } from './version.ts';

export interface Choice {
  readonly only: readonly string[];
  readonly skip: readonly string[];
}

export interface Manner extends Choice {
  readonly redactor: Redactor;
  readonly timeoutMs: number;
  /** One round of the run. */
  readonly deadlineMs: number;
  readonly concurrency: number;
  readonly failFast: boolean;
  /** Aborted by SIGINT and SIGTERM. */
  readonly interrupt: AbortSignal;
  readonly progress: Progress;
}

export interface Examination {
  readonly report: Report;
  readonly record: RunRecord;
}

/** The steps that `--only` and `--skip` leave; a pattern that matches nothing is an error of the command line. */
export function stepsOf(config: Config, { only, skip }: Choice): Selection['steps'] {
  const planned = planRun(config);
  const { steps, unmatched } = select(planned, only, skip);
  if (unmatched.length > 0) {
    const ids = planned.filter(({ quiet }) => !quiet).map(({ id }) => id);
    throw new UsageError(
      unmatched.map(
        (pattern) => `nothing matches the pattern "${pattern}"; the ids are:\n  ${ids.join('\n  ')}`,
      ),
    );
  }
  if (steps.length === 0) throw new UsageError(['--skip leaves nothing to look at']);
  return steps;
}

/** Looks at everything now. */
export async function examine(config: Config, manner: Manner): Promise<Examination> {
  const steps = stepsOf(config, manner);
  const started = performance.now();
  const startedAt = new Date().toISOString();
  const cut = new AbortController();
  // Every operation under way listens to it.
  setMaxListeners(0, cut.signal);
  let ended: Ended | null = null;
  const end = (why: Ended) => {
    ended ??= why;
    cut.abort();
  };
  // A connection that is held idle takes its time by itself.
  const idleMs = Object.values(config.endpoints).reduce((sum, { idleMs }) => sum + (idleMs ?? 0), 0);
  const deadline = setTimeout(() => end('deadline'), manner.deadlineMs + idleMs);
  const interrupted = () => end('interrupted');
  manner.interrupt.addEventListener('abort', interrupted);
  if (manner.interrupt.aborted) interrupted();
  const sessions = steps.some(({ kind, vantage }) => kind === 'ssh' || vantage !== 'local')
    ? await openSessions(config)
    : noSessions;
  const local = localSource({ login: sessions.login });
  const lookAt = lookLive({
    source: (vantage) => (vantage === 'local' ? local : sessions.source(vantage)),
    redactor: manner.redactor,
    timeoutMs: manner.timeoutMs,
    signal: cut.signal,
    ended: () => ended,
  });
  try {
    const { concurrency, failFast, progress } = manner;
    const run = { steps, checks: registry, lookAt, concurrency, failFast, ended: () => ended };
    const outcomes = await runSteps({ ...run, onResult: progress.step });
    const record: RunRecord = {
      schema: recordSchemaId,
      version,
      runId: randomUUID(),
      startedAt,
      durationMs: Math.round(performance.now() - started),
      observer: hostname(),
      config: config as unknown as RunRecord['config'],
      only: [...manner.only],
      skip: [...manner.skip],
      steps: recordedSteps(outcomes),
    };
    return { record, report: reportOf(config, record, outcomes, []) };
  } finally {
    clearTimeout(deadline);
    manner.interrupt.removeEventListener('abort', interrupted);
    manner.progress.end();
    await sessions.close();
  }
}

/** Judges and diagnoses a record again: no live call is made. */
export async function reexamine(record: RunRecord): Promise<Examination> {
  const config = configOf(record);
  const steps = stepsOf(config, record);
  const lookAt = lookRecorded(record.steps);
  const outcomes = await runSteps({
    steps,
    checks: registry,
    lookAt,
    concurrency: 1,
    failFast: false,
    ended: () => null,
  });
  if (outcomes.every(({ omitted }) => omitted)) {
    throw new UsageError([`the record (made by ${record.version}) has no look for any step of its plan`]);
  }
  // Of a row that nobody asked for nobody misses anything.
  const left = outcomes.filter(({ omitted, step }) => omitted && !step.quiet).map(({ step }) => step.id);
  const notes =
    left.length > 0
      ? [`left out, since the record (made by ${record.version}) has no look for them: ${left.join(', ')}`]
      : [];
  return { record, report: reportOf(config, record, outcomes, notes) };
}

function reportOf(
  config: Config,
  record: RunRecord,
  outcomes: readonly Outcome[],
  notes: readonly string[],
): Report {
  const results = shown(outcomes);
  const topology = topologyOf(config);
  const causes = diagnose({ results, topology });
  return documentOf({
    title: config.title,
    version,
    runId: record.runId,
    startedAt: record.startedAt,
    durationMs: record.durationMs,
    observer: record.observer,
    notes: [...notes, ...queueNotes(results, causes)],
    topology,
    results,
    causes,
  });
}

/** Rows that nobody asked for show when they fail, or when a row that was asked for waits on them. */
function shown(outcomes: readonly Outcome[]): Report['results'] {
  const looked = outcomes.filter(({ omitted }) => !omitted);
  const waitedOn = new Set(looked.map(({ result }) => result.blockedBy));
  return looked
    .filter(({ step, result: { id, status, subject } }) => {
      const tells = status === 'fail' || (status === 'warn' && subject === 'observer');
      return !step.quiet || tells || waitedOn.has(id);
    })
    .map(({ result }) => result);
}

/** Doctor changes nothing; the one trace that it can leave is said. */
export function queueNotes(results: Report['results'], causes: readonly Cause[]): string[] {
  const deaf = causes.filter(({ code }) => code === 'service.not-accepting');
  const rows = results.filter(({ id, facts }) => {
    const listener = facts?.listener as { unaccepted?: number | null } | null | undefined;
    return (listener?.unaccepted ?? 0) > 0 && deaf.some(({ because }) => because.includes(id));
  });
  const targets = [...new Set(rows.map(({ target, vantage }) => `${new URL(target).port} on ${vantage}`))];
  return targets.map(
    (port) =>
      `each look at port ${port} leaves one more connection in its accept queue until the process ends`,
  );
}

const noSessions: Pick<Sessions, 'login' | 'source' | 'close'> = {
  login: async () => ({ ok: false, failure: 'unsupported', detail: 'no host has a way in' }),
  source: (host) => {
    throw new Error(`no way in to ${host}`);
  },
  close: async () => {},
};

async function openSessions(config: Config): Promise<Sessions> {
  const ssh = await import('../vantage/ssh/sessions.ts');
  return ssh.openSessions(config.hosts, { askPassphrase, env: process.env, home: homedir() });
}
