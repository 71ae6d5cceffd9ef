/** Templates and what they are filled with. */
import type { Candidate } from './candidate.ts';
import { destination, subjectOf, type View } from './view.ts';

/** `{key}` is the value, `{key|words}` the words when there is none; a key that is unknown is left as `KEY`. */
export function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)(?:\|([^{}]*))?\}/g, (_, key: string, words: string | undefined) => {
    const value = values[key];
    if (value === null || value === undefined || value === '') return words ?? key.toUpperCase();
    return Array.isArray(value) ? value.join(', ') : String(value);
  });
}

export function valuesFor(view: View, candidate: Candidate): Record<string, unknown> {
  const { kind, name } = subjectOf(candidate.subject);
  const { topology } = view;
  const base: Record<string, unknown> = { name, subject: candidate.subject, port: candidate.port };
  if (kind === 'endpoint') {
    const endpoint = topology.endpoints[name];
    const { host, port, url } = endpoint ?? {};
    const served = destination(view, name)?.service;
    Object.assign(base, { address: host, port, url, servername: host, service: served });
  }
  if (kind === 'service') {
    const service = topology.services[name];
    const { unit, process, host, connectsTo } = service ?? {};
    const observedtarget = connectsTo ? topology.endpoints[connectsTo]?.url : null;
    Object.assign(base, { unit, process, host, observedtarget });
  }
  if (kind === 'proxy') base.host = topology.proxies[name]?.host;
  if (kind === 'host') {
    const address = topology.hosts[name]?.address ?? name;
    Object.assign(base, { host: name, address, sshtarget: address });
  }
  const given = Object.entries(candidate.values).filter(([, value]) => value !== null && value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}
