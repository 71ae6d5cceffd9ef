/** What a name in the configuration is where the proxy runs: on the host, or in its container's own network. */
import type { Ask, Vantage } from '../../check.ts';
import { addressOf, withoutBrackets } from '../addresses.ts';
import { onlyWhen, resolves, runsAsRoot } from '../asks.ts';
import {
  type ContainerPlace,
  type Engine,
  engines,
  inspectAsks,
  inspectContainer,
  placeOfContainer,
} from '../containers.ts';
import { addressesInside, insideNamesAsks } from '../inside.ts';

export interface Resolved {
  readonly addresses: readonly string[];
  /** Somebody who knows said that there is no such name. */
  readonly isUnknown: boolean;
  readonly detail: string;
}

/** More containers than this are not asked about one by one. */
const mostContainers = 32;

const known = (addresses: readonly string[]): Resolved => ({ addresses, isUnknown: false, detail: '' });

/** `service`: the container that requests should end in, which is asked about first. */
export async function resolveAt(
  vantage: Vantage,
  proxy: ContainerPlace | null,
  host: string,
  service: ContainerPlace | null,
): Promise<Resolved> {
  const literal = addressOf(withoutBrackets(host));
  if (literal) return known([literal.address]);
  const inside = await addressesInside(vantage, proxy, host);
  if (inside.length > 0) return known(inside.map(({ address }) => address));
  if (proxy === null || proxy.hostNetwork) return onHost(vantage, host);
  const named = service ? addressesNamed(proxy, service, host) : [];
  if (named.length > 0) return known(named);
  return inContainer(vantage, proxy, host);
}

const getentArgv = (engine: Engine, container: string, name: string) => [
  ...[engine, 'exec', container],
  ...['getent', 'ahosts', name],
];
const listArgv = (engine: Engine) => [engine, 'ps', '--quiet', '--no-trunc'];

/** What {@link resolveAt} may ask of the servers that a configuration names. */
export function serversAsks(proxy: string | null): Ask[] {
  const name = '‹server that it forwards to›';
  if (proxy === null) return [resolves(name)];
  const inside = engines.map((engine) => runsAsRoot(getentArgv(engine, proxy, name)));
  const others = [...engines.map((engine) => runsAsRoot(listArgv(engine))), ...inspectAsks('‹container id›')];
  return [
    ...insideNamesAsks(proxy),
    ...inside,
    ...onlyWhen('where the container does not resolve it', others),
    resolves(name, null, 'where it has the network of the host'),
  ];
}

async function onHost(vantage: Vantage, name: string): Promise<Resolved> {
  const answer = await vantage.resolve({ name });
  if (answer.ok) return known(answer.addresses.map(({ address }) => address));
  const isUnknown = ['nxdomain', 'no-address', 'invalid-name'].includes(answer.failure);
  return { addresses: [], isUnknown, detail: answer.detail };
}

/** Of a container by that name or alias, on a network that both are on; none of the default bridge, which has no names. */
function addressesNamed(proxy: ContainerPlace, other: ContainerPlace, name: string): string[] {
  const shared = other.aliases.filter(
    ({ network, names }) =>
      names.some((one) => one.toLowerCase() === name.toLowerCase()) &&
      proxy.addresses.some((own) => own.network === network),
  );
  return other.addresses
    .filter(({ network }) => shared.some((one) => one.network === network))
    .map(({ address }) => address);
}

async function inContainer(vantage: Vantage, proxy: ContainerPlace, name: string): Promise<Resolved> {
  const asked = await vantage.execute({ argv: getentArgv(proxy.engine, proxy.name, name), asRoot: true });
  const addresses = asked.ok && asked.exitCode === 0 ? firstWords(asked.stdout) : [];
  if (addresses.length > 0) return known(addresses);
  // 2: a key that is not in the database (getent(1)); anything else may be an image without it.
  const isUnknown = asked.ok && asked.exitCode === 2;
  const listed = await vantage.execute({ argv: listArgv(proxy.engine), asRoot: true });
  const ids = listed.ok && listed.exitCode === 0 ? listed.stdout.split('\n').filter(Boolean) : [];
  const others = await Promise.all(
    ids.slice(0, mostContainers).map(async (id) => {
      const inspected = /^[0-9a-f]{12,64}$/.test(id) ? await inspectContainer(vantage, id) : null;
      return inspected?.ok && inspected.container ? placeOfContainer(inspected.container) : null;
    }),
  );
  const found = others.flatMap((other) => (other ? addressesNamed(proxy, other, name) : []));
  if (found.length > 0) return known([...new Set(found)]);
  return { addresses: [], isUnknown, detail: `no such name in the container ${proxy.name}` };
}

function firstWords(text: string): string[] {
  const words = text.split('\n').map((line) => line.split(/\s+/, 1)[0] ?? '');
  return [...new Set(words.filter((word) => addressOf(word) !== null))];
}
