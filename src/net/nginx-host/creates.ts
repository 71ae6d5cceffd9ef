/** What a test of a configuration would create: `nginx -t` opens logs, the pid file and folders as a start does (ngx_init_cycle). */
import { posix } from 'node:path';
import type { Directive } from '../nginx/parse.ts';
import { everyDirective } from '../nginx/scope.ts';
import type { Build } from './build.ts';
import type { Master } from './masters.ts';

const opened = new Set([
  'pid',
  'lock_file',
  'error_log',
  'access_log',
  'rewrite_log',
  'client_body_temp_path',
  'proxy_temp_path',
  'fastcgi_temp_path',
  'uwsgi_temp_path',
  'scgi_temp_path',
  'proxy_cache_path',
  'fastcgi_cache_path',
  'uwsgi_cache_path',
  'scgi_cache_path',
]);

export const openedArgv = (paths: readonly string[]) => ['ls', '-d', '--', ...paths];

/** Paths that have to be there already, each once. Names with variables are opened request by request. */
export function pathsToOpen(
  root: readonly Directive[],
  prefix: string,
  { errorLog, globals }: Pick<Master, 'errorLog' | 'globals'>,
  build: Build,
): string[] {
  const http = root.find(({ name }) => name === 'http')?.block ?? [];
  const names = (directives: readonly Directive[], name: string) =>
    directives.some((directive) => directive.name === name);
  const hasPid = names(root, 'pid') || /(?:^|;)\s*pid\s/.test(globals ?? '');
  const wanted = [
    errorLog ?? build.errorLog,
    hasPid ? null : build.pid,
    root.length === 0 || names(http, 'access_log') ? null : build.accessLog,
    ...[...everyDirective(root)].map(({ name, args }) => (opened.has(name) ? (args[0] ?? null) : null)),
  ];
  const paths = wanted.filter(
    (path): path is string =>
      path !== null && !path.includes('$') && !/^(?:off|on|stderr|(?:syslog|memory):.*)$/.test(path),
  );
  return [...new Set(paths.map((path) => posix.resolve('/', prefix, path)))];
}

/**
 * Whether the files name another user than the one that the workers run as: a test as root gives the folders for
 * temporary files, which the workers use, to the user in the files (ngx_create_paths).
 */
export function changesOwner(root: readonly Directive[], owners: readonly string[]): boolean {
  const user = root.find(({ name }) => name === 'user')?.args[0];
  return user !== undefined && owners.some((owner) => owner !== user);
}
