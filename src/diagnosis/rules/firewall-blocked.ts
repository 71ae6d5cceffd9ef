/**
 * On the host the port listens on an outside address with room in its queue; from outside there is no connection. For
 * the endpoint's port that is the proxy's listener, or without a proxy the service's own.
 */
import type { Result } from '../../report/report.ts';
import { refsOf } from '../candidate.ts';
import type { Rule } from '../rules.ts';
import { destination, portOf, resolvesToHost, serviceRow, type View } from '../view.ts';

const noConnection = ['port.timeout', 'port.unreachable', 'port.refused'];

interface Listener {
  readonly address: string;
  readonly queue: number;
  readonly limit: number | null;
}

export const firewallBlocked: Rule = (view) =>
  Object.keys(view.topology.endpoints).flatMap((name) => {
    const outside = view.results.filter(
      ({ subject, kind, code }) =>
        subject === `endpoint.${name}` && kind === 'port' && noConnection.includes(code ?? ''),
    );
    const behind = listenerRow(view, name);
    if (outside.length === 0 || !behind || behind.row.status !== 'pass' || !hasRoomOutside(behind.row))
      return [];
    // A name that leads elsewhere, or a balancer in front, says nothing about this host's port.
    if (!resolvesToHost(view, name, behind.host)) return [];
    if (portOf(behind.row) !== view.topology.endpoints[name]?.port) return [];
    const misled = view.results.filter(
      ({ code, subject }) => subject === `endpoint.${name}` && code === 'dns.wrong-address',
    );
    // A host that looks at itself does not pass the firewall that is in front of it.
    const blocked = outside.filter(
      ({ vantage }) => vantage !== behind.host && !misled.some((row) => row.vantage === vantage),
    );
    if (blocked.length === 0) return [];
    return [
      {
        code: 'firewall.blocked',
        subject: `host.${behind.host}`,
        port: null,
        endpoint: null,
        because: [behind.row.id, ...blocked.map(({ id }) => id)],
        findings: blocked.flatMap((row) => refsOf(row, noConnection)),
        vantages: blocked.map(({ vantage }) => vantage),
        confidence: 'certain',
        values: { port: view.topology.endpoints[name]?.port, address: view.topology.endpoints[name]?.host },
        evidence: [],
        isFault: true,
      },
    ];
  });

function listenerRow(view: View, endpoint: string): { host: string; row: Result } | null {
  const declared = view.topology.endpoints[endpoint];
  if (!declared) return null;
  const end = destination(view, endpoint);
  const host = declared.via
    ? view.topology.proxies[declared.via]?.host
    : end && view.topology.services[end.service]?.host;
  const row = declared.via
    ? view.results.find(({ id }) => id.startsWith(`proxy.${declared.via}.netstat.`))
    : end
      ? serviceRow(view, end.service, 'netstat', end.port)
      : undefined;
  return host && row ? { host, row } : null;
}

function hasRoomOutside({ facts }: Result): boolean {
  const listeners = (facts?.listeners as readonly Listener[] | undefined) ?? [];
  return listeners.some(
    ({ address, queue, limit }) => !/^(127\.|::1$)/.test(address) && (limit === null || queue <= limit),
  );
}
