/** How a step is looked at: live through a source, or out of a record. */
import type { Ground } from '../check.ts';
import type { Step } from '../plan/step.ts';
import { type Look, observe, type Redactor } from '../vantage/observe.ts';
import { NotRecorded, replaySource } from '../vantage/replay.ts';
import type { Source } from '../vantage/source.ts';
import type { Ended, Looked } from './looked.ts';
import { describeCrash, type LookAt, type ValidStep } from './run.ts';

export interface Live {
  readonly source: (vantage: string) => Source;
  readonly redactor: Redactor;
  readonly timeoutMs: number;
  /** Aborts what is under way when the run ends early. */
  readonly signal: AbortSignal;
  readonly ended: () => Ended | null;
}

export function lookLive({ source, redactor, timeoutMs, signal, ended }: Live): LookAt {
  return async (step, ground) => {
    const looks: Look[] = [];
    const started = performance.now();
    const looking = facts(step, ground, source(step.vantage), { timeoutMs, signal }, looks, redactor);
    const found = await Promise.race([looking, graceAfter(signal)]);
    const why = ended();
    const wasAborted = looks.some(({ outcome }) => !outcome.ok && outcome.failure === 'aborted');
    const cut = why && (wasAborted || found === null);
    return {
      looks,
      ...(cut ? { ended: why } : found),
      durationMs: Math.round(performance.now() - started),
      attempts: 1,
    };
  };
}

export type RecordedLook = Pick<Look, 'operation' | 'args' | 'outcome'>;

/** A look that does not end though all its operations were aborted is left behind. */
const graceMs = 1000;

function graceAfter(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    const wait = () => setTimeout(() => resolve(null), graceMs).unref();
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true });
  });
}

/** The part of a record that one step's replay needs. */
export interface RecordedStep {
  readonly id: Step['id'];
  readonly looks: readonly RecordedLook[];
  readonly ended?: Ended | undefined;
  readonly durationMs: number;
  readonly attempts: number;
}

export function lookRecorded(steps: readonly RecordedStep[]): LookAt {
  const recorded = new Map(steps.map((step) => [step.id, step]));
  const { signal } = new AbortController();
  return async (step, ground) => {
    const record = recorded.get(step.id);
    if (!record) throw new NotRecorded(step.id);
    const looks: Look[] = [];
    const { ended, durationMs, attempts } = record;
    if (ended)
      return { looks: record.looks.map((look) => ({ ...look, durationMs: 0 })), ended, durationMs, attempts };
    const found = await facts(step, ground, replaySource(record.looks), { timeoutMs: 0, signal }, looks);
    return { looks, ...found, durationMs, attempts };
  };
}

async function facts(
  step: ValidStep,
  ground: Ground,
  source: Source,
  limits: { timeoutMs: number; signal: AbortSignal },
  looks: Look[],
  redactor?: Redactor,
): Promise<Pick<Looked, 'facts' | 'crash'>> {
  const vantage = observe(step.vantage, source, limits, looks, redactor);
  try {
    return { facts: await step.check.look(vantage, step.options, ground) };
  } catch (thrown) {
    if (thrown instanceof NotRecorded) throw thrown;
    return { crash: describeCrash(thrown) };
  }
}
