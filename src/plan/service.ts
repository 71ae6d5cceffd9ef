/** The rows of a service: what is seen of it on its own host. */
import { isIP } from 'node:net';
import type { Config, Endpoint, Expect, Listen, Service } from '../config/config.ts';
import { isLoopbackHost } from '../net/addresses.ts';
import { authority } from './endpoint.ts';
import { need, stepsAbout } from './ground.ts';
import type { Need, Step } from './step.ts';

export function planService(config: Config, name: string): Step[] {
  const service = config.services[name] as Service;
  const subject = `service.${name}`;
  const step = stepsAbout(config, subject, service.host);

  const { unit, container, process, listens } = service;
  // What is seen of it is seen in its container's namespaces, so those have to be known.
  const inside = container ? { container } : {};
  const running = container ? [need(`${subject}.container`, 'container')] : [];
  const notSeenClosed = ({ port }: Listen): Need[] => [
    ...running,
    { id: `${subject}.netstat.${port}`, fact: 'open', unlessSeenGone: true },
  ];
  const steps: Step[] = [];
  if (unit) steps.push(step('systemd', 'systemd', { unit }));
  if (container) {
    const needed = listens.map(({ port }) => port).filter((port) => reachedFromOutside(config, name, port));
    steps.push(step('container', 'container', { name: container, needed }));
  }
  if (process) {
    steps.push(step('process', 'process', { process, count: service.processCount, ...inside }, running));
  }
  for (const { port } of listens) {
    const outside = reachedFromOutside(config, name, port);
    steps.push(step(`netstat.${port}`, 'netstat', { port, process, outside, ...inside }, running));
  }
  for (const listen of listens) {
    if (!listen.health) continue;
    const url = `http://localhost:${listen.port}${listen.health}`;
    const expect = { status: ['2xx', ...needsCredentials(config, name, listen.port)] };
    const alsoUpgrade = theEndpointsUpgrade(config, name, listen);
    const options = { url, tls: {}, expect, listener: true, alsoUpgrade, ...inside };
    steps.push(step(`http.${listen.port}`, 'http', options, notSeenClosed(listen)));
  }
  for (const listen of listens) {
    if (!listen.websocket) continue;
    const url = `ws://localhost:${listen.port}${listen.websocket}`;
    const options = {
      url,
      tls: {},
      expect: upgradeExpected(config, name, listen.port),
      listener: true,
      ...inside,
    };
    steps.push(step(`websocket.${listen.port}`, 'websocket', options, notSeenClosed(listen)));
  }
  const target = service.connectsTo ? config.endpoints[service.connectsTo] : undefined;
  if (target) {
    const options = { host: target.host, port: target.port, process, ...inside };
    const needs = process ? [need(`${subject}.process`, 'process')] : [];
    const row = step('connection', 'connection', options, [...running, ...needs]);
    steps.push({ ...row, ...doubtedName(config, service.connectsTo as string, service.host) });
  }
  if (service.config) steps.push(step('config', 'config', { ...service.config, container }));
  if (service.journal) steps.push(step('journal', 'journal', { ...service.journal, unit, container }));
  return steps;
}

/** To which of its addresses a connection leads is not told while the name has none; that is the name's own row. */
function doubtedName(config: Config, endpoint: string, host: string): Pick<Step, 'doubts'> {
  const from = config.hosts[host]?.local ? '' : `@${host}`;
  const id = `endpoint.${endpoint}${from}.dns`;
  return isIP(config.endpoints[endpoint]?.host ?? '')
    ? {}
    : { doubts: { id, fact: 'address', codes: ['doctor.no-answer'] } };
}

/** The endpoints whose requests must end up at this port. */
function endpointsTo(config: Config, service: string, port: number): Endpoint[] {
  return Object.values(config.endpoints).filter(({ to }) => to?.service === service && to.port === port);
}

/** Whether somebody on another host must be able to connect to the port: its proxy there, or the endpoint's clients. */
function reachedFromOutside(config: Config, service: string, port: number): boolean {
  const host = config.services[service]?.host ?? '';
  return endpointsTo(config, service, port).some((endpoint) => {
    if (endpoint.via) return config.proxies[endpoint.via]?.host !== host;
    return !(isLoopbackHost(endpoint.host) && config.hosts[host]?.local);
  });
}

/** We don't send an endpoint's own headers to anybody but its origin, so a request for them is an answer too. */
function needsCredentials(config: Config, service: string, port: number): number[] {
  const guarded = endpointsTo(config, service, port).some(({ headers }) => Object.keys(headers).length > 0);
  return guarded ? [401, 403] : [];
}

function upgradeExpected(config: Config, service: string, port: number): Expect {
  const declared = endpointsTo(config, service, port).flatMap(({ expect }) => expect.upgrade ?? []);
  return {
    upgrade: [
      ...new Set([...(declared.length ? declared : [101]), ...needsCredentials(config, service, port)]),
    ],
  };
}

/**
 * Another port of the service that an endpoint must end up at is asked what the endpoint is asked: where the proxy's
 * answer is this port's, that is where the proxy sends it. So is the right port, where it is not asked that already.
 */
function theEndpointsUpgrade(config: Config, service: string, { port, websocket }: Listen) {
  const proxied = Object.values(config.endpoints).filter(
    ({ to, via, scheme }) => via && to?.service === service && scheme.startsWith('ws'),
  );
  const endpoint =
    proxied.find(({ to }) => to?.port !== port) ?? proxied.find(({ path }) => path !== websocket);
  if (!endpoint) return null;
  return { url: `ws://localhost:${port}${endpoint.path}`, headers: { host: authority(endpoint) } };
}
