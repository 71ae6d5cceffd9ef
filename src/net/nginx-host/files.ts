/** The files of a configuration, read one level of `include` after another, on the host or in a container. */
import { posix } from 'node:path';
import type { Ask, Failure, Vantage } from '../../check.ts';
import { onlyWhen, reads, runsAsRoot } from '../asks.ts';
import {
  type ContainerPlace,
  containerFileAsks,
  engines,
  hostPath,
  readContainerFile,
} from '../containers.ts';
import { isGlob, matchesGlob } from '../nginx/glob.ts';
import { absolute } from '../nginx/parse.ts';
import { includesOf } from '../nginx/route.ts';

/** Where the files are: on the host, or in a container, which may have ended. */
export type Where = Pick<ContainerPlace, 'engine' | 'name' | 'mounts'> | null;

export interface FilesRead {
  readonly files: Map<string, string>;
  /** Why one of them could not be read: nothing can be said of the whole then. */
  readonly trouble: (Pick<Failure, 'failure' | 'detail'> & { readonly file: string }) | null;
}

/** More than configurations have; each look costs the host something. */
const limits = { files: 200, characters: 4_000_000, levels: 20, bytes: 1_000_000 };

/** `main` is an absolute path. What `include` names and is not there is left out: that is for nginx to reject. */
export async function readConfigurationFiles(
  vantage: Vantage,
  where: Where,
  main: string,
): Promise<FilesRead> {
  const files = new Map<string, string>();
  const known = new Set<string>();
  const folder = posix.dirname(main);
  let characters = 0;
  let next = [main];
  for (let level = 0; next.length > 0; level += 1) {
    const tooMuch = known.size + next.length > limits.files || characters > limits.characters;
    if (tooMuch || level > limits.levels) {
      const detail = `more than ${limits.files} files, or ${limits.characters / 1_000_000} MB`;
      return { files, trouble: { failure: 'incomplete', detail, file: next[0] ?? main } };
    }
    for (const path of next) known.add(path);
    const read = await Promise.all(
      next.map(async (path) => ({ path, answer: await readOne(vantage, where, path) })),
    );
    const wanted = new Set<string>();
    for (const { path, answer } of read) {
      const missing = !answer.ok && answer.failure === 'missing' && path !== main;
      if (missing) continue;
      if (!answer.ok && answer.failure === 'missing') {
        // The file, not a tool to read it with.
        return { files, trouble: { failure: 'incomplete', detail: `there is no file ${path}`, file: path } };
      }
      if (!answer.ok) {
        return { files, trouble: { failure: answer.failure, detail: answer.detail, file: path } };
      }
      if (answer.truncated) {
        const detail = `${path} is larger than what is read of a file`;
        return { files, trouble: { failure: 'incomplete', detail, file: path } };
      }
      files.set(path, answer.text);
      characters += answer.text.length;
      for (const include of includesOf(answer.text)) wanted.add(absolute(folder, include));
    }
    const lists = await Promise.all(
      [...wanted].map((path) => (isGlob(path) ? listed(vantage, where, path) : { paths: [path] })),
    );
    const dark = lists.find((list) => 'failure' in list);
    if (dark && 'failure' in dark) return { files, trouble: dark };
    next = [...new Set(lists.flatMap((list) => ('paths' in list ? list.paths : [])))]
      .filter((path) => !known.has(path))
      .sort();
  }
  return { files, trouble: null };
}

export async function readOne(vantage: Vantage, where: Where, path: string) {
  if (where === null) return vantage.readFile({ path, maxBytes: limits.bytes });
  const inside = await readContainerFile(vantage, where, path);
  if (inside.ok) return inside;
  // Where a mount brings it from, else where the same path is the host's.
  const outside = await vantage.readFile({ path: hostPath(where, path) ?? path, maxBytes: limits.bytes });
  return outside.ok ? outside : inside;
}

type Listed = { readonly paths: string[] } | NonNullable<FilesRead['trouble']>;

/** A constant script: names in a folder of a container, whether it runs and has tools or not. */
const tarScript = `engine=$1 follow=-L
[ "$engine" = podman ] && follow=
command -v tar >/dev/null || exit 42
"$engine" cp $follow "$2:$3" - 2>/dev/null | tar -tf - 2>/dev/null`;

const tarArgv = (engine: string, name: string, folder: string) => [
  ...['sh', '-c', tarScript, 'sh', engine],
  ...[name, folder],
];
const findArgv = (folder: string, depth: string) => [
  ...['find', `${folder}/`.replace(/\/+$/, '/')],
  ...['-mindepth', depth, '-maxdepth', depth],
];
const readableArgv = (folder: string) => [
  ...['sh', '-c', 'test ! -e "$1" || { test -r "$1" && test -x "$1"; }', 'sh'],
  folder,
];

/** What {@link readConfigurationFiles} may ask. */
export function configurationFilesAsks(container: string | null): Ask[] {
  const file = '‹file of the configuration›';
  const folder = '‹folder of an include›';
  const onHost = [
    reads(file),
    runsAsRoot(findArgv(folder, '‹depth›')),
    runsAsRoot(readableArgv(folder), 'where find could not list it'),
  ];
  if (container === null) return onHost;
  return [
    ...containerFileAsks(container, file),
    ...engines.map((engine) => runsAsRoot(tarArgv(engine, container, folder))),
    ...onlyWhen('where it is not in the container', onHost),
  ];
}

/** What a pattern of `include` names; nothing where there is no such folder. */
async function listed(vantage: Vantage, where: Where, pattern: string): Promise<Listed> {
  const segments = pattern.split('/');
  const first = segments.findIndex((segment) => isGlob(segment));
  const base = segments.slice(0, first).join('/') || '/';
  const depth = String(segments.length - first);
  const matching = (paths: readonly string[]) => paths.filter((path) => matchesGlob(pattern, path));
  if (where !== null) {
    const { engine, name } = where;
    const answer = await vantage.execute({ argv: tarArgv(engine, name, base), asRoot: true });
    // The archive has the folder's own name in front.
    const inside = answer.ok
      ? answer.stdout.split('\n').map((entry) => posix.join(base, entry.split('/').slice(1).join('/')))
      : [];
    if (matching(inside).length > 0) return { paths: matching(inside) };
  }
  const outside = where === null ? base : (hostPath(where, base) ?? base);
  const answer = await vantage.execute({ argv: findArgv(outside, depth), asRoot: true });
  if (!answer.ok) return { failure: answer.failure, detail: answer.detail, file: base };
  const names = answer.stdout.split('\n').map((path) => posix.join(base, posix.relative(outside, path)));
  if (answer.exitCode === 0 || matching(names).length > 0) return { paths: matching(names) };
  // `find` fails alike for a folder that is not there and for one that may not be read.
  const readable = await vantage.execute({ argv: readableArgv(outside), asRoot: true });
  const may = readable.ok && readable.exitCode === 0;
  return may ? { paths: [] } : { failure: 'denied', detail: `not allowed to list ${outside}`, file: base };
}

const stat = ['stat', '-L', '-c', '%Y %n'];

export function timesAsks(container: string | null): Ask[] {
  const argv = [...stat, '‹file of the configuration›…'];
  if (container === null) return [runsAsRoot(argv)];
  const inside = engines.map((engine) => runsAsRoot([engine, 'exec', container, ...argv]));
  return [...inside, runsAsRoot(argv, 'where the container has no stat')];
}

/**
 * Seconds since the epoch at which each file was last written, as far as that can be asked: of a container's files in
 * it, where it has `stat`, else through its mounts.
 */
export async function lookAtTimes(
  vantage: Vantage,
  where: Where,
  paths: readonly string[],
): Promise<Map<string, number>> {
  if (paths.length === 0) return new Map();
  if (where === null) return timesIn(await vantage.execute({ argv: [...stat, ...paths], asRoot: true }));
  const argv = [where.engine, 'exec', where.name, ...stat, ...paths];
  const inside = timesIn(await vantage.execute({ argv, asRoot: true }));
  if (inside.size > 0) return inside;
  const mounted = paths.flatMap((path) => {
    const outside = hostPath(where, path);
    return outside === null ? [] : [{ path, outside }];
  });
  if (mounted.length === 0) return new Map();
  const seen = timesIn(
    await vantage.execute({ argv: [...stat, ...mounted.map(({ outside }) => outside)], asRoot: true }),
  );
  return new Map(
    mounted.flatMap(({ path, outside }) => {
      const time = seen.get(outside);
      return time === undefined ? [] : [[path, time] as const];
    }),
  );
}

function timesIn(answer: Awaited<ReturnType<Vantage['execute']>>): Map<string, number> {
  if (!answer.ok) return new Map();
  return new Map(
    answer.stdout.split('\n').flatMap((line) => {
      const [, seconds, path] = /^(\d{1,12}) (\/.*)$/.exec(line) ?? [];
      return path === undefined ? [] : [[path, Number(seconds)] as const];
    }),
  );
}

/** As a fix names it: on the host where a mount brings it there, else `container:path`. */
export function namedOnHost(where: Where, path: string): string {
  if (where === null) return path;
  return hostPath(where, path) ?? `${where.name}:${path}`;
}

/** As nginx calls it there, where a mount brings it into the container; the nearest of several. */
export function namedInside(where: Where, path: string): string {
  const [mount] = (where?.mounts ?? [])
    .filter(({ source }) => path === source || path.startsWith(`${source}/`))
    .sort((a, b) => b.source.length - a.source.length);
  return mount ? posix.join(mount.destination, posix.relative(mount.source, path)) : path;
}
