/** Who makes the answer once a location is found: a backend, or nginx itself. */
import { passingOf } from './headers.ts';
import { inForce, type Levels, lastInForce, placeOf } from './levels.ts';
import type { Location } from './locations.ts';
import type { Outcome } from './outcome.ts';
import type { Directive } from './parse.ts';
import type { Rewriting } from './rewrites.ts';
import { evaluate, hasVariable } from './scope.ts';
import { type PassedTo, readUrl, upstreamNamed } from './upstreams.ts';
import { escapeUri, fromBytes, toBytes } from './uri.ts';

export interface Content {
  /** http, server, the locations and the `if` in force. */
  readonly levels: Levels;
  /** The innermost location, or null. */
  readonly location: Location | null;
  /** The `if` in force in those around it, and every one that held. */
  readonly ifs: Levels;
  readonly held: readonly Directive[];
  /** Of the location, or of the server. */
  readonly block: Directive;
  readonly quoted: boolean;
  readonly version?: string;
}

const handlers: Readonly<Record<string, string>> = {
  fastcgi_pass: 'fastcgi',
  uwsgi_pass: 'uwsgi',
  scgi_pass: 'scgi',
  grpc_pass: 'grpc',
  memcached_pass: 'memcached',
  content_by_lua: 'lua',
  content_by_lua_block: 'lua',
  content_by_lua_file: 'lua',
  js_content: 'njs',
  perl: 'perl',
};

export function contentOf(content: Content, scope: Rewriting): Outcome {
  const inIf = [...content.ifs].reverse().map(handlerOf).find(Boolean);
  const before = content.held.map(({ block }) => handlerOf(block ?? [])).findLast(Boolean);
  const outer = content.location ? handlerOf(content.location.directive.block ?? []) : undefined;
  const handler = inIf ?? outer;
  if (!inIf && before && before.name !== outer?.name) {
    // nginx keeps the handler of an `if` that held before, without what it needs
    const why = `the ${before.name} of an "if" is lost, since a later "if" holds too`;
    return { kind: 'refused', status: 500, why, ...placeOf(before) };
  }
  if (handler?.name === 'proxy_pass') return proxied(handler, content, scope);
  if (handler) {
    const protocol = handlers[handler.name] ?? '';
    // the code of a Lua block is no target
    const target = handler.name.endsWith('_block') ? '' : handler.args.join(' ');
    return { kind: 'other-backend', protocol, target, ...placeOf(handler) };
  }
  const root = lastInForce(content.levels, 'alias') ?? lastInForce(content.levels, 'root');
  return { kind: 'static', root: root?.args[0] ?? null, ...placeOf(content.block) };
}

function handlerOf(level: readonly Directive[]): Directive | undefined {
  return level.filter(({ name }) => name === 'proxy_pass' || Object.hasOwn(handlers, name)).at(-1);
}

function proxied(pass: Directive, content: Content, scope: Rewriting): Outcome {
  const [raw = ''] = pass.args;
  const place = placeOf(pass);
  const whole = evaluate(raw, scope);
  const authority =
    typeof whole === 'string' ? whole : evaluate(raw.replace(/(?<=\/\/[^/?]*)[/?].*/s, ''), scope);
  if (typeof authority !== 'string') {
    const why = `proxy_pass ${raw}: ${authority.unknown} is not known`;
    return { kind: 'undecided', why, otherwise: null, ...place };
  }
  const to = readUrl(fromBytes(authority));
  if (!to) {
    const why = `proxy_pass ${raw}: "${fromBytes(authority)}" is no URL that nginx takes`;
    return { kind: 'refused', status: 500, why, ...place };
  }
  scope.variables.set('proxy_host', to.proxyHost);
  scope.variables.set('proxy_port', to.proxyPort);
  const { httpRoot } = scope;
  const upstream = to.unix === null && to.port === null ? upstreamNamed(httpRoot, to.host) : null;
  const path = typeof whole === 'string' ? fromBytes(pathOf(to, raw, content, scope)) : null;
  const usual = to.scheme === 'http' ? 80 : 443;
  scope.trail.push({ what: `proxy_pass ${raw}`, ...place });
  return {
    kind: 'proxy',
    scheme: to.scheme,
    host: to.host,
    port: upstream || to.unix !== null ? null : (to.port ?? usual),
    unix: to.unix,
    path,
    upstream,
    resolvesAtRunTime: hasVariable(raw) && upstream === null && to.unix === null,
    ...passingOf(content.levels, scope, pass, content.version),
    ...place,
  };
}

/** The target that the upstream gets (ngx_http_proxy_create_request). A byte a character. */
function pathOf(to: PassedTo, raw: string, { location, quoted }: Content, scope: Rewriting): string {
  const uri = toBytes(to.uri);
  if (hasVariable(raw) && uri !== '') return uri.startsWith('?') ? `/${uri}` : uri;
  if (uri === '' && scope.unparsed) return toBytes(scope.request.path);
  const isPrefix =
    location && (location.modifier === '' || location.modifier === '=' || location.modifier === '^~');
  const replaced = scope.validLocation && uri !== '' && isPrefix ? toBytes(location.path).length : 0;
  const rest = scope.uri.slice(replaced);
  const sent = (scope.validLocation ? uri : '') + (quoted || scope.internal ? escapeUri(rest) : rest);
  return scope.args === '' ? sent : `${sent}?${scope.args}`;
}

/** Rules that close a location whatever the client is. */
export function refusedOf(levels: Levels): Directive | null {
  for (const level of [...levels].reverse()) {
    const rules = level.filter(({ name }) => name === 'allow' || name === 'deny');
    const [first] = rules;
    if (!first) continue;
    const any = inForce(levels, 'satisfy').at(-1)?.args[0] === 'any';
    return first.name === 'deny' && first.args[0] === 'all' && !any ? first : null;
  }
  return null;
}
