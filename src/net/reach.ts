/** What the layers under a look say: the addresses of a name, and the findings when a name or a port is the trouble. */
import type { Address, Answer, Ask, FailureCode, Finding, FindingWords, Ground, Vantage } from '../check.ts';
import { withoutBrackets } from './addresses.ts';
import { resolves } from './asks.ts';

/** How many addresses of a name are looked at. */
export const addressLimit = 8;

/** What facts keep of an operation's failure. */
export interface Trouble {
  readonly failure: FailureCode;
  readonly detail: string;
}

/** How it went with one address. `failure` is null when it went well. */
export interface Attempt extends Address {
  readonly failure: FailureCode | null;
  readonly detail: string;
  /** Whether the connection itself came; null: not known. */
  readonly connected: boolean | null;
}

export interface Reach {
  readonly addresses: readonly Address[];
  /** An earlier check had a connection to each of them. */
  readonly proven: boolean;
  readonly resolveFailure: Trouble | null;
}

/** The first of these facts that earlier checks found; without any the vantage resolves the name. */
export async function reach(
  vantage: Vantage,
  host: string,
  server: string | null,
  ground: Ground,
  facts: readonly ('certificate' | 'connection' | 'open' | 'address')[],
): Promise<Reach> {
  for (const fact of facts) {
    const found = ground[fact];
    if (Array.isArray(found) && found.length > 0) {
      const addresses: Address[] = found.slice(0, addressLimit);
      return { addresses, proven: fact === 'certificate' || fact === 'connection', resolveFailure: null };
    }
  }
  const answer = await vantage.resolve(server === null ? { name: host } : { name: host, server });
  const resolveFailure = resolveTrouble(answer);
  const addresses = answer.ok ? answer.addresses.slice(0, addressLimit) : [];
  return { addresses, proven: false, resolveFailure };
}

export const reachAsks = (host: string, server: string | null): Ask[] => [
  resolves(host, server, 'where no earlier look found its address'),
];

/** Why a name gave no address; null when it gave one. */
export function resolveTrouble(answer: Answer<'resolve'>): Trouble | null {
  if (!answer.ok) return { failure: answer.failure, detail: answer.detail };
  return answer.addresses.length > 0 ? null : { failure: 'no-address', detail: 'no address in the answer' };
}

/** The port of a URL, its scheme's own when it names none; and its host without brackets. */
export function placeOf(text: string): { readonly host: string; readonly port: number } {
  const url = new URL(text);
  const own = url.protocol === 'https:' || url.protocol === 'wss:' ? 443 : 80;
  return { host: withoutBrackets(url.hostname), port: url.port === '' ? own : Number(url.port) };
}

/** `a, b and 3 more`. */
export function listed(items: readonly string[], limit = 3): string {
  const shown = items.slice(0, limit).join(', ');
  return items.length > limit ? `${shown} and ${items.length - limit} more` : shown;
}

// ── Name ─────────────────────────────────────────────────────────────────────────────────────────────────

const dnsCodes: Partial<Record<FailureCode, string>> = {
  'invalid-name': 'dns.nxdomain',
  nxdomain: 'dns.nxdomain',
  'no-address': 'dns.no-address',
  'server-failure': 'dns.server-failure',
  'no-answer': 'dns.no-answer',
  timeout: 'dns.no-answer',
};

/** The finding of a name that did not resolve; null when the failure says nothing about the name. */
export function dnsFinding(trouble: Trouble, name: string): Finding | null {
  const code = dnsCodes[trouble.failure];
  if (!code) return null;
  const invalid = trouble.failure === 'invalid-name';
  return { code, expected: 'an address', observed: trouble.detail, values: { name, invalid } };
}

export const dnsFindings = {
  'dns.nxdomain': {
    status: 'fail',
    says: (finding) => (finding.values?.invalid === true ? 'no such name can exist' : 'name does not exist'),
  },
  'dns.no-address': { status: 'fail', says: () => 'name has no address' },
  'dns.server-failure': { status: 'fail', says: () => 'DNS server could not answer' },
  'dns.no-answer': { status: 'fail', says: () => 'no DNS server answered' },
} as const satisfies Record<string, FindingWords>;

// ── Port ─────────────────────────────────────────────────────────────────────────────────────────────────

/** In the order in which they tell: a refusal came from the machine itself, an unreachable from somewhere on the way. */
const portCodes: readonly {
  readonly failures: readonly FailureCode[];
  readonly code: string;
  readonly says: string;
}[] = [
  { failures: ['refused', 'reset', 'closed'], code: 'port.refused', says: 'connection refused' },
  { failures: ['timeout'], code: 'port.timeout', says: 'no answer in time' },
  { failures: ['unreachable'], code: 'port.unreachable', says: 'unreachable' },
];

const portCodeOf = (attempt: Attempt) =>
  portCodes.find(({ failures }) => attempt.failure !== null && failures.includes(attempt.failure));

/** The connection itself failed, and that says something about the port. */
export function connectFailed(attempt: Attempt): boolean {
  return attempt.connected === false && portCodeOf(attempt) !== undefined;
}

/** What the attempts say about the port: nothing, one code when none got a connection, else `port.partial`. */
export function connectFindings(attempts: readonly Attempt[]): Finding[] {
  const failed = attempts.filter(connectFailed);
  const kinds = portCodes.filter((kind) => failed.some((attempt) => portCodeOf(attempt) === kind));
  const worst = kinds[0];
  if (!worst) return [];
  const partial = attempts.some((attempt) => attempt.connected === true);
  const observed =
    kinds.length === 1 && !partial
      ? worst.says
      : kinds
          .map((kind) => {
            const addresses = failed.filter((attempt) => portCodeOf(attempt) === kind);
            return `${kind.says} (${listed(addresses.map(({ address }) => address))})`;
          })
          .join(', ');
  return [
    {
      code: partial ? 'port.partial' : worst.code,
      expected: attempts.length > 1 ? 'a connection to each address' : 'a connection',
      observed,
      values: { failed: failed.map(({ address }) => address), of: attempts.length },
    },
  ];
}

const observedOr = (words: string) => (finding: Finding) => finding.observed ?? words;

export const portFindings = {
  'port.refused': { status: 'fail', says: observedOr('connection refused') },
  'port.timeout': { status: 'fail', says: observedOr('no answer in time') },
  'port.unreachable': { status: 'fail', says: observedOr('unreachable') },
  'port.partial': { status: 'fail', says: observedOr('some of its addresses do not answer') },
} as const satisfies Record<string, FindingWords>;
