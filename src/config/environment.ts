/** Puts the environment into the strings of a parsed file. Secrets leave their placeholder `‹NAME›`. */
import { placeholder } from '../net/placeholder.ts';
import type { Secret } from '../vantage/redact.ts';
import { type Problem, problem } from './problems.ts';
import { type Use, useOf } from './uses.ts';
import { headerFault } from './values.ts';
import { piecesOf } from './variables.ts';
import { nearest, type Path, quoted } from './words.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Filled {
  readonly data: unknown;
  readonly secrets: readonly Secret[];
  readonly problems: readonly Problem[];
}

/** Far more than the schema has; only free values (`expect.json`, options of plugins) could go on. */
const deepest = 32;
const credentials = /authorization|cookie|token|secret|password|api-?key/i;

export function fillIn(data: unknown, env: Environment): Filled {
  const secrets = new Map<string, string>();
  const problems: Problem[] = [];
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return fillText(value, path);
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return useOf(path) === 'json' ? value.toISOString() : value;
    if (path.length > deepest) {
      problems.push(problem(path.slice(0, deepest), 'is nested too deeply'));
      return null;
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    const copy: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) {
      // Nothing has a key of this name, and ordinary objects cannot hold it safely.
      if (key === '__proto__') problems.push(problem([...path, key], 'unknown key'));
      else copy[key] = walk(item, [...path, key]);
    }
    return copy;
  };

  const fillText = (text: string, path: Path): string | number => {
    const use = useOf(path);
    const pieces = piecesOf(text);
    if ('bad' in pieces) {
      const hint = `write \${NAME}, \${NAME:-default} or \${secret:NAME}; a plain "\${" is written "$\${"`;
      problems.push(problem(path, `has a variable that is none: ${quoted(pieces.bad)}`, hint));
      return text;
    }
    let filled = '';
    for (const piece of pieces) {
      if ('literal' in piece) {
        filled += piece.literal;
        continue;
      }
      const { variable, fallback } = piece;
      const value = Object.hasOwn(env, variable) ? env[variable] : undefined;
      if (value) {
        const hidden = piece.secret || isHidden(use, filled);
        const fault = faultOf(variable, value, use, piece.secret, filled);
        if (fault) problems.push({ path, ...fault });
        filled += hidden ? hide(variable, value) : use === 'url' ? withoutQuery(variable, value) : value;
      } else if (fallback !== null) filled += fallback;
      else problems.push(missing(path, variable, value, env));
    }
    const [only] = pieces;
    if (use === 'number' && pieces.length === 1 && only && 'variable' in only && /^\d{1,9}$/.test(filled)) {
      return Number(filled);
    }
    return use === 'header' ? hideCredential(filled, path) : filled;
  };

  const hide = (name: string, value: string): string => {
    secrets.set(name, value);
    return placeholder(name);
  };
  const withoutQuery = (variable: string, value: string): string => {
    const at = value.indexOf('?') + 1;
    return at > 0 && at < value.length
      ? value.slice(0, at) + hide(`${variable}:query`, value.slice(at))
      : value;
  };
  /** A token that stands openly in the file is still one. The scheme before it (`Bearer`) is not. */
  const hideCredential = (text: string, path: Path): string => {
    const header = String(path.at(-1));
    if (!credentials.test(header) || text.includes('‹') || headerFault(text)) return text;
    const [, scheme = '', credential = ''] = /^([A-Za-z]+ +)?(.*)$/s.exec(text) ?? [];
    const owner = path.slice(path[0] === 'checks' ? 0 : 1, -2).join('.');
    const name = `${owner}.${header}`;
    return credential === '' ? text : scheme + hide(name, credential);
  };

  const filled = walk(data, []);
  return { data: filled, secrets: [...secrets].map(([name, value]) => ({ name, value })), problems };
}

function isHidden(use: Use, before: string): boolean {
  return use === 'url' ? before.includes('?') : use !== 'public' && use !== 'number';
}

/** What is wrong with a variable at this place. Its value is not said: it may be a secret elsewhere. */
function faultOf(
  name: string,
  value: string,
  use: Use,
  secret: boolean,
  before: string,
): Omit<Problem, 'path'> | null {
  if (secret && (use === 'public' || use === 'number')) {
    const hint = `this value is shown in reports: write \${${name}} instead of \${secret:${name}}`;
    return { message: 'cannot be a secret', hint };
  }
  if (use === 'header' && headerFault(value)) {
    const message = `environment variable ${name} holds a character that a header cannot`;
    return { message, hint: 'look for a line break at its end' };
  }
  if (
    use === 'url' &&
    (secret || `${before}${value}`.includes('?')) &&
    !/^[\x21\x22\x24-\x7e]*$/.test(value)
  ) {
    const message = `environment variable ${name} holds a character that a URL cannot`;
    return { message, hint: 'percent-encode it: a blank is %20, "#" is %23' };
  }
  return null;
}

function missing(path: Path, name: string, value: string | undefined, env: Environment): Problem {
  if (value === '')
    return problem(path, `environment variable ${name} is empty`, `write \${${name}:-} where it may be`);
  const near = nearest(name, Object.keys(env));
  const hint = near ? `did you mean ${near}?` : `set it, or write \${${name}:-default}`;
  return problem(path, `environment variable ${name} is not set`, hint);
}
