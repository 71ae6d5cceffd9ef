import { z } from 'zod';
import { couldNotLook, couldNotLookFindings, defineCheck, error } from '../src/check.ts';
import { listed } from '../src/net/reach.ts';
import { addressSchema, troubleSchema } from '../src/net/schemas.ts';

const options = z.strictObject({});

const facts = z.object({
  addresses: z.array(addressSchema).describe('of the machine itself, without loopback'),
  route4: z.boolean().describe('there is a way out for IPv4'),
  route6: z.boolean().describe('there is a way out for IPv6'),
  trouble: troubleSchema.nullable().describe('why it could not be looked at'),
});
type Facts = z.infer<typeof facts>;

export const network = defineCheck<z.infer<typeof options>, Facts>({
  kind: 'network',
  summary: 'the machine that doctor runs on has a network of its own',
  options,
  facts,
  label: () => 'Own network',
  target: () => 'network',

  async look(vantage) {
    const answer = await vantage.network({});
    if (answer.ok) {
      const { addresses, route4, route6 } = answer;
      return { addresses: [...addresses], route4, route6, trouble: null };
    }
    const { failure, detail } = answer;
    return { addresses: [], route4: false, route6: false, trouble: { failure, detail } };
  },

  asks: () => [{ operation: 'network' }],

  judge(seen) {
    const expected = 'an address and a route';
    const { addresses, route4, route6, trouble } = seen;
    if (trouble) {
      const finding = couldNotLook({ ok: false, ...trouble }, 'the network');
      return { findings: [finding], expected, observed: trouble.detail };
    }
    const own = listed(addresses.map(({ address }) => address));
    if (isOnline(seen)) {
      const routes = [route4 ? 'IPv4' : [], route6 ? 'IPv6' : []].flat().join(' and ');
      return { findings: [], expected, observed: `${own}, a route for ${routes}` };
    }
    const observed = addresses.length === 0 ? 'no address but loopback' : `${own}, and no route`;
    return { findings: [{ code: 'observer.offline', expected, observed }], expected, observed };
  },

  provides: {
    // Unknown is no reason to doubt anybody: only a network that was seen to be missing is.
    network: (seen) => (seen.trouble || isOnline(seen) ? true : undefined),
  },

  findings: {
    'observer.offline': error(({ observed }) => `this machine is offline: ${observed}`),
    ...couldNotLookFindings,
  },

  docs: `Looks at the addresses and routes of the machine itself; no packet is sent. Without an address or a route, what it
fails to reach says nothing about the other side.

It cannot see whether the network behind the route works.`,
});

function isOnline({ addresses, route4, route6 }: Facts): boolean {
  return addresses.length > 0 && (route4 || route6);
}
