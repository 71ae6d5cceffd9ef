import { z } from 'zod';
import type { Address, Finding, Vantage } from '../src/check.ts';
import { couldNotLook, couldNotLookFindings, defineCheck, fail, forwardingFindings } from '../src/check.ts';
import { addressOf, canonicalAddress } from '../src/net/addresses.ts';
import { resolves } from '../src/net/asks.ts';
import { addressLimit, dnsFinding, dnsFindings, listed, resolveTrouble } from '../src/net/reach.ts';
import {
  addressSchema,
  failureCodeSchema,
  hostOption,
  serverOption,
  troubleSchema,
} from '../src/net/schemas.ts';

const options = z.strictObject({
  host: hostOption,
  resolvesTo: z
    .array(hostOption)
    .default([])
    .describe('addresses or names: every answer must be one of them, or of their addresses'),
  server: serverOption,
});

const facts = z.object({
  host: z.string(),
  addresses: z.array(addressSchema).describe('at most 8 of the answers'),
  answers: z.int().describe('how many answers there were'),
  wrong: z.array(z.string()).describe('answers that are none of the expected'),
  source: z
    .string()
    .nullable()
    .describe('literal, system, /etc/hosts where there is no getent, or the DNS server asked'),
  expected: z.array(z.string()).describe('the addresses that are right; empty when any is'),
  unresolved: z
    .array(troubleSchema.extend({ name: z.string() }))
    .describe('expected names without an address'),
  failure: failureCodeSchema.nullable(),
  detail: z.string(),
});

export const dns = defineCheck<z.infer<typeof options>, z.infer<typeof facts>>({
  kind: 'dns',
  summary: 'the name resolves, to the right addresses',
  options,
  facts,
  label: () => 'Name resolves',
  target: ({ host }) => host,

  async look(vantage, { host, resolvesTo, server }) {
    const [answer, right] = await Promise.all([
      vantage.resolve(question(host, server)),
      rightAddresses(vantage, resolvesTo, server),
    ]);
    const trouble = resolveTrouble(answer);
    const answers = answer.ok ? answer.addresses : [];
    const expected = right.addresses.map(canonicalAddress);
    const isWrong = ({ address }: Address) => !expected.includes(canonicalAddress(address));
    return {
      host,
      addresses: answers.slice(0, addressLimit),
      answers: answers.length,
      wrong: resolvesTo.length === 0 ? [] : answers.filter(isWrong).map(({ address }) => address),
      source: answer.ok ? answer.source : null,
      expected: right.addresses,
      unresolved: right.unresolved,
      failure: trouble?.failure ?? null,
      detail: trouble?.detail ?? '',
    };
  },

  asks: ({ host, resolvesTo, server }) =>
    [host, ...resolvesTo.filter((name) => addressOf(name) === null)].map((name) => resolves(name, server)),

  judge({ host, addresses, answers, wrong, source, expected, unresolved, failure, detail }, { resolvesTo }) {
    const right = expected.length > 0 ? listed(expected) : 'an address';
    if (failure !== null) {
      const finding = dnsFinding({ failure, detail }, host) ?? couldNotLook(failed(failure, detail), host);
      return { findings: [{ ...finding, expected: right }], expected: right, observed: detail };
    }
    const seen = listed(addresses.map(({ address }) => address)).replace(/\d+ more$/, `${answers - 3} more`);
    const findings: Finding[] = [];
    const [unknown] = unresolved;
    if (wrong.length > 0 && unknown) {
      // An answer may well be an address of the name that could not be resolved.
      const what = `the addresses of ${unknown.name}`;
      findings.push(couldNotLook(failed(unknown.failure, unknown.detail), what));
    } else if (wrong.length > 0) {
      const values = { name: host, wrong, resolvesTo };
      findings.push({ code: 'dns.wrong-address', expected: right, observed: listed(wrong), values });
    }
    return { findings, expected: right, observed: `${seen}${sourceWords(source)}` };
  },

  provides: {
    address: ({ addresses }) => (addresses.length > 0 ? addresses : undefined),
  },

  findings: {
    ...dnsFindings,
    'dns.wrong-address': fail(({ observed, expected }) => `${observed} instead of ${expected}`),
    ...couldNotLookFindings,
    ...forwardingFindings,
  },

  docs: `Asks what programs at this place get for the name (the resolver, /etc/hosts and search domains included), or,
with \`server\`, what that DNS server says. With \`resolvesTo\` every answer must be one of those addresses; names in it
are resolved the same way.

It looks once: an answer that changes from query to query is seen as it was then.`,
});

const question = (name: string, server: string | null) => (server === null ? { name } : { name, server });

const failed = (failure: z.infer<typeof failureCodeSchema>, detail: string) =>
  ({ ok: false, failure, detail }) as const;

function sourceWords(source: string | null): string {
  if (source === 'literal') return ' (an address)';
  if (source === 'system') return ' (system resolver)';
  return source === '/etc/hosts' ? ' (/etc/hosts: no getent there)' : ` (asked ${source})`;
}

async function rightAddresses(vantage: Vantage, entries: readonly string[], server: string | null) {
  const looked = await Promise.all(
    entries.map(async (name) => {
      const literal = addressOf(name);
      if (literal) return { addresses: [literal], unresolved: [] };
      const answer = await vantage.resolve(question(name, server));
      const trouble = resolveTrouble(answer);
      return {
        addresses: answer.ok ? answer.addresses : [],
        unresolved: trouble ? [{ name, ...trouble }] : [],
      };
    }),
  );
  return {
    addresses: [...new Set(looked.flatMap(({ addresses }) => addresses.map(({ address }) => address)))],
    unresolved: looked.flatMap(({ unresolved }) => unresolved),
  };
}
