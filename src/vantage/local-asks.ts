/** The commands and files of this machine that stand behind an operation, told before they are asked for. */
import type { Ask } from '../check.ts';
import type { Config, SshTransport } from '../config/config.ts';
import { withoutBrackets } from '../net/addresses.ts';
import { reads, runs } from '../net/asks.ts';
import { rootFiles } from './roots.ts';
import { jumpArgv, proxyShell } from './ssh/proxy-command.ts';
import type { SshEnvironment } from './ssh/sessions.ts';
import { configurationOf } from './ssh/ssh-config.ts';
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
    ...opensshAsks(original, host.ssh.transport, environment),
  ];
}

function opensshAsks(original: string, transport: SshTransport, environment: SshEnvironment): Ask[] {
  if (transport === 'ssh2') return [];
  const configuration = configurationOf(environment);
  const own = ['ssh', ...configuration, '-M', '-N', '-T', '-S', '‹socket›', '‹option›…', '--', original];
  const along = ['ssh', ...configuration, '-T', '-S', '‹ControlPath›', '‹option›…', original, '‹what›…'];
  const ticket = runs(['klist', '-s'], 'where GSSAPIAuthentication is set');
  return [
    ...(transport === 'auto' ? [ticket] : []),
    runs(own, transport === 'auto' ? 'where the login needs what ssh2 does not have' : 'to log in'),
    runs(along, 'instead, where a ControlMaster of yours listens'),
  ];
}
