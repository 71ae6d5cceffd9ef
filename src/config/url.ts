/** URLs of endpoints, read as written: nothing is normalised before it was looked at (`http://127.1` is refused). */
import { addressOf, hostName } from '../net/addresses.ts';
import type { Scheme } from './config.ts';
import { listed, nearest, quoted } from './words.ts';

export interface EndpointUrl {
  readonly url: string;
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** As written, still percent-encoded; only targets on the command line may have it. */
  readonly userinfo: string | null;
}

/** What is wrong with a value, and what would be right. */
export interface Fault {
  readonly message: string;
  readonly hint: string | null;
}

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault };

export function wrong(message: string, hint: string | null = null): { ok: false; fault: Fault } {
  return { ok: false, fault: { message, hint } };
}

/** null: a port must be written. */
const defaultPorts = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  tcp: null,
  tls: null,
} as const satisfies Record<Scheme, number | null>;
export const schemes = Object.keys(defaultPorts) as Scheme[];

// RFC 3986 appendix B, linear.
const parts = /^([^:/?#]*):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/s;

export function hasHttp(scheme: Scheme): boolean {
  return scheme !== 'tcp' && scheme !== 'tls';
}

export function hasTls(scheme: Scheme): boolean {
  return scheme === 'https' || scheme === 'wss' || scheme === 'tls';
}

export function readUrl(text: string): Read<EndpointUrl> {
  const match = parts.exec(text);
  if (!match) return wrong('is no URL', 'write scheme, host and path: "wss://agent.example.com/ws/agent"');
  const [, written = '', authority = '', path = '', query = '', fragment] = match;
  const scheme = readScheme(written);
  if (!scheme.ok) return scheme;
  if (fragment !== undefined) return wrong('has a fragment, which no server ever sees', 'leave "#…" out');
  const at = authority.lastIndexOf('@');
  const place = readPlace(authority.slice(at + 1), defaultPorts[scheme.value], scheme.value);
  // A password with "/" in it ends the authority early, so that a part of it would be shown as host or port.
  if (!place.ok && text.includes('@')) {
    return wrong(
      'has a host or port that cannot be read',
      'percent-encode "/", "?", "#" and "@" in user and password',
    );
  }
  if (!place.ok) return place;
  const rest = readRest(scheme.value, path, query);
  if (!rest.ok) return rest;
  const { host, port, shown } = place.value;
  return {
    ok: true,
    value: {
      url: `${scheme.value}://${shown}${rest.value}`,
      scheme: scheme.value,
      host,
      port,
      path: rest.value,
      userinfo: at < 0 ? null : authority.slice(0, at),
    },
  };
}

function readScheme(written: string): Read<Scheme> {
  const scheme = schemes.find((known) => known === written.toLowerCase());
  if (scheme) return { ok: true, value: scheme };
  const near = nearest(written, schemes);
  return wrong(
    `has the scheme ${quoted(written)}`,
    near ? `did you mean ${quoted(`${near}://`)}?` : `write ${listed(schemes, 'or')}`,
  );
}

/** Reads `host`, `host:port` or `[v6]:port`. */
export function readPlace(
  text: string,
  defaultPort: number | null,
  scheme: string,
): Read<{ host: string; port: number; shown: string }> {
  if (addressOf(text)?.family === 6)
    return wrong('has an IPv6 address without brackets', `write "[${text}]"`);
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text);
  if (!match)
    return wrong(`has the host ${quoted(text)}`, 'an IPv6 address stands in brackets: "[::1]:8443"');
  const [, written = '', portText] = match;
  if (written === '') return wrong('has no host', 'write it after the scheme: "https://example.com/"');
  const host = readHost(written);
  if (!host.ok) return host;
  if (portText === undefined && defaultPort === null) {
    return wrong('has no port', `write ${quoted(`${scheme}://${written}:PORT`)}`);
  }
  const port = portText === undefined ? (defaultPort ?? 0) : readPort(portText);
  if (port === null)
    return wrong(`has the port ${quoted(portText ?? '')}`, 'a port is a number from 1 to 65535');
  const bracketed = host.value.includes(':') ? `[${host.value}]` : host.value;
  return {
    ok: true,
    value: { host: host.value, port, shown: portText === undefined ? bracketed : `${bracketed}:${port}` },
  };
}

export function readPort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}

/** A host of a URL: a name in lower case, IDN as `xn--`, or an address without brackets. */
function readHost(written: string): Read<string> {
  if (written.startsWith('[')) {
    const inside = written.slice(1, -1);
    if (inside.includes('%'))
      return wrong(`has the host ${quoted(written)}`, 'a zone (%…) cannot stand in a URL');
    const address = addressOf(inside);
    return address?.family === 6
      ? { ok: true, value: inside.toLowerCase() }
      : wrong(`has the host ${quoted(written)}`, 'only an IPv6 address stands in brackets');
  }
  if (written.includes('‹'))
    return wrong('has a secret for its host', `hosts are shown in reports: write \${NAME}`);
  if (addressOf(written)) return { ok: true, value: written };
  const name = hostName(written);
  return 'fault' in name
    ? wrong(`has a host that is none: ${name.fault}`, 'write a name or an address')
    : { ok: true, value: name.name.toLowerCase() };
}

function readRest(scheme: Scheme, path: string, query: string): Read<string> {
  if (hasHttp(scheme)) {
    const fault = pathFault(`${path || '/'}${query}`);
    return fault ? { ok: false, fault } : { ok: true, value: `${path || '/'}${query}` };
  }
  if (query !== '' || (path !== '' && path !== '/')) {
    return wrong(`has a path, and ${scheme}:// has no HTTP in it`, `write ${scheme}://host:port`);
  }
  return { ok: true, value: '' };
}

/** What is wrong with a path and query that a request is to have; placeholders of secrets may stand in it. */
export function pathFault(text: string): Fault | null {
  if (!text.startsWith('/')) return { message: `is ${quoted(text)}`, hint: 'a path begins with "/"' };
  if (text.includes('#'))
    return { message: 'has a fragment, which no server ever sees', hint: 'leave "#…" out' };
  return /^[\x21-\x7e]*$/.test(text.replace(/‹[^‹›]*›/g, ''))
    ? null
    : { message: 'has a character that a URL cannot hold', hint: 'percent-encode it: a blank is %20' };
}
