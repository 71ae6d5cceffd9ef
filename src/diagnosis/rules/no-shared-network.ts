/** The proxy's container and the service's are on no common network, the service is fine, and the proxy does not reach it. */
import type { Result } from '../../report/report.ts';
import { fault, refsOf } from '../candidate.ts';
import { gatewayCodes, silence } from '../entry.ts';
import type { Rule } from '../rules.ts';
import { lastRows, serviceRow } from '../view.ts';

const unreached = [...gatewayCodes, ...silence];

export const noSharedNetwork: Rule = (view) =>
  Object.entries(view.topology.endpoints).flatMap(([endpoint, { via, to }]) => {
    if (!via || !to) return [];
    const proxy = view.results.find(({ id }) => id === `proxy.${via}.nginx`);
    const service = serviceRow(view, to.service, 'container');
    const proxyNetworks = networksOf(proxy?.facts?.container);
    const networks = networksOf(service?.facts);
    if (!proxy || !service || proxyNetworks.length === 0 || networks.length === 0) return [];
    if (proxyNetworks.some((network) => networks.includes(network))) return [];
    // Who uses the host's own network reaches every bridge of it.
    if ([...proxyNetworks, ...networks].includes('host')) return [];
    const own = ['netstat', 'http', 'websocket'].flatMap(
      (kind) => serviceRow(view, to.service, kind, to.port) ?? [],
    );
    const failed = lastRows(view, endpoint).filter((row) => refsOf(row, unreached).length > 0);
    if (failed.length === 0 || own.some(({ status }) => status === 'fail')) return [];
    if (goesThroughTheHost(view.results, via, endpoint, service)) return [];
    return [
      fault('container.no-shared-network', `proxy.${via}`, [proxy, service, ...failed], {
        endpoint,
        findings: failed.flatMap((row) => refsOf(row, unreached)),
        values: { service: to.service, networks, proxynetworks: proxyNetworks },
        evidence: [`${to.service} is on ${networks.join(', ')}; ${via} on ${proxyNetworks.join(', ')}`],
      }),
    ];
  });

function networksOf(facts: unknown): string[] {
  const { networks } = (facts ?? {}) as { networks?: unknown };
  return Array.isArray(networks) ? networks.filter((one) => typeof one === 'string') : [];
}

/** A published port of the host needs no common network: there the proxy forwards to no address of the container's own. */
function goesThroughTheHost(
  results: readonly Result[],
  proxy: string,
  endpoint: string,
  service: Result,
): boolean {
  const route = results.find(({ id }) => id === `proxy.${proxy}.route.${endpoint}`);
  const target = route?.facts?.target as
    | { verdict?: string; host?: string; addresses?: readonly string[] }
    | null
    | undefined;
  if (target?.verdict !== 'right') return false;
  const container = service.facts?.container as
    | { addresses?: readonly { address: string }[]; aliases?: readonly { names: readonly string[] }[] }
    | null
    | undefined;
  const own = [
    ...(container?.addresses ?? []).map(({ address }) => address),
    ...(container?.aliases ?? []).flatMap(({ names }) => names),
  ];
  return ![target.host, ...(target.addresses ?? [])].some((place) => place && own.includes(place));
}
