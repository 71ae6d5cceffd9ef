/** Templates and what they are filled with. */
import type { Result } from '../report/report.ts';
import type { Candidate } from './candidate.ts';
import { destination, serviceRow, subjectOf, type View } from './view.ts';

/** `{key}` is the value, `{key|words}` the words when there is none; a key that is unknown is left as `KEY`. */
export function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)(?:\|([^{}]*))?\}/g, (_, key: string, words: string | undefined) => {
    const value = values[key];
    if (value === null || value === undefined || value === '') return words ?? key.toUpperCase();
    return Array.isArray(value) ? value.join(', ') : String(value);
  });
}

/** As {@link fill}; null when a key without words of its own is unknown. */
export function fillWhole(template: string, values: Readonly<Record<string, unknown>>): string | null {
  const isKnown = (key: string) => values[key] !== null && values[key] !== undefined && values[key] !== '';
  const keys = [...template.matchAll(/\{(\w+)\}/g)].map(([, key = '']) => key);
  return keys.every(isKnown) ? fill(template, values) : null;
}

export function valuesFor(view: View, candidate: Candidate): Record<string, unknown> {
  const { kind, name } = subjectOf(candidate.subject);
  const { topology } = view;
  const base: Record<string, unknown> = {
    name,
    subject: candidate.subject,
    ...placeOf(candidate.values.target),
    ...(candidate.port === null ? {} : { port: candidate.port }),
  };
  if (kind === 'endpoint') {
    const endpoint = topology.endpoints[name];
    const { host, port, url } = endpoint ?? {};
    const served = destination(view, name)?.service;
    Object.assign(base, { address: host, port, url, servername: host, service: served });
  }
  if (kind === 'service') {
    const service = topology.services[name];
    const { unit, process, host, connectsTo } = service ?? {};
    const isup = unit
      ? `systemctl is-active ${unit}  → active`
      : process
        ? `pgrep -af ${process}  → one line`
        : null;
    const observedtarget = connectsTo ? topology.endpoints[connectsTo]?.url : null;
    const enable = unit ? `systemctl daemon-reload; systemctl enable --now ${unit}` : null;
    Object.assign(base, { unit, process, host, observedtarget, isup, enable });
    Object.assign(base, looksAt(service ?? {}, serviceRow(view, name, 'container')));
  }
  if (kind === 'proxy') {
    const proxy = topology.proxies[name];
    Object.assign(base, { host: proxy?.host }, looksAt(proxy ?? {}));
  }
  if (kind === 'host') {
    Object.assign(base, { host: name, ...wayInto(topology.hosts[name]?.address ?? name, candidate) });
  }
  const given = Object.entries(candidate.values).filter(([, value]) => value !== null && value !== undefined);
  // its rows are asked on its own host, where every service is called localhost
  const isOwnPort = kind === 'service' && candidate.port !== null;
  const called = isOwnPort ? { target: `${name} port ${candidate.port} on ${base.host}` } : {};
  return { ...base, ...Object.fromEntries(given), ...called };
}

/**
 * How a person looks at a service or proxy. In a container its ports are not the host's: there the engine's own proxy
 * listens, and takes connections whatever is behind it.
 */
function looksAt({ unit, container }: Kept, seen?: Result): Record<string, string> {
  if (!container) return unit ? { log: `journalctl -u ${unit} -n 50`, start: `systemctl start ${unit}` } : {};
  const { engine = 'docker' } = (seen?.facts?.container ?? {}) as { engine?: string };
  return {
    log: `${engine} logs --tail 50 ${container}`,
    start: `${engine} start ${container}`,
    inside: `nsenter -t $(${engine} inspect -f '{{.State.Pid}}' ${container}) -n `,
  };
}

/** What keeps it running; a report of an older version does not say. */
type Kept = { readonly unit?: string | null | undefined; readonly container?: string | null | undefined };

/** What a row's target says of where it looked: of a URL, of `host:port`, of a name. */
function placeOf(target: unknown): Record<string, unknown> {
  if (typeof target !== 'string' || target === '') return {};
  if (URL.canParse(target) && target.includes('://')) {
    const { protocol, hostname, port } = new URL(target);
    const own = protocol === 'https:' || protocol === 'wss:' ? 443 : 80;
    const address = hostname.replace(/^\[|\]$/g, '');
    return { address, servername: address, port: port === '' ? own : Number(port) };
  }
  const [, bracketed, bare, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(target) ?? [];
  const address = bracketed ?? bare;
  return address === undefined
    ? { address: target, servername: target }
    : { address, servername: address, port: Number(port) };
}

/** The words that ssh and ssh-keygen take for a host, as far as the login got. */
function wayInto(declared: string, { values }: Candidate): Record<string, unknown> {
  const { address = declared, port = 22 } = placeOf(values.place);
  const user = typeof values.user === 'string' && values.user !== '' ? `${values.user}@` : '';
  const plain = port === 22;
  return {
    address,
    login: `${user}${plain ? address : (values.place ?? address)}`,
    sshtarget: `${plain ? '' : `-p ${port} `}${user}${address}`,
    knownname: plain ? address : `'[${address}]:${port}'`,
  };
}
