import { z } from 'zod';
import { couldNotLook, couldNotLookFindings, defineCheck, error, type Finding, fail } from '../src/check.ts';
import { hostPort } from '../src/net/addresses.ts';
import { runs } from '../src/net/asks.ts';
import {
  endingWords,
  isRestarting,
  isUnsettled,
  networkWords,
  notPublished,
  upSeconds,
} from '../src/net/container-state.ts';
import {
  containerNamePattern,
  containerSchema,
  inspectAsks,
  inspectContainer,
  lastLogAsks,
  lookAtLog,
  placeOfContainer,
} from '../src/net/containers.ts';
import { listed } from '../src/net/reach.ts';
import { portOption, troubleSchema } from '../src/net/schemas.ts';

const options = z.strictObject({
  name: z.string().regex(containerNamePattern, 'a name of a container'),
  needed: z
    .array(portOption)
    .default([])
    .describe('its ports that somebody outside of the host has to reach'),
});

const facts = z.object({
  trouble: troubleSchema.nullable().describe('why no engine could be asked'),
  container: containerSchema.nullable().describe('null: there is none of that name'),
  networks: z.array(z.string()),
  startedAt: z.string().nullable(),
  log: z.array(z.string()).describe('its last lines, when it ended or restarts'),
  upSeconds: z.number().nullable(),
  earlier: z
    .object({
      status: z.string(),
      restarts: z.int(),
      startedAt: z.string(),
      upSeconds: z.number().nullable(),
    })
    .nullable()
    .describe('two seconds before, where it was looked at twice'),
});
type Facts = z.infer<typeof facts>;

const soonArgv = ['sleep', '2'];

const nothing: Facts = {
  trouble: null,
  container: null,
  networks: [],
  startedAt: null,
  log: [],
  upSeconds: null,
  earlier: null,
};

export const container = defineCheck<z.infer<typeof options>, Facts>({
  kind: 'container',
  summary: 'the container runs, is healthy, does not restart again and again, and publishes what is needed',
  options,
  facts,
  label: ({ name }) => `Container ${name}`,
  target: ({ name }) => name,

  async look(vantage, { name }) {
    const look = async (): Promise<Facts> => {
      const [inspected, now] = await Promise.all([inspectContainer(vantage, name), vantage.now({})]);
      if (!inspected.ok)
        return { ...nothing, trouble: { failure: inspected.failure, detail: inspected.detail } };
      const { container } = inspected;
      if (!container) return nothing;
      const up = now.ok ? upSeconds(container, now.epochMs) : null;
      const { networks, startedAt } = container;
      return { ...nothing, container, networks: [...networks], startedAt, upSeconds: up };
    };
    const first = await look();
    let seen = first;
    if (first.container && isUnsettled(first.container, first.upSeconds)) {
      await vantage.execute({ argv: soonArgv });
      const { status, restarts, startedAt } = first.container;
      const earlier = { status, restarts, startedAt, upSeconds: first.upSeconds };
      seen = { ...(await look()), earlier };
    }
    const { container } = seen;
    const ended = container && !['running', 'paused'].includes(container.status);
    if (!container || !(ended || isRestarting(container, seen.upSeconds, seen.earlier))) return seen;
    return { ...seen, log: await lookAtLog(vantage, container) };
  },

  asks: ({ name }) => [
    ...inspectAsks(name),
    { operation: 'now' },
    runs(soonArgv, 'where its state may be a moment’s, before a second look'),
    ...lastLogAsks(name),
  ],

  judge({ trouble, container: seen, upSeconds: up, earlier, log }, { name, needed }) {
    const expected = 'running';
    if (trouble) {
      const denied = trouble.failure === 'denied';
      const unavailable = denied || trouble.failure === 'missing' || trouble.failure === 'incomplete';
      const finding = unavailable
        ? {
            code: 'container.engine-unavailable',
            expected,
            observed: trouble.detail,
            values: { container: name, denied },
          }
        : couldNotLook({ ok: false, ...trouble }, 'the container engine');
      return { findings: [finding], expected, observed: trouble.detail };
    }
    const found = (code: string, observed: string, values: Finding['values'] = {}) => ({
      findings: [
        { code, expected, observed, values: { container: name, engine: seen?.engine ?? null, ...values } },
      ],
      expected,
      observed,
    });
    if (!seen) return found('container.missing', 'no such container');
    const { status, exitCode, oomKilled, restarts, health, startedAt } = seen;
    const ending = { exitCode, oomKilled, restarts, error: seen.error, finishedAt: seen.finishedAt, log };
    if (isRestarting(seen, up, earlier)) {
      const times = `${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
      // Of the run that is going on nothing is known yet.
      const why = status === 'restarting' ? `: ${endingWords({ ...seen, restarts: 0 })}` : '';
      return found('container.restarting', `${times}${why}`, ending);
    }
    if (status === 'paused') return found('container.paused', 'paused', { startedAt });
    if (status !== 'running') return found('container.stopped', endingWords(seen), ending);

    const findings: Finding[] = [];
    const values = { container: name, engine: seen.engine };
    if (health?.status === 'unhealthy') {
      const failed = health.failingStreak;
      const said = health.output.trim().split('\n', 1)[0]?.slice(0, 120) ?? '';
      const code = health.exitCode === null ? '' : `, exit code ${health.exitCode}`;
      const observed = `${failed} health checks failed${code}${said === '' ? '' : `: ${said}`}`;
      const more = { ...values, failed, output: health.output, exitCode: health.exitCode };
      findings.push({ code: 'container.unhealthy', expected: 'healthy', observed, values: more });
    }
    const shut = notPublished(seen, needed);
    if (shut.length > 0) {
      const ports = shut.map(({ port }) => String(port));
      const places = shut.flatMap(({ only }) => only.map((one) => hostPort(one.hostAddress, one.hostPort)));
      const observed = places.length > 0 ? `published at ${listed(places)} alone` : 'not published';
      const more = { ...values, ports, places };
      const wanted = `${listed(ports)} published to the outside`;
      findings.push({ code: 'container.port-not-published', expected: wanted, observed, values: more });
    }
    const where = networkWords(seen);
    const state = health && health.status !== 'unhealthy' ? `${status}, ${health.status}` : status;
    const again = restarts > 0 ? `, restarted ${restarts} ${restarts === 1 ? 'time' : 'times'}` : '';
    const observed = `${state} (${seen.engine}, ${where})${again}`;
    return { findings, expected, observed: findings[0]?.observed ?? observed };
  },

  provides: {
    container: ({ container: seen, upSeconds: up, earlier }) =>
      seen && !isRestarting(seen, up, earlier) ? (placeOfContainer(seen) ?? undefined) : undefined,
  },

  findings: {
    'container.missing': fail('no such container'),
    'container.stopped': fail(({ observed }) => observed ?? 'stopped'),
    'container.restarting': fail(({ observed }) => `restarts again and again: ${observed}`),
    'container.paused': fail('paused'),
    'container.unhealthy': fail(({ observed }) => `unhealthy: ${observed}`),
    'container.port-not-published': fail(({ values, observed }) => `port ${values?.ports}: ${observed}`),
    'container.engine-unavailable': error(({ observed }) => `could not ask the engine: ${observed}`),
    'doctor.no-answer': couldNotLookFindings['doctor.no-answer'],
  },

  docs: `Asks Docker, else Podman, for the container's state, health, networks, ports and mounts. Its environment and labels
are neither asked for nor kept. One that restarts, or was restarted less than a minute ago, is looked at again two
seconds later.

\`needed\` ports must be published on an address of the host that others reach, unless the container uses the host's own
network. That a port is published says nothing of what is behind it: the engine's proxy accepts connections whatever
the service does, so the kinds netstat, process, http and websocket look at the container itself. Podman shows a user
its own containers alone.`,
});
