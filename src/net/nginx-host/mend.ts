/** The line to change so that a request gets there as it should, where that is plain to see. Pure. */
import type { Place, Proxied } from '../nginx/route.ts';
import { withoutSecrets } from './shown.ts';

/** A line of a file; one that may hold a secret is left out. */
export interface Written extends Place {
  readonly text: string;
}

/** What stands there, and what should; lines that are added stand below the one that is there. */
export interface Mended {
  readonly before: string;
  readonly after: string;
}

const longest = 300;

/** The lines that say how the request is passed on. */
export function writtenLines(files: ReadonlyMap<string, string>, outcome: Proxied): Written[] {
  const { readTimeout, websocket, file, line } = outcome;
  const places: Place[] = [{ file, line }, websocket.at, ...(readTimeout.at ? [readTimeout.at] : [])];
  const lines = places.flatMap((place) => {
    const text =
      withoutSecrets(files.get(place.file) ?? '')
        .split('\n')
        [place.line - 1]?.trim() ?? '';
    return text === '' || text.length > longest || text.includes('…') ? [] : [{ ...place, text }];
  });
  return lines.filter((one, index) => lines.findIndex((other) => isAt(other, one)) === index);
}

const isAt = (a: Place, b: Place): boolean => a.file === b.file && a.line === b.line;

const lineAt = (lines: readonly Written[], at: Place): string | null =>
  lines.find((one) => isAt(one, at))?.text ?? null;

/** By another line in its place. */
function replaced(before: string | null, pattern: RegExp, by: string): Mended | null {
  const after = before?.replace(pattern, by) ?? null;
  return before === null || after === null || after === before ? null : { before, after };
}

const below = (before: string | null, ...lines: readonly string[]): Mended | null =>
  before === null || !before.startsWith('proxy_pass') || lines.length === 0
    ? null
    : { before, after: [before, ...lines].join('\n') };

/** Without its URI proxy_pass sends on what was asked for: right where that is what the service serves. */
export const pathMended = (lines: readonly Written[], outcome: Proxied, asked: string, wanted: string) =>
  asked === wanted
    ? replaced(lineAt(lines, outcome), /^(proxy_pass\s+https?:\/\/[^\s/;$]+)\/[^\s;$]*;$/, '$1;')
    : null;

export const schemeMended = (lines: readonly Written[], outcome: Proxied, wanted: string) =>
  replaced(lineAt(lines, outcome), /^(proxy_pass\s+)https?:/, `$1${wanted}:`);

const headers = {
  upgrade: 'proxy_set_header Upgrade $http_upgrade;',
  connection: 'proxy_set_header Connection "upgrade";',
} as const;

/** Header by header where one says something else; else the lines that are missing, below proxy_pass. */
export function upgradeMended(lines: readonly Written[], outcome: Proxied): Mended | null {
  const { upgrade, connection, httpVersion, websocket } = outcome;
  const text = lineAt(lines, websocket.at);
  if (!isAt(websocket.at, outcome)) {
    return (
      replaced(text, /^proxy_set_header\s+Upgrade\s.*;$/i, headers.upgrade) ??
      replaced(text, /^proxy_set_header\s+Connection\s.*;$/i, headers.connection) ??
      replaced(text, /^proxy_http_version\s.*;$/, 'proxy_http_version 1.1;')
    );
  }
  return below(
    text,
    ...(httpVersion === '1.1' ? [] : ['proxy_http_version 1.1;']),
    ...(upgrade.at ? [] : [headers.upgrade]),
    ...(connection.at ? [] : [headers.connection]),
  );
}

const hourMs = 3_600_000;

/** Long enough for the longest silence, and for most: an hour, else twice as long. In seconds, as nginx writes it. */
export const timeoutFor = (silenceMs: number | null): string =>
  `${Math.ceil(Math.max(hourMs, (silenceMs ?? 0) * 2) / 1000)}s`;

export function timeoutMended(lines: readonly Written[], outcome: Proxied, suggested: string) {
  const { at } = outcome.readTimeout;
  return at
    ? replaced(lineAt(lines, at), /^proxy_read_timeout\s+[^;]*;$/, `proxy_read_timeout ${suggested};`)
    : below(lineAt(lines, outcome), `proxy_read_timeout ${suggested};`);
}
