import { z } from 'zod';
import { couldNotLook, defineCheck, forwardingFindings } from '../src/check.ts';
import { hostPort } from '../src/net/addresses.ts';
import { attemptEach, failedAttempt, naming } from '../src/net/attempts.ts';
import { certificateFindings, commonName } from '../src/net/certificates.ts';
import {
  failureFindings,
  judgeAttempts,
  notLookedFindings,
  readClock,
  sessionFindings,
} from '../src/net/layers.ts';
import { dnsFindings, portFindings, reach, reachAsks } from '../src/net/reach.ts';
import {
  attemptSchema,
  certDaysOption,
  hostOption,
  portOption,
  serverOption,
  tlsOption,
  tlsSessionSchema,
  troubleSchema,
} from '../src/net/schemas.ts';

const options = z.strictObject({
  host: hostOption,
  port: portOption.default(443),
  tls: tlsOption,
  certDays: certDaysOption,
  server: serverOption,
});

const attemptFacts = attemptSchema.extend({
  session: tlsSessionSchema.nullable(),
  received: z.string().nullable().describe('what the other side sent instead of TLS'),
});
type AttemptFacts = z.infer<typeof attemptFacts>;

const facts = z.object({
  host: z.string(),
  port: z.int(),
  attempts: z.array(attemptFacts),
  resolveFailure: troubleSchema.nullable(),
  nowMs: z.number().nullable().describe('the clock where it was looked from, in ms since 1970'),
});

type Options = z.infer<typeof options>;

export const tls = defineCheck<Options, z.infer<typeof facts>>({
  kind: 'tls',
  summary: 'TLS comes up, and the certificate is good where it is looked at from',
  options,
  facts,
  label: () => 'Certificate',
  target: ({ host, port }) => hostPort(host, port),

  async look(vantage, { host, port, tls, server }, ground) {
    const { addresses, proven, resolveFailure } = await reach(vantage, host, server, ground, [
      'connection',
      'address',
    ]);
    const nowMs = await readClock(vantage);
    const attempts = await attemptEach(addresses, true, async (address): Promise<AttemptFacts> => {
      const answer = await vantage.handshake({ address: address.address, port, host, tls });
      if (answer.ok) {
        const { ok: _, ...session } = answer;
        return { ...address, failure: null, detail: '', connected: true, session, received: null };
      }
      const attempt = await failedAttempt(vantage, { ...address, port }, answer, proven);
      return { ...attempt, session: answer.tls ?? null, received: answer.received ?? null };
    });
    return { host, port, attempts, resolveFailure, nowMs };
  },

  asks: ({ host, port, server }) => [
    ...reachAsks(host, server),
    { operation: 'now' },
    { operation: 'handshake', host, port },
    { operation: 'connect', host, port, when: 'where nothing answers in time' },
  ],

  judge(seen, { host, tls, certDays }) {
    const { attempts, nowMs } = seen;
    const name = tls.servername ?? host;
    const { findings, unknown } = judgeAttempts(seen, host, (attempt) =>
      attempt.session
        ? sessionFindings(attempt.session, name, certDays, seen)
        : failureFindings(attempt, name, ownFailures, 'a TLS handshake', seen),
    );
    if (unknown) findings.push(couldNotLook({ ok: false, ...unknown }, unknown.what));
    const good = attempts.find(({ session }) => session !== null)?.session;
    const leaf = good?.chain[0];
    const observed =
      good && leaf
        ? `${commonName(leaf.subject)}, ${validity(leaf.notBefore, leaf.notAfter, nowMs)}, ${good.protocol.replace(/^TLSv/, 'TLS ')}`
        : (findings[0]?.observed ?? unknown?.detail ?? null);
    return { findings, expected: `a valid certificate for ${name}`, observed };
  },

  provides: {
    certificate: ({ attempts, nowMs }, { host, tls }) => {
      const name = tls.servername ?? host;
      const verified = attempts.filter(({ session, failure }) => {
        const found = session && failure === null && sessionFindings(session, name, 0, { nowMs });
        return found !== null && found !== false && found.length === 0;
      });
      return verified.length > 0 ? verified.map(({ address, family }) => ({ address, family })) : undefined;
    },
  },

  findings: {
    ...dnsFindings,
    ...portFindings,
    ...naming(certificateFindings),
    ...notLookedFindings,
    ...forwardingFindings,
  },

  docs: `Makes a TLS handshake with each address, as a client of that name, and says everything that is wrong with the
certificates: dates, names, who signed them, what the server leaves out. Roots and clock are those of the place that it
looks from. A client certificate is shown when one is set.

It does not ask whether a certificate was revoked, and does not fetch what the server leaves out.`,
});

/** The connection came, or would have: the rest of the handshake did not. */
const ownFailures = {
  timeout: 'tls.handshake-failed',
  closed: 'tls.handshake-failed',
  reset: 'tls.handshake-failed',
} as const;

const dayMs = 86_400_000;

/** `82 days left`, or what the dates say instead, in days of UTC. */
function validity(notBefore: string, notAfter: string, nowMs: number | null): string {
  const until = Date.parse(notAfter);
  if (nowMs === null) return `valid until ${notAfter.slice(0, 10)}`;
  const days = Math.floor(Math.abs(until - nowMs) / dayMs);
  if (nowMs > until) return `expired ${notAfter.slice(0, 10)}, ${days} days ago`;
  if (nowMs < Date.parse(notBefore)) return `valid from ${notBefore.slice(0, 10)}`;
  return `${days} days left`;
}
