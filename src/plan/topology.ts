/** The part of a configuration that says how subjects hang together: what a diagnosis needs besides the results. */
import type { Config } from '../config/config.ts';
import type { Topology } from '../report/report.ts';
import { lastRow } from './endpoint.ts';

export function topologyOf(config: Config): Topology {
  const each = <T, U>(record: Readonly<Record<string, T>>, describe: (value: T) => U): Record<string, U> =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, describe(value)]));
  return {
    file: config.file,
    hosts: each(config.hosts, ({ address, local, ssh }) => ({
      address,
      local,
      wayIn: local || ssh !== null,
    })),
    endpoints: each(config.endpoints, (endpoint) => ({
      url: endpoint.url,
      host: endpoint.host,
      port: endpoint.port,
      resolvesTo: [...endpoint.resolvesTo],
      via: endpoint.via,
      to: endpoint.to,
      lastRow: lastRow(endpoint),
    })),
    services: each(config.services, (service) => ({
      host: service.host,
      unit: service.unit,
      container: service.container,
      process: service.process,
      ports: service.listens.map(({ port }) => port),
      connectsTo: service.connectsTo,
      runbook: { ...service.runbook },
    })),
    proxies: each(config.proxies, ({ host, unit, container }) => ({ host, unit, container })),
  };
}
