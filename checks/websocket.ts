import { z } from 'zod';
import type { Finding } from '../src/check.ts';
import { couldNotLook, defineCheck, fail, forwardingFindings } from '../src/check.ts';
import { insteadOf, statusesWords } from '../src/net/answers.ts';
import { attemptEach, counted, failedAttempt, naming } from '../src/net/attempts.ts';
import { durationOption, durationWords, millisecondsOf } from '../src/net/duration.ts';
import * as exchange from '../src/net/exchange.ts';
import { reachOf, reachOfAsks } from '../src/net/inside.ts';
import {
  failureFindings,
  judgeAttempts,
  notLookedFindings,
  readClock,
  sessionFindings,
} from '../src/net/layers.ts';
import { listed, placeOf } from '../src/net/reach.ts';
import { urlOption } from '../src/net/schemas.ts';
import { impossible, noSecondLook, sawQueue, secondLook, secondLookAsks } from '../src/net/second-look.ts';
import {
  keptUpgrade,
  noUpgrade,
  type UpgradeAttempt,
  upgradeAttemptSchema,
  upgradeExpectOption,
  upgradeFindings,
  upgradeWords,
} from '../src/net/upgrades.ts';

const options = z.strictObject({
  url: urlOption('ws', 'wss'),
  expect: upgradeExpectOption,
  idle: durationOption
    .nullable()
    .default(null)
    .describe('how long it must bear silence; it is held that long without a byte, then pinged'),
  ...exchange.exchangeOptions,
});

const facts = z.object({ ...exchange.exchangeFacts, attempts: z.array(upgradeAttemptSchema) });

type Options = z.infer<typeof options>;

export const websocket = defineCheck<Options, z.infer<typeof facts>>({
  kind: 'websocket',
  summary: 'a WebSocket opens, and answers a ping',
  options,
  facts,
  label({ url, listener, idle }) {
    if (idle !== null) return `Stays open ${durationWords(millisecondsOf(idle))} without a byte`;
    const own = listener ? exchange.ownPort(url) : null;
    return own === null ? 'WebSocket upgrade' : `WebSocket on ${own}`;
  },
  target: ({ url }) => url,

  async look(vantage, chosen, ground) {
    const { url, server, tls, headers, expect, every, listener, container, idle } = chosen;
    const silent = idle === null ? {} : { idleMs: millisecondsOf(idle) };
    const to = placeOf(url);
    const from = await reachOf(vantage, to, server, ground, exchange.exchangeGround, container);
    const subprotocols = expect.subprotocol === undefined ? [] : [expect.subprotocol];
    const ask = (address: string, at: string, more = {}) =>
      vantage.upgrade({
        url: at,
        address,
        headers,
        subprotocols,
        tls,
        maxBytes: exchange.bodyLimit,
        ...more,
      });
    const judged = exchange.judgedBefore(ground);
    const attempts = await attemptEach(from.addresses, every, async (address): Promise<UpgradeAttempt> => {
      const answer = await ask(address.address, url, silent);
      if (answer.ok) {
        const went = { ...address, failure: null, detail: '', connected: true, received: null };
        const session = exchange.sessionToJudge({ session: answer.tls, failure: null }, judged);
        return { ...went, session, ...keptUpgrade(answer) };
      }
      const attempt = await failedAttempt(
        vantage,
        { ...address, port: to.port },
        answer,
        from.proven || listener,
      );
      const session = exchange.sessionToJudge(
        { session: answer.tls ?? null, failure: answer.failure },
        judged,
      );
      return { ...attempt, session, received: answer.received ?? null, ...noUpgrade };
    });
    const nowMs = attempts.some(({ session }) => session !== null) ? await readClock(vantage) : null;
    const second = listener
      ? await secondLook(vantage, to.port, attempts, (address) => ask(address, impossible(url)), from.place)
      : noSecondLook;
    return {
      url,
      resolveFailure: from.resolveFailure,
      attempts: sawQueue(attempts, second.listener),
      nowMs,
      ...second,
    };
  },

  asks: ({ url, server, listener, container }) => [
    ...reachOfAsks(placeOf(url).host, server, container),
    { operation: 'upgrade', url },
    { operation: 'connect', ...placeOf(url), when: 'where nothing answers in time' },
    { operation: 'now', when: 'where it came over TLS' },
    ...(listener ? secondLookAsks('upgrade', url, container) : []),
  ],

  judge(seen, { url, expect, tls, certDays, every, idle }) {
    const { host } = placeOf(url);
    const name = tls.servername ?? host;
    const idleMs = idle === null ? null : millisecondsOf(idle);
    const expected =
      idleMs === null
        ? statusesWords(expect.upgrade ?? [101])
        : `open after ${durationWords(idleMs)} of silence`;
    const attempts = counted(seen.attempts, every);
    const faults = (attempt: UpgradeAttempt): Finding[] | null => {
      if (attempt.failure !== null) return failureFindings(attempt, name, ownFailures, expected, seen);
      const certificate = attempt.session && sessionFindings(attempt.session, name, certDays, seen);
      return [...(certificate ?? []), ...upgradeFindings(attempt, expect, idleMs)];
    };
    const { findings, unknown } = judgeAttempts({ ...seen, attempts }, host, faults);
    if (unknown) findings.push(couldNotLook({ ok: false, ...unknown }, unknown.what));
    const answers = attempts.flatMap((attempt) => upgradeWords(attempt) ?? []);
    const said = answers.length > 0 ? listed([...new Set(answers)]) : findings[0]?.observed;
    // a good answer that is no 101 leaves nothing to hold
    const tried = idle === null || findings.length > 0 || attempts.some((one) => one.idleHeldMs !== null);
    const observed = tried ? said : `${said}: nothing was open to be silent on`;
    return { findings, expected, observed: observed ?? null };
  },

  findings: {
    ...exchange.exchangeFindings,
    ...naming({
      'websocket.not-found': fail(insteadOf),
      'websocket.unauthorized': fail(insteadOf),
      'websocket.not-upgraded': fail(insteadOf),
      'websocket.rejected': fail(insteadOf),
      'websocket.bad-accept': fail(({ observed }) => `101, and ${observed}`),
      'websocket.timeout': fail('connected, and no answer to the upgrade in time'),
      'websocket.closed': fail(({ observed }) => observed ?? 'closed'),
      'websocket.no-pong': fail('open, and no answer to a ping in time'),
      'websocket.idle-dropped': fail(({ observed }) => observed ?? 'cut while it was idle'),
      'websocket.subprotocol': fail(({ observed, expected }) => `${observed} instead of ${expected}`),
    }),
    ...notLookedFindings,
    ...forwardingFindings,
  },

  docs: `Asks for a WebSocket as RFC 6455 says, over HTTP/1.1, with \`headers\`; checks the handshake, sends a ping, waits for
its pong, and closes. \`expect.upgrade\` names other statuses that are good (401 where it is asked without credentials),
\`expect.close\` the close codes that are (1008 from a server that wants a message of its own first), \`expect.subprotocol\`
the subprotocol that is asked for and must be chosen.

With \`idle\` it is pinged, held that long without a byte of ours, and pinged again: a proxy or a firewall on the way that
cuts what is idle shows then. What the server sends by itself in that time is counted, since it keeps the path open.

With \`container\` it is asked at the container's own address, where a published port's proxy has no say. Over wss
nothing is sent before the certificate has verified. Redirects are not followed: browsers don't either.`,
});

const ownFailures = {
  timeout: 'websocket.timeout',
  closed: 'websocket.closed',
  reset: 'websocket.closed',
  'not-http': 'http.not-http',
} as const;
