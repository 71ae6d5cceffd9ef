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
  const change = (at: string, number: number): Change => {
    const all = withoutSecrets(files.get(at) ?? '').split('\n');
    const before = (all[number - 1] ?? '').trim().slice(0, 300);
    return { file: at, line: number, before, after: onlyPort ? before.replace(written, `:${wanted}`) : null };
  };
  const own = lines(file)[line - 1] ?? '';
  if (written.test(own)) return change(file, line);
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const found = [...files.keys()].flatMap((path) =>
    lines(path).flatMap((text, index) => {
      const at = text.indexOf(place);
      const isIt = at >= 0 && !/^\s*#/.test(text) && !/[\w.]/.test(text[at - 1] ?? '') && written.test(text);
      return isIt ? [{ path, number: index + 1 }] : [];
    }),
  );
  const [only] = found;
  return only && found.length === 1 ? change(only.path, only.number) : null;
}
