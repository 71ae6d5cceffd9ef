/** The same case once more, at other hosts with other names: what is here has nothing to do with what is there. */
import type { Result, Topology } from '../../../src/report/report.ts';
import type { Case } from './case.ts';

const renamed = (name: string) => `${name}-2`;

const idOf = (id: string) =>
  id
    .replace(/^((?:endpoint|host|proxy|service|check)\.[a-z0-9-]+)/, '$1-2')
    .replace(/(@[a-z0-9-]+)/, '$1-2')
    .replace(/(\.route\.[a-z0-9-]+)/, '$1-2');

const each = <T, U>(record: Readonly<Record<string, T>>, describe: (value: T) => U) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [renamed(name), describe(value)]));

const nullable = (name: string | null | undefined) => (name == null ? null : renamed(name));

function topologyOf({ file, hosts, endpoints, services, proxies }: Topology): Topology {
  return {
    file,
    hosts: each(hosts, (host) => host),
    endpoints: each(endpoints, (endpoint) => ({
      ...endpoint,
      via: nullable(endpoint.via),
      to: endpoint.to && { ...endpoint.to, service: renamed(endpoint.to.service) },
      resolvesTo: endpoint.resolvesTo.map((entry) => (entry in hosts ? renamed(entry) : entry)),
    })),
    services: each(services, (service) => ({
      ...service,
      host: renamed(service.host),
      connectsTo: nullable(service.connectsTo),
    })),
    proxies: each(proxies, (proxy) => ({ ...proxy, host: renamed(proxy.host) })),
  };
}

const resultOf = (result: Result): Result => ({
  ...result,
  id: idOf(result.id),
  subject: idOf(result.subject),
  vantage: result.vantage === 'local' ? 'local' : renamed(result.vantage),
  blockedBy: result.blockedBy && idOf(result.blockedBy),
});

export function elsewhere({ name, results, topology, causes }: Case): Case {
  const moved = { results: results.map(resultOf), topology: topologyOf(topology) };
  const there = JSON.stringify(moved)
    .replaceAll('192.0.2.', '203.0.113.')
    .replaceAll('example.com', 'example.net');
  return { name, causes, ...(JSON.parse(there) as typeof moved) };
}
