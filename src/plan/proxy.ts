/** The rows of a proxy: nginx itself, its configuration, and where it sends each endpoint's requests. */
import type { Config, Proxy as ProxyConfig } from '../config/config.ts';
import { lastRow } from './endpoint.ts';
import { need, stepsAbout } from './ground.ts';
import type { Step } from './step.ts';

export function planProxy(config: Config, name: string): Step[] {
  const proxy = config.proxies[name] as ProxyConfig;
  const subject = `proxy.${name}`;
  const step = stepsAbout(config, subject, proxy.host);
  const { unit, container } = proxy;
  const endpoints = Object.entries(config.endpoints).filter(([, { via }]) => via === name);
  const ports = [...new Set(endpoints.map(([, { port }]) => proxy.listen ?? port))];
  const configuration = { unit, container, config: proxy.config, ports };
  return [
    step('process', 'process', { process: 'nginx', unit, container }),
    ...ports.map((port) =>
      step(`netstat.${port}`, 'netstat', {
        port,
        process: 'nginx',
        container,
        published: container !== null,
      }),
    ),
    step('nginx', 'nginx', configuration),
    ...endpoints.map(([name, endpoint]) =>
      step(`route.${name}`, 'nginx', { ...configuration, route: routeOf(config, proxy, name) }, [
        need(`${subject}.nginx`, 'configuration'),
        // What works is not broken, whatever the configuration looks like.
        { id: `endpoint.${name}.${lastRow(endpoint)}`, fact: 'works', optional: true },
      ]),
    ),
  ];
}

/** What the proxy is asked for an endpoint, and where that must end up. */
function routeOf(config: Config, proxy: ProxyConfig, name: string) {
  const endpoint = config.endpoints[name];
  const service = endpoint?.to ? config.services[endpoint.to.service] : undefined;
  const silences = [service?.heartbeatMs, endpoint?.idleMs].filter(
    (ms): ms is number => typeof ms === 'number',
  );
  return {
    url: endpoint?.url,
    port: proxy.listen ?? endpoint?.port,
    target: service && endpoint?.to ? placeOf(config, proxy, endpoint.to, service) : null,
    health: endpoint?.health ? new URL(endpoint.health, endpoint.url.replace(/^ws/, 'http')).href : null,
    longestSilenceMs: silences.length > 0 ? Math.max(...silences) : null,
  };
}

function placeOf(
  config: Config,
  proxy: ProxyConfig,
  to: { readonly service: string; readonly port: number },
  service: Config['services'][string],
) {
  const listen = service.listens.find(({ port }) => port === to.port);
  return {
    service: to.service,
    port: to.port,
    otherPorts: service.listens.map(({ port }) => port).filter((port) => port !== to.port),
    samePath: service.listens.flatMap(({ port, websocket }) =>
      port !== to.port && websocket && websocket === listen?.websocket ? [port] : [],
    ),
    container: service.container,
    sameHost: service.host === proxy.host,
    address: config.hosts[service.host]?.address ?? null,
    path: listen?.websocket ?? null,
  };
}
