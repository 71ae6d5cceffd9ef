/** Containers of Docker and Podman: asked about, placed among the host's namespaces, and their files read. */
import { posix } from 'node:path';
import { z } from 'zod';
import type { Answer, Ask, Failure, Ground, Vantage } from '../check.ts';
import { onlyWhen, runs, runsAsRoot } from './asks.ts';
import { type Container, type Engine, inspectFormat, parseInspect } from './inspect.ts';

export { type Container, containerSchema, type Engine, type Health } from './inspect.ts';

/** Where a running container is, as its host sees it. */
export interface ContainerPlace {
  readonly engine: Engine;
  readonly name: string;
  readonly id: string;
  /** Of its first process, as the host sees it. */
  readonly pid: number;
  readonly hostNetwork: boolean;
  /** Its addresses are in a namespace of the user's engine, where the host's programs do not reach them. */
  readonly rootless: boolean;
  readonly addresses: readonly { readonly network: string; readonly address: string }[];
  readonly aliases: readonly { readonly network: string; readonly names: readonly string[] }[];
  /** TCP. `hostAddress` is 0.0.0.0 for every address. */
  readonly published: readonly {
    readonly containerPort: number;
    readonly hostAddress: string;
    readonly hostPort: number;
  }[];
  readonly mounts: readonly { readonly source: string; readonly destination: string }[];
  /** ISO 8601. */
  readonly startedAt: string;
}

/** What an engine takes as a container's name, or an id. */
export const containerNamePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;

export const containerOption = z
  .string()
  .regex(containerNamePattern, 'a name of a container')
  .nullable()
  .default(null)
  .describe('the container that it is in; null: it runs on the host itself');

export const containerPlaceSchema: z.ZodType<ContainerPlace> = z.object({
  engine: z.enum(['docker', 'podman']),
  name: z.string(),
  id: z.string(),
  pid: z.int().min(1),
  hostNetwork: z.boolean(),
  rootless: z.boolean(),
  addresses: z.array(z.object({ network: z.string(), address: z.string() })),
  aliases: z.array(z.object({ network: z.string(), names: z.array(z.string()) })),
  published: z.array(z.object({ containerPort: z.int(), hostAddress: z.string(), hostPort: z.int() })),
  mounts: z.array(z.object({ source: z.string(), destination: z.string() })),
  startedAt: z.string(),
});

/** `container` is null when the engine knows none of that name. */
export type Inspected = { readonly ok: true; readonly container: Container | null } | Failure;

export const inspectArgv = (engine: Engine, name: string) => [
  engine,
  'container',
  'inspect',
  '--format',
  inspectFormat,
  name,
];
const listArgv = (engine: Engine, name: string) => [
  ...[engine, 'ps', '--all', '--quiet', '--filter'],
  `name=^${name}$`,
];
/** A constant script: exit 3: there is no such socket, 4: it may not be used. */
const socketScript = `s=\${DOCKER_HOST:-unix:///var/run/docker.sock}
case $s in unix://*) test -S "\${s#unix://}" || exit 3; test -w "\${s#unix://}" || exit 4 ;; esac`;
const socketArgv = ['sh', '-c', socketScript] as const;

/**
 * Asks Docker, else Podman. The environment and the labels of a container are not asked for: they would come back with
 * the whole of `inspect`. `failure`: `missing` no engine there, `denied` no permission to ask it, `incomplete` it does
 * not run or gave no answer.
 */
export async function inspectContainer(vantage: Vantage, name: string): Promise<Inspected> {
  const docker = await inspectWith(vantage, 'docker', name);
  if (docker.ok && docker.container) return withNetworkOf(vantage, docker.container);
  const podman = await inspectWith(vantage, 'podman', name);
  if (podman.ok && podman.container) return withNetworkOf(vantage, podman.container);
  // One of them that could not be asked may have it.
  const failed = [docker, podman].find((one) => !one.ok && one.failure !== 'missing');
  return failed ?? [docker, podman].find(({ ok }) => ok) ?? docker;
}

export const engines = ['docker', 'podman'] as const satisfies readonly Engine[];

export function inspectAsks(name: string): Ask[] {
  const of = (engine: Engine, when?: string) => [
    runsAsRoot(inspectArgv(engine, name), when),
    ...onlyWhen(`where ${engine} does not describe it`, [
      runsAsRoot(listArgv(engine, name)),
      runsAsRoot(socketArgv),
      runs(['id', '-u']),
    ]),
    runsAsRoot(inspectArgv(engine, '‹container›'), 'where it has the network of another one'),
  ];
  return [...of('docker'), ...of('podman', 'where docker has none of that name')];
}

async function inspectWith(vantage: Vantage, engine: Engine, name: string): Promise<Inspected> {
  const answer = await vantage.execute({ argv: inspectArgv(engine, name), asRoot: true });
  const seen = await readInspected(vantage, engine, name, answer);
  if (!answer.ok || answer.sudo !== 'used' || !seen.ok || seen.container) return seen;
  // root is not shown what the login user's own engine runs
  const own = await vantage.execute({ argv: inspectArgv(engine, name) });
  return own.ok && own.exitCode === 0 ? readInspected(vantage, engine, name, own) : seen;
}

async function readInspected(
  vantage: Vantage,
  engine: Engine,
  name: string,
  answer: Answer<'execute'>,
): Promise<Inspected> {
  if (!answer.ok) return answer;
  if (answer.exitCode === 0) {
    const container = answer.truncated ? null : parseInspect(answer.stdout, engine, name);
    const words = answer.truncated ? 'says too much of it' : 'describes it in words that are not known here';
    return container
      ? { ok: true, container }
      : { ok: false, failure: 'incomplete', detail: `${engine} ${words}` };
  }
  const [listed, socket, user] = await Promise.all([
    vantage.execute({ argv: listArgv(engine, name), asRoot: true }),
    vantage.execute({ argv: socketArgv, asRoot: true }),
    vantage.execute({ argv: ['id', '-u'] }),
  ]);
  return notInspected(engine, answer, { listed, socket, user });
}

interface Asked {
  readonly listed: Answer<'execute'>;
  readonly socket: Answer<'execute'>;
  readonly user: Answer<'execute'>;
}

/** An engine ends with the same exit code whether it knows no such container or could not be asked. */
function notInspected(
  engine: Engine,
  answer: { readonly stderr: string; readonly exitCode: number | null },
  { listed, socket, user }: Asked,
): Inspected {
  if (!listed.ok) return listed;
  const said = answer.stderr.split('\n', 1)[0] ?? '';
  const asRoot = listed.sudo === 'used' || (user.ok && user.stdout.trim() === '0');
  if (listed.exitCode === 0) {
    const unreadable = `${engine} does not describe it: ${said}`;
    if (listed.stdout.trim() !== '') return { ok: false, failure: 'incomplete', detail: unreadable };
    if (engine === 'docker' || asRoot) return { ok: true, container: null };
    const detail = 'podman shows every user its own containers alone, and this one is not among them';
    return { ok: false, failure: 'denied', detail };
  }
  if (engine === 'podman') return { ok: false, failure: 'incomplete', detail: `podman failed: ${said}` };
  // whether the login user may use the socket is not what kept root from it
  const why = socket.ok && (listed.sudo !== 'used' || socket.sudo === 'used') ? socket.exitCode : null;
  if (why === 4) return { ok: false, failure: 'denied', detail: 'not allowed to ask Docker (its socket)' };
  if (why === 3) return { ok: false, failure: 'incomplete', detail: 'Docker does not run there (no socket)' };
  return { ok: false, failure: 'incomplete', detail: `Docker does not answer: ${said}` };
}

/** `--network container:ID`, and every container of a pod but its first: the network is another container's. */
async function withNetworkOf(vantage: Vantage, container: Container): Promise<Inspected> {
  const other = /^container:(.+)$/.exec(container.networkMode)?.[1];
  if (!other || !containerNamePattern.test(other)) return { ok: true, container };
  const inspected = await inspectWith(vantage, container.engine, other);
  if (!inspected.ok || !inspected.container) return { ok: true, container };
  const { hostNetwork, addresses, aliases, published } = inspected.container;
  return { ok: true, container: { ...container, hostNetwork, addresses, aliases, published } };
}

/** Where it is; null when it does not run (a paused one does not). */
export function placeOfContainer(container: Container): ContainerPlace | null {
  return container.status === 'running' && container.pid > 0 ? containerPlaceSchema.parse(container) : null;
}

export interface Placed {
  readonly ok: true;
  /** null: the host itself, or `gone`. */
  readonly place: ContainerPlace | null;
  /** The container that was asked about by its name and does not run; `undefined` in all other cases. */
  readonly gone?: { readonly container: Container | null; readonly says: string } | undefined;
}

/** The container that a check looks into: as an earlier check found it, else by its name; without a name, the host. */
export async function containerPlace(
  vantage: Vantage,
  name: string | null,
  ground: Ground,
): Promise<Placed | Failure> {
  if (name === null) return { ok: true, place: null };
  const found = containerPlaceSchema.safeParse(ground.container).data;
  if (found) return { ok: true, place: found };
  const inspected = await inspectContainer(vantage, name);
  if (!inspected.ok) return inspected;
  const { container } = inspected;
  const place = container && placeOfContainer(container);
  if (place) return { ok: true, place };
  const says = container ? `its container ${name} is ${container.status}` : `there is no container ${name}`;
  return { ok: true, place: null, gone: { container, says } };
}

export const placeAsks = (name: string | null): Ask[] => (name === null ? [] : inspectAsks(name));

const logArgv = (engine: Engine, name: string) => [engine, 'logs', '--tail', '20', name];

/** The last lines of its log, of a container that does not run as well; none where they can't be read. */
export async function lookAtLog(
  vantage: Vantage,
  { engine, name }: Pick<ContainerPlace, 'engine' | 'name'>,
): Promise<string[]> {
  const answer = await vantage.execute({ argv: logArgv(engine, name), asRoot: true });
  if (!answer.ok || answer.exitCode !== 0) return [];
  return lastLines(`${answer.stdout}\n${answer.stderr}`);
}

export const lastLogAsks = (name: string): Ask[] =>
  engines.map((engine) => runsAsRoot(logArgv(engine, name), 'where it does not run'));

/** What is shown of a log: its last 20 lines, 500 characters each. */
export function lastLines(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-20)
    .map((line) => line.slice(0, 500));
}

/** As much of a file as is read, in bytes. */
const fileBytes = 250_000;

/**
 * A constant script, for files of containers that run and that don't, with or without a shell in them: the engine packs
 * the file (following links inside the container), tar unpacks it. Exit 40: no such file, 41: no file but a folder or
 * device, 42: no tar, 43: the engine gives no files of it at all, /etc neither.
 */
const fileScript = `engine=$1 name=$2 path=$3 most=$4 follow=-L
[ "$engine" = podman ] && follow=
command -v tar >/dev/null || exit 42
pack() { "$engine" cp $follow "$name:$path" - 2>/dev/null; }
case $(pack | tar -tvf - 2>/dev/null | head -c 1) in
  -|h) pack | tar -xOf - 2>/dev/null | head -c "$most" ;;
  '') "$engine" cp "$name:/etc" - 2>/dev/null | head -c 3 | grep -q etc && exit 40; exit 43 ;;
  *) exit 41 ;;
esac`;

const fileArgv = (engine: Engine, name: string, path: string, most: number) => [
  ...['sh', '-c', fileScript, 'sh', engine, name, path],
  String(most + 1),
];

export const containerFileAsks = (name: string, path: string, maxBytes: number = fileBytes): Ask[] =>
  engines.map((engine) => runsAsRoot(fileArgv(engine, name, path, Math.min(maxBytes, fileBytes))));

/** A file inside a container; `missing`: it is not there, `unsupported`: it is no file. `maxBytes` at most 250,000. */
export async function readContainerFile(
  vantage: Vantage,
  { engine, name }: Pick<ContainerPlace, 'engine' | 'name'>,
  path: string,
  maxBytes: number = fileBytes,
): Promise<{ readonly ok: true; readonly text: string; readonly truncated: boolean } | Failure> {
  const no = (failure: Failure['failure'], detail: string): Failure => ({ ok: false, failure, detail });
  if (!path.startsWith('/')) return no('unsupported', `${path} is no absolute path`);
  const most = Math.min(maxBytes, fileBytes);
  const answer = await vantage.execute({ argv: fileArgv(engine, name, path, most), asRoot: true });
  if (!answer.ok) return answer;
  if (answer.exitCode === 0) {
    const bytes = Buffer.from(answer.stdout);
    const truncated = answer.truncated || bytes.length > most;
    return { ok: true, text: bytes.subarray(0, most).toString(), truncated };
  }
  if (answer.exitCode === 40) return no('missing', `no file ${path} in the container ${name}`);
  if (answer.exitCode === 41) return no('unsupported', `${path} is no regular file in the container ${name}`);
  if (answer.exitCode === 42) return no('missing', 'no tar on the host to unpack what the engine gives');
  const inspected = await inspectWith(vantage, engine, name);
  if (!inspected.ok) return inspected;
  return no('incomplete', `${engine} gives no files of the container ${name}`);
}

/** Where a file of the container is on the host, when a mount brings it there; null when none does. */
export function hostPath(place: Pick<ContainerPlace, 'mounts'>, path: string): string | null {
  const wanted = posix.normalize(path);
  const [mount] = place.mounts
    .filter(({ source, destination }) => source.startsWith('/') && isBelow(wanted, destination))
    .sort((a, b) => b.destination.length - a.destination.length);
  return mount ? posix.join(mount.source, posix.relative(mount.destination, wanted)) : null;
}

function isBelow(path: string, folder: string): boolean {
  const relative = posix.relative(folder, path);
  return folder.startsWith('/') && relative !== '..' && !relative.startsWith('../');
}
