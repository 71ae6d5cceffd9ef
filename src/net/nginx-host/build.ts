/** How nginx was built: `nginx -V` (nginx(8)), which it prints to its standard error. */
import { posix } from 'node:path';
import type { Master } from './masters.ts';

export interface Build {
  /** As `1.22.1`; null when it did not say. */
  readonly version: string | null;
  readonly prefix: string | null;
  readonly config: string | null;
  readonly errorLog: string | null;
  readonly pid: string | null;
  readonly accessLog: string | null;
}

export const unknownBuild: Build = {
  version: null,
  prefix: null,
  config: null,
  errorLog: null,
  pid: null,
  accessLog: null,
};

export function parseBuild(text: string): Build {
  const configured = (name: string) =>
    new RegExp(`(?:^|\\s)--${name}=(?:'([^']*)'|(\\S+))`).exec(text)?.slice(1).find(Boolean) ?? null;
  return {
    version: /^nginx version: [^/\s]+\/(\d+(?:\.\d+){1,3})/m.exec(text)?.[1] ?? null,
    prefix: configured('prefix'),
    config: configured('conf-path'),
    errorLog: configured('error-log-path'),
    pid: configured('pid-path'),
    accessLog: configured('http-log-path'),
  };
}

/** The folder that relative paths start from, and the main file. */
export function mainFileOf(
  master: Pick<Master, 'config' | 'prefix'> | null,
  build: Build,
): { readonly prefix: string; readonly main: string } {
  const prefix = master?.prefix ?? build.prefix ?? '/usr/local/nginx';
  const unnamed = build === unknownBuild ? '/etc/nginx/nginx.conf' : 'conf/nginx.conf';
  const config = master?.config ?? build.config ?? unnamed;
  return { prefix, main: posix.resolve('/', prefix, config) };
}
