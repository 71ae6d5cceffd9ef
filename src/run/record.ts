/** A record: what was observed, above the batches, in plan order. `--replay` judges and diagnoses it again, offline. */
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { operationNames } from '../vantage/source.ts';
import type { RecordedLook } from './look.ts';
import type { Outcome } from './run.ts';

export const recordSchemaId = 'viworks-doctor/record@1';

const lookShape = z.object({
  operation: z.enum(operationNames),
  args: z.record(z.string(), z.unknown()),
  outcome: z.looseObject({ ok: z.boolean() }),
});

/** What a plan is made of has to be there; the values are as the configuration's own reader left them. */
const tables = (shape: z.ZodRawShape) => z.record(z.string(), z.looseObject(shape));
const configShape = z.looseObject({
  title: z.string(),
  file: z.string().nullable(),
  defaults: z.looseObject({ timeoutMs: z.number(), certDays: z.number() }),
  hosts: tables({ local: z.boolean() }),
  endpoints: tables({
    url: z.url(),
    scheme: z.enum(['http', 'https', 'ws', 'wss', 'tcp', 'tls']),
    host: z.string(),
    port: z.int(),
    resolvesTo: z.array(z.string()),
    headers: z.record(z.string(), z.string()),
    expect: z.looseObject({}),
    tls: z.looseObject({}),
  }),
  services: tables({ host: z.string(), listens: z.array(z.looseObject({ port: z.int() })) }),
  proxies: tables({ host: z.string() }),
  checks: z.array(z.looseObject({ kind: z.string(), name: z.string(), from: z.string() })),
});

/** The outer shape is checked when a record is read; what a look answered is as it was. */
const lookSchema = z.custom<RecordedLook>((value) => lookShape.safeParse(value).success, 'this is no look');

export const recordSchema = z.object({
  schema: z.literal(recordSchemaId),
  version: z.string(),
  runId: z.string(),
  startedAt: z.iso.datetime(),
  durationMs: z.number(),
  observer: z.string(),
  /** As it was read, secrets taken out. */
  config: configShape,
  only: z.array(z.string()),
  skip: z.array(z.string()),
  steps: z.array(
    z.object({
      id: z.string(),
      looks: z.array(lookSchema),
      ended: z.enum(['fail-fast', 'deadline', 'interrupted']).optional(),
      durationMs: z.number(),
      attempts: z.number(),
    }),
  ),
});

export type RunRecord = z.infer<typeof recordSchema>;

/** What was and was not looked at: skips that follow from the plan and the facts are worked out again at replay. */
export function recordedSteps(outcomes: readonly Outcome[]): RunRecord['steps'] {
  return outcomes.flatMap(({ step, looked }) => {
    if (!looked) return [];
    const { looks, ended, durationMs, attempts } = looked;
    return [
      {
        id: step.id,
        looks: looks.map(({ operation, args, outcome }) => ({ operation, args, outcome })),
        ...(ended ? { ended } : {}),
        durationMs,
        attempts,
      },
    ];
  });
}

export const configOf = (record: RunRecord): Config => record.config as unknown as Config;
