/** One question asked of several addresses: how each went, and the same fault on several of them as one finding. */
import type { Address, Failure, FailureCode, Finding, FindingWords, Vantage } from '../check.ts';
import type { Attempt } from './reach.ts';

/** Failures after which nothing is known about the connection: nobody looked. */
const notLooked: readonly FailureCode[] = [
  'forwarding-refused',
  'missing',
  'denied',
  'incomplete',
  'no-session',
  'unsupported',
  'aborted',
];

/** The attempt of an operation that failed. After a silence that could be either, a bare connection tells which it was. */
export async function failedAttempt(
  vantage: Vantage,
  place: Address & { readonly port: number },
  failure: Pick<Failure, 'failure' | 'detail'>,
  proven: boolean,
): Promise<Attempt> {
  const code = failure.failure;
  const attempt = { address: place.address, family: place.family, failure: code, detail: failure.detail };
  if (code === 'refused' || code === 'unreachable') return { ...attempt, connected: false };
  if (notLooked.includes(code)) return { ...attempt, connected: null };
  if (code !== 'timeout' || proven) return { ...attempt, connected: true };
  const bare = await vantage.connect({ address: place.address, port: place.port });
  if (bare.ok) return { ...attempt, connected: true };
  return { ...attempt, connected: notLooked.includes(bare.failure) ? null : false };
}

/**
 * Asks each address, or one after another until one is not merely unreachable: a client goes on to the next
 * address when it gets no connection, and stays with an answer that it does not like.
 */
export async function attemptEach<A extends Attempt>(
  addresses: readonly Address[],
  every: boolean,
  ask: (address: Address) => Promise<A>,
): Promise<A[]> {
  if (every) return Promise.all(addresses.map(ask));
  const attempts: A[] = [];
  for (const address of addresses) {
    const attempt = await ask(address);
    attempts.push(attempt);
    if (attempt.connected !== false) break;
  }
  return attempts;
}

/** Those that count: all when each was to be looked at, else the last, unless none got a connection. */
export function counted<A extends Attempt>(attempts: readonly A[], every: boolean): readonly A[] {
  return every || attempts.every((attempt) => attempt.connected === false) ? attempts : attempts.slice(-1);
}

/** The findings of each address; the same one on several is one, which names them when others have it not. */
export function gather(
  found: readonly { readonly address: string; readonly findings: readonly Finding[] }[],
): Finding[] {
  const groups = new Map<string, { readonly finding: Finding; readonly addresses: string[] }>();
  for (const { address, findings } of found) {
    for (const finding of findings) {
      const key = JSON.stringify(finding);
      const group = groups.get(key) ?? { finding, addresses: [] };
      group.addresses.push(address);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ finding, addresses }) =>
    addresses.length === found.length ? finding : { ...finding, values: { ...finding.values, addresses } },
  );
}

/** The same words, with the place they are about when it is not the whole row: some addresses, or where a redirect led. */
export function naming<Table extends Readonly<Record<string, FindingWords>>>(table: Table) {
  const named = Object.entries(table).map(([code, { status, says }]) => [
    code,
    { status, says: (finding: Finding) => `${says(finding)}${placeWords(finding)}` },
  ]);
  return Object.fromEntries(named) as { readonly [Code in keyof Table]: FindingWords };
}

function placeWords({ values }: Finding): string {
  const addresses = Array.isArray(values?.addresses) ? ` (${values.addresses.join(', ')})` : '';
  const redirect = typeof values?.redirect === 'string' ? `, after a redirect to ${values.redirect}` : '';
  return `${redirect}${addresses}`;
}
