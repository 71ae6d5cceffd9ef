/** The way into a host, as `ssh` itself would take it: `ssh -G` where there is an ssh, else OpenSSH's defaults. */
import { hostname as machineName } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../check.ts';
import type { Host, SshSettings } from '../../config/config.ts';
import { withoutBrackets } from '../../net/addresses.ts';
import { failure, type Limits } from '../source.ts';
import { settingsBeyondSsh2 } from './choose.ts';
import { type Decided, decidedIn } from './decided.ts';
import { hopsOf, jumpText } from './jump.ts';
import { localUser } from './local-user.ts';
import { hostFault, userFault } from './names.ts';
import { runProgram } from './program.ts';
import { type ProxyCommand, proxyOf } from './proxy-command.ts';
import type { SshEnvironment } from './sessions.ts';
import { configurationOf } from './ssh-config.ts';
import { expandTilde, expandTokens, type TokenValues } from './tokens.ts';

export interface Way {
  /** The declared name of the host. */
  readonly name: string;
  /** What an ssh is asked for: the name that its configuration knows. */
  readonly original: string;
  readonly settings: SshSettings;
  /** What `ssh -G` printed, by its lower-case keywords; empty: there is no ssh here. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** What to connect to. */
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  readonly family: 0 | 4 | 6;
  readonly hostKeyAlias: string | null;
  /** In order; `named` ones were asked for, so a missing one is worth a word. */
  readonly identityFiles: readonly { readonly path: string; readonly named: boolean }[];
  readonly identitiesOnly: boolean;
  readonly agentSocket: string | null;
  readonly knownHostsFiles: readonly string[];
  readonly revokedKeysFile: string | null;
  /** In order of preference; null: ssh2's own. */
  readonly hostKeyAlgorithms: readonly string[] | null;
  readonly connectTimeoutMs: number | null;
  /** What carries the connection instead of a socket; the hosts in between are in it. */
  readonly proxy: ProxyCommand | null;
  /** The lines of ssh_config that decided. */
  readonly decided: readonly Decided[];
  readonly notes: readonly string[];
  /** What the configuration asks for and ssh2 can not do. */
  readonly beyondSsh2: readonly string[];
}

/** Decides it. Nothing is connected; `ssh -G` runs the user's own `Match exec` lines, as every ssh does. */
export async function findWay(
  name: string,
  host: Host,
  settings: SshSettings,
  environment: SshEnvironment,
  limits: Limits,
): Promise<Outcome<{ way: Way }>> {
  const original = withoutBrackets(settings.address ?? host.address ?? name);
  const fault = hostFault(original) ?? (settings.user === null ? null : userFault(settings.user));
  if (fault) return failure('invalid-name', fault);
  const declared = settings.jump.length > 0 ? hopsOf(jumpText(settings.jump)) : null;
  if (declared && !declared.ok) return declared;
  const asked = await askSsh(original, settings, environment, limits);
  if (!asked.ok) return asked;
  const { options } = asked;
  const one = (key: string) => options.get(key)?.[0] ?? null;

  const me = localUser();
  const hostname = withoutBrackets(one('hostname') ?? original);
  const user = settings.user ?? one('user') ?? me.name;
  const resolvedFault = hostFault(hostname) ?? userFault(user);
  if (resolvedFault) return failure('invalid-name', resolvedFault);
  const port = settings.port ?? Number(one('port') ?? 22);
  const values: TokenValues = {
    home: environment.home,
    localHost: machineName(),
    localUser: me.name,
    localUid: me.uid,
    original,
    hostname,
    port,
    user,
    hostKeyAlias: one('hostkeyalias'),
    jump: one('proxyjump') ?? '',
  };
  const notes = [...asked.notes];
  const path = (text: string) => {
    const expanded = expandTokens(expandTilde(text, environment.home), values, environment.env);
    if (expanded === null) notes.push(`${text} has a token that is not known: passed over`);
    return expanded;
  };
  const proxy = proxyOf(options, values, environment);
  if (!proxy.ok) return proxy;
  const strict = one('stricthostkeychecking');
  if (strict !== null && ['no', 'off', 'false', 'accept-new'].includes(strict)) {
    notes.push(`StrictHostKeyChecking ${strict} is not followed: a key that is not known is never accepted`);
  }
  const seconds = Number(one('connecttimeout'));
  const family = { inet: 4, inet6: 6 }[one('addressfamily') ?? ''] ?? 0;
  return {
    ok: true,
    way: {
      name,
      original,
      settings,
      options,
      hostname,
      port,
      user,
      family: family as 0 | 4 | 6,
      hostKeyAlias: values.hostKeyAlias,
      identityFiles: identityFiles(settings, options, path),
      identitiesOnly: one('identitiesonly') === 'yes',
      agentSocket: agentSocket(one('identityagent'), environment, path),
      knownHostsFiles: knownHostsFiles(settings, options, environment),
      revokedKeysFile: noneIsNull(one('revokedhostkeys')),
      hostKeyAlgorithms: one('hostkeyalgorithms')?.split(',') ?? null,
      connectTimeoutMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null,
      proxy: proxy.command,
      decided: asked.decided,
      notes,
      beyondSsh2: beyondSsh2(options),
    },
  };
}

type Options = ReadonlyMap<string, readonly string[]>;

export function configurationArgv(
  original: string,
  settings: SshSettings,
  environment: SshEnvironment,
): [string, ...string[]] {
  const argv: [string, ...string[]] = ['ssh', '-G', '-vvv', '-T', ...configurationOf(environment)];
  if (settings.jump.length > 0) argv.push('-J', jumpText(settings.jump));
  if (settings.port !== null) argv.push('-p', String(settings.port));
  if (settings.user !== null) argv.push('-l', settings.user);
  if (settings.identityFile !== null) argv.push('-i', settings.identityFile);
  return [...argv, '--', original];
}

async function askSsh(
  original: string,
  settings: SshSettings,
  environment: SshEnvironment,
  limits: Limits,
): Promise<Outcome<{ options: Options; decided: readonly Decided[]; notes: string[] }>> {
  const argv = configurationArgv(original, settings, environment);
  const end = await runProgram(argv, environment.env, limits);
  if (end.kind === 'missing' && settings.jump.length > 0) {
    return failure(
      'unsupported',
      'the hosts in between (jump) need an ssh on this machine, and there is none',
    );
  }
  if (end.kind === 'missing') {
    return {
      ok: true,
      options: new Map(),
      decided: [],
      notes: ["no ssh here: OpenSSH's defaults, and no ssh_config"],
    };
  }
  if (end.kind === 'timeout') {
    return limits.signal.aborted
      ? failure('aborted', 'the run ended first')
      : failure('timeout', 'ssh -G did not end in time (a Match exec line in its configuration?)');
  }
  if (end.exitCode !== 0) {
    return failure(
      'no-session',
      `the ssh configuration can not be read: ${withoutDebug(end.stderr).slice(0, 1000)}`,
    );
  }
  const options = new Map<string, string[]>();
  for (const line of end.stdout.split('\n')) {
    const [key = '', value] = [line.split(' ', 1)[0], line.slice(line.indexOf(' ') + 1)];
    if (key !== '' && value !== undefined) options.set(key, [...(options.get(key) ?? []), value.trim()]);
  }
  const ours = {
    User: settings.user !== null,
    Port: settings.port !== null,
    ProxyJump: settings.jump.length > 0,
    ProxyCommand: settings.jump.length > 0,
    UserKnownHostsFile: settings.knownHosts !== null,
  };
  const decided = (await decidedIn(end.stderr))
    .filter(({ keyword }) => !Object.entries(ours).some(([word, isOurs]) => isOurs && word === keyword))
    .map((one) => ({ ...one, file: underHome(one.file, environment.home) }));
  return { ok: true, options, decided, notes: ['ssh -G decided user, port, keys and known_hosts'] };
}

const underHome = (file: string, home: string) =>
  file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;

const withoutDebug = (text: string) =>
  text
    .split('\n')
    .filter((line) => !/^(?:debug\d: |OpenSSH_)/.test(line))
    .join('\n')
    .trim();

const defaultIdentity = /^~\/\.ssh\/id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/;
const defaultIdentities = ['~/.ssh/id_rsa', '~/.ssh/id_ecdsa', '~/.ssh/id_ed25519'];

function identityFiles(settings: SshSettings, options: Options, path: (text: string) => string | null) {
  const own = settings.identityFile === null ? [] : [{ path: settings.identityFile, named: true }];
  const rest = (options.get('identityfile') ?? defaultIdentities).flatMap((text) => {
    const expanded = text === 'none' ? null : path(text);
    return expanded === null || expanded === settings.identityFile
      ? []
      : [{ path: expanded, named: !defaultIdentity.test(text) }];
  });
  return [...own, ...rest];
}

function agentSocket(
  text: string | null,
  environment: SshEnvironment,
  path: (text: string) => string | null,
): string | null {
  if (text === 'none') return null;
  if (text === null || text === 'SSH_AUTH_SOCK') return environment.env.SSH_AUTH_SOCK || null;
  return text.startsWith('$') && !text.startsWith('${') ? environment.env[text.slice(1)] || null : path(text);
}

/** ssh prints its lists joined by blanks, with `~` put in; a path can have blanks, but each of them starts with a slash. */
function knownHostsFiles(settings: SshSettings, options: Options, environment: SshEnvironment): string[] {
  const list = (key: string, otherwise: string) =>
    (options.get(key)?.[0] ?? otherwise)
      .split(/ (?=[/~])/)
      .filter((file) => file !== 'none')
      .map((file) => homeOf(expandTilde(file, environment.home), environment));
  const user =
    settings.knownHosts === null
      ? list('userknownhostsfile', '~/.ssh/known_hosts ~/.ssh/known_hosts2')
      : [settings.knownHosts];
  return [...user, ...list('globalknownhostsfile', '/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2')];
}

function homeOf(file: string, environment: SshEnvironment): string {
  const usual = localUser().home;
  return usual !== null && environment.home !== usual && file.startsWith(`${usual}/.ssh/`)
    ? join(environment.home, file.slice(usual.length))
    : file;
}

function noneIsNull(text: string | null): string | null {
  return text === 'none' ? null : text;
}

function beyondSsh2(options: Options): string[] {
  // older ssh have CheckHostIP set as they come: no reason to take another transport
  const checksAddress = options.get('checkhostip')?.[0] === 'yes' ? ['CheckHostIP'] : [];
  return [...settingsBeyondSsh2(options), ...checksAddress].map(
    (word) => `${word} is set, and not used by this transport`,
  );
}
