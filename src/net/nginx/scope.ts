/** nginx's variables for one request, and texts with variables in them. What is not known stays unknown. */
import type { Directive } from './parse.ts';
import type { Budget } from './regex.ts';
import { toBytes } from './uri.ts';

/** A byte a character; or which variable keeps it from being known. */
export type Value = string | { readonly unknown: string };

export interface Request {
  /** The port that the connection comes to. */
  readonly port: number;
  /** The address that it comes to, in the proxy's own network; `unix:PATH` for a Unix socket. */
  readonly address?: string;
  readonly tls: boolean;
  /** The Host header, with its port if it has one; '' for none. */
  readonly host: string;
  /** The name in the TLS handshake ($ssl_server_name); the host's where it is left out, '' for none. */
  readonly sslServerName?: string;
  /** The target as sent: path and query. */
  readonly path: string;
  /** It asks for an upgrade to a WebSocket, with `Connection: Upgrade`. */
  readonly upgrade: boolean;
  /** GET where it is left out. */
  readonly method?: string;
  /** Other headers that it is known to have (lower case) → value; '' for one that it is known not to have. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What changes while nginx works on a request. Texts have a byte a character. */
export interface Scope {
  readonly request: Request;
  /** `map` blocks by the name of their variable. */
  readonly maps: ReadonlyMap<string, Directive>;
  /** `valueOfMap` of `maps.ts`, which needs variables itself. */
  readonly valueOfMap: (map: Directive, scope: Scope) => Value;
  /** Names that `set` gives a value to somewhere, or an expression captures: '' until then. */
  readonly declared: ReadonlySet<string>;
  readonly variables: Map<string, Value>;
  readonly budget: Budget;
  /** Without port, in lower case; '' for none. */
  readonly hostName: string;
  serverName: string;
  uri: string;
  args: string;
  captures: readonly string[];
}

/** `$name`, `${name}`, `$1`. An unknown one makes the whole unknown. */
export function evaluate(text: string, scope: Scope): Value {
  let value = '';
  let last = 0;
  const bytes = toBytes(text);
  for (const found of bytes.matchAll(/\$(?:([1-9])|\{(\w+)\}|(\w+))/g)) {
    const part = found[1] ? capture(scope, found[1]) : variable(found[2] ?? found[3] ?? '', scope);
    if (typeof part !== 'string') return part;
    value += bytes.slice(last, found.index) + part;
    last = found.index + found[0].length;
  }
  return value + bytes.slice(last);
}

export function hasVariable(text: string): boolean {
  return /\$(?:\w|\{\w+\})/.test(text);
}

/** '' for a group that there is not. */
export function capture(scope: Scope, digit: string): string {
  return scope.captures[Number(digit) - 1] ?? '';
}

/** nginx's own do not change their case; names of headers and arguments are told apart by none. */
export function variable(name: string, scope: Scope): Value {
  const known = builtIn(name, scope);
  if (known !== undefined) return known;
  const set = scope.variables.get(name);
  if (set !== undefined) return set;
  const map = scope.maps.get(name);
  if (map) {
    // one evaluation serves the whole request; a map that asks for itself gets nothing
    scope.variables.set(name, { unknown: `$${name}` });
    const value = scope.valueOfMap(map, scope);
    scope.variables.set(name, value);
    return value;
  }
  return scope.declared.has(name) ? '' : { unknown: `$${name}` };
}

function builtIn(name: string, scope: Scope): Value | undefined {
  const { request, args } = scope;
  const simple: Readonly<Record<string, string>> = {
    scheme: request.tls ? 'https' : 'http',
    https: request.tls ? 'on' : '',
    host: scope.hostName === '' ? scope.serverName : scope.hostName,
    server_name: scope.serverName,
    server_port: request.address?.startsWith('unix:') ? '' : String(request.port),
    request_uri: request.path,
    uri: scope.uri,
    document_uri: scope.uri,
    args,
    query_string: args,
    is_args: args === '' ? '' : '?',
    request_method: request.method ?? 'GET',
    server_protocol: 'HTTP/1.1',
    request: `${request.method ?? 'GET'} ${request.path} HTTP/1.1`,
    http_host: request.host,
    http_upgrade: request.upgrade ? 'websocket' : '',
    ssl_server_name: request.tls ? (request.sslServerName ?? scope.hostName) : '',
  };
  if (Object.hasOwn(simple, name)) return simple[name];
  if (name === 'http_connection' && request.upgrade) return 'Upgrade';
  if (name.startsWith('arg_')) return argument(args, name.slice(4));
  if (!name.startsWith('http_')) return undefined;
  const header = Object.entries(request.headers ?? {}).find(
    ([key]) => key.toLowerCase().replaceAll('-', '_') === name.slice(5),
  );
  return header ? toBytes(header[1]) : { unknown: `$${name}` };
}

function argument(args: string, name: string): string {
  for (const pair of args.split('&')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).toLowerCase() === name.toLowerCase())
      return pair.slice(equals + 1);
  }
  return '';
}

/** Every directive below, without going deeper than the tree (a parsed tree has a cap on its depth). */
export function* everyDirective(level: readonly Directive[]): Generator<Directive> {
  for (const directive of level) {
    yield directive;
    if (directive.block) yield* everyDirective(directive.block);
  }
}

const captured = /\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/g;

/** What `map` defines, and the names that `set` and captures give a value to. */
export function variablesOf(http: readonly Directive[]): Pick<Scope, 'maps' | 'declared'> {
  const maps = new Map<string, Directive>();
  const declared = new Set<string>();
  for (const directive of everyDirective(http)) {
    const { name, args } = directive;
    if (name === 'map' && directive.block && args[1]?.startsWith('$')) {
      maps.set(args[1].slice(1), directive);
    }
    if (name === 'set' && args[0]?.startsWith('$')) declared.add(args[0].slice(1));
    if (name !== 'location' && name !== 'server_name' && name !== 'rewrite' && name !== 'if') continue;
    for (const text of args) {
      for (const [, one, other] of text.matchAll(captured)) declared.add(one ?? other ?? '');
    }
  }
  return { maps, declared };
}
