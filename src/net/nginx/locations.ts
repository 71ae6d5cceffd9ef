/** Which `location` takes a URI (ngx_http_core_find_location). */
import type { Step } from './outcome.ts';
import type { Directive } from './parse.ts';
import { type Budget, matchRegex } from './regex.ts';
import { toBytes } from './uri.ts';

export interface Location {
  readonly directive: Directive;
  /** '' is a plain prefix, '@' a named one. */
  readonly modifier: '=' | '^~' | '~' | '~*' | '' | '@';
  /** Without the modifier; with the `@` of a named one. */
  readonly path: string;
}

export interface Found {
  /** The locations in one another, the outermost first; the last one is in force. */
  readonly chain: readonly Location[];
  /** The target lacks the last `/` of a location with a backend: nginx answers 301. */
  readonly slash: boolean;
  /** Of the last expression that matched. */
  readonly captures: readonly string[] | null;
  readonly names: ReadonlyMap<string, string>;
  readonly doubts: readonly Step[];
}

export function readLocation(directive: Directive): Location {
  const [first = '', second] = directive.args;
  const modifiers = ['=', '^~', '~*', '~'] as const;
  if (second !== undefined) {
    return { directive, modifier: modifiers.find((one) => one === first) ?? '', path: second };
  }
  const modifier = modifiers.find((one) => first.startsWith(one));
  if (modifier) return { directive, modifier, path: first.slice(modifier.length) };
  return { directive, modifier: first.startsWith('@') ? '@' : '', path: first };
}

export function locationsOf(level: readonly Directive[]): Location[] {
  return level.filter(({ name, block }) => name === 'location' && block).map(readLocation);
}

const backends = /^(?:proxy|fastcgi|uwsgi|scgi|grpc|memcached)_pass$/;

interface Search {
  readonly uri: string;
  readonly budget: Budget;
  readonly captures: { list: readonly string[] | null; names: Map<string, string> };
  readonly doubts: Step[];
}

/** `uri`: decoded, a byte a character. `level`: what is directly in the server block. */
export function findLocation(level: readonly Directive[], uri: string, budget: Budget): Found {
  const search: Search = { uri, budget, captures: { list: null, names: new Map() }, doubts: [] };
  const { chain, state } = find(level, search, false);
  const { list: captures, names } = search.captures;
  return { chain, slash: state === 'slash', captures, names, doubts: search.doubts };
}

interface Result {
  readonly chain: readonly Location[];
  /** `settled`: exact or by an expression, so that outer expressions are not asked any more. */
  readonly state: 'settled' | 'slash' | 'open';
}

const nothing: Result = { chain: [], state: 'open' };

/** `isInExpression`: nginx looks for no prefixes in a location with an expression (it builds no tree for them). */
function find(level: readonly Directive[], search: Search, isInExpression: boolean): Result {
  const locations = locationsOf(level);
  const still = isInExpression ? nothing : findStatic(locations, search.uri);
  if (still.state !== 'open') return still;
  const [outer] = still.chain;
  let chain: readonly Location[] = still.chain;
  if (outer) {
    const inner = find(outer.directive.block ?? [], search, false);
    chain = [outer, ...inner.chain];
    if (inner.state !== 'open') return { chain, state: inner.state };
  }
  if (outer?.modifier === '^~') return { chain, state: 'open' };
  for (const location of locations) {
    if (location.modifier !== '~' && location.modifier !== '~*') continue;
    const match = matchRegex(toBytes(location.path), location.modifier === '~*', search.uri, search.budget);
    if (match.matched === null) {
      const { file, line } = location.directive;
      search.doubts.push({ what: match.why, file, line });
    }
    if (!match.matched) continue;
    search.captures.list = match.captures;
    for (const [name, value] of match.names) search.captures.names.set(name, value);
    const inner = find(location.directive.block ?? [], search, true);
    return { chain: [location, ...inner.chain], state: 'settled' };
  }
  return { chain, state: 'open' };
}

function findStatic(locations: readonly Location[], uri: string): Result {
  const still = locations
    .filter(({ modifier }) => modifier === '=' || modifier === '' || modifier === '^~')
    .map((location) => ({ location, path: toBytes(location.path) }));
  const exact = still.find(({ location, path }) => location.modifier === '=' && path === uri);
  if (exact) return { chain: [exact.location], state: 'settled' };
  let longest: (typeof still)[number] | null = null;
  for (const one of still) {
    if (one.location.modifier === '=' || !uri.startsWith(one.path)) continue;
    if (!longest || one.path.length > longest.path.length) longest = one;
  }
  if (longest?.path !== uri) {
    // the exact one and the prefix share a node of nginx's tree: a backend in either will do
    const node = still.filter(({ path }) => path === `${uri}/`);
    const slash = node.find(({ location }) => location.modifier === '=') ?? node[0];
    const redirects = node.some(({ location }) => hasBackend(location));
    if (slash && redirects) return { chain: [slash.location], state: 'slash' };
  }
  return { chain: longest ? [longest.location] : [], state: 'open' };
}

function hasBackend({ directive }: Location): boolean {
  return directive.block?.some(({ name }) => backends.test(name)) ?? false;
}
