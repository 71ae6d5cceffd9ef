/** What of a configuration may be shown: it can hold keys and passwords, anywhere. */
import { endOfLua } from '../nginx/lua.ts';

/** Their arguments say where requests go, and no more. */
const open = new Set([
  'alias',
  'error_page',
  'include',
  'index',
  'listen',
  'location',
  'proxy_pass',
  'resolver',
  'rewrite',
  'root',
  'server',
  'server_name',
  'try_files',
  'upstream',
]);
const openHeaders = /^["']?(?:host|upgrade|connection|x-real-ip|x-forwarded-[a-z]+)["']?$/i;
/** A variable, a number or a time, a switch, an address with a port. */
const openWord =
  /^["']?(?:\$\w+|\$\{\w+\}|\d+(?:\.\d+)?(?:ms|[smhdkKmMgG])?|on|off|(?:https?:\/\/)?[\w.$-]+:\d{1,5})["']?$/;

/** Of all others the first words are no names of directives: keys of a `map`, say. */
const ofDirectives = /^(?:http|events|stream|server|location|if|limit_except|upstream)$/;

/** As lex.ts reads them: space, a comment, a mark, a word in quotes, a bare word. */
const tokens =
  /([ \t\r\n]+)|(#[^\n]*)|([;{}])|(?:"(?:\\[\s\S]|[^"\\])*(?:"|$)|'(?:\\[\s\S]|[^'\\])*(?:'|$))(?:\)(?:\\[\s\S]|\$\{+|[^ \t\r\n;{\\])*)?|(?:\\[\s\S]|\$\{+|[^ \t\r\n;{\\])+|[\s\S]/g;

/**
 * A file, with as many lines. Comments, and words of other directives that are no plain variables, numbers or addresses,
 * are left out, on however many lines they are.
 */
export function withoutSecrets(text: string): string {
  let shown = '';
  let words: string[] = [];
  const blocks: string[] = [];
  tokens.lastIndex = 0;
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const [token, space, comment, mark] = match;
    if (space !== undefined) shown += space;
    else if (comment !== undefined) shown += '# …';
    else if (mark === undefined) {
      shown += shownWord(token, words, blocks.at(-1));
      words.push(token);
    } else {
      shown += mark;
      const [name = ''] = words;
      if (mark === '{' && name.endsWith('_by_lua_block')) {
        const end = endOfLua(text, tokens.lastIndex) ?? text.length;
        shown += hidden(text.slice(tokens.lastIndex, end)) + text.slice(end, end + 1);
        tokens.lastIndex = end + 1;
      } else if (mark === '{') blocks.push(name);
      else if (mark === '}') blocks.pop();
      words = [];
    }
  }
  return shown;
}

/** On as many lines. */
const hidden = (word: string) => word.replace(/[^\n]+/g, '…');

/** `before`: the words of its directive that come before it. */
function shownWord(word: string, before: readonly string[], block: string | undefined): string {
  const [name, header = ''] = before;
  const isDirective = block === undefined || ofDirectives.test(block);
  if (name === undefined) {
    return (isDirective ? /^\w+$/ : /^(?:default|hostnames|volatile)$/).test(word) || openWord.test(word)
      ? word
      : hidden(word);
  }
  if (isDirective && open.has(name)) {
    const withoutUser = word.replace(/(:\/\/[^\s/@:]*:)[^\s/]*@/g, '$1…@');
    // In an expression a question mark is none of a query.
    const mayHaveQuery = name === 'rewrite' ? before.length === 2 : /^(?:proxy_pass|error_page)$/.test(name);
    return mayHaveQuery ? withoutUser.replace(/\?.*?(["']?)$/s, '?…$1') : withoutUser;
  }
  if (name === 'proxy_set_header' && openHeaders.test(header)) return word;
  const isHeader = (name === 'proxy_set_header' || name === 'add_header') && before.length === 1;
  return (isHeader && /^["']?[\w-]+["']?$/.test(word)) || openWord.test(word) ? word : hidden(word);
}
