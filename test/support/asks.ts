/** Whether something that was asked is among what a look said it may ask. */
import type { Ask } from '../../src/check.ts';

/** What stands between ‹ and ›: a number where its last word says so, else text without a line break. */
function patternOf(word: string): string {
  return word
    .split(/(‹[^›]*›)/)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      if (/\b(?:pid|depth)›$/.test(part)) return '\\d+';
      return /\bid›$/.test(part) ? '[0-9a-f]+' : '[^\\n\\x00]+';
    })
    .join('');
}

/** Words are joined by NUL, which is in none of them. */
export function matches(told: readonly string[], asked: readonly string[]): boolean {
  const words = told.map((word) =>
    word.endsWith('›…') ? `(?:${patternOf(word.slice(0, -1))}\\x00)*` : `${patternOf(word)}\\x00`,
  );
  return new RegExp(`^${words.join('')}$`).test(asked.map((word) => `${word}\0`).join(''));
}

export function isTold(
  told: readonly Ask[],
  { operation, args }: { readonly operation: string; readonly args: object },
): boolean {
  return told.some((ask) => {
    if (ask.operation !== operation) return false;
    if (ask.operation === 'execute') return 'argv' in args && matches(ask.argv, args.argv as string[]);
    if (ask.operation === 'readFile') return 'path' in args && matches([ask.path], [args.path as string]);
    if (ask.operation === 'resolve') return 'name' in args && matches([ask.name], [args.name as string]);
    return true;
  });
}

/** What of it was not told, as a person reads it. */
export function untold(
  told: readonly Ask[],
  asked: readonly { readonly operation: string; readonly args: object }[],
): string[] {
  return asked
    .filter((one) => !isTold(told, one))
    .map(({ operation, args }) => `${operation} ${JSON.stringify('argv' in args ? args.argv : args)}`);
}
