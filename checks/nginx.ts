import { z } from 'zod';
import { couldNotLook, couldNotLookFindings, defineCheck, fail, type Verdict } from '../src/check.ts';
import { containerOption } from '../src/net/containers.ts';
import { type Configuration, readConfiguration } from '../src/net/nginx-host/configuration.ts';
import { namedOnHost } from '../src/net/nginx-host/files.ts';
import { judgeRoute } from '../src/net/nginx-host/route-judge.ts';
import { lookAtRoute, type RouteLook, type Target } from '../src/net/nginx-host/route-look.ts';
import { routeSchema } from '../src/net/nginx-host/schemas.ts';
import { withoutQueries } from '../src/net/nginx-host/words.ts';
import { portOption, troubleSchema, urlOption } from '../src/net/schemas.ts';
import { unitPattern } from '../src/net/units.ts';

const servicePlace = z.strictObject({
  service: z.string(),
  port: portOption,
  otherPorts: z.array(portOption).default([]).describe('other ports of the service'),
  container: containerOption,
  sameHost: z.boolean().describe("on the proxy's own host"),
  address: z.string().nullable().default(null).describe('of its host'),
  path: z.string().nullable().default(null).describe('of its WebSocket'),
});

const options = z.strictObject({
  container: containerOption,
  unit: z
    .string()
    .regex(unitPattern)
    .nullable()
    .default(null)
    .describe('the unit whose last words say why it does not start; null: nginx.service'),
  config: z
    .string()
    .startsWith('/')
    .nullable()
    .default(null)
    .describe('main file; null: the one that the running nginx was given'),
  ports: z
    .array(portOption)
    .default([])
    .describe('where several run, it is the one that listens on one of these'),
  route: z
    .strictObject({
      url: urlOption('http', 'https', 'ws', 'wss', 'tcp', 'tls'),
      port: portOption.describe('on which nginx gets the request'),
      target: servicePlace.nullable().default(null).describe('where the request must end up'),
      longestSilenceMs: z.number().nullable().default(null).describe('which the path must bear'),
    })
    .nullable()
    .default(null)
    .describe('the request to follow; null: only read the configuration'),
});
type Options = z.infer<typeof options>;

const verdictOf = z.enum(['right', 'wrong', 'unknown']);
const target = z.object({
  host: z.string(),
  port: z.int().nullable().describe('null: a Unix socket'),
  addresses: z.array(z.string()).describe("of the host, in the proxy's own network"),
  verdict: verdictOf.describe('whether the service is there'),
  why: z.string(),
});

const facts = z.object({
  trouble: troubleSchema.nullable().describe('why the configuration could not be read'),
  unread: z.string().nullable().describe('the file that could not be read'),
  main: z.string().nullable(),
  files: z.array(z.object({ file: z.string(), hostFile: z.string().describe('as a fix names it') })),
  source: z.enum(['nginx -T', 'files']).nullable(),
  version: z.string().nullable(),
  rejected: z
    .object({ message: z.string(), file: z.string().nullable(), line: z.int().nullable() })
    .nullable()
    .describe("nginx's own words against the configuration, or ours where it does not parse"),
  running: z.boolean().describe('an nginx with this configuration'),
  others: z.int().describe('how many run with other files than the one named'),
  masterStartedAt: z.string().nullable(),
  workersStartedAt: z.string().nullable().describe('the newest worker'),
  newestFileAt: z.string().nullable(),
  newestFile: z.string().nullable(),
  container: z
    .object({ networks: z.array(z.string()), startedAt: z.string() })
    .nullable()
    .describe('that it runs in'),
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
  errorLog: z.array(z.string()).describe('its last lines about the servers behind'),
  works: z.boolean().nullable().describe('the endpoint can be used; null: not known'),
});
type Facts = z.infer<typeof facts>;

/** Clocks are read to the second, on both sides. */
const reloadSlackMs = 2000;

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
const newest = (times: readonly number[]) => (times.length > 0 ? Math.max(...times) : null);

const targetOf = ({ host, port, addresses, verdict, why }: Target) => ({
  host,
  port,
  addresses: [...addresses],
  verdict,
  why,
});

function factsOf(read: Configuration, look: RouteLook | null, works: boolean | null): Facts {
  const { trouble, master, since, times, where, place, rejection, parsed } = read;
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
      rejection ?? (unparsed && { message: unparsed.message, file: unparsed.file, line: unparsed.line }),
    running: master !== null,
    others: read.others,
    masterStartedAt: iso(master ? startOf([master.pid]) : null),
    workersStartedAt: iso(master ? startOf(master.workers) : null),
    newestFileAt: iso(latest ? latest[1] * 1000 : null),
    newestFile: latest?.[0] ?? null,
    container: place && {
      networks: [...new Set(place.addresses.map(({ network }) => network))],
      startedAt: place.startedAt,
    },
    route: look?.route ?? null,
    stream: look?.stream ?? null,
    target: worst ? { ...targetOf(worst), speaksTls: look?.speaksTls ?? null } : null,
    targets: targets.map((one) => ({ ...one, addresses: [...one.addresses] })),
    block: look?.block ? { ...look.block, lines: [...look.block.lines] } : null,
    errorLog: [...(look?.errorLog ?? [])],
    works,
  };
}

/** Whether workers run that were started before a file was last written. */
function isStale({ workersStartedAt, newestFileAt }: Facts): boolean {
  if (workersStartedAt === null || newestFileAt === null) return false;
  return Date.parse(newestFileAt) - Date.parse(workersStartedAt) > reloadSlackMs;
}

function judgeConfiguration(seen: Facts): Verdict {
  const { files, main, rejected, running, others, workersStartedAt, newestFileAt, newestFile } = seen;
  const expected = 'a configuration that nginx takes';
  const named = (file: string) => files.find((one) => one.file === file)?.hostFile ?? file;
  if (rejected) {
    const { message, line } = rejected;
    const file = rejected.file && named(rejected.file);
    const place = file === null ? null : line === null ? file : `${file}:${line}`;
    const observed = place === null ? message : `${message} (${place})`;
    const finding = {
      code: 'proxy.config-invalid',
      expected,
      observed,
      file,
      line,
      values: { place, message },
    };
    return { findings: [finding], expected, observed };
  }
  const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
  const state = running ? '' : others > 0 ? ', which no running nginx was given' : ', nginx does not run';
  const observed = `${main}${more}${state}`;
  if (!isStale(seen)) return { findings: [], expected, observed };
  const file = newestFile && named(newestFile);
  const values = { changed: newestFileAt, started: workersStartedAt, file };
  const finding = {
    code: 'proxy.not-reloaded',
    expected: 'files that are older than the workers',
    observed: `${file} was written after its workers started`,
    file,
    values,
  };
  return { findings: [finding], expected, observed: finding.observed };
}

export const nginx = defineCheck<Options, Facts>({
  kind: 'nginx',
  summary: 'its configuration is sound and loaded, and sends a request to where the service is',
  options,
  facts,
  label: ({ route }) => (route ? `Route of ${new URL(route.url).pathname}` : 'Configuration'),
  target: ({ route, config }) => route?.url ?? config ?? 'nginx.conf',

  async look(vantage, { container, unit, config, ports, route }, ground) {
    const works = ground.works === true;
    const read = await readConfiguration(vantage, { container, unit, config, ports });
    const look = route && !read.trouble ? await lookAtRoute(vantage, read, route, works) : null;
    return factsOf(read, look, works ? true : null);
  },

  judge(seen, { route: asked }) {
    const { trouble, unread, files, works, route } = seen;
    if (trouble) {
      const what = unread ?? 'its configuration';
      const finding = couldNotLook({ ok: false, ...trouble }, what);
      return { findings: [finding], expected: null, observed: trouble.detail };
    }
    if (!asked) return judgeConfiguration(seen);
    if (!route) {
      const detail = seen.rejected?.message ?? 'it does not parse';
      const finding = couldNotLook({ ok: false, failure: 'incomplete', detail }, 'its configuration');
      return { findings: [finding], expected: null, observed: detail };
    }
    const named = (file: string) => files.find((one) => one.file === file)?.hostFile ?? file;
    const look = { ...seen, route, speaksTls: seen.target?.speaksTls ?? null };
    return judgeRoute(look, { ...asked, works: works === true, named });
  },

  provides: {
    configuration: ({ trouble, rejected }) => (trouble || rejected ? undefined : true),
  },

  shows(output, { operation, args }) {
    if (operation === 'execute' && 'argv' in args) {
      const { argv } = args;
      if (argv.includes('-T')) {
        return output
          .split('\n')
          .filter((line) => /^(?:nginx: |# configuration file )/.test(line))
          .join('\n');
      }
      if (argv.some((word) => word.includes('tar -xOf'))) return lengthOf(output);
      return withoutQueries(output);
    }
    return operation === 'readFile' ? lengthOf(output) : output;
  },

  findings: {
    'proxy.config-invalid': fail(({ observed }) => `nginx rejects it: ${observed}`),
    'proxy.not-reloaded': {
      status: 'warn',
      says: ({ observed }) => observed ?? 'not reloaded since the last change',
    },
    'proxy.no-route': fail(({ observed }) => `no backend gets it: ${observed}`),
    'proxy.wrong-port': fail(({ observed, expected }) => `forwards to ${observed} instead of ${expected}`),
    'proxy.wrong-path': fail(({ observed, expected }) => `asks for ${observed} instead of ${expected}`),
    'proxy.backend-unreachable': fail(({ observed }) => observed ?? 'the backend is not reached'),
    'proxy.wrong-scheme': fail(({ observed, expected }) => `speaks ${observed} to a server of ${expected}`),
    'proxy.no-upgrade': fail(({ observed }) => `the upgrade is not passed on: ${observed}`),
    'proxy.short-timeout': {
      status: 'warn',
      says: ({ observed, expected }) => `cuts after ${observed} of silence (${expected} must be borne)`,
    },
    ...couldNotLookFindings,
  },

  docs: `Finds the nginx that runs (on the host, or in \`container\`) by its process, and reads its configuration: the files
one by one, and beside a running master, as root, what \`nginx -T\` says of them. That is asked only when the files which
a test of the configuration opens are there already, so that nothing is created. Where nginx does not run, the last
words of its unit or container say whether the configuration is why.

With \`route\` a request is followed as nginx would: server by port and name, location, rewrites, variables with one
value, \`proxy_pass\` and \`upstream\`. Where it ends is compared with where the service is, by addresses, in the
proxy's own network. What only the running nginx knows (a file that may be there, a variable of another module) is "not
verified". A configuration is what is on the disk: whether it is loaded shows in the age of the workers.`,
});

const lengthOf = (text: string): string =>
  text === '' ? '' : `(${text.split('\n').length} lines, not shown)`;
