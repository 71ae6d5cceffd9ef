/** Whether the condition of an `if` holds (ngx_http_rewrite_if_condition). */
import { matchRegex } from './regex.ts';
import { evaluate, type Scope, variable } from './scope.ts';
import { toBytes } from './uri.ts';

export type Condition = { readonly holds: boolean } | { readonly holds: null; readonly why: string };

/** `words`: as the configuration has them, with the parentheses at both ends. */
export function conditionOf(words: readonly string[], scope: Scope): Condition {
  const [first = '', ...others] = words;
  const opened = first === '(' ? others : [first.slice(1), ...others];
  const last = opened.at(-1) ?? '';
  const inner = last === ')' ? opened.slice(0, -1) : [...opened.slice(0, -1), last.slice(0, -1)];
  const [subject = '', operator, operand = ''] = inner;
  if (!subject.startsWith('$')) return { holds: null, why: 'it depends on files' };
  const value = variable(subject.slice(1), scope);
  if (typeof value !== 'string') return { holds: null, why: `${value.unknown} is not known` };
  if (operator === undefined) return { holds: value !== '' && value !== '0' };
  if (operator === '=' || operator === '!=') {
    const other = evaluate(operand, scope);
    if (typeof other !== 'string') return { holds: null, why: `${other.unknown} is not known` };
    return { holds: (value === other) === (operator === '=') };
  }
  const match = matchRegex(toBytes(operand), operator.endsWith('*'), value, scope.budget);
  if (match.matched === null) return { holds: null, why: match.why };
  scope.captures = match.matched ? match.captures : [];
  if (match.matched) for (const [name, text] of match.names) scope.variables.set(name, text);
  return { holds: match.matched !== operator.startsWith('!') };
}
