/** The shell's single quotes: everything inside is literal (POSIX.1-2017, Shell Command Language, 2.2.2). */

/** One word of a shell command that stands for exactly `text`. NUL can be in no argument: refuse it before. */
export function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Reads words written with {@link shellQuote}, and bare words, back. Null when a quote is left open. */
export function shellWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? '';
    if (character === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return null;
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (character === '\\') {
      word = (word ?? '') + (text[++at] ?? '');
    } else if (character === ' ' || character === '\n') {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + character;
    }
  }
  return word === null ? words : [...words, word];
}
