/** Where the evidence ended: what to look at, or to tell doctor, to get deeper than an endpoint's own symptom. */
import type { Candidate } from './candidate.ts';
import { destination, ofSubject, subjectOf, type View } from './view.ts';

const symptoms = /^(http|websocket|port)\./;

export function nextOf(view: View, cause: Candidate): string | null {
  const { kind, name } = subjectOf(cause.subject);
  if (kind !== 'endpoint' || !symptoms.test(cause.code)) return null;
  const endpoint = view.topology.endpoints[name];
  const end = destination(view, name);
  if (!end) {
    if (cause.code.startsWith('port.'))
      return 'declare the host and the service that listens there, so that doctor can look';
    return `declare what is behind it: via = "PROXY" and to = "SERVICE:PORT" of endpoints.${name}`;
  }
  const service = view.topology.services[end.service];
  const host = service ? view.topology.hosts[service.host] : undefined;
  if (!service || !host) return null;
  if (!host.wayIn) return `give doctor a way in to ${service.host}: ssh = true in hosts.${service.host}`;
  const session = ofSubject(view, `host.${service.host}`).find((result) => result.kind === 'ssh');
  if (session && session.status !== 'pass') return `mend the way in to ${service.host} first (${session.id})`;
  if (ofSubject(view, `service.${end.service}`).some((result) => result.status !== 'pass')) return null;
  // What a proxy writes down begins with a connection.
  if (!endpoint?.via || cause.code.startsWith('port.')) return null;
  const proxyHost = view.topology.proxies[endpoint.via]?.host ?? 'its host';
  return `${end.service} itself is fine: read the configuration and the error log of ${endpoint.via} on ${proxyHost}`;
}
