/** Whether the place that nginx forwards to is where the service is: by addresses, in the proxy's own network, not by strings. */
import type { Ask, Vantage } from '../../check.ts';
import { addressOf, canonicalAddress, hostPort, isLoopback, isUnspecified } from '../addresses.ts';
import { runs } from '../asks.ts';
import type { ContainerPlace } from '../containers.ts';
import type { Proxied, UpstreamServer } from '../nginx/route.ts';

/** Where requests must end, as it is declared. */
export interface ServicePlace {
  readonly service: string;
  readonly port: number;
  /** Other ports that it listens on. */
  readonly otherPorts: readonly number[];
  /** Those of them whose WebSocket has the same path: more instances of what is at `port`. */
  readonly samePath: readonly number[];
  readonly container: string | null;
  /** On the proxy's host. */
  readonly sameHost: boolean;
  /** Name or address of its host. */
  readonly address: string | null;
  /** Of its WebSocket. */
  readonly path: string | null;
}

/** A server that requests are forwarded to. */
export interface Forwarded {
  readonly host: string;
  /** null: a Unix socket, whose path `host` is. */
  readonly port: number | null;
  readonly file: string;
  readonly line: number;
}

/** What can be seen from where the proxy is. */
export interface Surroundings {
  /** Addresses of the host itself, loopback left out; null: not known. */
  readonly own: readonly string[] | null;
  /** The proxy's container; null: it is on the host itself. */
  readonly proxy: ContainerPlace | null;
  /** The service's container, where it is in one on this host and runs. */
  readonly service: ContainerPlace | null;
  /** Addresses of the service's host, where that is another one. */
  readonly there: readonly string[];
}

export type Judged = {
  readonly verdict: 'right' | 'wrong' | 'unknown';
  readonly why: string;
  /** The host is right, and the port alone is not. */
  readonly onlyPort: boolean;
  /** The port to use at that host instead, where it is known. */
  readonly wanted: number;
};

/** Those that take requests while all is well: not `down`, nor a `backup`, unless there are no others. */
export function forwardedTo({ host, port, unix, upstream, file, line }: Proxied): Forwarded[] {
  if (!upstream) return [{ host: unix ?? host, port: unix === null ? port : null, file, line }];
  const inUse = upstream.servers.filter(({ flags }) => !flags.includes('down') && !flags.includes('backup'));
  return (inUse.length > 0 ? inUse : upstream.servers).map((server: UpstreamServer) => ({
    host: server.address,
    port: server.port,
    file: server.file,
    line: server.line,
  }));
}

const sharesHost = (place: ContainerPlace | null) => place === null || place.hostNetwork;

const sameNetwork = (a: ContainerPlace | null, b: ContainerPlace) =>
  a !== null &&
  (a.id === b.id ||
    (a.addresses.length > 0 &&
      a.addresses.every(({ address }) => b.addresses.some((other) => other.address === address))));

/** `addresses`: what the host's name is in the proxy's network. */
export function judgeTarget(
  forwarded: Forwarded,
  addresses: readonly string[],
  place: ServicePlace,
  around: Surroundings,
): Judged {
  const instances = place.samePath.map((port) => judgeAt(forwarded, addresses, { ...place, port }, around));
  const right = instances.find(({ verdict }) => verdict === 'right');
  return right ?? judgeAt(forwarded, addresses, place, around);
}

function judgeAt(
  { host, port }: Forwarded,
  addresses: readonly string[],
  place: ServicePlace,
  around: Surroundings,
): Judged {
  const unknown = (why: string): Judged => ({
    verdict: 'unknown',
    why,
    onlyPort: false,
    wanted: place.port,
  });
  if (port === null) return unknown(`a Unix socket: ${host}`);
  if (addresses.length === 0) return unknown(`${host} could not be resolved where the proxy is`);
  if (!place.sameHost) return elsewhere(port, addresses, place, around, unknown);
  if (place.container !== null && around.service === null) {
    return unknown(`the container ${place.container} does not run, or could not be asked about`);
  }
  const ends = addresses.map((address) => endOf(address, place, around));
  if (ends.some((end) => end === null)) return unknown('the addresses of the host could not be read');
  const known = ends.flatMap((end) => end ?? []);
  const right = known.find((end) => end.ports.includes(port));
  if (right) return { verdict: 'right', why: right.why, onlyPort: false, wanted: port };
  const near = known.find((end) => end.ports.length > 0);
  const first = known[0];
  return {
    verdict: 'wrong',
    why: near
      ? `${near.why}, where port ${port} is not ${place.service}'s ${place.port}`
      : (first?.why ?? 'another host'),
    onlyPort: near !== undefined,
    wanted: near?.ports[0] ?? place.port,
  };
}

interface End {
  /** At which the service's port is there. */
  readonly ports: readonly number[];
  readonly why: string;
}

/** What is at an address, seen from the proxy; null: not known. */
function endOf(text: string, { port, service }: ServicePlace, around: Surroundings): End | null {
  const address = canonicalAddress(text);
  const { own, proxy, service: container } = around;
  const isLocal = isLoopback(address) || isUnspecified(address);
  if (container && !container.hostNetwork) {
    if (container.addresses.some((one) => canonicalAddress(one.address) === address)) {
      return { ports: [port], why: `an address of the container ${container.name}` };
    }
    if (isLocal && sameNetwork(proxy, container))
      return { ports: [port], why: `loopback of ${container.name}` };
    if (isLocal && !sharesHost(proxy)) return { ports: [], why: "loopback of the proxy's own container" };
    if (!isLocal && own === null) return null;
    if (!isLocal && !own?.includes(address)) return { ports: [], why: `${address} is not ${service}'s` };
    const published = container.published.filter(
      ({ containerPort, hostAddress }) => containerPort === port && covers(hostAddress, address),
    );
    return { ports: published.map(({ hostPort: at }) => at), why: 'the host, which publishes its ports' };
  }
  if (isLocal && !sharesHost(proxy)) return { ports: [], why: "loopback of the proxy's own container" };
  if (isLocal) return { ports: [port], why: 'loopback of the host' };
  if (own === null) return null;
  return own.includes(address)
    ? { ports: [port], why: 'an address of the host' }
    : { ports: [], why: `${address} is no address of this host` };
}

/** Whether what is published at one address of the host is there at another. */
function covers(published: string, address: string): boolean {
  return isUnspecified(published) || canonicalAddress(published) === address;
}

function elsewhere(
  port: number,
  addresses: readonly string[],
  place: ServicePlace,
  { there }: Surroundings,
  unknown: (why: string) => Judged,
): Judged {
  const known = new Set(there.map(canonicalAddress));
  if (!addresses.some((address) => known.has(canonicalAddress(address)))) {
    return unknown(`${addresses.join(', ')} may be ${place.service}'s host or not`);
  }
  if (port === place.port) {
    return { verdict: 'right', why: "an address of the service's host", onlyPort: false, wanted: port };
  }
  if (place.container !== null) return unknown(`which port of its host the container publishes is not seen`);
  return { verdict: 'wrong', why: "another port of the service's host", onlyPort: true, wanted: place.port };
}

/** `port 8080`, or `host:port` where the host is another one too. */
export function forwardedWords({ host, port }: Forwarded, onlyPort: boolean): string {
  if (port === null) return `unix:${host}`;
  return onlyPort ? `port ${port}` : hostPort(host, port);
}

const ipArgv = ['ip', '-o', 'addr'];
const hostnameArgv = ['hostname', '-I'];
export const ownAddressesAsks: readonly Ask[] = [runs(ipArgv), runs(hostnameArgv, 'where there is no ip')];

/** Addresses of the machine itself, canonical; null where neither tool is there. */
export async function lookAtOwnAddresses(vantage: Vantage): Promise<string[] | null> {
  const ip = await vantage.execute({ argv: ipArgv });
  if (ip.ok && ip.exitCode === 0) {
    return [...ip.stdout.matchAll(/^\d+: \S+\s+inet6? ([0-9a-fA-F.:]+)/gm)].map(([, address = '']) =>
      canonicalAddress(address),
    );
  }
  const names = await vantage.execute({ argv: hostnameArgv });
  if (!names.ok || names.exitCode !== 0) return null;
  return names.stdout
    .split(/\s+/)
    .filter((text) => addressOf(text) !== null)
    .map(canonicalAddress);
}
