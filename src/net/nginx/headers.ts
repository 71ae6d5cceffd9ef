/** What `proxy_set_header`, the HTTP version and the timeouts in force do to a request for a WebSocket. */
import { inForce, type Levels, lastInForce, milliseconds, placeOf } from './levels.ts';
import type { Place, Proxied, SentHeader, Timeout } from './outcome.ts';
import type { Directive } from './parse.ts';
import { evaluate, type Scope } from './scope.ts';
import { fromBytes } from './uri.ts';

export type Passing = Pick<
  Proxied,
  | 'httpVersion'
  | 'hostHeader'
  | 'upgrade'
  | 'connection'
  | 'connectTimeout'
  | 'sendTimeout'
  | 'readTimeout'
  | 'websocket'
>;

/** `pass`: the `proxy_pass` itself. `version`: of nginx, as `1.22.1`, where it is known. */
export function passingOf(levels: Levels, scope: Scope, pass: Directive, version?: string): Passing {
  // nginx 1.29.7 keeps connections to upstreams alive by default
  const modern = isAtLeast(version, [1, 29, 7]);
  const set = inForce(levels, 'proxy_set_header');
  const header = (name: string, fallback: string) => sent(set, name, fallback, scope);
  const configured = lastInForce(levels, 'proxy_http_version');
  const httpVersion = configured?.args[0] ?? (modern ? '1.1' : '1.0');
  const upgrade = header('Upgrade', '');
  const connection = header('Connection', modern ? '' : 'close');
  const passing = { httpVersion, upgrade, connection };
  return {
    ...passing,
    hostHeader: header('Host', '$proxy_host'),
    connectTimeout: timeout(levels, 'proxy_connect_timeout'),
    sendTimeout: timeout(levels, 'proxy_send_timeout'),
    readTimeout: timeout(levels, 'proxy_read_timeout'),
    websocket: websocket(levels, passing, configured ?? pass, pass),
  };
}

function sent(set: readonly Directive[], name: string, fallback: string, scope: Scope): SentHeader {
  const own = set.filter(({ args }) => args[0]?.toLowerCase() === name.toLowerCase());
  const [first] = own;
  const raw = first ? own.map(({ args }) => args[1] ?? '') : [fallback];
  const configured = raw.join(', ');
  const at = first ? placeOf(first) : null;
  const values: string[] = [];
  for (const text of raw) {
    const value = evaluate(text, scope);
    if (typeof value !== 'string') return { value: null, known: false, configured, at };
    // an empty one is not sent
    if (value !== '') values.push(fromBytes(value));
  }
  return { value: values.length > 0 ? values.join(', ') : null, known: true, configured, at };
}

function websocket(
  levels: Levels,
  { httpVersion, upgrade, connection }: Pick<Passing, 'httpVersion' | 'upgrade' | 'connection'>,
  versionAt: Place,
  pass: Place,
): Proxied['websocket'] {
  const no = (why: string, at: Place | null) => ({ passed: false, why, at: placeOf(at ?? pass) });
  if (upgrade.known && !/^websocket$/i.test(upgrade.value ?? '')) {
    return no(upgrade.at ? `Upgrade is "${upgrade.value ?? ''}"` : missing(levels), upgrade.at);
  }
  const tokens = (connection.value ?? '').split(',').map((token) => token.trim().toLowerCase());
  if (connection.known && !tokens.includes('upgrade')) {
    return no(`Connection is "${connection.value ?? ''}"`, connection.at);
  }
  if (httpVersion !== '1.1') return no(`it speaks HTTP/${httpVersion} to the upstream`, versionAt);
  if (!upgrade.known || !connection.known) {
    const unknown = upgrade.known ? connection : upgrade;
    const why = `the value of ${unknown.configured} is not known`;
    return { passed: null, why, at: placeOf(unknown.at ?? pass) };
  }
  return { passed: true, why: 'Upgrade and Connection are passed on, over HTTP/1.1', at: placeOf(pass) };
}

/** Why Upgrade is not set: nowhere, or further out, where a level with headers of its own inherits nothing from. */
function missing(levels: Levels): string {
  const outer = levels
    .flat()
    .find(({ name, args }) => name === 'proxy_set_header' && args[0]?.toLowerCase() === 'upgrade');
  if (!outer) return 'Upgrade is not passed on';
  return `the proxy_set_header of ${outer.file}:${outer.line} is not inherited, since this level sets headers of its own`;
}

function timeout(levels: Levels, name: string): Timeout {
  const directive = lastInForce(levels, name);
  const ms = milliseconds(directive?.args[0] ?? '');
  return ms !== null && directive ? { ms, at: placeOf(directive) } : { ms: 60_000, at: null };
}

function isAtLeast(version: string | undefined, wanted: readonly number[]): boolean {
  const parts = (version ?? '0').split('.').map(Number);
  for (const [index, number] of wanted.entries()) {
    const part = parts[index] ?? 0;
    if (part !== number) return part > number;
  }
  return true;
}
