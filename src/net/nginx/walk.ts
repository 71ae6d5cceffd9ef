/** A request's way through one server: rewrites, locations, redirects inside nginx, and who answers at the end. */
import { contentOf, refusedOf } from './content.ts';
import { inForce, type Levels, placeOf } from './levels.ts';
import type { Server } from './listens.ts';
import { findLocation, type Location, locationsOf } from './locations.ts';
import type { Outcome, Step } from './outcome.ts';
import type { Directive } from './parse.ts';
import { type Rewriting, runRewrites } from './rewrites.ts';
import { evaluate } from './scope.ts';
import { fromBytes } from './uri.ts';

export interface Walked {
  /** The last location that took it. */
  readonly location: Location | null;
  readonly outcome: Outcome;
}

export interface Walk {
  readonly server: Server;
  readonly scope: Rewriting;
  readonly quoted: boolean;
  readonly version?: string;
}

/** NGX_HTTP_MAX_URI_CHANGES */
const mostChanges = 10;

type Next =
  | { readonly at: 'server' | 'find' }
  | { readonly at: 'named'; readonly name: string; readonly from: Directive }
  | { readonly at: 'end'; readonly outcome: Outcome; readonly levels: Levels };

export function walk({ server, scope, quoted, version }: Walk): Walked {
  const base: Levels = [scope.httpRoot, server.body];
  let location: Location | null = null;
  let changes = mostChanges;
  let errorPages = 1;
  // what an `error_page` makes of the status of the answer that takes its place; 0 leaves it alone
  let status = 0;
  let next: Next = { at: 'server' };

  const refused = (status: number, why: string, at: { file: string; line: number }): Outcome => ({
    kind: 'refused',
    status,
    why,
    ...placeOf(at),
  });
  const end = (outcome: Outcome, levels: Levels): Next => ({ at: 'end', outcome, levels });

  function rewrites(level: readonly Directive[]) {
    scope.quotes = true;
    scope.hadArgs = false;
    return runRewrites(level, scope);
  }

  function find(): Next {
    const found = findLocation(server.body, scope.uri, scope.budget);
    scope.doubts.push(...found.doubts);
    if (found.captures) scope.captures = found.captures;
    for (const [name, value] of found.names) scope.variables.set(name, value);
    scope.changed = false;
    location = found.chain.at(-1) ?? null;
    for (const { directive } of found.chain) scope.trail.push(locationStep(directive));
    const bodies = found.chain.map(({ directive }) => directive.block ?? []);
    const levels = [...base, ...bodies];
    if (!scope.internal && location && inForce(levels, 'internal').length > 0) {
      return end(refused(404, 'the location is internal', location.directive), levels);
    }
    if (found.slash && location) {
      const query = scope.args === '' ? '' : `?${scope.args}`;
      const target = fromBytes(`${scope.uri}/${query}`);
      return end({ kind: 'redirect', status: 301, location: target, ...placeOf(location.directive) }, levels);
    }
    return inside(levels, location);
  }

  function named(name: string, from: Directive): Next {
    const found = locationsOf(server.body).find(({ modifier, path }) => modifier === '@' && path === name);
    if (!found) return end(refused(500, `there is no location ${name}`, from), base);
    location = found;
    scope.internal = true;
    scope.changed = false;
    scope.trail.push(locationStep(found.directive));
    return inside([...base, found.directive.block ?? []], found);
  }

  /** From the rewrites of a location to its content. */
  function inside(outer: Levels, at: Location | null): Next {
    const body = at?.directive.block ?? [];
    const ran = at ? rewrites(body) : { outcome: null, inside: [], held: [] };
    const ifs = ran.inside.map(({ block }) => block ?? []);
    const except = body.find(({ name }) => name === 'limit_except');
    const isExcepted = except && !except.args.includes(scope.request.method ?? 'GET');
    const levels = [...outer, ...ifs, ...(isExcepted ? [except.block ?? []] : [])];
    if (ran.outcome) return end(ran.outcome, levels);
    if (scope.changed) return { at: 'find' };
    const program = levels.flat().find(({ name }) => /^access_by_lua/.test(name));
    if (program) scope.doubts.push({ what: `${program.name} decides by a program`, ...placeOf(program) });
    const closed = refusedOf(levels);
    if (closed) return end(refused(403, 'deny all', closed), levels);
    const files = (ifs.at(-1) ?? (at ? body : server.body)).find(({ name }) => name === 'try_files');
    if (files) return tryFiles(files, levels);
    const block = at?.directive ?? server.directive;
    const versioned = version === undefined ? {} : { version };
    const content = { levels, location: at, ifs, held: ran.held, block, quoted, ...versioned };
    return end(contentOf(content, scope), levels);
  }

  function tryFiles(directive: Directive, levels: Levels): Next {
    const last = directive.args.at(-1) ?? '';
    const what = `try_files ${directive.args.join(' ')}`;
    scope.doubts.push({ what: `${what}: which files are there is not known`, ...placeOf(directive) });
    scope.trail.push({ what, ...placeOf(directive) });
    if (last.startsWith('=')) return end(refused(Number(last.slice(1)), 'no such file', directive), levels);
    return redirected(last, directive, levels);
  }

  /** To a named location, or to another URI from the start. */
  function redirected(to: string, directive: Directive, levels: Levels): Next {
    if (to.startsWith('@')) return { at: 'named', name: to, from: directive };
    const value = evaluate(to, scope);
    if (typeof value !== 'string') {
      const why = `${directive.name}: ${value.unknown} is not known`;
      return end({ kind: 'undecided', why, otherwise: null, ...placeOf(directive) }, levels);
    }
    const question = value.indexOf('?');
    scope.uri = question === -1 ? value : value.slice(0, question);
    scope.args = question === -1 ? '' : value.slice(question + 1);
    scope.unparsed = false;
    scope.internal = true;
    scope.validLocation = true;
    return { at: 'server' };
  }

  /** An error that an `error_page` in force takes elsewhere. */
  function errorPage(outcome: Outcome, levels: Levels): Next | null {
    const isError =
      (outcome.kind === 'return' && outcome.status >= 400 && outcome.body === null) ||
      outcome.kind === 'refused';
    if (!isError || errorPages === 0) return null;
    const page = inForce(levels, 'error_page').find(({ args }) =>
      args.slice(0, -1).includes(String(outcome.status)),
    );
    if (!page) return null;
    const recursive = inForce(levels, 'recursive_error_pages').at(-1)?.args[0] === 'on';
    if (!recursive) errorPages = 0;
    const to = page.args.at(-1) ?? '';
    scope.trail.push({ what: `error_page ${page.args.join(' ')}`, ...placeOf(page) });
    if (!to.startsWith('@') && !to.startsWith('/')) return null;
    const overwrite = page.args.find((arg) => arg.startsWith('='));
    status = overwrite === undefined ? outcome.status : Number(overwrite.slice(1));
    return redirected(to, page, levels);
  }

  for (;;) {
    if (next.at === 'end') {
      const elsewhere: Next | null = errorPage(next.outcome, next.levels);
      if (!elsewhere)
        return { location, outcome: status === 0 ? next.outcome : withStatus(next.outcome, status) };
      next = elsewhere;
    } else if (next.at === 'server') {
      location = null;
      const ran = rewrites(server.body);
      next = ran.outcome ? end(ran.outcome, base) : find();
    } else if (next.at === 'named') next = named(next.name, next.from);
    else next = find();
    if (next.at === 'end') continue;
    changes -= 1;
    if (changes < 0) {
      const at = (location as Location | null)?.directive ?? server.directive;
      return { location, outcome: refused(500, 'the URI is rewritten more than 10 times', at) };
    }
  }
}

function locationStep(directive: Directive): Step {
  return { what: `location ${directive.args.join(' ')}`, ...placeOf(directive) };
}

/** The answer in the place of an error has the error's status (ngx_http_send_header, err_status). */
function withStatus(outcome: Outcome, status: number): Outcome {
  if (outcome.kind === 'return' && (outcome.status < 400 || outcome.body !== null))
    return { ...outcome, status };
  if (outcome.kind !== 'proxy' || outcome.websocket.passed === false) return outcome;
  const why = `an error_page without "=" makes the status of every answer ${status}`;
  return { ...outcome, websocket: { passed: false, why, at: placeOf(outcome) } };
}
