import { z } from 'zod';
import { couldNotLook, defineCheck, type Finding, fail, forwardingFindings } from '../src/check.ts';
import {
  answerExpectOption,
  expectedStatuses,
  insteadOf,
  mayFollow,
  statusesWords,
  statusWords,
} from '../src/net/answers.ts';
import { attemptEach, counted, naming } from '../src/net/attempts.ts';
import * as exchange from '../src/net/exchange.ts';
import { follow, followAsks } from '../src/net/follow.ts';
import { answerFindings, type HttpAttempt, httpAttemptSchema, keptEnding } from '../src/net/http-attempts.ts';
import { reachOf, reachOfAsks } from '../src/net/inside.ts';
import {
  failureFindings,
  judgeAttempts,
  notLookedFindings,
  readClock,
  sessionFindings,
} from '../src/net/layers.ts';
import { listed, placeOf } from '../src/net/reach.ts';
import { withoutQuery } from '../src/net/redirects.ts';
import { headersOption, urlOption } from '../src/net/schemas.ts';
import { impossible, noSecondLook, sawQueue, secondLook, secondLookAsks } from '../src/net/second-look.ts';
import { askUpgrade, endpointAnswerSchema } from '../src/net/upgrades.ts';

const options = z.strictObject({
  url: urlOption('http', 'https'),
  method: z.enum(['GET', 'HEAD', 'OPTIONS']).default('GET').describe('one that changes nothing'),
  expect: answerExpectOption,
  ...exchange.exchangeOptions,
  alsoUpgrade: z
    .strictObject({ url: urlOption('ws', 'wss'), headers: headersOption })
    .nullable()
    .default(null)
    .describe('an upgrade to ask of the same port as well, so that its answer can be compared'),
});

const facts = z.object({
  ...exchange.exchangeFacts,
  attempts: z.array(httpAttemptSchema),
  redirects: z.array(
    z.object({ address: z.string(), status: z.int(), from: z.string(), to: z.string().nullable() }),
  ),
  endpointAnswer: endpointAnswerSchema.nullable().describe('what alsoUpgrade was answered'),
});

type Options = z.infer<typeof options>;

export const http = defineCheck<Options, z.infer<typeof facts>>({
  kind: 'http',
  summary: 'an HTTP request gets the answer that it should',
  options,
  facts,
  label({ url, listener }) {
    const own = listener ? exchange.ownPort(url) : null;
    if (own !== null) return `Answers on ${own}`;
    return /health|alive|ready/i.test(new URL(url).pathname) ? 'HTTP health' : 'HTTP answer';
  },
  target: ({ url }) => url,

  async look(vantage, chosen, ground) {
    const { url, server, tls, headers, expect, every, listener, container, alsoUpgrade } = chosen;
    const to = placeOf(url);
    const from = await reachOf(vantage, to, server, ground, exchange.exchangeGround, container);
    const question = { ...chosen, follows: (status: number) => mayFollow(status, expect) };
    const looked = await attemptEach(from.addresses, every, async (address) => {
      const { ending, hops } = await follow(vantage, question, address, from.proven || listener);
      const judged = exchange.judgedBefore(ground) && sameOrigin(ending.url, url);
      const session = exchange.sessionToJudge(ending, judged);
      return {
        ...keptEnding(ending, expect),
        address: address.address,
        family: address.family,
        session,
        hops,
      };
    });
    // The URL that was asked for is its owner's; what an answer leads to is not to be shown with its query.
    const shown = (at: string) => (at === url ? at : withoutQuery(at));
    const attempts = looked.map(({ hops: _, ...attempt }) => ({
      ...attempt,
      endedAt: shown(attempt.endedAt),
    }));
    const nowMs = attempts.some(({ session }) => session !== null) ? await readClock(vantage) : null;
    const other = { url: impossible(url), method: 'GET', headers, tls, maxBytes: exchange.bodyLimit };
    const second = listener
      ? await secondLook(
          vantage,
          to.port,
          attempts,
          (address) => vantage.request({ ...other, address }),
          from.place,
        )
      : noSecondLook;
    const answered = attempts.find(({ status }) => status !== null);
    return {
      url,
      resolveFailure: from.resolveFailure,
      attempts: sawQueue(attempts, second.listener),
      redirects: looked.flatMap(({ hops }) =>
        hops.map((hop) => ({ ...hop, from: shown(hop.from), to: hop.to && shown(hop.to) })),
      ),
      nowMs,
      ...second,
      endpointAnswer:
        alsoUpgrade && answered ? await askUpgrade(vantage, alsoUpgrade, answered.address) : null,
    };
  },

  asks: ({ url, server, listener, container, alsoUpgrade }) => [
    ...reachOfAsks(placeOf(url).host, server, container),
    ...followAsks(url, server),
    { operation: 'now', when: 'where it came over TLS' },
    ...(listener ? secondLookAsks('request', url, container) : []),
    ...(alsoUpgrade ? [{ operation: 'upgrade', url: alsoUpgrade.url } as const] : []),
  ],

  judge(seen, { url, expect, tls, certDays, every }) {
    const expected = statusesWords(expectedStatuses(expect));
    const attempts = counted(seen.attempts, every);
    const faults = (attempt: HttpAttempt) => {
      const servername = sameOrigin(attempt.endedAt, url) ? tls.servername : undefined;
      const name = servername ?? placeOf(attempt.endedAt).host;
      if (attempt.failure !== null) return failureFindings(attempt, name, ownFailures, expected, seen);
      const certificate = attempt.session && sessionFindings(attempt.session, name, certDays, seen);
      return [...(certificate ?? []), ...answerFindings(attempt, expect)];
    };
    const { findings, unknown } = judgeAttempts(
      { ...seen, attempts },
      placeOf(url).host,
      faults,
      ({ endedAt }) => (sameOrigin(endedAt, url) ? null : new URL(endedAt).host),
    );
    if (unknown) findings.push(couldNotLook({ ok: false, ...unknown }, unknown.what));
    const answers = attempts.flatMap(({ status, reason }) =>
      status === null ? [] : [statusWords(status, reason ?? '')],
    );
    const after = seen.redirects.length > 0 ? ', after a redirect' : '';
    const observed = answers.length > 0 ? `${listed([...new Set(answers)])}${after}` : findings[0]?.observed;
    return { findings, expected, observed: observed ?? null };
  },

  findings: {
    ...exchange.exchangeFindings,
    ...naming({
      'http.status': fail(insteadOf),
      'http.body': fail(insteadOf),
      'http.timeout': fail(beganOr('connected, and no answer in time')),
      'http.closed': fail(beganOr('closed before an answer')),
      'http.redirect-loop': fail(({ observed }) => observed ?? 'redirects without an end'),
    }),
    ...notLookedFindings,
    ...forwardingFindings,
  },

  docs: `Sends one HTTP/1.1 request and holds the answer against \`expect\`: the status (2xx after redirects, where nothing
else is set), the first 64 KiB of the body, JSON values by their dotted path, headers. At most 5 redirects are followed,
to http and https only and never from https to http; \`headers\` and the client certificate go to the origin of \`url\`
alone. Where \`expect.status\` names a 3xx, or takes the one that came, none is followed.

With \`container\` it is asked at the container's own address, where a published port's proxy has no say. Over https
nothing is sent before the certificate has verified. Compressed bodies are not asked for, nor decoded.`,
});

const ownFailures = {
  timeout: 'http.timeout',
  closed: 'http.closed',
  reset: 'http.closed',
  'not-http': 'http.not-http',
} as const;

/** The start of an answer is more than none. */
function beganOr(words: string) {
  return ({ values }: Finding) => (typeof values?.began === 'string' ? values.began : words);
}

const sameOrigin = (one: string, other: string) => new URL(one).origin === new URL(other).origin;
