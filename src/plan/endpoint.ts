/** The rows of an endpoint: from here, and from the host of every service that connects to it. */
import { isIP } from 'node:net';
import type { Config, Endpoint, Expect } from '../config/config.ts';
import { doubtsOf, lookingFrom, need, observerClock } from './ground.ts';
import type { Step } from './step.ts';

type Kind = 'dns' | 'port' | 'tls' | 'http' | 'websocket';

const rowsOf: Readonly<Record<Endpoint['scheme'], readonly Kind[]>> = {
  tcp: ['dns', 'port'],
  tls: ['dns', 'port', 'tls'],
  http: ['dns', 'port', 'http'],
  https: ['dns', 'port', 'tls', 'http'],
  ws: ['dns', 'port', 'http', 'websocket'],
  wss: ['dns', 'port', 'tls', 'http', 'websocket'],
};

/** The row that passes when the endpoint can be used. */
export const lastRow = (endpoint: Endpoint): Kind => rowsOf[endpoint.scheme].at(-1) as Kind;

/** The hosts, other than the machine doctor runs on, from which somebody must reach the endpoint. */
export function clientHosts(config: Config, name: string): string[] {
  const hosts = Object.values(config.services)
    .filter((service) => service.connectsTo === name)
    .map((service) => service.host)
    .filter((host) => !config.hosts[host]?.local);
  return [...new Set(hosts)];
}

export function planEndpoint(config: Config, name: string): Step[] {
  return ['local', ...clientHosts(config, name)].flatMap((from) => rows(config, name, from));
}

function rows(config: Config, name: string, from: string): Step[] {
  const endpoint = config.endpoints[name] as Endpoint;
  const base = from === 'local' ? `endpoint.${name}` : `endpoint.${name}@${from}`;
  const kinds = rowsOf[endpoint.scheme]
    // An address needs no name, and a client's host has no business with the health page.
    .filter((kind) => kind !== 'dns' || !isIP(endpoint.host))
    .filter((kind) => kind !== 'http' || from === 'local' || lastRow(endpoint) === 'http');
  const has = (kind: Kind) => kinds.includes(kind);
  const ground: Readonly<Record<Kind, readonly [Kind, string] | undefined>> = {
    dns: undefined,
    port: has('dns') ? ['dns', 'address'] : undefined,
    tls: ['port', 'connection'],
    http: has('tls') ? ['tls', 'certificate'] : ['port', 'connection'],
    websocket: has('tls') ? ['tls', 'certificate'] : ['port', 'connection'],
  };
  const options = optionsOf(config, endpoint, from);
  const steps = kinds.map((kind) => {
    const stands = ground[kind];
    const where = lookingFrom(config, from, kind);
    return {
      id: `${base}.${kind}`,
      kind,
      subject: `endpoint.${name}`,
      ...where,
      options: options[kind],
      needs: [...where.needs, ...(stands ? [need(`${base}.${stands[0]}`, stands[1])] : [])],
      ...(from === 'local' ? doubtsOf(endpoint.host) : {}),
      ...(from === 'local' && kind === 'tls' ? { beside: [observerClock] } : {}),
    };
  });
  const upgrade = steps.find(({ kind }) => kind === 'websocket');
  if (!upgrade || endpoint.idleMs === null || from !== 'local') return steps;
  return [
    ...steps,
    {
      ...upgrade,
      id: `${base}.idle`,
      options: { ...upgrade.options, every: false, idle: endpoint.idleMs },
      // What does not open can't be held open.
      needs: [...upgrade.needs, need(upgrade.id, 'works')],
    },
  ];
}

function optionsOf(config: Config, endpoint: Endpoint, from: string): Record<Kind, Step['options']> {
  // A host's programs ask that host's resolver; the one in [defaults] is for looks from here.
  const server = from === 'local' ? config.defaults.resolver : null;
  const { host, port, tls, headers, expect } = endpoint;
  const { certDays } = config.defaults;
  const isLast = (kind: Kind) => lastRow(endpoint) === kind;
  const wire = { headers, tls, certDays, server };
  const { upgrade, subprotocol, close, ...answer } = expect;
  return {
    dns: {
      host,
      resolvesTo: endpoint.resolvesTo.map((entry) => config.hosts[entry]?.address ?? entry),
      server,
    },
    port: { host, port, server },
    tls: { host, port, tls, certDays, server },
    http: {
      ...wire,
      url: httpUrl(endpoint),
      every: isLast('http'),
      expect: isLast('http') || endpoint.health ? answer : anythingBelow500,
    },
    websocket: {
      ...wire,
      url: endpoint.url,
      every: true,
      expect: definedOnly({ upgrade, subprotocol, close }),
    },
  };
}

/** `/` of a WebSocket server is often 404: that it answers is what counts. */
const anythingBelow500: Expect = { status: ['<500'] };

/** An http(s) endpoint is asked for its own path, a ws(s) one for its health page. */
function httpUrl(endpoint: Endpoint): string {
  if (!endpoint.scheme.startsWith('ws')) return endpoint.url;
  const url = new URL(endpoint.health ?? '/', endpoint.url.replace(/^ws/, 'http'));
  return url.href;
}

/** Host and, where it is not the scheme's own, port: what a client says in its Host header (RFC 9110 section 7.2). */
export const authority = (endpoint: Endpoint): string => new URL(endpoint.url).host;

function definedOnly<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
