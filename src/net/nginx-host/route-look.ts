/** A route, looked at: through the configuration, and on to where it ends. */
import type { Vantage } from '../../check.ts';
import { isLoopback } from '../addresses.ts';
import { type ContainerPlace, inspectContainer, placeOfContainer } from '../containers.ts';
import type { Outcome, Proxied, Route } from '../nginx/route.ts';
import { type Change, changeOf } from './change.ts';
import type { Configuration } from './configuration.ts';
import { type Block, blockOf, lookAtErrors } from './evidence.ts';
import { namedOnHost } from './files.ts';
import { followRoute } from './follow.ts';
import { type Written, writtenLines } from './mend.ts';
import { resolveAt } from './resolve.ts';
import { type DiskCertificate, lookAtCertificates } from './served-certificates.ts';
import {
  type Forwarded,
  forwardedTo,
  type Judged,
  judgeTarget,
  lookAtOwnAddresses,
  type ServicePlace,
} from './target.ts';
import { withoutQueries } from './words.ts';

export interface RouteAsked {
  readonly url: string;
  /** On which nginx gets it. */
  readonly port: number;
  readonly target: ServicePlace | null;
}

export interface Target extends Forwarded, Judged {
  readonly addresses: readonly string[];
  /** The name is known to be unknown where the proxy is. */
  readonly isUnknownName: boolean;
  /** The line that names the server, where that is plain to see, as it is and as it should be. */
  readonly change: Change | null;
}

export interface RouteLook {
  readonly route: Route;
  readonly stream: { readonly file: string; readonly line: number } | null;
  readonly targets: readonly Target[];
  /** Of the first address of the right target; null: not asked, or no telling. */
  readonly speaksTls: boolean | null;
  readonly block: Block | null;
  /** The lines that say how the request is passed on. */
  readonly written: readonly Written[];
  readonly errorLog: readonly string[];
  /** For TLS: those on the disk. */
  readonly certificates: readonly DiskCertificate[];
}

/** What happens in the plain case, where more can't be told. */
export function plainOutcome(outcome: Outcome): Outcome | null {
  let plain: Outcome | null = outcome;
  while (plain?.kind === 'undecided') plain = plain.otherwise;
  return plain;
}

/** null: the configuration can't be read as a tree. `works`: what is used without trouble is not dialled. */
export async function lookAtRoute(
  vantage: Vantage,
  configuration: Configuration,
  asked: RouteAsked,
  works: boolean,
): Promise<RouteLook | null> {
  const { parsed, place, files, build, where } = configuration;
  if (!parsed?.ok) return null;
  const { route: followed, stream } = followRoute(parsed.root, asked.url, asked.port, build.version);
  const route = withoutOwnQueries(followed, new URL(asked.url).search);
  const isTls = /^(?:https|wss):/.test(asked.url);
  const certificates = isTls ? await lookAtCertificates(vantage, configuration, route) : [];
  const block = blockOf(files, route, (file) => namedOnHost(where, file));
  const outcome = plainOutcome(route.outcome);
  if (outcome?.kind !== 'proxy' || stream) {
    return { route, stream, targets: [], speaksTls: null, block, written: [], errorLog: [], certificates };
  }
  const service = await serviceContainer(vantage, asked.target);
  const judged = await lookAtTargets(vantage, outcome, place, service, asked.target);
  const targets = judged.map((target) => ({ ...target, change: changeOf(files, target) }));
  const [speaksTls, errorLog] = await Promise.all([
    works ? null : lookForTls(vantage, targets, place),
    lookAtErrors(vantage, configuration, route, {
      ports: targets.flatMap(({ port }) => port ?? []),
      names: [...new Set([outcome.host, ...targets.map(({ host }) => host)])].filter(Boolean),
    }),
  ]);
  const written = writtenLines(files, outcome);
  return { route, stream, targets, speaksTls, block, written, errorLog, certificates };
}

/**
 * A query that the configuration adds may carry a key, and a body may be anything; the endpoint's own query is its
 * owner's business.
 */
export function withoutOwnQueries(route: Route, search: string): Route {
  const isOwn = (text: string) => search !== '' && text.slice(text.indexOf('?')) === search;
  const hidden = (text: string) => (isOwn(text) ? text : withoutUser(text).replace(/\?.*/s, '?…'));
  const of = (outcome: Outcome): Outcome => {
    switch (outcome.kind) {
      case 'undecided':
        return { ...outcome, otherwise: outcome.otherwise && of(outcome.otherwise) };
      case 'proxy':
        return { ...outcome, path: outcome.path === null ? null : hidden(outcome.path) };
      case 'redirect':
        return { ...outcome, location: outcome.location === null ? null : hidden(outcome.location) };
      case 'return':
        return { ...outcome, body: null };
      default:
        return outcome;
    }
  };
  const said = (what: string) => {
    const [, status = '', isBody] = /^return (?:(?!30[12378]\b)(\d+)( ))?/.exec(what) ?? [];
    if (isBody) return `return ${status}`;
    if (what.startsWith('return ')) return hidden(what);
    return isOwn(what) ? what : withoutQueries(withoutUser(what));
  };
  const trail = route.trail.map((step) => ({ ...step, what: said(step.what) }));
  return { ...route, outcome: of(route.outcome), trail };
}

const withoutUser = (text: string) => text.replace(/(:\/\/[^\s/@:]*:)[^\s/@]*@/g, '$1…@');

async function serviceContainer(
  vantage: Vantage,
  target: ServicePlace | null,
): Promise<ContainerPlace | null> {
  if (!target?.sameHost || target.container === null) return null;
  const inspected = await inspectContainer(vantage, target.container);
  return inspected.ok && inspected.container ? placeOfContainer(inspected.container) : null;
}

/** More servers of one upstream than this are not judged. */
const mostTargets = 16;

async function lookAtTargets(
  vantage: Vantage,
  outcome: Proxied,
  proxy: ContainerPlace | null,
  service: ContainerPlace | null,
  place: ServicePlace | null,
): Promise<Omit<Target, 'change'>[]> {
  const servers = forwardedTo(outcome).slice(0, mostTargets);
  // Several instances stand in an upstream; a single place is the declared one.
  const wanted = place && (outcome.upstream ? place : { ...place, samePath: [] });
  const [own, there, ...resolved] = await Promise.all([
    place?.sameHost ? lookAtOwnAddresses(vantage) : null,
    place && !place.sameHost && place.address !== null ? namesOf(vantage, place.address) : [],
    ...servers.map((server) =>
      server.port === null ? null : resolveAt(vantage, proxy, server.host, service),
    ),
  ]);
  return servers.map((server, index) => {
    const found = resolved[index] ?? { addresses: [], isUnknown: false, detail: '' };
    const judged = wanted
      ? judgeTarget(server, found.addresses, wanted, { own, proxy, service, there })
      : { verdict: 'unknown' as const, why: 'no `to` is declared', onlyPort: false, wanted: 0 };
    return { ...server, ...judged, addresses: found.addresses, isUnknownName: found.isUnknown };
  });
}

async function namesOf(vantage: Vantage, name: string): Promise<string[]> {
  const answer = await vantage.resolve({ name });
  return answer.ok ? answer.addresses.map(({ address }) => address) : [];
}

/** One handshake with the right server, where the host reaches what the proxy reaches. */
async function lookForTls(
  vantage: Vantage,
  targets: readonly Target[],
  proxy: ContainerPlace | null,
): Promise<boolean | null> {
  const target = targets.find(({ verdict, port }) => verdict === 'right' && port !== null);
  const address = target?.addresses[0];
  if (!target || address === undefined || target.port === null) return null;
  if (proxy && !proxy.hostNetwork && (proxy.rootless || isLoopback(address))) return null;
  const answer = await vantage.handshake({ address, port: target.port, host: target.host, tls: {} });
  if (answer.ok) return true;
  return answer.failure === 'not-tls' ? false : null;
}

/** What nginx answers to the health page by itself (`return`), without asking anybody; null where it does not. */
export function ownAnswer(
  { parsed, build, where }: Configuration,
  { health, port }: { readonly health: string | null; readonly port: number },
): { readonly status: number; readonly place: string } | null {
  if (health === null || !parsed?.ok) return null;
  const { outcome } = followRoute(parsed.root, health, port, build.version).route;
  if (outcome.kind !== 'return') return null;
  return { status: outcome.status, place: `${namedOnHost(where, outcome.file)}:${outcome.line}` };
}
