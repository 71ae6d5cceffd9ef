import { z } from 'zod';
import {
  couldNotLook,
  couldNotLookFindings,
  defineCheck,
  forwardingFindings,
  type Vantage,
} from '../src/check.ts';
import { hostPort } from '../src/net/addresses.ts';
import { judgeAttempts } from '../src/net/layers.ts';
import {
  type Attempt,
  connectFailed,
  dnsFindings,
  listed,
  portFindings,
  reach,
  reachAsks,
} from '../src/net/reach.ts';
import { attemptSchema, hostOption, portOption, serverOption, troubleSchema } from '../src/net/schemas.ts';

const options = z.strictObject({ host: hostOption, port: portOption, server: serverOption });

const facts = z.object({
  host: z.string(),
  port: z.int(),
  attempts: z.array(attemptSchema),
  resolveFailure: troubleSchema.nullable(),
});

export const port = defineCheck<z.infer<typeof options>, z.infer<typeof facts>>({
  kind: 'port',
  summary: 'each address of the name takes a TCP connection on the port',
  options,
  facts,
  label: (chosen) => `Port ${chosen.port}`,
  target: (chosen) => hostPort(chosen.host, chosen.port),

  async look(vantage, { host, port, server }, ground) {
    const { addresses, resolveFailure } = await reach(vantage, host, server, ground, ['address']);
    const attempts = await Promise.all(
      addresses.map(async ({ address, family }) => {
        const answer = await vantage.connect({ address, port });
        if (answer.ok) return { address, family, failure: null, detail: '', connected: true };
        const { failure, detail } = answer;
        const attempt = { address, family, failure, detail, connected: false };
        return connectFailed(attempt) ? attempt : { ...attempt, connected: null };
      }),
    );
    return { host, port, attempts: await routable(vantage, attempts), resolveFailure };
  },

  asks: ({ host, port, server }) => [
    ...reachAsks(host, server),
    { operation: 'connect', host, port },
    { operation: 'network', when: 'where some of its addresses are unreachable' },
  ],

  judge(seen, { host }) {
    const { findings, unknown } = judgeAttempts(seen, host, ({ connected }) =>
      connected === null ? null : [],
    );
    if (unknown) findings.push(couldNotLook({ ok: false, ...unknown }, unknown.what));
    const connected = seen.attempts.filter((attempt) => attempt.connected).map(({ address }) => address);
    const observed = connected.length > 0 ? `connected to ${listed(connected)}` : findings[0]?.observed;
    return { findings, expected: 'a connection', observed: observed ?? null };
  },

  provides: {
    connection: ({ attempts }) => {
      const connected = attempts.filter((attempt) => attempt.connected);
      return connected.length > 0 ? connected.map(({ address, family }) => ({ address, family })) : undefined;
    },
  },

  findings: { ...dnsFindings, ...portFindings, ...couldNotLookFindings, ...forwardingFindings },

  docs: `Opens a TCP connection to each address of the name (at most 8, side by side) and closes it. From a host the
connection is opened by that host's SSH server.

Where the machine that doctor runs on has no IPv6 at all, an IPv6 address beside one that answers is left out: clients pass
it over, and it says nothing of the other side.

A connection says that something listens, or that something in between answers for it: a balancer, or the kernel of a
program that never accepts. What listens there is for the kinds above it.`,
});

/** Without those of a family that has no way out of this machine, where another one answers. */
async function routable<A extends Attempt>(vantage: Vantage, attempts: readonly A[]): Promise<A[]> {
  const unreachable = attempts.some(({ failure }) => failure === 'unreachable');
  if (!unreachable || !attempts.some(({ connected }) => connected)) return [...attempts];
  const own = await vantage.network({});
  if (!own.ok) return [...attempts];
  const hasRoute = { 4: own.route4, 6: own.route6 };
  return attempts.filter(({ failure, family }) => failure !== 'unreachable' || hasRoute[family]);
}
