/**
 * What the kinds' facts say, as far as the incident report tells it. A report can come from a file, from a plugin or
 * from another version: what is not as expected here is not told.
 */
import { z } from 'zod';
import type { Result } from '../report.ts';

const text = z.string();
const at = z.object({ file: text, line: z.int() });

const container = z.object({
  container: z.object({
    name: text,
    id: text,
    image: text,
    status: text,
    pid: z.int(),
    startedAt: text,
    hostNetwork: z.boolean(),
    networks: z.array(text),
    addresses: z.array(z.object({ network: text, address: text })),
    published: z.array(z.object({ containerPort: z.int(), hostAddress: text, hostPort: z.int() })),
  }),
});

const process = z.object({
  matches: z.array(z.object({ pid: z.int(), user: text, args: text })),
  program: text.nullable(),
});

const netstat = z.object({
  listeners: z.array(
    z.object({
      address: text,
      queue: z.int().nullable(),
      limit: z.int().nullable(),
      owners: z.array(z.object({ pid: z.int(), name: text.nullable() })),
    }),
  ),
});

const systemd = z.object({
  load: text,
  active: text,
  sub: text,
  unitFileState: text.nullable(),
  journal: z.array(text),
});

const config = z.object({
  file: text,
  format: text.nullable(),
  place: text.nullable(),
  fault: z.object({ line: z.int().nullable(), words: text }).nullable(),
  values: z.array(z.object({ key: text, state: text, shown: text.nullable(), line: z.int().nullable() })),
});

const nginx = z.object({
  main: text.nullable(),
  files: z.array(z.object({ file: text, hostFile: text })),
  version: text.nullable(),
  running: z.boolean(),
  container: z.object({ networks: z.array(text) }).nullable(),
  route: z
    .object({
      server: at.extend({ names: z.array(text), listens: z.array(text) }).nullable(),
      outcome: z.looseObject({}),
      trail: z.array(at.extend({ what: text })),
    })
    .nullable(),
  targets: z.array(z.object({ host: text, port: z.int().nullable(), verdict: text, why: text })),
  block: z.object({ file: text, hostFile: text, firstLine: z.int(), lines: z.array(text) }).nullable(),
  errorLog: z.array(text),
});

/** What becomes of a request that is forwarded. */
const forwarded = z.object({
  httpVersion: text,
  readTimeout: z.object({ ms: z.number(), at: at.nullable() }),
  websocket: z.object({ passed: z.boolean().nullable(), why: text, at: at.nullable() }),
});

const certificate = z.object({
  subject: text,
  issuer: text,
  names: z.array(text),
  notBefore: text,
  notAfter: text,
});
const session = z.object({
  protocol: text,
  cipher: text,
  chain: z.array(certificate),
  trust: text,
  trustStore: text,
});
const tls = z.object({
  attempts: z.array(z.object({ address: text, session: session.nullable() })),
});

const login = z.object({
  login: z.object({
    address: text,
    port: z.int(),
    user: text,
    transport: text,
    hostKey: z.object({ type: text, fingerprint: text }).nullable(),
    knownKeys: z.array(z.object({ file: text, line: z.int() })),
  }),
  hostname: text.nullable(),
});

const listener = z.object({
  listener: z.object({
    queue: z.int().nullable(),
    limit: z.int().nullable(),
    unaccepted: z.int().nullable(),
  }),
});

const reader =
  <T>(schema: z.ZodType<T>) =>
  (result: Result | undefined): T | null =>
    result?.facts ? (schema.safeParse(result.facts).data ?? null) : null;

export const readFacts = {
  config: reader(config),
  container: reader(container),
  listener: reader(listener),
  login: reader(login),
  netstat: reader(netstat),
  nginx: reader(nginx),
  process: reader(process),
  systemd: reader(systemd),
  tls: reader(tls),
};
export type NginxFacts = z.infer<typeof nginx>;
export type TlsSession = z.infer<typeof session>;

export const forwardedBy = (facts: NginxFacts | null): z.infer<typeof forwarded> | null =>
  forwarded.safeParse(facts?.route?.outcome).data ?? null;

/** A place in nginx's files, as it is found on the host. */
export function onHost(facts: NginxFacts | null, { file, line }: { file: string; line: number }): string {
  const known = facts?.files.find((one) => one.file === file);
  return `${known?.hostFile ?? file}:${line}`;
}
