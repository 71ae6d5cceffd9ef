import { z } from 'zod';
import { couldNotLook, couldNotLookFindings, defineCheck, type Finding, fail, warn } from '../src/check.ts';
import { containerOption } from '../src/net/containers.ts';
import { configurationAsks, routeAsks } from '../src/net/nginx-host/asks.ts';
import { readConfiguration } from '../src/net/nginx-host/configuration.ts';
import { commandsOf, judgeConfiguration } from '../src/net/nginx-host/configuration-judge.ts';
import { factsOf, factsSchema, type NginxFacts } from '../src/net/nginx-host/facts.ts';
import { judgeRoute } from '../src/net/nginx-host/route-judge.ts';
import { lookAtRoute, ownAnswer } from '../src/net/nginx-host/route-look.ts';
import { withoutQueries } from '../src/net/nginx-host/words.ts';
import { portOption, urlOption } from '../src/net/schemas.ts';
import { unitPattern } from '../src/net/units.ts';

const servicePlace = z.strictObject({
  service: z.string(),
  port: portOption,
  otherPorts: z.array(portOption).default([]).describe('other ports of the service'),
  samePath: z.array(z.int()).default([]),
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
      health: urlOption('http', 'https')
        .nullable()
        .default(null)
        .describe('its health page: whether nginx answers that by itself'),
      longestSilenceMs: z.number().nullable().default(null).describe('which the path must bear'),
    })
    .nullable()
    .default(null)
    .describe('the request to follow; null: only read the configuration'),
});

export const nginx = defineCheck<z.infer<typeof options>, NginxFacts>({
  kind: 'nginx',
  summary: 'its configuration is sound and loaded, and sends a request to where the service is',
  options,
  facts: factsSchema,
  label: ({ route }) => (route ? `Route of ${new URL(route.url).pathname || route.url}` : 'Configuration'),
  target: ({ route, config }) => route?.url ?? config ?? 'nginx.conf',

  async look(vantage, { container, unit, config, ports, route }, ground) {
    const works = ground.works === true;
    const read = await readConfiguration(vantage, { container, unit, config, ports });
    const look = route && !read.trouble ? await lookAtRoute(vantage, read, route, works) : null;
    const health = route && look ? ownAnswer(read, route) : null;
    return factsOf(read, look, works ? true : null, health);
  },

  asks: ({ container, unit, route }) => [
    ...configurationAsks(container, unit),
    ...(route ? routeAsks(container, route) : []),
  ],

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
    const verdict = judgeRoute(look, { ...asked, works: works === true, named });
    const commands = commandsOf(seen.command);
    const findings = verdict.findings.map((one) => ({ ...one, values: { ...one.values, ...commands } }));
    return { ...verdict, findings };
  },

  provides: {
    configuration: ({ trouble, rejected }) => (trouble || rejected ? undefined : true),
  },

  shows(output, { operation, args }) {
    if (operation === 'readFile') return lengthOf(output);
    if (operation !== 'execute' || !('argv' in args)) return output;
    const { argv } = args;
    if (argv.some((word) => word.includes('tar -xOf'))) return lengthOf(output);
    const kept = argv.includes('-T')
      ? /^(?:nginx: |# configuration file )/
      : argv.includes('logs') || argv.some((word) => word.includes('tail -c'))
        ? /\[(?:warn|error|crit|alert|emerg)\]/
        : null;
    if (kept === null) return output;
    const lines = output.split('\n').filter((line) => kept.test(line));
    return withoutQueries(lines.join('\n'));
  },

  findings: {
    'proxy.config-invalid': fail(({ observed }) => `nginx rejects it: ${observed}`),
    'proxy.not-reloaded': warn(({ observed }) => observed ?? 'not reloaded since the last change'),
    'proxy.no-route': fail((f) => `no backend gets it: ${f.observed}${allTheSame(f)}`),
    'proxy.wrong-port': fail((f) => `forwards to ${f.observed} instead of ${f.expected}${allTheSame(f)}`),
    'proxy.wrong-path': fail((f) => `asks for ${f.observed} instead of ${f.expected}${allTheSame(f)}`),
    'proxy.backend-unreachable': fail(({ observed }) => observed ?? 'the backend is not reached'),
    'proxy.wrong-scheme': fail(({ observed, expected }) => `speaks ${observed} to a server of ${expected}`),
    'proxy.no-upgrade': fail(({ observed }) => `the upgrade is not passed on: ${observed}`),
    'proxy.short-timeout': warn(
      ({ observed, expected }) => `cuts after ${observed} of silence (${expected} must be borne)`,
    ),
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

/** What is declared and what is on the disk contradict each other, and neither is why anything fails. */
const allTheSame = ({ values }: Finding): string =>
  values?.works === true ? ', and the endpoint works all the same' : '';

const lengthOf = (text: string): string =>
  text === '' ? '' : `(${text.split('\n').length} lines, not shown)`;
