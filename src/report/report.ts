/** The report document: what `-f json` prints, what formats render, what `diff`, `merge` and `--baseline` read. */
import { z } from 'zod';

export const reportSchemaId = 'viworks-doctor/report@1';

const statusSchema = z.enum(['fail', 'error', 'warn', 'pass', 'skip']);
const prioritySchema = z.enum(['P0', 'P1', 'P2']);
const text = z.string();

const findingSchema = z.object({
  code: text.describe('what it is: a code of the catalogue'),
  status: z.enum(['fail', 'error', 'warn']),
  says: text.describe('in words'),
  expected: text.nullable(),
  observed: text.nullable(),
  file: text.nullable(),
  line: z.int().nullable(),
  values: z.record(text, z.unknown()).describe('what its words are filled with'),
});

const evidenceSchema = z.object({
  operation: text,
  command: text.describe('what was asked, as a person would type it'),
  vantage: text,
  exitCode: z.int().nullable(),
  output: text.describe('what came back, control characters escaped, capped'),
  truncated: z.boolean(),
});

export const resultSchema = z.object({
  id: text,
  kind: text,
  subject: text,
  label: text.describe("the row's words: `Listens on 8081`"),
  target: text,
  vantage: text.describe('`local`, or the host it was looked at from'),
  status: statusSchema,
  code: text.nullable().describe("the worst finding's code; null on pass and skip"),
  findings: z.array(findingSchema),
  summary: text,
  expected: text.nullable(),
  observed: text.nullable(),
  durationMs: z.number(),
  attempts: z.int(),
  blockedBy: text.nullable().describe('the id that a skip waits on'),
  waiver: z.unknown().nullable(),
  evidence: z.array(evidenceSchema),
  facts: z
    .record(text, z.unknown())
    .nullable()
    .describe('what rules reason on; null when nothing was looked at'),
});

const topologySchema = z
  .object({
    file: text
      .nullable()
      .describe('the configuration file; null when targets on the command line made the plan'),
    hosts: z.record(
      text,
      z.object({
        address: text.nullable(),
        local: z.boolean(),
        wayIn: z.boolean().describe('ssh, or local'),
      }),
    ),
    endpoints: z.record(
      text,
      z.object({
        url: text,
        host: text,
        port: z.int(),
        resolvesTo: z.array(text).describe('names of hosts, or addresses'),
        via: text.nullable().describe('a proxy'),
        to: z.object({ service: text, port: z.int() }).nullable(),
        lastRow: text.describe('the kind of its last row: it passes when the endpoint can be used'),
      }),
    ),
    services: z.record(
      text,
      z.object({
        host: text,
        unit: text.nullable(),
        container: text.nullable().optional(),
        process: text.nullable(),
        ports: z.array(z.int()),
        connectsTo: text.nullable().describe('an endpoint'),
        runbook: z.record(text, text),
      }),
    ),
    proxies: z.record(
      text,
      z.object({ host: text, unit: text.nullable().optional(), container: text.nullable().optional() }),
    ),
  })
  .describe('subjects and how they hang together: enough to diagnose the report again');

export const causeSchema = z.object({
  code: text,
  priority: prioritySchema,
  subject: text,
  title: text,
  because: z.array(text).describe('results it rests on'),
  explains: z.array(text).describe('results that cannot pass while this cause stands'),
  evidence: z.array(text).describe('why, a line each'),
  confidence: z.enum(['certain', 'likely']),
  next: text.nullable().describe('where the evidence ended: what to look at to get deeper'),
  fix: z.object({
    summary: text,
    steps: z.array(text),
    change: z
      .object({ file: text, line: z.int().nullable(), before: text.nullable(), after: text })
      .nullable()
      .describe('the one change to a file that mends it, where it is known'),
    commands: z.array(text).describe('what to type, in order'),
    risk: text,
    rollback: text,
  }),
  verify: z.array(text),
});

export const reportSchema = z.object({
  schema: z.literal(reportSchemaId),
  title: text,
  version: text,
  runId: text,
  startedAt: z.iso.datetime(),
  durationMs: z.number(),
  observer: text.describe('the machine that doctor ran on'),
  status: z.enum(['fail', 'error', 'warn', 'pass']),
  summary: z.object({
    pass: z.int(),
    warn: z.int(),
    fail: z.int(),
    error: z.int(),
    skip: z.int(),
    waived: z.int(),
  }),
  notes: z.array(text).describe('what the reader should know of the run itself'),
  topology: topologySchema,
  results: z.array(resultSchema),
  diagnosis: z.object({ causes: z.array(causeSchema) }),
});

export type Report = z.infer<typeof reportSchema>;
export type Result = z.infer<typeof resultSchema>;
export type ResultFinding = z.infer<typeof findingSchema>;
export type Evidence = z.infer<typeof evidenceSchema>;
export type Topology = z.infer<typeof topologySchema>;
export type Cause = z.infer<typeof causeSchema>;
export type Priority = z.infer<typeof prioritySchema>;
