/** The files that a configuration names: certificates, keys, known hosts. */
import { type Problem, problem } from './problems.ts';
import { valueAt } from './validate.ts';
import { fileFault, filePath } from './values.ts';
import { type Path, quoted } from './words.ts';

export interface Folders {
  /** Where the configuration file lies. */
  readonly folder: string;
  readonly home: string;
}

const tlsKeys = ['ca', 'cert', 'key'];

/** Every file must be there and readable; `readable` says why one is not, and null of one that is. */
export function checkFiles(
  data: unknown,
  { folder, home }: Folders,
  readable: (path: string) => string | null,
): Problem[] {
  return placesOfFiles(data).flatMap((path) => {
    const text = valueAt(data, path);
    if (typeof text !== 'string' || fileFault(text)) return [];
    const file = filePath(text, folder, home);
    const why = readable(file);
    return why === null ? [] : [problem(path, `cannot read ${quoted(file)}: ${why}`)];
  });
}

function placesOfFiles(data: unknown): Path[] {
  const namesIn = (section: string) => Object.keys(Object(valueAt(data, [section])) as object);
  const checks = valueAt(data, ['checks']);
  return [
    ...namesIn('hosts').flatMap((name) =>
      ['identity_file', 'known_hosts'].map((key) => ['hosts', name, 'ssh', key]),
    ),
    ...namesIn('endpoints').flatMap((name) => tlsKeys.map((key) => ['endpoints', name, 'tls', key])),
    ...(Array.isArray(checks)
      ? checks.flatMap((_, index) => tlsKeys.map((key) => ['checks', index, 'tls', key]))
      : []),
  ];
}

/** The `tls` table with its paths made absolute. */
export function withPaths<T extends object>(tls: T, { folder, home }: Folders): T {
  return Object.fromEntries(
    Object.entries(tls).map(([key, value]) => [
      key,
      tlsKeys.includes(key) && typeof value === 'string' ? filePath(value, folder, home) : value,
    ]),
  ) as T;
}
