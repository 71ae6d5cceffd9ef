/** The commands and files of this machine that stand behind an operation, told before they are asked for. */
import type { Ask } from '../check.ts';
import type { Config } from '../config/config.ts';
import { withoutBrackets } from '../net/addresses.ts';
import { reads, runs } from '../net/asks.ts';
import { rootFiles } from './roots.ts';
import { jumpArgv, proxyShell } from './ssh/proxy-command.ts';
import type { SshEnvironment } from './ssh/sessions.ts';
import { configurationArgv } from './ssh/way.ts';

/** What an operation asks of this machine besides the network; `hosts`: those that can be logged in to. */
export function asksHere(ask: Ask, hosts: Config['hosts'], environment: SshEnvironment): Ask[] {
  switch (ask.operation) {
    case 'handshake':
      return rootFiles(environment.env.NODE_EXTRA_CA_CERTS).map((path) => reads(path));
    case 'request':
    case 'upgrade':
      return /^(?:https|wss|‹)/i.test(ask.url)
        ? rootFiles(environment.env.NODE_EXTRA_CA_CERTS).map((path) => reads(path))
        : [];
    case 'login':
      return loginAsks(ask.host, hosts, environment);
    default:
      return [];
  }
}

function loginAsks(name: string, hosts: Config['hosts'], environment: SshEnvironment): Ask[] {
  const host = Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  if (!host?.ssh) return [];
  const original = withoutBrackets(host.ssh.address ?? host.address ?? name);
  return [
    runs(
      configurationArgv(original, host.ssh, environment),
      'to log in, with the known_hosts and keys that it names',
    ),
    runs(
      jumpArgv(environment, ['‹option›…'], '‹host›:‹port›', '‹host in between›'),
      'where that names a ProxyJump',
    ),
    runs([...proxyShell(environment), 'exec ‹ProxyCommand›'], 'where that names a ProxyCommand'),
  ];
}
