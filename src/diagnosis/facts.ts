/**
 * What rules read of a result's facts, by kind. `test/diagnosis/facts.test.ts` holds these shapes to the kinds' own, so
 * that a fact with another name does not leave a rule silent.
 */
import { z } from 'zod';
import type { Result } from '../report/report.ts';

const text = z.string();
const certificate = z.object({ notBefore: text, notAfter: text, fingerprint256: text });
const session = z.object({
  chain: z.array(certificate).readonly(),
  path: z.array(certificate).readonly().optional(),
});
const answered = z.object({
  status: z.int().nullable(),
  bodyStart: text.nullable(),
  received: text.nullable(),
  session: session.nullable(),
});
const exchange = {
  url: text,
  nowMs: z.number().nullable(),
  attempts: z.array(answered),
  listener: z
    .object({
      queue: z.int().nullable(),
      limit: z.int().nullable(),
      unaccepted: z.int().nullable(),
      accepted: z.int().nullish(),
    })
    .nullable(),
  otherPath: z.enum(['answered', 'silent']).nullable(),
};
const target = z.object({
  verdict: z.enum(['right', 'wrong', 'unknown']),
  host: text,
  port: z.int().nullable(),
  addresses: z.array(text),
});

export const factShapes = {
  port: z.object({
    attempts: z.array(
      z.object({ address: text, family: z.union([z.literal(4), z.literal(6)]), failure: text.nullable() }),
    ),
  }),
  dns: z.object({ addresses: z.array(z.object({ address: text })) }),
  tls: z.object({
    attempts: z.array(z.object({ session: session.nullable() })),
    nowMs: z.number().nullable(),
  }),
  http: z.object({
    ...exchange,
    endpointAnswer: z.object({ url: text.optional(), status: z.int(), bodyStart: text }).nullable(),
  }),
  websocket: z.object(exchange),
  ssh: z.object({
    failure: text.nullable(),
    login: z.object({ address: text, port: z.int(), user: text }).nullable(),
  }),
  config: z.object({ file: text }),
  netstat: z.object({
    listeners: z.array(
      z.object({
        address: text,
        v6only: z.boolean().nullable(),
        queue: z.int(),
        limit: z.int().nullable(),
      }),
    ),
    processPorts: z.array(z.int()).nullable(),
    container: z.object({ hostNetwork: z.boolean(), published: z.array(z.int()).optional() }).nullable(),
  }),
  process: z.object({
    program: text.nullable(),
    programKnown: z.boolean(),
    unit: z
      .object({
        load: text.optional(),
        active: text,
        sub: text,
        result: text.nullable(),
        journal: z.array(text),
      })
      .nullable(),
    container: z.object({ status: text, exitCode: z.int(), log: z.array(text) }).nullable(),
  }),
  systemd: z.object({ journal: z.array(text) }),
  container: z.object({
    log: z.array(text),
    networks: z.array(text),
    startedAt: text.nullable(),
    container: z
      .object({
        engine: z.enum(['docker', 'podman']),
        name: text,
        addresses: z.array(z.object({ address: text })),
        aliases: z.array(z.object({ names: z.array(text) })),
      })
      .nullable(),
  }),
  nginx: z.object({
    main: text.nullable(),
    files: z.array(z.object({ file: text, hostFile: text })),
    running: z.boolean().nullable(),
    rejected: z.object({ unknownName: text.nullable() }).nullable(),
    container: z.object({ networks: z.array(text) }).nullable(),
    workersStartedAt: text.nullable(),
    newestFileAt: text.nullable(),
    route: z
      .object({
        outcome: z.object({ kind: text, readTimeout: z.object({ ms: z.number() }).optional() }),
      })
      .nullable(),
    target: target.extend({ speaksTls: z.boolean().nullable().optional() }).nullable(),
    targets: z.array(target),
    ownHealth: z.object({ status: z.int(), place: text }).nullable(),
    errorLog: z.array(text),
    certificates: z.array(
      z.object({ hostFile: text, fingerprint256: text, notAfter: text, writtenAt: text.nullable() }),
    ),
  }),
} as const;

type Shapes = typeof factShapes;

/** Each of a kind's facts, where the look found any. */
export type Facts<Kind extends keyof Shapes> = Partial<z.infer<Shapes[Kind]>>;

const readers = new Map(
  Object.entries(factShapes).map(([kind, shape]) => [kind, (shape as z.ZodObject).partial()]),
);

/** Several rules read the same facts: they are parsed once. */
const known = new WeakMap<object, object>();

/** None of a row that is not there, is of another kind, or was written in another way by an older version. */
export function factsOf<Kind extends keyof Shapes>(result: Result | undefined, kind: Kind): Facts<Kind> {
  if (result?.kind !== kind || result.facts === null) return {};
  const found = known.get(result.facts) ?? readers.get(kind)?.safeParse(result.facts).data ?? {};
  known.set(result.facts, found);
  return found as Facts<Kind>;
}
