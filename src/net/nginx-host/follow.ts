/** The way of an endpoint's request through the configuration, redirects to nginx itself included. */
import { withoutBrackets } from '../addresses.ts';
import { type Directive, type Outcome, type Route, routeOf } from '../nginx/route.ts';

/** A client follows no more of them than this. */
const mostRedirects = 5;

export interface Followed {
  readonly route: Route;
  /** A `stream` server has the port: no server block of `http` sees the request. */
  readonly stream: { readonly file: string; readonly line: number } | null;
}

/** `port`: on which nginx gets it, whatever port the endpoint has. */
export function followRoute(
  root: readonly Directive[],
  url: string,
  port: number,
  version: string | null,
): Followed {
  const first = new URL(url);
  const upgrade = first.protocol === 'ws:' || first.protocol === 'wss:';
  let at = first;
  let atPort = port;
  let route = routeFor(root, at, atPort, upgrade, version);
  // A WebSocket client follows none (RFC 6455 section 4.1 lets it, and none does).
  for (let left = upgrade ? 0 : mostRedirects; left > 0; left -= 1) {
    const next = redirectedTo(route.outcome, at);
    if (!next) break;
    atPort = portOf(next) === portOf(first) ? port : portOf(next);
    const further = routeFor(root, next, atPort, upgrade, version);
    // Another name that no server here has is somebody else's.
    if (further.outcome.kind === 'no-server') break;
    if (further.server?.isDefault && next.hostname !== at.hostname) break;
    route = { ...further, trail: [...route.trail, ...further.trail] };
    at = next;
  }
  return { route, stream: streamOn(root, port) };
}

const isTls = ({ protocol }: URL) => protocol === 'https:' || protocol === 'wss:';
const portOf = (url: URL) => (url.port === '' ? (isTls(url) ? 443 : 80) : Number(url.port));

function routeFor(
  root: readonly Directive[],
  url: URL,
  port: number,
  upgrade: boolean,
  version: string | null,
): Route {
  const ask = (tls: boolean) => {
    const path = `${url.pathname || '/'}${url.search}`;
    const host = withoutBrackets(url.hostname);
    const name = tls && /[a-z]/i.test(host) && !host.includes(':') ? { sslServerName: host } : {};
    return routeOf(root, { port, tls, host: url.host, path, upgrade, ...name }, version ?? undefined);
  };
  const route = ask(isTls(url));
  // TLS may end in front of nginx; where it should not, that is for the endpoint's own rows.
  return route.outcome.kind === 'wrong-scheme' ? ask(!isTls(url)) : route;
}

function redirectedTo(outcome: Outcome, from: URL): URL | null {
  if (outcome.kind !== 'redirect' || outcome.location === null) return null;
  if (!URL.canParse(outcome.location, from.href)) return null;
  const next = new URL(outcome.location, from);
  if ((next.protocol !== 'http:' && next.protocol !== 'https:') || next.href === from.href) return null;
  return next;
}

function streamOn(root: readonly Directive[], port: number): Followed['stream'] {
  const servers = root
    .filter(({ name }) => name === 'stream')
    .flatMap(({ block }) => block ?? [])
    .filter(({ name }) => name === 'server');
  for (const { block } of servers) {
    const listen = block?.find(
      ({ name, args }) => name === 'listen' && Number(args[0]?.split(':').at(-1)) === port,
    );
    if (listen) return { file: listen.file, line: listen.line };
  }
  return null;
}
