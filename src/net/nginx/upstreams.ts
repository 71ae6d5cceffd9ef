/** What `proxy_pass` names: a URL, or an `upstream` block. */
import { placeOf } from './levels.ts';
import type { Upstream, UpstreamServer } from './outcome.ts';
import type { Directive } from './parse.ts';

export interface PassedTo {
  readonly scheme: 'http' | 'https';
  /** Without brackets; '' for a Unix socket. */
  readonly host: string;
  /** null: not written. */
  readonly port: number | null;
  readonly unix: string | null;
  /** From its first `/` (or `?`) on; '' without one. */
  readonly uri: string;
  /** `$proxy_host` and `$proxy_port` (ngx_http_proxy_set_vars). */
  readonly proxyHost: string;
  readonly proxyPort: string;
}

/** null for what nginx refuses. */
export function readUrl(url: string): PassedTo | null {
  const scheme = /^(https?):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') return null;
  const rest = url.slice(scheme.length + 3);
  if (rest.toLowerCase().startsWith('unix:')) {
    const [, path = '', uri = ''] = /^unix:([^:]*)(?::(.*))?$/is.exec(rest) ?? [];
    if (path === '') return null;
    return { scheme, host: '', port: null, unix: path, uri, proxyHost: 'localhost', proxyPort: '' };
  }
  const found = /^(\[[^\]]+\]|[^/?:]+)(?::(\d{1,5}))?([/?].*)?$/s.exec(rest);
  if (!found) return null;
  const [, host = '', port, uri = ''] = found;
  const usual = scheme === 'http' ? '80' : '443';
  const number = port === undefined ? null : Number(port);
  if (number !== null && (number < 1 || number > 65535)) return null;
  const isUsual = port === undefined || port === usual;
  return {
    scheme,
    host: host.replace(/^\[|\]$/g, ''),
    port: number,
    unix: null,
    uri,
    proxyHost: isUsual ? host : `${host}:${port}`,
    proxyPort: port ?? usual,
  };
}

/** The `upstream` block of that name; names have no case. */
export function upstreamNamed(http: readonly Directive[], name: string): Upstream | null {
  const directive = http.find(
    (one) => one.name === 'upstream' && one.block && one.args[0]?.toLowerCase() === name.toLowerCase(),
  );
  if (!directive?.block) return null;
  const servers = directive.block.filter((one) => one.name === 'server').map(readServer);
  return { name: directive.args[0] ?? '', servers, ...placeOf(directive) };
}

function readServer(directive: Directive): UpstreamServer {
  const [text = '', ...flags] = directive.args;
  const place = placeOf(directive);
  if (text.startsWith('unix:')) return { address: text.slice(5), port: null, flags, ...place };
  const found = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(text);
  const address = (found?.[1] ?? text).replace(/^\[|\]$/g, '');
  return { address, port: Number(found?.[2] ?? 80), flags, ...place };
}
