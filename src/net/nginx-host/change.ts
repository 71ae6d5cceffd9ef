/** The line to change so that another port is used. */
import { withoutSecrets } from './shown.ts';
import type { Forwarded, Judged } from './target.ts';

export interface Change {
  readonly file: string;
  readonly line: number;
  readonly before: string;
  /** null: which host to use instead is not for us to say. */
  readonly after: string | null;
}

/**
 * `proxy_pass` itself or the server's own line where the port is in it; else the one line of all files that has it (of
 * a `set` or a `map`). null where the server is not wrong, and where several lines have it or none.
 */
export function changeOf(
  files: ReadonlyMap<string, string>,
  { host, port, file, line, verdict, onlyPort, wanted }: Forwarded & Judged,
): Change | null {
  if (verdict !== 'wrong' || port === null) return null;
  const lines = (path: string) => (files.get(path) ?? '').split('\n');
  const written = new RegExp(`:${port}(?!\\d)`);
  const change = (at: string, number: number, text: string): Change => {
    const before = withoutSecrets(text.trim()).slice(0, 300);
    return { file: at, line: number, before, after: onlyPort ? before.replace(written, `:${wanted}`) : null };
  };
  const own = lines(file)[line - 1] ?? '';
  if (written.test(own)) return change(file, line, own);
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const found = [...files.keys()].flatMap((path) =>
    lines(path).flatMap((text, index) => {
      const at = text.indexOf(place);
      const isIt = at >= 0 && !/^\s*#/.test(text) && !/[\w.]/.test(text[at - 1] ?? '') && written.test(text);
      return isIt ? [change(path, index + 1, text)] : [];
    }),
  );
  return found.length === 1 ? (found[0] ?? null) : null;
}
