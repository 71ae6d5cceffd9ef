/**
 * Where nginx sends a request, read from its configuration.
 *
 *   parseNginx(files, main, prefix)   files → tree (`parse.ts`); `splitDump` for `nginx -T` (`dump.ts`)
 *   includesOf(text)                  what to read next, for a caller who reads file by file
 *   routeOf(root, request, version?)  tree and request → server, location, outcome, trail
 *   blockText(files, file, line)      the lines of a block, for the report
 *
 * All pure. What can't be told from the files (whether a file exists, a variable of another module, a Lua program) gives
 * `undecided`, with the line that it hangs on, and in `otherwise` what happens in the plain case. The rules are those
 * of nginx 1.22, of which later ones changed little; `test/net/nginx/real.test.ts` holds them against a running nginx.
 */
import { httpOf, inForce, placeOf } from './levels.ts';
import { type Server, serversOf } from './listens.ts';
import type { Location } from './locations.ts';
import { valueOfMap } from './maps.ts';
import type { Outcome, Place, Step } from './outcome.ts';
import type { Directive } from './parse.ts';
import { budgetOf } from './regex.ts';
import type { Rewriting } from './rewrites.ts';
import { type Request, variablesOf } from './scope.ts';
import { serverNamed, socketOf } from './servers.ts';
import { readTarget, toBytes } from './uri.ts';
import { walk } from './walk.ts';

export { blockText, type Line } from './block.ts';
export { type Dump, splitDump } from './dump.ts';
export type { Outcome, Place, Proxied, SentHeader, Step, Upstream, UpstreamServer } from './outcome.ts';
export { type Directive, includesOf, type Parsed, parseNginx } from './parse.ts';
export type { Request } from './scope.ts';

export interface Route {
  readonly server: TakenServer | null;
  /** The innermost location that took it in the end; null for none. */
  readonly location: TakenLocation | null;
  readonly outcome: Outcome;
  /** What it took on the way, in order. */
  readonly trail: readonly Step[];
}

export interface TakenServer extends Place {
  /** As written; [''] without any. */
  readonly names: readonly string[];
  /** As written: `127.0.0.1:443`, `[::]:443`. */
  readonly listens: readonly string[];
  /** Because no name fits. */
  readonly isDefault: boolean;
}

export interface TakenLocation extends Place {
  readonly modifier: Location['modifier'];
  readonly path: string;
}

/** `version` of nginx, as `1.22.1`: since 1.29.7 it speaks HTTP/1.1 to upstreams by default. */
export function routeOf(root: readonly Directive[], request: Request, version?: string): Route {
  const servers = serversOf(root);
  const none = { server: null, location: null, trail: [] };
  const socket = socketOf(servers, request.port, request.address);
  if ('kind' in socket) return { ...none, outcome: socket };
  const budget = budgetOf();
  const host = hostNameOf(request.host);
  const named = serverNamed(socket, host, budget);
  // the name of the handshake chooses the certificate, and no server block (measured: nginx 1.22)
  const server = named.server ?? socket.fallback;
  const taken = takenOf(server, named.server === null);
  const trail: Step[] = [...named.steps];
  if (!named.server) {
    const what = `no server_name is "${host}": the default server takes it`;
    trail.push({ what, ...placeOf(server) });
  }
  const doubts = [...named.doubts];
  const finish = (outcome: Outcome, location: Location | null): Route => ({
    server: taken,
    location: location && {
      modifier: location.modifier,
      path: location.path,
      ...placeOf(location.directive),
    },
    outcome: doubted(outcome, doubts),
    trail,
  });

  if (socket.tls !== request.tls) {
    const listens = socket.tls ? 'tls' : 'plain';
    return finish({ kind: 'wrong-scheme', listens, ...placeOf(server) }, null);
  }
  const http = httpOf(root);
  const merges = inForce([http, socket.fallback.body], 'merge_slashes').at(-1)?.args[0] !== 'off';
  const target = readTarget(toBytes(request.path), merges);
  if (!target) {
    const why = 'the request target is not valid';
    return finish({ kind: 'refused', status: 400, why, ...placeOf(server) }, null);
  }
  const scope: Rewriting = {
    request,
    ...variablesOf(http),
    valueOfMap,
    httpRoot: http,
    variables: new Map(named.names),
    captures: named.captures,
    hostName: host,
    serverName: serverNameOf(server),
    budget,
    uri: target.uri,
    args: target.args,
    changed: false,
    unparsed: true,
    validLocation: true,
    internal: false,
    escapes: target.quoted || target.plus,
    quotes: true,
    hadArgs: false,
    trail,
    doubts,
  };
  const versioned = version === undefined ? {} : { version };
  const { location, outcome } = walk({ server, scope, quoted: target.quoted, ...versioned });
  return finish(outcome, location);
}

function doubted(outcome: Outcome, [first]: readonly Step[]): Outcome {
  if (!first) return outcome;
  return { kind: 'undecided', why: first.what, ...placeOf(first), otherwise: outcome };
}

function takenOf(server: Server, isDefault: boolean): TakenServer {
  return {
    names: server.names,
    listens: server.listens.map(({ text }) => text),
    isDefault,
    ...placeOf(server),
  };
}

/** As nginx compares it (ngx_http_validate_host): without port and last dot, in lower case. */
function hostNameOf(host: string): string {
  const bare = /^(\[[^\]]*\]|[^:]*)/.exec(host)?.[1] ?? '';
  return bare.toLowerCase().replace(/\.$/, '');
}

/** `$server_name`: the first one. */
function serverNameOf({ names: [first = ''] }: Server): string {
  return first.startsWith('~') ? first : first.toLowerCase().replace(/^\./, '');
}
