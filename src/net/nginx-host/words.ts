/** What nginx says of itself: the one place that reads its own words, whose grammar is fixed (ngx_log.c, ngx_conf_file.c). */

export interface Rejection {
  readonly message: string;
  /** `host:port` of a backend, where the trouble is that its name is not known there. */
  readonly unknownName: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/**
 * The last `[emerg]` line, as nginx prints it and as it logs it: `nginx: [emerg] MESSAGE in FILE:LINE`, or
 * `2026/01/31 12:00:00 [emerg] 7#7: MESSAGE in FILE:LINE`. null without one, and where the trouble is not in the
 * configuration: what may not be opened (EACCES), what is in use (a port).
 */
export function rejectionIn(text: string): Rejection | null {
  const line = text.split('\n').findLast((one) => one.includes('[emerg]'));
  const said = line?.slice(line.indexOf('[emerg]') + 7, line.indexOf('[emerg]') + 2000);
  const words = said?.replace(/^ \d+#\d+:/, '').trim();
  if (words === undefined || words === '') return null;
  if (/\(13: Permission denied|permission denied/i.test(words)) return null;
  if (/^(?:bind|listen|socket|setsockopt|still could not)\b/.test(words)) return null;
  const [, message, file, number] = /^(.*) in (\/.*):(\d{1,9})$/s.exec(words) ?? [];
  const unknownName = /^host not found in upstream "([^"]{1,300})"/.exec(words)?.[1] ?? null;
  if (message === undefined || file === undefined) {
    return { message: words, unknownName, file: null, line: null };
  }
  return { message, unknownName, file, line: Number(number) };
}

/** `cannot load certificate "FILE"`, or its key: said without the place in the configuration (ngx_event_openssl.c). */
export const isOfCertificate = (message: string): boolean => /certificate|key/.test(message);

/** The process that wrote a line of the error log: `2026/01/31 12:00:00 [error] PID#TID: …`. */
export function writerOf(line: string): number | null {
  const pid = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[\w+\] (\d{1,10})#/.exec(line)?.[1];
  return pid === undefined ? null : Number(pid);
}

/** The server that a line of the error log is about: `upstream: "http://127.0.0.1:8080/path"`, as `127.0.0.1:8080`. */
export function upstreamOf(line: string): string | null {
  return /upstream: "[a-z]+:\/\/([^"/?]{1,300})/.exec(line)?.[1] ?? null;
}

/** Queries can hold what is nobody's business. */
export const withoutQueries = (line: string): string => line.replace(/\?[^\s"]*/g, '?…');
