/** One question to one configuration. */
import {
  type Outcome,
  type Proxied,
  parseNginx,
  type Request,
  type Route,
  routeOf,
} from '../../../src/net/nginx/route.ts';

export const asked: Request = {
  port: 80,
  address: '192.0.2.1',
  tls: false,
  host: 'a.example.com',
  path: '/ws',
  upgrade: true,
};

export function route(http: string, request: Partial<Request> = {}, version?: string): Route {
  const parsed = parseNginx(new Map([['/n', `http {\n${http}\n}`]]), '/n', '/');
  if (!parsed.ok) throw new Error(parsed.message);
  const { address = '', ...others } = { ...asked, ...request };
  return routeOf(parsed.root, address === 'not known' ? others : { ...others, address }, version);
}

/** Of one location, which begins on line 3. */
export function inLocation(body: string, request: Partial<Request> = {}, http = ''): Outcome {
  return route(`server { listen 80;\nlocation / {\n${body}\n} }\n${http}`, request).outcome;
}

export function proxied(outcome: Outcome): Proxied {
  if (outcome.kind !== 'proxy') throw new Error(JSON.stringify(outcome));
  return outcome;
}
