/**
 * The proxy forwards to the right place, that place is fine where it is, and the proxy still says 502 or 504: it does
 * not reach it; or it uses an address from before the container was made anew. Nobody may answer there any more, and
 * the proxy waits: then only an old address is named, since silence alone can have other reasons.
 */
import type { Result } from '../../report/report.ts';
import { type Candidate, fault, refsOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { serviceRow, type View } from '../view.ts';
import { isBoundTo } from './listening.ts';
import { isLoaded, type Route, soundRoutes } from './routes.ts';

export const proxyUnreached: Rule = (view) =>
  soundRoutes(view).flatMap((route) => {
    const { gateway, silent, serviceIsFine } = route;
    const lost = gateway.length > 0 ? gateway : silent;
    if (lost.length === 0 || !serviceIsFine) return [];
    // What it was not told yet is why it does not go there: `proxy-not-reloaded.ts` takes these answers.
    if (!isLoaded(view, route)) return [];
    const stale = staleAddress(route, startOf(view, route));
    if (stale) {
      return [unreached('proxy.stale-address', route, lost, [], { confidence: stale })];
    }
    if (gateway.length === 0) return [];
    const bound = boundElsewhere(view, route);
    return [unreached('proxy.backend-unreachable', route, lost, bound ? [bound.row] : [], bound?.more)];
  });

function unreached(
  code: string,
  { endpoint, proxy, row, target, to, facts }: Route,
  lost: readonly Result[],
  others: readonly Result[],
  more: Partial<Candidate> = {},
): Candidate {
  return fault(code, `proxy.${proxy}`, [row, ...others, ...lost], {
    endpoint,
    findings: lost.flatMap((result) => refsOf(result)),
    ...more,
    values: {
      target: target.port === null ? target.host : placed(target.host, target.port),
      service: to.service,
      observed: lost[0]?.summary,
      ...more.values,
    },
    evidence: [
      ...(more.evidence ?? []),
      `${to.service} answers on its own port ${to.port}`,
      ...(facts.errorLog ?? []).slice(-2),
    ],
  });
}

/** Certain where the error log names an address that the name does not have now; likely where the container is younger than the workers. */
function staleAddress(
  { target, facts, used }: Route,
  containerStart: string | null,
): Candidate['confidence'] | null {
  if (target.addresses.length === 0 || target.addresses.includes(target.host)) return null;
  if (used) return target.addresses.includes(used.address) ? null : 'certain';
  const workers = facts.workersStartedAt;
  return workers && containerStart && Date.parse(containerStart) > Date.parse(workers) ? 'likely' : null;
}

const startOf = (view: View, { to }: Route): string | null =>
  factsOf(serviceRow(view, to.service, 'container'), 'container').startedAt ?? null;

/** On the same host, and what listens there takes no address that the proxy connects to: `[::1]` is not 127.0.0.1. */
function boundElsewhere(view: View, { to, target, facts, proxy }: Route) {
  const row = serviceRow(view, to.service, 'netstat', to.port);
  const { listeners = [], container } = factsOf(row, 'netstat');
  const isOnHost = container === null || container?.hostNetwork === true;
  const sharesHost = view.topology.proxies[proxy]?.host === view.topology.services[to.service]?.host;
  const proxyIsOnHost = facts.container === null || facts.container?.networks.includes('host') === true;
  if (!row || !isOnHost || !sharesHost || !proxyIsOnHost || listeners.length === 0) return null;
  const dialled = target.addresses.map((address) => ({
    address,
    family: address.includes(':') ? (6 as const) : (4 as const),
  }));
  if (dialled.length === 0 || dialled.some((one) => listeners.some((listener) => isBoundTo(listener, one))))
    return null;
  const listens = listeners.map(({ address }) => placed(address, to.port)).join(', ');
  const used = dialled.map(({ address }) => placed(address, target.port ?? to.port)).join(', ');
  return {
    row,
    more: {
      values: { case: 'bound-elsewhere', listens, used },
      evidence: [`${to.service} listens on ${listens} alone, and ${proxy} connects to ${used}`],
    },
  };
}

const placed = (host: string, port: number) => `${host.includes(':') ? `[${host}]` : host}:${port}`;
