import { z } from 'zod';
import { defineCheck, type Vantage, warn } from '../src/check.ts';
import { resolves } from '../src/net/asks.ts';
import { clockOf, hostClockSchema } from '../src/net/clocks.ts';
import { durationWords } from '../src/net/duration.ts';
import { listed, placeOf } from '../src/net/reach.ts';
import { serverOption, urlOption } from '../src/net/schemas.ts';

const options = z.strictObject({
  urls: z.array(urlOption('http', 'https')).default([]).describe('whose answers say what time it is'),
  hosts: z.array(z.string()).default([]).describe('declared hosts, whose clock the login saw'),
  server: serverOption,
});

const facts = z.object({
  witnesses: z.array(
    z.object({
      of: z.string().describe('who says so'),
      address: z.string().nullable().describe('the same address is the same witness'),
      aheadMs: z.number().describe('how far the own clock is before that one; below 0: behind it'),
    }),
  ),
});
type Witness = z.infer<typeof facts>['witnesses'][number];

/** Less than this is no reason to doubt anything. In milliseconds. */
const allowedMs = 5 * 60_000;

export const clock = defineCheck<z.infer<typeof options>, z.infer<typeof facts>>({
  kind: 'clock',
  summary: "the own clock agrees with others'",
  options,
  facts,
  label: () => 'Own clock',
  target: () => 'clock',

  async look(vantage, { urls, hosts, server }, ground) {
    const asked = await Promise.all(urls.map((url) => askDate(vantage, url, server)));
    const seen = hosts.flatMap((host): Witness[] => {
      const found = hostClockSchema.safeParse(ground[clockOf(host)]).data;
      return found ? [{ of: host, address: found.address, aheadMs: found.localMs - found.hostMs }] : [];
    });
    return { witnesses: [...asked.flat(), ...seen] };
  },

  asks: ({ urls, server }) => [
    { operation: 'now' },
    ...urls.flatMap((url) => [
      resolves(placeOf(url).host, server),
      { operation: 'request', url: rootOf(url) } as const,
    ]),
  ],

  judge({ witnesses }) {
    const expected = "at most 5 minutes off others' clocks";
    const off = witnesses.map(({ aheadMs }) => aheadMs);
    const skewMs = middle(off);
    if (skewMs === null) return { findings: [], expected, observed: 'nobody told the time' };
    // All of them have to say the same: else it is one of theirs that is off.
    const agree = off.every((one) => Math.abs(one - skewMs) <= allowedMs);
    const way = skewMs > 0 ? 'ahead of' : 'behind';
    const names = listed(witnesses.map(({ of }) => of));
    if (!agree || off.some((one) => Math.abs(one) <= allowedMs)) {
      return { findings: [], expected, observed: `not off, as ${names} tell the time` };
    }
    const observed = `${durationWords(roughly(Math.abs(skewMs)))} ${way} ${names}`;
    const places = new Set(witnesses.map(({ of, address }) => address ?? of));
    const values = { skewMs, ...(places.size === 1 ? { likely: true } : {}) };
    return { findings: [{ code: 'observer.clock-skew', expected, observed, values }], expected, observed };
  },

  findings: {
    'observer.clock-skew': warn(({ observed }) => `this machine's clock is ${observed}`),
  },

  docs: `Asks each server for the root of its site with HEAD and without headers of ours, over a certificate that does not
verify as well, and compares \`Date\` (and \`Age\`) with the own clock; so does it with the clocks of the hosts that doctor
logs in to. Only when all of them are more than 5 minutes off in the same way is the own clock at fault.

A single witness may be wrong itself: then it is likely, and not certain.`,
});

/** The path and the query are their owner's business. */
const rootOf = (url: string): string => new URL('/', url).href;

async function askDate(vantage: Vantage, url: string, server: string | null): Promise<Witness[]> {
  const { host } = placeOf(url);
  const resolved = await vantage.resolve(server === null ? { name: host } : { name: host, server });
  const [first] = resolved.ok ? resolved.addresses : [];
  if (!first) return [];
  const { address } = first;
  const before = await vantage.now({});
  const answer = await vantage.request({
    url: rootOf(url),
    address,
    method: 'HEAD',
    headers: {},
    tls: {},
    maxBytes: 0,
    unverified: true,
  });
  const after = await vantage.now({});
  if (!answer.ok || !before.ok || !after.ok) return [];
  const said = Date.parse(answer.headers.date?.[0] ?? '');
  if (Number.isNaN(said)) return [];
  // A cache says when it was made, and for how long it has it (RFC 9111 section 5.1).
  const age = /^\d{1,10}$/.exec(answer.headers.age?.[0] ?? '')?.[0] ?? 0;
  const between = (before.epochMs + after.epochMs) / 2;
  return [{ of: host, address, aheadMs: between - (said + Number(age) * 1000) }];
}

function middle(numbers: readonly number[]): number | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}

/** Whole minutes below two hours, else whole hours: nobody needs the seconds. */
function roughly(ms: number): number {
  const unit = ms < 2 * 3_600_000 ? 60_000 : 3_600_000;
  return Math.round(ms / unit) * unit;
}
