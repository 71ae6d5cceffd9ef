/** Names to addresses: as programs on this machine get them, and, where that fails, why. */
import { promises as dnsPromises, Resolver } from 'node:dns';
import { platform } from 'node:os';
import type { Address, Failure, Operations, Outcome } from '../check.ts';
import { addressOf, hostName, splitHostPort } from '../net/addresses.ts';
import { type Time, within } from './exchange/deadline.ts';
import { codeOf } from './exchange/failures.ts';
import { failure, type Source } from './source.ts';

type Resolved = Outcome<Operations['resolve']['value']>;

/** What this machine's resolver is asked through; a part of it can be played. */
export interface SystemResolver {
  /** getaddrinfo(3): hosts file, search list and all. */
  lookup(name: string): Promise<readonly { readonly address: string }[]>;
  /** DNS servers as `address` or `address:port`; undefined: those of the system. */
  readonly servers?: readonly string[] | undefined;
}

const system: SystemResolver = {
  lookup: (name) => dnsPromises.lookup(name, { all: true, verbatim: true }),
};

/** More answers than this are nobody's. */
const mostAddresses = 100;
/** uv_getaddrinfo's own codes: only they tell NODATA from NXDOMAIN. */
const noData = -3007;
const noName = -3008;

export function localResolve(resolver: SystemResolver = system): Source['resolve'] {
  return ({ name, server }, limits) =>
    within<Operations['resolve']['value']>(limits, async (time) => {
      time.reached('no answer from a resolver');
      const literal = addressOf(name);
      if (literal) return { ok: true, addresses: [literal], source: 'literal' };
      const asked = hostName(name);
      if ('fault' in asked) return failure('invalid-name', asked.fault);
      return server === undefined
        ? bySystem(asked.name, resolver, time)
        : byServer(asked.name, server, resolver, time);
    }).then((outcome) =>
      // nobody answered in time: that is its own failure, as a timed-out connection is another
      !outcome.ok && outcome.failure === 'timeout' ? failure('no-answer', outcome.detail) : outcome,
    );
}

async function bySystem(name: string, resolver: SystemResolver, time: Time): Promise<Resolved> {
  let errno: unknown;
  try {
    const found = addressesOf((await resolver.lookup(name)).map((each) => each.address));
    if (found.length > 0) return { ok: true, addresses: found, source: 'system' };
    errno = noData;
  } catch (error) {
    errno = error instanceof Error && 'errno' in error ? error.errno : undefined;
  }
  if (errno === noData) return noAddress(name);
  // elsewhere getaddrinfo says "no such name" for a name without addresses as well
  if (errno === noName && platform() === 'linux') return failure('nxdomain', `${name} does not exist`);
  const reason = await ask(name, resolver.servers, time);
  if (!reason.ok) return errno === noName && reason.failure !== 'no-address' ? nxdomain(name) : reason;
  // DNS has it and getaddrinfo does not: what programs get is what counts
  return failure('server-failure', `DNS knows ${name}, and this machine's resolver gave no answer`);
}

async function byServer(
  name: string,
  server: string,
  resolver: SystemResolver,
  time: Time,
): Promise<Resolved> {
  const place = splitHostPort(server, 53);
  if (!place) return failure('invalid-name', `${server} is no DNS server (host:port)`);
  const addresses = addressOf(place.host)
    ? [place.host]
    : (await resolver.lookup(place.host).catch(() => [])).map((each) => each.address);
  if (addresses.length === 0) return failure('no-answer', `the DNS server ${place.host} has no address`);
  const servers = addresses.map((address) => (address.includes(':') ? `[${address}]` : address));
  const answer = await ask(
    name,
    servers.map((address) => `${address}:${place.port}`),
    time,
  );
  return answer.ok ? { ok: true, addresses: answer.addresses, source: server } : answer;
}

/** Asks DNS itself, A and AAAA at once. The reason of the two that says most is the reason. */
async function ask(
  name: string,
  servers: readonly string[] | undefined,
  time: Time,
): Promise<Outcome<{ addresses: readonly Address[] }>> {
  // c-ares waits longer with each try: two of them are to end within the time that is left
  const resolver = new Resolver({ timeout: Math.max(50, Math.floor(time.left() / 4)), tries: 2 });
  if (servers) resolver.setServers(servers);
  const stop = () => resolver.cancel();
  time.signal.addEventListener('abort', stop, { once: true });
  const query = (resolve: (name: string, done: Done) => void) =>
    new Promise<{ found: string[]; code: string }>((settle) => {
      resolve(name, (error, found) =>
        settle(
          error ? { found: [], code: codeOf(error) } : { found, code: found.length > 0 ? '' : 'ENODATA' },
        ),
      );
    });
  const answers = await Promise.all([
    query((each, done) => resolver.resolve4(each, done)),
    query((each, done) => resolver.resolve6(each, done)),
  ]);
  time.signal.removeEventListener('abort', stop);
  const addresses = addressesOf(answers.flatMap((answer) => answer.found));
  if (addresses.length > 0) return { ok: true, addresses };
  const failures = answers.map((answer) => failureOfQuery(name, answer.code));
  const worst = order.flatMap((code) => failures.filter((each) => each.failure === code))[0];
  return worst ?? failure('no-answer', `no DNS server answered for ${name}`);
}

type Done = (error: Error | null, found: string[]) => void;

/** A name that does not exist does so for both families; a server that failed for one leaves the other in doubt. */
const order = ['nxdomain', 'server-failure', 'no-answer', 'no-address'] as const;

const noAddress = (name: string) => failure('no-address', `${name} exists, and has neither A nor AAAA`);
const nxdomain = (name: string) => failure('nxdomain', `${name} does not exist`);

/** RFC 1035 section 4.1.1's answers, as c-ares calls them. */
function failureOfQuery(name: string, code: string): Failure {
  if (code === 'ENOTFOUND') return nxdomain(name);
  if (code === 'ENODATA') return noAddress(name);
  if (code === 'EBADNAME') return failure('invalid-name', `${name} can not be asked for`);
  if (['ESERVFAIL', 'EREFUSED', 'EFORMERR', 'ENOTIMP', 'EBADRESP'].includes(code)) {
    return failure('server-failure', `the DNS server answered ${code.slice(1)}`);
  }
  return failure('no-answer', `no DNS server answered for ${name} (${code})`);
}

/** Each address once, in the order in which they came. */
function addressesOf(texts: readonly string[]): Address[] {
  const distinct = [...new Set(texts)].slice(0, mostAddresses);
  return distinct.map(addressOf).filter((address) => address !== null);
}
