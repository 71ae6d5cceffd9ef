/** What a look at nginx found, as a report keeps it: no text of its files but the block that takes a request. */
import { z } from 'zod';
import { troubleSchema } from '../schemas.ts';
import type { Configuration } from './configuration.ts';
import { namedOnHost } from './files.ts';
import type { RouteLook, Target } from './route-look.ts';
import { routeSchema } from './schemas.ts';

const verdictOf = z.enum(['right', 'wrong', 'unknown']);
const target = z.object({
  host: z.string(),
  port: z.int().nullable().describe('null: a Unix socket'),
  addresses: z.array(z.string()).describe("of the host, in the proxy's own network"),
  verdict: verdictOf.describe('whether the service is there'),
  why: z.string(),
});

export const factsSchema = z.object({
  trouble: troubleSchema.nullable().describe('why the configuration could not be read'),
  unread: z.string().nullable().describe('the file that could not be read'),
  main: z.string().nullable(),
  files: z.array(z.object({ file: z.string(), hostFile: z.string().describe('as a fix names it') })),
  source: z.enum(['nginx -T', 'files']).nullable(),
  version: z.string().nullable(),
  rejected: z
    .object({
      message: z.string(),
      unknownName: z.string().nullable().describe('of a backend, where that is why'),
      file: z.string().nullable(),
      line: z.int().nullable(),
    })
    .nullable()
    .describe("nginx's own words against the configuration, or ours where it does not parse"),
  running: z
    .boolean()
    .nullable()
    .describe('an nginx with this configuration; null: processes are not shown to us'),
  command: z.string().describe('how it is called there, for a person'),
  others: z.int().describe('how many run with other files than the one named'),
  masterStartedAt: z.string().nullable(),
  workersStartedAt: z.string().nullable().describe('the newest worker'),
  newestFileAt: z.string().nullable(),
  newestFile: z.string().nullable(),
  container: z
    .object({ networks: z.array(z.string()), startedAt: z.string() })
    .nullable()
    .describe('that it runs in, or would'),
  route: routeSchema.nullable(),
  stream: z.object({ file: z.string(), line: z.int() }).nullable(),
  target: target.extend({ speaksTls: z.boolean().nullable() }).nullable().describe('the first of the worst'),
  targets: z.array(
    target.extend({
      file: z.string(),
      line: z.int(),
      onlyPort: z.boolean(),
      wanted: z.int(),
      isUnknownName: z.boolean(),
      change: z
        .object({ file: z.string(), line: z.int(), before: z.string(), after: z.string().nullable() })
        .nullable(),
    }),
  ),
  block: z
    .object({ file: z.string(), hostFile: z.string(), firstLine: z.int(), lines: z.array(z.string()) })
    .nullable()
    .describe('that takes the request'),
  written: z
    .array(z.object({ file: z.string(), line: z.int(), text: z.string() }))
    .describe('the lines that say how it is passed on'),
  errorLog: z.array(z.string()).describe('its last lines about the servers behind'),
  certificates: z
    .array(
      z.object({
        file: z.string(),
        hostFile: z.string(),
        fingerprint256: z.string(),
        notAfter: z.string(),
        writtenAt: z.string().nullable(),
      }),
    )
    .describe('on the disk, of the server that takes a request over TLS'),
  works: z.boolean().nullable().describe('the endpoint can be used; null: not known'),
  ownHealth: z
    .object({ status: z.int(), place: z.string() })
    .nullable()
    .describe('what nginx answers to the health page by itself; null: it does not'),
});
export type NginxFacts = z.infer<typeof factsSchema>;

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
const newest = (times: readonly number[]) => (times.length > 0 ? Math.max(...times) : null);

const targetOf = ({ host, port, addresses, verdict, why }: Target) => ({
  host,
  port,
  addresses: [...addresses],
  verdict,
  why,
});

export function factsOf(
  read: Configuration,
  look: RouteLook | null,
  works: boolean | null,
  ownHealth: NginxFacts['ownHealth'],
): NginxFacts {
  const { trouble, master, since, times, where, rejection, parsed } = read;
  const startOf = (pids: readonly number[]) => newest(pids.flatMap((pid) => since.get(pid)?.startedMs ?? []));
  const [latest] = [...times].sort(([, a], [, b]) => b - a);
  const unparsed = parsed && !parsed.ok && !trouble ? parsed : null;
  const targets = look?.targets ?? [];
  const worst =
    targets.find(({ verdict }) => verdict === 'wrong') ??
    targets.find(({ verdict }) => verdict === 'right') ??
    targets[0];
  return {
    trouble: trouble && { failure: trouble.failure, detail: trouble.detail },
    unread: trouble?.file ?? null,
    main: read.main,
    files: [...read.files.keys()].map((file) => ({ file, hostFile: namedOnHost(where, file) })),
    source: read.source,
    version: read.build.version,
    rejected:
      rejection ??
      (unparsed && {
        message: unparsed.message,
        unknownName: null,
        file: unparsed.file,
        line: unparsed.line,
      }),
    running: master !== null ? true : read.unseen ? null : false,
    command: read.command,
    others: read.others,
    masterStartedAt: iso(master ? startOf([master.pid]) : null),
    workersStartedAt: iso(master ? startOf(master.workers) : null),
    newestFileAt: iso(latest ? latest[1] * 1000 : null),
    newestFile: latest?.[0] ?? null,
    container: where && {
      networks:
        'networks' in where ? where.networks : [...new Set(where.addresses.map(({ network }) => network))],
      startedAt: where.startedAt,
    },
    route: look?.route ?? null,
    stream: look?.stream ?? null,
    target: worst ? { ...targetOf(worst), speaksTls: look?.speaksTls ?? null } : null,
    targets: targets.map((one) => ({ ...one, addresses: [...one.addresses] })),
    block: look?.block ? { ...look.block, lines: [...look.block.lines] } : null,
    written: [...(look?.written ?? [])],
    errorLog: [...(look?.errorLog ?? [])],
    certificates: [...(look?.certificates ?? [])],
    works,
    ownHealth,
  };
}
