/** One HTTP question asked of one address, and of whom its redirects name. */
import type { Address, Ask, HttpAnswer, TlsSession, TlsSettings, Vantage } from '../check.ts';
import { onlyWhen, resolves } from './asks.ts';
import { attemptEach, failedAttempt } from './attempts.ts';
import { bodyLimit } from './exchange.ts';
import type { LayeredAttempt } from './layers.ts';
import { placeOf, reach } from './reach.ts';
import { isRedirect, next, type RedirectFault } from './redirects.ts';

export interface Question {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsSettings;
  readonly server: string | null;
  /** Whether an answer with this status is to be followed to where it points. */
  readonly follows: (status: number) => boolean;
}

export interface Hop {
  readonly address: string;
  readonly status: number;
  readonly from: string;
  readonly to: string | null;
}

/** How it ended with one address: `url` is where, `answer` null when there was none. */
export interface Ending extends LayeredAttempt {
  readonly url: string;
  readonly answer: HttpAnswer | null;
  readonly redirectFault: RedirectFault | null;
}

export interface Followed {
  readonly ending: Ending;
  readonly hops: readonly Hop[];
}

/**
 * Our headers and client certificate go to the origin that they were meant for, and to nobody else: once a redirect
 * has left it they are not sent again, wherever later ones lead (RFC 9110 section 15.4 leaves that to clients).
 */
export async function follow(
  vantage: Vantage,
  question: Question,
  start: Address,
  proven: boolean,
): Promise<Followed> {
  const first = new URL(question.url);
  first.hash = '';
  const visited = [first.href];
  const hops: Hop[] = [];
  let own = true;
  let method = question.method;
  let addresses: readonly Address[] = [start];
  let known = proven;
  for (;;) {
    const url = visited.at(-1) ?? '';
    const asked = { ...question, url, method, ...(own ? {} : { headers: {}, tls: rootsOf(question.tls) }) };
    const attempts = await attemptEach(addresses, false, (address) => ask(vantage, asked, address, known));
    const ending = attempts.at(-1) ?? unreached(start, url);
    const { answer } = ending;
    if (!answer || !isRedirect(answer.status) || !question.follows(answer.status)) return { ending, hops };
    const to = next(answer.headers.location?.[0], visited);
    hops.push({ address: ending.address, status: answer.status, from: url, to: to.url });
    if (to.fault) return { ending: { ...ending, redirectFault: to.fault }, hops };
    const [here, there] = [placeOf(url), placeOf(to.url)];
    own = own && new URL(to.url).origin === first.origin;
    // RFC 9110 section 15.4.4: 303 is answered by a look at the other place
    if (answer.status === 303 && method !== 'HEAD') method = 'GET';
    known = here.host === there.host && here.port === there.port;
    addresses = [{ address: ending.address, family: ending.family }];
    if (here.host !== there.host) {
      const found = await reach(vantage, there.host, question.server, {}, []);
      if (found.resolveFailure) {
        const { failure, detail } = found.resolveFailure;
        return { ending: { ...unreached(start, to.url), failure, detail }, hops };
      }
      addresses = found.addresses;
    }
    visited.push(to.url);
  }
}

export function followAsks(url: string, server: string | null): Ask[] {
  const { host, port } = placeOf(url);
  const silent = 'where nothing answers in time';
  return [
    { operation: 'request', url },
    { operation: 'connect', host, port, when: silent },
    ...onlyWhen('where it redirects there', [
      resolves('‹host of the redirect›', server),
      { operation: 'request', url: '‹URL of the redirect›' },
    ]),
  ];
}

/** Cross-origin, our roots still say whom to believe; our name and key say who we are. */
const rootsOf = ({ ca }: TlsSettings): TlsSettings => (ca === undefined ? {} : { ca });

async function ask(
  vantage: Vantage,
  { url, method, headers, tls }: Question,
  address: Address,
  proven: boolean,
): Promise<Ending> {
  const question = { url, address: address.address, method, headers, tls, maxBytes: bodyLimit };
  const answer = await vantage.request(question);
  if (answer.ok) {
    const { ok: _, ...rest } = answer;
    return { ...unreached(address, url), connected: true, answer: rest, session: rest.tls };
  }
  const { port } = placeOf(url);
  const attempt = await failedAttempt(vantage, { ...address, port }, answer, proven);
  const received = answer.received ?? null;
  return { ...unreached(address, url), ...attempt, received, session: answer.tls ?? null };
}

const unreached = (address: Address, url: string) => ({
  address: address.address,
  family: address.family,
  failure: null,
  detail: '',
  connected: null,
  received: null as string | null,
  session: null as TlsSession | null,
  url,
  answer: null as HttpAnswer | null,
  redirectFault: null,
});
