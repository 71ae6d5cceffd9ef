/** Words of messages: the user's own text made fit to stand in one, and what was probably meant. */
import { distance } from 'fastest-levenshtein';
import { visible } from '../report/visible.ts';

/** A key's place: names of keys, and numbers of list items from 0. */
export type Path = readonly (string | number)[];

const longest = 80;
const mostListed = 12;

/** Nothing in it can move a cursor or turn the line around; cut after 80 characters. */
export function printable(text: string): string {
  return visible(text.length > longest ? `${text.slice(0, longest)}…` : text);
}

export function quoted(text: string): string {
  return `"${printable(text)}"`;
}

/** `endpoints.agent.resolves_to[1]`; a key that TOML wants quoted is quoted. */
export function keyText(path: Path): string {
  let text = '';
  for (const [index, part] of path.slice(0, mostListed).entries()) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${index ? '.' : ''}${/^[A-Za-z0-9_-]{1,80}$/.test(part) ? part : quoted(part)}`;
  }
  return path.length > mostListed ? `${text}.…` : text;
}

/** What was probably meant; null when nothing is near. */
export function nearest(text: string, candidates: readonly string[]): string | null {
  if (text.length > 64) return null;
  const allowed = text.length < 4 ? 1 : text.length < 9 ? 2 : 3;
  const [best] = candidates
    .map((candidate) => ({ candidate, far: distance(text.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  return best && best.far <= allowed && best.far < best.candidate.length ? best.candidate : null;
}

/** `did you mean "nginx"?`, else what there is; null when there is nothing. */
export function suggestion(text: string, candidates: readonly string[], thereIs: string): string | null {
  const near = nearest(text, candidates);
  if (near !== null) return `did you mean ${quoted(near)}?`;
  return candidates.length ? `${thereIs} ${listed(candidates)}` : null;
}

/** `"a", "b" and "c"`, at most 12 of them. */
export function listed(words: readonly string[], last = 'and'): string {
  const shown = words.slice(0, mostListed).map(quoted);
  if (words.length > mostListed) return `${shown.join(', ')} ${last} ${words.length - mostListed} more`;
  return shown.length < 2 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} ${last} ${shown.at(-1)}`;
}
