/** What a diagnosis sees: the results and how subjects hang together, with the questions that rules ask of them. */
import type { Result, Topology } from '../report/report.ts';

export interface View {
  readonly results: readonly Result[];
  readonly topology: Topology;
}

export interface Subject {
  readonly kind: string;
  readonly name: string;
}

export function subjectOf(subject: string): Subject {
  const dot = subject.indexOf('.');
  return dot < 0
    ? { kind: subject, name: subject }
    : { kind: subject.slice(0, dot), name: subject.slice(dot + 1) };
}

/** The port that a row of a service or proxy is about (`service.agent.netstat.8081`); null for all others. */
export function portOf(result: Result): number | null {
  const port = /^(?:service|proxy)\.[a-z0-9-]+\.(?:netstat|http|websocket)\.(\d+)$/.exec(result.id)?.[1];
  return port ? Number(port) : null;
}

/** The endpoint that a row of a proxy is about (`proxy.nginx.route.agent`); null for all others. */
export function endpointOf(result: Result): string | null {
  return /^proxy\.[a-z0-9-]+\.route\.(.+)$/.exec(result.id)?.[1] ?? null;
}

interface Index {
  readonly byId: ReadonlyMap<string, Result>;
  readonly bySubject: ReadonlyMap<string, readonly Result[]>;
}

/** Rules ask for the same rows over and over: each run's are put in order once. */
const indexes = new WeakMap<View['results'], Index>();

function indexOf({ results }: View): Index {
  const known = indexes.get(results);
  if (known) return known;
  const bySubject = new Map<string, Result[]>();
  for (const result of results) {
    const rows = bySubject.get(result.subject);
    if (rows) rows.push(result);
    else bySubject.set(result.subject, [result]);
  }
  const index = { byId: new Map(results.map((result) => [result.id, result])), bySubject };
  indexes.set(results, index);
  return index;
}

export const rowAt = (view: View, id: string): Result | undefined => indexOf(view).byId.get(id);

export const ofSubject = (view: View, subject: string): readonly Result[] =>
  indexOf(view).bySubject.get(subject) ?? [];

/** The row of a service for a port. */
export const serviceRow = (view: View, service: string, kind: string, port?: number): Result | undefined =>
  rowAt(view, `service.${service}.${kind}${port === undefined ? '' : `.${port}`}`);

/** The row that says where a proxy sends an endpoint's requests. */
export const routeRow = (view: View, proxy: string, endpoint: string): Result | undefined =>
  rowAt(view, `proxy.${proxy}.route.${endpoint}`);

/** The row of a proxy's configuration. */
export const configurationRow = (view: View, proxy: string): Result | undefined =>
  rowAt(view, `proxy.${proxy}.nginx`);

/** The rows of a service's port, looked at on its host. */
export const portRows = (view: View, { service, port }: { service: string; port: number }): Result[] =>
  ['netstat', 'http', 'websocket'].flatMap((kind) => serviceRow(view, service, kind, port) ?? []);

/** The last rows of an endpoint, one a vantage. */
export function lastRows(view: View, endpoint: string): Result[] {
  const kind = view.topology.endpoints[endpoint]?.lastRow;
  return ofSubject(view, `endpoint.${endpoint}`).filter((result) => result.id.endsWith(`.${kind}`));
}

export const isLastRow = (view: View, result: Result): boolean => {
  const { kind, name } = subjectOf(result.subject);
  return kind === 'endpoint' && result.id.endsWith(`.${view.topology.endpoints[name]?.lastRow}`);
};

/** Where the endpoint's requests must end: as declared, else the service that listens on its port on its host. */
export function destination(view: View, endpoint: string): { service: string; port: number } | null {
  const declared = view.topology.endpoints[endpoint];
  if (!declared || declared.to || declared.via) return declared?.to ?? null;
  const found = Object.entries(view.topology.services).find(
    ([, service]) => service.ports.includes(declared.port) && resolvesToHost(view, endpoint, service.host),
  );
  return found ? { service: found[0], port: declared.port } : null;
}

/** The listener that an endpoint's connections end at: its proxy's, or without one the service's own; and its host. */
export function listenerOf(view: View, endpoint: string): { host: string; row: Result } | null {
  const { via } = view.topology.endpoints[endpoint] ?? {};
  const end = destination(view, endpoint);
  const host = via ? view.topology.proxies[via]?.host : end && view.topology.services[end.service]?.host;
  const row = via
    ? ofSubject(view, `proxy.${via}`).find(({ kind }) => kind === 'netstat')
    : end
      ? serviceRow(view, end.service, 'netstat', end.port)
      : undefined;
  return host && row ? { host, row } : null;
}

export function resolvesToHost(view: View, endpoint: string, host: string): boolean {
  const declared = view.topology.endpoints[endpoint];
  const address = view.topology.hosts[host]?.address;
  if (!declared) return false;
  return (
    declared.resolvesTo.includes(host) ||
    (address != null && [declared.host, ...declared.resolvesTo].includes(address))
  );
}

/** What a finding or a cause is about: a subject, and where there is more to it a port or one endpoint of it. */
export interface About {
  readonly subject: string;
  readonly port: number | null;
  readonly endpoint: string | null;
}

/** Endpoints whose requests go through a subject; for a port of a service, those that must end there. */
export function endpointsThrough(view: View, { subject, port, endpoint: only }: About): string[] {
  const { kind, name } = subjectOf(subject);
  return Object.entries(view.topology.endpoints)
    .filter(([endpoint, { via }]) => {
      const end = destination(view, endpoint);
      if (kind === 'endpoint') return endpoint === name;
      if (kind === 'proxy') return via === name && (only === null || only === endpoint);
      if (kind === 'service') return end?.service === name && (port === null || end.port === port);
      if (kind !== 'host' || (only !== null && only !== endpoint)) return false;
      const hosts = [
        via ? view.topology.proxies[via]?.host : undefined,
        end ? view.topology.services[end.service]?.host : undefined,
      ];
      return hosts.includes(name) || resolvesToHost(view, endpoint, name);
    })
    .map(([endpoint]) => endpoint);
}

/** Where a service looks from: `local` when its host is the machine that doctor runs on. */
export function vantageOf(view: View, service: string): string {
  const host = view.topology.services[service]?.host ?? '';
  return view.topology.hosts[host]?.local ? 'local' : host;
}

/** Somebody looked, and saw: what is skipped or could not be looked at says nothing. */
export const wasSeen = (result: Result | undefined): boolean =>
  result !== undefined && result.status !== 'skip' && result.status !== 'error';

export const notPassed = ({ status }: Result): boolean => status !== 'pass';
