/** What of a line of a configuration may be shown: it can hold keys and passwords, anywhere. */

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

/** Comments, and words of other directives that are no plain variables, numbers or addresses, are left out. */
export function withoutSecrets(line: string): string {
  const [, code = '', comment = ''] = /^(|.*?[\s;{}])(#.*)?$/s.exec(line) ?? [undefined, line];
  const shown = code.replace(/([^;{}]*)([;{}]|$)/g, (_, statement: string, end: string) => {
    const [, indent = '', text = '', tail = ''] = /^(\s*)(.*?)(\s*)$/s.exec(statement) ?? [];
    return `${indent}${shownStatement(text)}${tail}${end}`;
  });
  return shown + (comment === '' ? '' : '# …');
}

function shownStatement(text: string): string {
  const [name = '', ...words] = text.split(/\s+/);
  if (open.has(name)) {
    const withoutUser = text.replace(/(:\/\/[^\s/@:]*:)[^\s/@]*@/g, '$1…@');
    // In an expression a question mark is none of a query.
    if (name === 'rewrite') return withoutUser.replace(/\?[^\s"'?()]*(["']?(?:\s+\w+)?)$/, '?…$1');
    return name === 'proxy_pass' ? withoutUser.replace(/\?[^\s"']*/g, '?…') : withoutUser;
  }
  if (name === 'proxy_set_header' && openHeaders.test(words[0] ?? '')) return text;
  const isHeader = name === 'proxy_set_header' || name === 'add_header';
  const shown = words.map((word, index) => ((isHeader && index === 0) || openWord.test(word) ? word : '…'));
  return [name, ...shown].join(' ');
}
