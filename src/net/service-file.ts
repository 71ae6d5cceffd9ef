/** A file of a service: inside its container where it has one, then on the host. */
import type { Ask, Failure, Ground, Vantage } from '../check.ts';
import { onlyWhen, reads, runsAsRoot } from './asks.ts';
import {
  type ContainerPlace,
  containerFileAsks,
  containerPlace,
  hostPath,
  placeAsks,
  readContainerFile,
} from './containers.ts';

export interface ServiceFile {
  readonly text: string;
  readonly place: 'container' | 'host';
  /** As a fix names it: on the host where that is known, else `container:path`. */
  readonly file: string;
}

export type FileLook =
  | ({ readonly state: 'read' } & ServiceFile)
  | { readonly state: 'missing'; readonly looked: readonly string[] }
  | { readonly state: 'trouble'; readonly failure: Pick<Failure, 'failure' | 'detail'> };

type Inside = Pick<ContainerPlace, 'engine' | 'name' | 'mounts'>;

/** `maxBytes`: a longer file is trouble, since half of one says nothing. Folders and devices are no files. */
export async function findServiceFile(
  vantage: Vantage,
  { file, container }: { readonly file: string; readonly container: string | null },
  ground: Ground,
  maxBytes: number,
): Promise<FileLook> {
  const placed = await containerPlace(vantage, container, ground);
  const inside: Inside | null = placed.ok ? (placed.place ?? placed.gone?.container ?? null) : null;
  const looked: string[] = [];
  let dark: Pick<Failure, 'failure' | 'detail'> | null = placed.ok ? null : placed;
  if (inside) {
    const answer = await readContainerFile(vantage, inside, file, maxBytes);
    if (answer.ok) {
      const named = hostPath(inside, file) ?? `${inside.name}:${file}`;
      return whole(answer, { text: answer.text, place: 'container', file: named });
    }
    looked.push(`${inside.name}:${file}`);
    if (!(await isAbsent(vantage, answer))) dark = answer;
  }
  const answer = await vantage.readFile({ path: file, maxBytes });
  if (answer.ok) return whole(answer, { text: answer.text, place: 'host', file });
  looked.push(inside ? `${file} on the host` : file);
  if (answer.failure !== 'missing' && answer.failure !== 'unsupported') dark ??= answer;
  return dark ? { state: 'trouble', failure: dark } : { state: 'missing', looked };
}

function whole(answer: { readonly truncated: boolean }, found: ServiceFile): FileLook {
  if (!answer.truncated) return { state: 'read', ...found };
  const detail = `${found.file} is larger than what is read of a file`;
  return { state: 'trouble', failure: { failure: 'incomplete', detail } };
}

const tarArgv = ['tar', '--version'];

export const serviceFileAsks = (file: string, container: string | null, maxBytes: number): Ask[] => [
  ...onlyWhen('where it was not found before', placeAsks(container)),
  ...(container === null
    ? [reads(file)]
    : [
        ...containerFileAsks(container, file, maxBytes),
        runsAsRoot(tarArgv, 'where that gives no file'),
        reads(file, 'where it is not in the container'),
      ]),
];

/** Without tar nothing of a container is unpacked, and that is not the file's fault. */
async function isAbsent(vantage: Vantage, answer: Failure): Promise<boolean> {
  if (answer.failure === 'unsupported') return true;
  if (answer.failure !== 'missing') return false;
  const tar = await vantage.execute({ argv: tarArgv, asRoot: true });
  return tar.ok || tar.failure !== 'missing';
}
