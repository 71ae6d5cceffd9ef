/**
 * The proxy's container and the service's are on no common network, and the service is fine: the proxy does not reach it.
 * Or nginx does not start at all, since the name of that container is not known to it.
 */
import type { Result } from '../../report/report.ts';
import { fault, refsOf } from '../candidate.ts';
import { gatewayCodes, silence } from '../entry.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { configurationRow, lastRows, portRows, routeRow, serviceRow } from '../view.ts';

const unreached = [...gatewayCodes, ...silence];
const rejected = ['proxy.config-invalid'];

export const noSharedNetwork: Rule = (view) =>
  Object.entries(view.topology.endpoints).flatMap(([endpoint, { via, to }]) => {
    if (!via || !to) return [];
    const proxy = configurationRow(view, via);
    const service = serviceRow(view, to.service, 'container');
    const { container, rejected: rejection } = factsOf(proxy, 'nginx');
    const proxyNetworks = container?.networks ?? [];
    const { networks = [] } = factsOf(service, 'container');
    if (!proxy || !service || proxyNetworks.length === 0 || networks.length === 0) return [];
    if (proxyNetworks.some((network) => networks.includes(network))) return [];
    // Who uses the host's own network reaches every bridge of it.
    if ([...proxyNetworks, ...networks].includes('host')) return [];
    if (portRows(view, to).some(({ status }) => status === 'fail')) return [];
    const makes = (rows: readonly Result[], codes: readonly string[], about: 'start' | null) =>
      fault('container.no-shared-network', `proxy.${via}`, [proxy, service, ...rows], {
        endpoint: about === null ? endpoint : null,
        findings: [proxy, ...rows].flatMap((row) => refsOf(row, codes)),
        values: { service: to.service, networks, proxynetworks: proxyNetworks, about },
        evidence: [`${to.service} is on ${networks.join(', ')}; ${via} on ${proxyNetworks.join(', ')}`],
      });
    const unknown = rejection?.unknownName?.replace(/:\d+$/, '');
    if (unknown !== undefined && namesOf(service).includes(unknown)) return [makes([], rejected, 'start')];
    const failed = lastRows(view, endpoint).filter((row) => refsOf(row, unreached).length > 0);
    if (failed.length === 0 || !goesToIt(routeRow(view, via, endpoint), service)) return [];
    return [makes(failed, unreached, null)];
  });

/** By which others on its networks know it. */
function namesOf(service: Result): string[] {
  const { container } = factsOf(service, 'container');
  return container ? [container.name, ...container.aliases.flatMap(({ names }) => names)] : [];
}

/** A published port of the host needs no common network: the proxy must forward to a name or address of the container's own. */
function goesToIt(route: Result | undefined, service: Result): boolean {
  const { target } = factsOf(route, 'nginx');
  if (!target) return false;
  const { container } = factsOf(service, 'container');
  const own = [...(container?.addresses ?? []).map(({ address }) => address), ...namesOf(service)];
  return [target.host, ...target.addresses].some((place) => own.includes(place));
}
