/** The tokens of ssh_config(5), "TOKENS": `%h`, `%%`, `${NAME}`. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface TokenValues {
  readonly home: string;
  readonly localHost: string;
  readonly localUser: string;
  readonly localUid: number;
  /** As it was asked for, and what `HostName` made of it. */
  readonly original: string;
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  readonly hostKeyAlias: string | null;
  readonly jump: string;
}

/** In one pass: what a token brings in is never looked at again. Null when it has a token that there is not. */
export function expandTokens(
  text: string,
  values: TokenValues,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const tokens: Record<string, string> = {
    '%': '%',
    d: values.home,
    h: values.hostname,
    i: String(values.localUid),
    j: values.jump,
    k: values.hostKeyAlias ?? values.original,
    L: values.localHost.split('.')[0] ?? '',
    l: values.localHost,
    n: values.original,
    p: String(values.port),
    r: values.user,
    u: values.localUser,
    C: createHash('sha1')
      .update(values.localHost + values.hostname + values.port + values.user + values.jump)
      .digest('hex'),
  };
  let known = true;
  const expanded = text.replace(/%(.?)|\$\{([^}]*)\}/g, (_, token?: string, name?: string) => {
    const value = name === undefined ? tokens[token ?? ''] : env[name];
    if (value === undefined) known = false;
    return value ?? '';
  });
  return known ? expanded : null;
}

/** `~` and `~/…`; `~user` is left as it is. */
export function expandTilde(path: string, home: string): string {
  return path === '~' ? home : path.startsWith('~/') ? join(home, path.slice(2)) : path;
}
