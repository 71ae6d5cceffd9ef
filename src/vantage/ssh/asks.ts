/** The commands and files of a host that stand behind an operation there, told before they are asked for. */
import type { Ask } from '../../check.ts';
import { addressOf, hostName, splitHostPort } from '../../net/addresses.ts';
import { onlyWhen, reads, runs } from '../../net/asks.ts';

export const userArgv = ['id', '-u'];
export const hostnameArgv = ['uname', '-n'];
export const clockArgv = ['date', '+%s'];
export const resolveArgv = (name: string) => ['getent', 'ahosts', name];
export const hostsFile = '/etc/hosts';
export const resolverFile = '/etc/resolv.conf';

/** CA bundles by distribution: Debian and Alpine; Red Hat; SUSE; BSD. The first that can be read is the host's. */
export const caBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

export const sessionAsks: readonly Ask[] = [userArgv, hostnameArgv, clockArgv].map((argv) =>
  runs(argv, 'to log in'),
);

const trustAsks: readonly Ask[] = [runs(clockArgv), ...caBundles.map((path) => reads(path))];

/** What an operation at a host's vantage asks of its shell. */
export function asksOnHost(ask: Ask): Ask[] {
  switch (ask.operation) {
    case 'resolve':
      return resolveAsks(ask.name, ask.server);
    case 'handshake':
      return [...trustAsks];
    case 'request':
    case 'upgrade':
      return /^(?:https|wss|‹)/i.test(ask.url) ? [...trustAsks] : [];
    case 'now':
      return [runs(clockArgv)];
    default:
      return [];
  }
}

function resolveAsks(name: string, server: string | null): Ask[] {
  const asked = server === null ? name : (splitHostPort(server, 53)?.host ?? '');
  if (addressOf(name) || addressOf(asked)) return [];
  const checked = asked.includes('‹') ? { name: asked } : hostName(asked);
  if ('fault' in checked) return [];
  return [
    runs(resolveArgv(checked.name)),
    reads(hostsFile, 'where there is no getent'),
    ...onlyWhen('where a name has no address', [reads(resolverFile)]),
  ];
}
