/**
 * Where the code of OpenResty's `*_by_lua_block { … }` ends. It is Lua there, read with Lua's own comments, strings
 * and long brackets, in which braces mean nothing (lua-nginx-module, `ngx_http_lua_conf_lua_block_parse`).
 */

/** The index of the `}` that ends the code which begins at `start`, just after its `{`; null without one. */
export function endOfLua(text: string, start: number): number | null {
  let depth = 1;
  let at = start;
  while (at < text.length) {
    const character = text[at];
    if (character === '{') depth += 1;
    if (character === '}') {
      depth -= 1;
      if (depth === 0) return at;
    }
    const next = character === '-' || character === '[' || character === '"' || character === "'";
    const end: number | null = next ? afterItem(text, at) : at + 1;
    if (end === null) return null;
    at = end;
  }
  return null;
}

/** Past the comment, string or long bracket at `at`; `at + 1` when it is none; null when it has no end. */
function afterItem(text: string, at: number): number | null {
  const character = text[at];
  if (character === '-') {
    if (text[at + 1] !== '-') return at + 1;
    const level = longBracket(text, at + 2);
    if (level !== null) return afterLong(text, at + 2, level);
    const end = text.indexOf('\n', at);
    return end === -1 ? null : end;
  }
  if (character === '[') {
    const level = longBracket(text, at);
    return level === null ? at + 1 : afterLong(text, at, level);
  }
  for (let end = at + 1; end < text.length; end += 1) {
    if (text[end] === '\\') end += 1;
    else if (text[end] === character) return end + 1;
  }
  return null;
}

/** How many `=` are between the brackets of `[==[`; null when this is no long bracket. */
function longBracket(text: string, at: number): number | null {
  if (text[at] !== '[') return null;
  let end = at + 1;
  while (text[end] === '=') end += 1;
  return text[end] === '[' ? end - at - 1 : null;
}

function afterLong(text: string, at: number, level: number): number | null {
  const close = `]${'='.repeat(level)}]`;
  const end = text.indexOf(close, at + level + 2);
  return end === -1 ? null : end + close.length;
}
