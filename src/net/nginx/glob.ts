/** The patterns of `include`, as glob(3) reads them for nginx. */

/** Whether nginx takes it for a pattern (ngx_conf_include). Of a pattern that matches nothing it does not complain. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/** Whether the path is one that the pattern lists: segment by segment, and a leading dot only for a dot. */
export function matchesGlob(pattern: string, path: string): boolean {
  const patterns = pattern.split('/');
  const names = path.split('/');
  return (
    patterns.length === names.length && patterns.every((part, index) => matches(part, names[index] ?? ''))
  );
}

/** Linear in the pattern for each `*`: only the last one is ever tried again (fnmatch(3) without recursion). */
function matches(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.') && !pattern.startsWith('\\.')) return false;
  let at = 0;
  let index = 0;
  let retry: { at: number; index: number } | null = null;
  while (index < name.length) {
    const step = pattern[at] === '*' ? null : one(pattern, at, name[index] ?? '');
    if (pattern[at] === '*') {
      retry = { at: at + 1, index };
      at += 1;
    } else if (step !== null) {
      at = step;
      index += 1;
    } else if (retry) {
      retry = { at: retry.at, index: retry.index + 1 };
      ({ at, index } = retry);
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** Past the part of the pattern at `at`, when that part takes the character; else null. */
function one(pattern: string, at: number, character: string): number | null {
  const part = pattern[at];
  if (part === undefined) return null;
  if (part === '?') return at + 1;
  if (part === '\\' && at + 1 < pattern.length) return pattern[at + 1] === character ? at + 2 : null;
  if (part !== '[') return part === character ? at + 1 : null;
  const negated = pattern[at + 1] === '!' || pattern[at + 1] === '^';
  const first = at + (negated ? 2 : 1);
  const end = pattern.indexOf(']', first + 1);
  if (end === -1) return character === '[' ? at + 1 : null;
  let found = false;
  for (let index = first; index < end; index += 1) {
    const low = pattern[index] ?? '';
    const high = pattern[index + 1] === '-' && index + 2 < end ? (pattern[index + 2] ?? '') : low;
    if (high !== low) index += 2;
    if (character >= low && character <= high) found = true;
  }
  return found !== negated ? end + 1 : null;
}
