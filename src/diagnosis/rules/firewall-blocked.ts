/**
 * On the host the port listens on an outside address with room in its queue; from outside there is no connection. For
 * the endpoint's port that is the proxy's listener, or without a proxy the service's own.
 */
import type { Result } from '../../report/report.ts';
import { fault, refsOf } from '../candidate.ts';
import { factsOf } from '../facts.ts';
import type { Rule } from '../rules.ts';
import { listenerOf, ofSubject, portOf, resolvesToHost, type View } from '../view.ts';
import { hasRoom, isBoundTo } from './listening.ts';

const noConnection = ['port.timeout', 'port.unreachable', 'port.refused'];

export const firewallBlocked: Rule = (view) =>
  Object.keys(view.topology.endpoints).flatMap((name) => {
    const outside = view.results.filter(
      ({ subject, kind, code }) =>
        subject === `endpoint.${name}` && kind === 'port' && noConnection.includes(code ?? ''),
    );
    const behind = listenerOf(view, name);
    if (behind?.row.status !== 'pass') return [];
    // A name that leads elsewhere, or a balancer in front, says nothing about this host's port.
    if (!resolvesToHost(view, name, behind.host)) return [];
    if (portOf(behind.row) !== view.topology.endpoints[name]?.port) return [];
    // A host that looks at itself does not pass the firewall that is in front of it.
    const itself = view.topology.hosts[behind.host]?.local ? 'local' : behind.host;
    const lost = outside.filter(
      (row) =>
        row.vantage !== itself && isItsAddress(view, name, behind.host, row) && wereTaken(behind.row, row),
    );
    // From here there is a way to the host: SSH takes it. From another host there may be none.
    const isFromHere = lost.some(({ vantage }) => vantage === 'local');
    const blocked = isFromHere ? lost : lost.filter(({ code }) => code !== 'port.unreachable');
    if (blocked.length === 0 || !isPublished(behind.row)) return [];
    const isRefused = blocked.some(({ code }) => code === 'port.refused');
    const vantages = blocked.map(({ vantage }) => vantage);
    return [
      fault('firewall.blocked', `host.${behind.host}`, [behind.row, ...blocked], {
        endpoint: name,
        findings: blocked.flatMap((row) => refsOf(row, noConnection)),
        vantages,
        confidence: isFromHere || isRefused ? 'certain' : 'likely',
        values: {
          port: view.topology.endpoints[name]?.port,
          address: view.topology.endpoints[name]?.host,
          ...(othersConnect(view, name, itself) ? { case: 'some', clients: placesOf(vantages) } : {}),
        },
      }),
    ];
  });

const othersConnect = (view: View, endpoint: string, itself: string): boolean =>
  ofSubject(view, `endpoint.${endpoint}`).some(
    ({ kind, status, vantage }) => kind === 'port' && status === 'pass' && vantage !== itself,
  );

const placesOf = (vantages: readonly string[]): string =>
  vantages.map((vantage) => (vantage === 'local' ? 'here' : vantage)).join(' and ');

/** A container's port that its host does not publish needs no firewall to be out of reach. */
function isPublished(listening: Result): boolean {
  const { container } = factsOf(listening, 'netstat');
  const port = portOf(listening);
  return (
    !container || container.hostNetwork || port === null || container.published?.includes(port) !== false
  );
}

/** What was dialled is that host: by its address, or since the name leads to where it should. */
function isItsAddress(view: View, endpoint: string, host: string, dialled: Result): boolean {
  const address = view.topology.hosts[host]?.address;
  const { attempts = [] } = factsOf(dialled, 'port');
  if (attempts.length > 0 && attempts.every((one) => one.address === address)) return true;
  const resolved = ofSubject(view, `endpoint.${endpoint}`).find(
    ({ kind, vantage }) => kind === 'dns' && vantage === dialled.vantage,
  );
  return resolved?.status === 'pass';
}

/** Every address that was dialled in vain is one that a listener takes, and has room for. */
function wereTaken(listening: Result, dialled: Result): boolean {
  const { listeners = [] } = factsOf(listening, 'netstat');
  const { attempts = [] } = factsOf(dialled, 'port');
  const failed = attempts.filter(({ failure }) => failure !== null);
  const wasTaken = (attempt: (typeof failed)[number]) =>
    listeners.some((listener) => hasRoom(listener) && isBoundTo(listener, attempt));
  return failed.length > 0 && failed.every(wasTaken);
}
