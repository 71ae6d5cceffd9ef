/** The directives of nginx's rewrite module, in their order: `set`, `rewrite`, `return`, `break`, `if`. */
import { conditionOf } from './conditions.ts';
import { placeOf } from './levels.ts';
import type { Outcome, Step } from './outcome.ts';
import type { Directive } from './parse.ts';
import { matchRegex } from './regex.ts';
import { evaluate, type Scope } from './scope.ts';
import { escapeArgs, fromBytes, toBytes, unescapeRedirect } from './uri.ts';

/** What the rewrite module keeps of a request beside its variables. */
export interface Rewriting extends Scope {
  /** What is directly in the `http` block. */
  readonly httpRoot: readonly Directive[];
  /** The URI has to be looked up anew. */
  changed: boolean;
  /** The target as it came may be sent on: nothing has changed it yet. */
  unparsed: boolean;
  /** The location is still the one that the URI was found by (else `proxy_pass` drops its own URI). */
  validLocation: boolean;
  internal: boolean;
  /** The target has `%` or `+`, so that captures are escaped where `quotes` says so. */
  readonly escapes: boolean;
  /** From the first directive of a level to its first rewrite, and after arguments in one (script engine, `quote`, `is_args`). */
  quotes: boolean;
  hadArgs: boolean;
  readonly trail: Step[];
  /** What could not be told, and was taken for the plain case. */
  readonly doubts: Step[];
}

export interface Ran {
  /** `return` or a redirect. */
  readonly outcome: Outcome | null;
  /** The `if` in force after it, in those around it: the last that held. */
  readonly inside: readonly Directive[];
  /** Every `if` that held, in order. */
  readonly held: readonly Directive[];
  readonly stopped: boolean;
}

const going: Ran = { outcome: null, inside: [], held: [], stopped: false };
const stop: Ran = { ...going, stopped: true };

/** `level`: the directives directly in a server, a location or an `if`. */
export function runRewrites(level: readonly Directive[], scope: Rewriting): Ran {
  let inside: readonly Directive[] = [];
  const held: Directive[] = [];
  for (const directive of level) {
    const ran = runOne(directive, scope);
    if (ran.inside.length > 0) inside = ran.inside;
    held.push(...ran.held);
    if (ran.outcome || ran.stopped) return { ...ran, inside, held };
  }
  return { ...going, inside, held };
}

function runOne(directive: Directive, scope: Rewriting): Ran {
  const { name, args } = directive;
  if (name === 'set') {
    set(args[0] ?? '', evaluate(args[1] ?? '', scope.quotes ? escaping(scope) : scope), scope);
  } else if (name === 'break') {
    if (scope.changed) scope.validLocation = false;
    scope.changed = false;
    scope.trail.push({ what: 'break', ...placeOf(directive) });
    return stop;
  } else if (name === 'return') {
    const outcome = returned(directive, scope);
    scope.trail.push({ what: `return ${args.join(' ')}`, ...placeOf(directive) });
    return { ...stop, outcome };
  } else if (name === 'rewrite') return rewrite(directive, scope);
  else if (name === 'if' && directive.block) return runIf(directive, directive.block, scope);
  else if (/^(?:rewrite|server_rewrite|set)_by_lua/.test(name)) {
    scope.doubts.push({ what: `${name} decides by a program`, ...placeOf(directive) });
  }
  return going;
}

function set(name: string, value: ReturnType<typeof evaluate>, scope: Rewriting): void {
  if (name !== '$args') scope.variables.set(name.slice(1), value);
  else scope.args = typeof value === 'string' ? value : '';
}

function runIf(directive: Directive, block: readonly Directive[], scope: Rewriting): Ran {
  const condition = conditionOf(directive.args, scope);
  const text = shownCondition(directive.args);
  if (condition.holds === null) {
    const matters = block.some(({ name }) => decides.test(name));
    if (matters) scope.doubts.push({ what: `if ${text}: ${condition.why}`, ...placeOf(directive) });
    return going;
  }
  if (!condition.holds) return going;
  scope.trail.push({ what: `if ${text} holds`, ...placeOf(directive) });
  const ran = runRewrites(block, scope);
  return { ...ran, inside: [directive, ...ran.inside], held: [directive, ...ran.held] };
}

/** What it compares with may be a key, and is nobody's business. */
function shownCondition(words: readonly string[]): string {
  const [first = '', second] = words
    .join(' ')
    .replace(/^\(\s*|\s*\)$/g, '')
    .split(' ');
  return second === undefined ? `(${first})` : `(${first} …)`;
}

/** What in an `if` can change where the request goes. */
const decides = /^(?:set|rewrite|return|break|.*_pass|proxy_.*|root|alias|.*_by_lua.*|js_content)$/;

const redirects = new Set([301, 302, 303, 307, 308]);

function returned(directive: Directive, scope: Rewriting): Outcome {
  const [first = '', second] = directive.args;
  const place = placeOf(directive);
  const text = (raw: string | undefined): string | null => {
    const value = raw === undefined ? null : evaluate(raw, scope);
    return typeof value === 'string' ? fromBytes(value) : null;
  };
  if (second === undefined && !/^\d+$/.test(first)) {
    return { kind: 'redirect', status: 302, location: text(first), ...place };
  }
  const status = Number(first);
  if (redirects.has(status)) return { kind: 'redirect', status, location: text(second), ...place };
  return { kind: 'return', status, body: text(second), ...place };
}

function rewrite(directive: Directive, scope: Rewriting): Ran {
  const [pattern = '', replacement = '', flag] = directive.args;
  const place = placeOf(directive);
  const match = matchRegex(toBytes(pattern), false, scope.uri, scope.budget);
  if (match.matched === null) scope.doubts.push({ what: `rewrite: ${match.why}`, ...place });
  if (!match.matched) {
    scope.captures = [];
    return going;
  }
  scope.captures = match.captures;
  for (const [name, value] of match.names) scope.variables.set(name, value);
  const absolute = /^(?:https?:\/\/|\$scheme)/.test(replacement);
  const isRedirect = absolute || flag === 'redirect' || flag === 'permanent';
  const keepsArgs = !replacement.endsWith('?');
  const text = keepsArgs ? replacement : replacement.slice(0, -1);
  const question = text.indexOf('?');
  const path = evaluate(
    question === -1 ? text : text.slice(0, question),
    isRedirect || scope.hadArgs ? escaping(scope) : scope,
  );
  const own = question === -1 ? '' : evaluate(text.slice(question + 1), escaping(scope));
  if (question !== -1 && !isRedirect) scope.hadArgs = true;
  scope.quotes = scope.hadArgs;
  scope.trail.push({ what: `rewrite ${directive.args.join(' ')}`, ...place });
  const old = keepsArgs && scope.args !== '' ? scope.args : '';
  if (isRedirect) {
    const status = flag === 'permanent' ? 301 : 302;
    const known = typeof path === 'string' && typeof own === 'string';
    const query =
      known && (question !== -1 || old !== '') ? `?${own}${question !== -1 && old ? '&' : ''}${old}` : '';
    const location = known ? fromBytes(unescapeRedirect(path + query)) : null;
    return { ...stop, outcome: { kind: 'redirect', status, location, ...place } };
  }
  if (typeof path !== 'string' || typeof own !== 'string') {
    const unknown = typeof path !== 'string' ? path.unknown : typeof own !== 'string' ? own.unknown : '';
    const why = `the new URI depends on ${unknown}, which is not known`;
    return { ...stop, outcome: { kind: 'undecided', why, otherwise: null, ...place } };
  }
  if (path === '') {
    const why = 'the rewritten URI is empty';
    return { ...stop, outcome: { kind: 'refused', status: 500, why, ...place } };
  }
  scope.uri = path;
  if (question !== -1) scope.args = own + (old ? `&${old}` : '');
  else if (!keepsArgs) scope.args = '';
  scope.internal = true;
  scope.unparsed = false;
  if (flag === 'break') {
    scope.validLocation = false;
    scope.changed = false;
  } else scope.changed = true;
  return flag === 'break' || flag === 'last' ? stop : going;
}

function escaping(scope: Rewriting): Scope {
  return scope.escapes ? { ...scope, captures: scope.captures.map(escapeArgs) } : scope;
}
