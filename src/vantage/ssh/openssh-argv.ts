/** The command line of an ssh that logs in, carries our channels, and does nothing else that the user's configuration asks for. */
import { localUser } from './local-user.ts';
import { shellQuote } from './quote.ts';
import type { SshEnvironment } from './sessions.ts';
import { configurationOf } from './ssh-config.ts';
import type { Way } from './way.ts';

/** What ssh takes first counts (ssh_config(5)): these hold whatever the configuration says. */
const always: Readonly<Record<string, string>> = {
  // a key that is not known, was changed or is revoked gets no connection
  StrictHostKeyChecking: 'yes',
  VerifyHostKeyDNS: 'no',
  NoHostAuthenticationForLocalhost: 'no',
  UpdateHostKeys: 'no',
  // nothing is typed but a passphrase
  PasswordAuthentication: 'no',
  KbdInteractiveAuthentication: 'no',
  // nothing is forwarded, started, opened or left behind
  AddKeysToAgent: 'no',
  ClearAllForwardings: 'yes',
  ExitOnForwardFailure: 'no',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  Tunnel: 'no',
  PermitLocalCommand: 'no',
  ControlPersist: 'no',
  RequestTTY: 'no',
  // what the trace is read from
  LogLevel: 'DEBUG1',
  FingerprintHash: 'sha256',
  VisualHostKey: 'no',
  // a link that is silent this many seconds, three times over, is dead
  ServerAliveInterval: '5',
  ServerAliveCountMax: '3',
};

/** Younger than the oldest ssh that we can use, or not in every build: named only where `ssh -G` knows them. */
const whereKnown: Readonly<Record<string, string>> = {
  RemoteCommand: 'none',
  ForkAfterAuthentication: 'no',
  StdinNull: 'yes',
  SessionType: 'none',
  GSSAPIDelegateCredentials: 'no',
  // it would stand in the place of the host's key
  GSSAPIKeyExchange: 'no',
};

/** `prompts`: there is somebody to be asked for a passphrase, by way of SSH_ASKPASS. `timeoutMs`: for all of the login. */
export function masterArgv(
  way: Way,
  environment: SshEnvironment,
  socketPath: string,
  { prompts, timeoutMs }: { readonly prompts: boolean; readonly timeoutMs: number },
): [string, ...string[]] {
  const known = Object.entries(whereKnown).filter(([option]) => way.options.has(option.toLowerCase()));
  const set: [string, string][] = [
    ['BatchMode', prompts ? 'no' : 'yes'],
    ...Object.entries(always),
    ...known,
    ...connectTimeout(way, timeoutMs),
    ...ownOptions(way, environment),
  ];
  return [
    'ssh',
    ...configurationOf(environment),
    ...['-M', '-N', '-T', '-S', escaped(socketPath)],
    ...set.flatMap(([option, value]) => ['-o', `${option}=${value}`]),
    ...who(way),
    '--',
    way.original,
  ];
}

/** An ssh that goes along with a master of the user's, and connects to nothing where that does not take it. */
export function passengerArgv(
  way: Way,
  environment: SshEnvironment,
  socketPath: string,
  what: readonly string[],
): [string, ...string[]] {
  const set: readonly [string, string][] = [
    ['BatchMode', 'yes'],
    ...Object.entries(always).filter(([option]) => option !== 'LogLevel'),
    ['LogLevel', 'INFO'],
    ['ControlMaster', 'no'],
    ['ProxyCommand', 'false'],
    ...(way.options.has('remotecommand') ? [['RemoteCommand', 'none'] as [string, string]] : []),
    ...(way.options.has('forkafterauthentication')
      ? [
          ['ForkAfterAuthentication', 'no'] as [string, string],
          ['StdinNull', 'no'] as [string, string],
          ['SessionType', 'default'] as [string, string],
        ]
      : []),
  ];
  return [
    'ssh',
    ...configurationOf(environment),
    ...['-T', '-S', escaped(socketPath)],
    ...set.flatMap(([option, value]) => ['-o', `${option}=${value}`]),
    ...who(way),
    ...what,
  ];
}

function who({ settings }: Way): string[] {
  return [
    ...(settings.user === null ? [] : ['-l', settings.user]),
    ...(settings.port === null ? [] : ['-p', String(settings.port)]),
  ];
}

/** An address that does not answer is left for the next one; half of the time is for the login itself. */
function connectTimeout(way: Way, timeoutMs: number): [string, string][] {
  if (way.proxy) return [];
  const milliseconds = Math.min(way.connectTimeoutMs ?? Number.POSITIVE_INFINITY, timeoutMs / 2);
  return [['ConnectTimeout', String(Math.max(1, Math.floor(milliseconds / 1000)))]];
}

/** What doctor's own configuration says of the way; and the files in `~`, which ssh would look for elsewhere. */
function ownOptions(way: Way, environment: SshEnvironment): [string, string][] {
  const { settings, proxy } = way;
  const elsewhere = environment.home !== localUser().home;
  const keyFiles = elsewhere ? way.identityFiles.map(({ path }) => path) : [settings.identityFile];
  return [
    ...keyFiles.flatMap((path): [string, string][] =>
      path === null ? [] : [['IdentityFile', fileName(path)]],
    ),
    ...(elsewhere || settings.knownHosts !== null
      ? [['UserKnownHostsFile', way.knownHostsFiles.map(fileName).join(' ') || 'none'] as [string, string]]
      : []),
    // the same way over the hosts in between that the other transport takes
    ...(proxy && !proxy.passesSocket
      ? [['ProxyCommand', escaped(proxy.argv.map(shellQuote).join(' '))] as [string, string]]
      : []),
  ];
}

/** ssh expands tokens in it. */
function escaped(text: string): string {
  return text.replaceAll('%', '%%');
}

/** One word of a list of files. */
function fileName(path: string): string {
  return `"${escaped(path).replaceAll(/[\\"]/g, '\\$&')}"`;
}
