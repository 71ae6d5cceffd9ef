/** Targets on the command line → `Config`: endpoints by their URL, hosts by `ssh://`. */
import { addressOf, withoutBrackets } from '../net/addresses.ts';
import { placeholder } from '../net/placeholder.ts';
import type { Secret } from '../vantage/redact.ts';
import { type Config, type Defaults, type Endpoint, type Host, plainSsh } from './config.ts';
import { type LoadedConfig, shortSecrets } from './load.ts';
import type { ConfigError } from './problems.ts';
import { standardDefaults } from './resolve.ts';
import { type EndpointUrl, hasHttp, type Read, readUrl, schemes, wrong } from './url.ts';
import { readLogin } from './values.ts';
import { listed, nearest, printable, quoted } from './words.ts';

export interface TargetOptions {
  /** Default: what the targets are called. */
  readonly title?: string | undefined;
  readonly defaults?: Partial<Defaults> | undefined;
}

type Target =
  | { readonly endpoint: EndpointUrl; readonly credentials: Credentials | null }
  | { readonly host: Host; readonly hostname: string };

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Every target that is none is an error of its own; with one of them nothing is returned. */
export function configFromTargets(targets: readonly string[], options: TargetOptions = {}): LoadedConfig {
  const errors: ConfigError[] = [];
  const endpoints: Record<string, Endpoint> = Object.create(null);
  const hosts: Record<string, Host> = Object.create(null);
  const secrets: Secret[] = [];
  const places: string[] = [];
  for (const text of targets) {
    const read = readTarget(text);
    if (!read.ok) {
      errors.push({ file: '', line: 0, column: 0, key: shownTarget(text), ...read.fault });
      continue;
    }
    places.push('host' in read.value ? read.value.hostname : read.value.endpoint.host);
    if ('host' in read.value) {
      hosts[freeName(read.value.hostname, (name) => name === 'local' || name in hosts)] = read.value.host;
    } else {
      const { endpoint, credentials } = read.value;
      const name = freeName(endpoint.host, (taken) => taken in endpoints);
      endpoints[name] = endpointOf(endpoint, credentials ? authorization(name, credentials, secrets) : {});
    }
  }
  if (errors.length > 0) return { ok: false, errors };
  const config: Config = {
    title: options.title ?? titleOf(places),
    file: null,
    defaults: { ...standardDefaults, ...options.defaults },
    hosts,
    endpoints,
    services: {},
    proxies: {},
    checks: [],
  };
  return { ok: true, config, secrets, warnings: shortSecrets(secrets) };
}

function readTarget(text: string): Read<Target> {
  if (text === '') return wrong('is empty', targetHint);
  if (addressOf(text)?.family === 6) return wrong('is an IPv6 address', `write it in brackets: "[${text}]"`);
  const scheme = /^([^:/?#@[\]]*):\/\//.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'ssh') return readSshTarget(text.slice('ssh://'.length));
  if (scheme !== undefined && !schemes.some((known) => known === scheme)) {
    const near = nearest(scheme, [...schemes, 'ssh']);
    const hint = near
      ? `did you mean ${quoted(`${near}://`)}?`
      : `write ${listed([...schemes, 'ssh'], 'or')}`;
    return wrong(`has the scheme ${quoted(scheme)}`, hint);
  }
  const read = readUrl(scheme === undefined ? `https://${text}` : text);
  if (!read.ok) return read;
  const { userinfo, scheme: known } = read.value;
  if (userinfo === null) return { ok: true, value: { endpoint: read.value, credentials: null } };
  if (!hasHttp(known)) {
    return wrong(`has a user in it, and ${known}:// has no HTTP to send it with`, 'leave it out');
  }
  const credentials = readCredentials(userinfo);
  return credentials.ok
    ? { ok: true, value: { endpoint: read.value, credentials: credentials.value } }
    : credentials;
}

const targetHint = 'write a URL, a host or host:port: wss://agent.example.com/ws, example.com, tcp://db:5432';

/** `ssh://user@host:port`: a host to log in to. */
function readSshTarget(rest: string): Read<Target> {
  const at = rest.lastIndexOf('@');
  if (rest.slice(0, Math.max(at, 0)).includes(':')) {
    return wrong('has a password in it', 'leave it out: keys, agents and ~/.ssh/config are used');
  }
  const place = rest.endsWith('/') ? rest.slice(0, -1) : rest;
  if (/[/?#]/.test(place)) return wrong('has a path in it', 'write ssh://user@host:port');
  const login = readLogin(place);
  if (!login.ok) return login;
  const { host, user, port } = login.value;
  const ssh = { ...plainSsh, user, port };
  return { ok: true, value: { hostname: withoutBrackets(host), host: { address: host, local: false, ssh } } };
}

function readCredentials(userinfo: string): Read<Credentials> {
  const [user = '', ...rest] = userinfo.split(':');
  try {
    return {
      ok: true,
      value: { user: decodeURIComponent(user), password: decodeURIComponent(rest.join(':')) },
    };
  } catch {
    return wrong('has a user or password that is not percent-encoded well', 'write "%" as %25');
  }
}

/** RFC 7617: Basic. The password alone is a secret too, wherever a peer may echo it. */
function authorization(
  name: string,
  { user, password }: Credentials,
  secrets: Secret[],
): Readonly<Record<string, string>> {
  const credentials = {
    name: `${name}.Authorization`,
    value: Buffer.from(`${user}:${password}`, 'utf8').toString('base64'),
  };
  secrets.push(credentials);
  if (password !== '') secrets.push({ name: `${name}.password`, value: password });
  return { Authorization: `Basic ${placeholder(credentials.name)}` };
}

function endpointOf({ url, scheme, host, port, path }: EndpointUrl, headers: Endpoint['headers']): Endpoint {
  return {
    url,
    scheme,
    host,
    port,
    path,
    resolvesTo: [],
    health: null,
    via: null,
    to: null,
    headers,
    expect: {},
    tls: {},
    idleMs: null,
  };
}

/** A host as a name: `agent.example.com` → `agent-example-com`, with `-2` and so on where that is taken. */
function freeName(host: string, isTaken: (name: string) => boolean): string {
  const base =
    host
      .toLowerCase()
      .replace(/[^a-z0-9-]/g, '-')
      .replace(/^-+|-+$/g, '') || 'target';
  let name = base;
  for (let number = 2; isTaken(name); number += 1) name = `${base}-${number}`;
  return name;
}

/** The target as it may be shown: what stands before `@` may hold a password. */
function shownTarget(text: string): string {
  const at = text.lastIndexOf('@');
  if (at < 0) return text === '' ? '""' : printable(text);
  const scheme = /^[a-z]{1,8}:\/\//i.exec(text)?.[0] ?? '';
  return printable(`${scheme}…${text.slice(at)}`);
}

function titleOf(places: readonly string[]): string {
  const [first = ''] = places;
  return places.length > 1 ? `${first} and ${places.length - 1} more` : first;
}
