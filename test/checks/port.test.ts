/** An address of a family that this machine has no way out for is no sign of a server that is down. */
import { expect, it } from 'vitest';
import { port } from '../../checks/port.ts';
import { observe } from '../../src/vantage/observe.ts';
import { replaySource } from '../../src/vantage/replay.ts';
import { failure } from '../../src/vantage/source.ts';

const four = { address: '192.0.2.10', family: 4 } as const;
const six = { address: '2001:db8::10', family: 6 } as const;

async function looked(route6: boolean, answers4 = true) {
  const source = {
    ...replaySource([]),
    connect: async ({ address }: { address: string }) =>
      address === four.address && answers4
        ? ({ ok: true, address } as const)
        : failure('unreachable', 'no route to its network'),
    network: async () => ({ ok: true, addresses: [four], route4: true, route6 }) as const,
  };
  const vantage = observe('local', source, { timeoutMs: 100, signal: new AbortController().signal }, []);
  const options = port.options.parse({ host: 'agent.example.com', port: 443 });
  const facts = await port.look(vantage, options, { address: [four, six] });
  return port.judge(facts, options).findings.map(({ code }) => code);
}

it('IPv6 from a machine without it', async () => expect(await looked(false)).toEqual([]));
it('IPv6 from a machine that has it', async () => expect(await looked(true)).toEqual(['port.partial']));
it('nothing answers', async () => expect(await looked(false, false)).toEqual(['port.unreachable']));
