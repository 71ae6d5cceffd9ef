/** What a report shows of nginx besides its configuration's verdict: the block that takes a request, the last errors. */
import { posix } from 'node:path';
import type { Ask, Vantage } from '../../check.ts';
import { runsAsRoot } from '../asks.ts';
import { type Engine, engines, hostPath } from '../containers.ts';
import { blockText, type Directive, type Route } from '../nginx/route.ts';
import type { Configuration } from './configuration.ts';
import { withoutSecrets } from './shown.ts';
import { upstreamOf, withoutQueries, writerOf } from './words.ts';

/** Lines of a block in a report, and characters of a line. */
const shown = { lines: 40, characters: 300 };

export interface Block {
  readonly file: string;
  /** As a fix names it. */
  readonly hostFile: string;
  readonly firstLine: number;
  readonly lines: readonly string[];
}

/** The location that takes the request, else the server. Headers that may carry a secret are left blank. */
export function blockOf(
  files: ReadonlyMap<string, string>,
  { location, server }: Route,
  named: (file: string) => string,
): Block | null {
  const at = location ?? server;
  if (!at) return null;
  const lines = blockText(files, at.file, at.line).slice(0, shown.lines);
  const [first] = lines;
  if (!first) return null;
  // A line by itself does not tell what on it is in quotes, or of which directive.
  const all = withoutSecrets(files.get(at.file) ?? '').split('\n');
  return {
    file: at.file,
    hostFile: named(at.file),
    firstLine: first.number,
    lines: lines.map(({ number }) => (all[number - 1] ?? '').replace(/\r$/, '').slice(0, shown.characters)),
  };
}

/** Bytes of the log's end that are read, and lines of it that are shown. */
const logEnd = 65_536;
const logLines = 10;

/** A constant script: the end of a file, and nothing of what is none (a link to a terminal never ends). */
const tailScript = 'test -f "$2" && tail -c "$1" "$2"';

const tailArgv = (file: string) => ['sh', '-c', tailScript, 'sh', String(logEnd), file];
const logArgv = (engine: Engine, name: string) => [engine, 'logs', '--tail', '200', name];

export function errorsAsks(container: string | null): Ask[] {
  const tail = tailArgv('‹error log›');
  const inside = (name: string) =>
    engines.flatMap((engine) => [
      runsAsRoot(logArgv(engine, name)),
      runsAsRoot([engine, 'exec', name, ...tail]),
    ]);
  return [...(container === null ? [] : inside(container)), runsAsRoot(tail)];
}

/**
 * The last lines of the error log, by the workers that run now, that are about one of the servers: by its port, its
 * name, one of its addresses. [] where it can't be read, or goes elsewhere.
 */
export async function lookAtErrors(
  vantage: Vantage,
  configuration: Configuration,
  route: Route,
  about: { readonly ports: readonly number[]; readonly names: readonly string[] },
): Promise<string[]> {
  const { parsed, place, since, master } = configuration;
  const file = errorLogOf(configuration, parsed?.ok ? parsed.root : [], route);
  const texts: string[] = [];
  if (place) {
    const logs = await vantage.execute({ argv: logArgv(place.engine, place.name), asRoot: true });
    if (logs.ok) texts.push(logs.stderr, logs.stdout);
  }
  if (file !== null) {
    const outside = place ? hostPath(place, file) : file;
    const argv = tailArgv(outside ?? file);
    const inside = place && outside === null ? [place.engine, 'exec', place.name] : [];
    const tail = await vantage.execute({ argv: [...inside, ...argv], asRoot: true });
    if (tail.ok) texts.push(tail.stdout);
  }
  const writers = new Set(
    [master?.pid ?? 0, ...(master?.workers ?? [])].flatMap((pid) => since.get(pid)?.ownPid ?? []),
  );
  const isAbout = (line: string) => {
    const upstream = upstreamOf(line);
    if (upstream === null) return about.names.some((name) => line.includes(`${name} could not be resolved`));
    return (
      about.ports.some((port) => upstream.endsWith(`:${port}`)) ||
      about.names.some((name) => upstream === name || upstream.startsWith(`${name}:`))
    );
  };
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => writers.has(writerOf(line) ?? 0) && isAbout(line))
    .slice(-logLines)
    .map((line) => withoutQueries(line).slice(0, 500));
}

/** The path of the log in force for the server that takes the request; null when it is no file. */
function errorLogOf(
  { build, master, prefix }: Configuration,
  root: readonly Directive[],
  { server }: Route,
): string | null {
  const last = (level: readonly Directive[]) => level.findLast(({ name }) => name === 'error_log')?.args[0];
  const http = root.find(({ name }) => name === 'http')?.block ?? [];
  const own = http.find(
    ({ name, file, line }) => name === 'server' && file === server?.file && line === server?.line,
  );
  const path =
    last(own?.block ?? []) ?? last(http) ?? last(root) ?? master?.errorLog ?? build.errorLog ?? 'stderr';
  return path === 'stderr' || path.includes(':') ? null : posix.resolve('/', prefix, path);
}
