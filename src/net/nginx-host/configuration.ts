/** The configuration of the nginx that runs on a host or in a container, or that would be started there. */
import type { Failure, Vantage } from '../../check.ts';
import { type Container, type ContainerPlace, containerPlace, lookAtLog } from '../containers.ts';
import { lookAtProcessesOf } from '../inside.ts';
import { lookAtUnitState } from '../keepers.ts';
import { lookAtSockets } from '../listener.ts';
import { type Parsed, parseNginx } from '../nginx/route.ts';
import { executablesArgv, family, type Process, parseExecutables } from '../processes.ts';
import { shellWord } from '../shell-word.ts';
import { type Build, mainFileOf, parseBuild, unknownBuild } from './build.ts';
import { changesOwner, openedArgv, pathsToOpen } from './creates.ts';
import { askingNginx, dumpOf } from './dump.ts';
import { lookAtTimes, namedInside, namedOnHost, readConfigurationFiles, type Where } from './files.ts';
import { argumentsOf, lookSince, type Master, mastersIn, ofEveryCall, type Since } from './masters.ts';
import { isOfCertificate, type Rejection, rejectionIn } from './words.ts';

export interface Configuration {
  /** Why it could not be read, and of what. */
  readonly trouble: (Pick<Failure, 'failure' | 'detail'> & { readonly file: string | null }) | null;
  readonly main: string | null;
  readonly prefix: string;
  /** Path, as nginx has it → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly source: 'nginx -T' | 'files' | null;
  readonly parsed: Parsed | null;
  /** nginx's own words against it. */
  readonly rejection: Rejection | null;
  readonly master: Master | null;
  /** How many run with other files than the one that was named. */
  readonly others: number;
  readonly since: ReadonlyMap<number, Since>;
  /** When each file was last written, in seconds. */
  readonly times: ReadonlyMap<string, number>;
  readonly build: Build;
  /** How a person calls it there. */
  readonly command: string;
  /** The container that it runs in; null: the host, or one that does not run. */
  readonly place: ContainerPlace | null;
  /** The container that its files are in, which may have ended; null: the host. */
  readonly where: ContainerPlace | Container | null;
  /** Why nobody can say whether nginx runs; null: it can be seen. */
  readonly unseen: Pick<Failure, 'failure' | 'detail'> | null;
}

export interface Asked {
  readonly container: string | null;
  /** A file to read instead of the one that the running nginx was given. */
  readonly config: string | null;
  readonly unit: string | null;
  /** Of several that run it is the one that listens there. */
  readonly ports: readonly number[];
}

const nothing = {
  trouble: null,
  main: null,
  prefix: '/',
  files: new Map<string, string>(),
  source: null,
  parsed: null,
  rejection: null,
  master: null,
  others: 0,
  since: new Map<number, Since>(),
  times: new Map<string, number>(),
  build: unknownBuild,
  command: 'nginx',
  place: null,
  where: null,
  unseen: null,
} satisfies Configuration;

export async function readConfiguration(vantage: Vantage, asked: Asked): Promise<Configuration> {
  const placed = await containerPlace(vantage, asked.container, {});
  if (!placed.ok) return { ...nothing, trouble: troubleOf(placed, null) };
  const { place, gone } = placed;
  const where = place ?? gone?.container ?? null;
  if (gone && where === null) {
    return { ...nothing, trouble: { failure: 'incomplete', detail: gone.says, file: null } };
  }
  const running = gone ? null : await lookForMaster(vantage, place, where, asked);
  const command = commandOf(place, running?.master ?? null);
  const base = { ...nothing, ...running, command, place, where };
  const { master, build, unseen } = base;
  // nobody knows which configuration it was given
  if (!master && unseen && asked.config === null) return { ...base, trouble: { ...unseen, file: null } };
  const standard = mainFileOf(master, build);
  const named = asked.config === null ? null : namedInside(where, asked.config);
  const main = master ? standard.main : (named ?? standard.main);
  const { prefix } = standard;
  const own = await readConfigurationFiles(vantage, where, main);
  const read = { main, prefix, files: own.files, source: 'files' as const };
  const parsed = parseNginx(own.files, main, prefix);
  if (!master) {
    const rejection = await lastRejection(vantage, where, asked.unit);
    const trouble = own.trouble && rejection === null ? own.trouble : null;
    return { ...base, ...read, parsed: trouble ? null : parsed, rejection, trouble };
  }
  const [times, dump] = await Promise.all([
    lookAtTimes(vantage, where, [...own.files.keys()]),
    mayDump(vantage, place, running, parsed, base).then((may) =>
      may ? dumpOf(vantage, place, running?.binary ?? 'nginx', master) : null,
    ),
  ]);
  if (dump?.state === 'read') {
    const { files } = dump;
    const tree = parseNginx(files, dump.main, prefix);
    return { ...base, ...read, main: dump.main, files, source: 'nginx -T', parsed: tree, times };
  }
  const rejection = dump?.state === 'rejected' ? dump.rejection : null;
  const trouble = own.trouble && rejection === null ? own.trouble : null;
  return { ...base, ...read, parsed: trouble ? null : parsed, times, rejection, trouble };
}

/** With the arguments that it needs to find its configuration again. */
function commandOf(place: ContainerPlace | null, master: Master | null): string {
  const given = master ? argumentsOf({ ...master, globals: ofEveryCall(master.globals) }) : [];
  return askingNginx(place, 'nginx', ...given)
    .map(shellWord)
    .join(' ');
}

const troubleOf = ({ failure, detail }: Failure, file: string | null) => ({ failure, detail, file });

const isRoot = (user: string) => user === 'root' || user === '0';

interface Running {
  readonly master: Master | null;
  readonly others: number;
  readonly since: ReadonlyMap<number, Since>;
  readonly build: Build;
  /** The program's file, as it is called where it runs. */
  readonly binary: string;
  readonly asRoot: boolean;
  readonly unseen: Configuration['unseen'];
  /** The users that the workers run as, by the names that the host has for them. */
  readonly owners: readonly string[];
}

async function lookForMaster(
  vantage: Vantage,
  place: ContainerPlace | null,
  where: Where,
  asked: Asked,
): Promise<Running> {
  const [list, executables, user] = await Promise.all([
    lookAtProcessesOf(vantage, place),
    vantage.execute({ argv: executablesArgv, asRoot: true }),
    vantage.execute({ argv: ['id', '-u'] }),
  ]);
  const asRoot = (executables.ok && executables.sudo === 'used') || (user.ok && user.stdout.trim() === '0');
  const paths = parseExecutables(executables.ok ? executables.stdout : '');
  const all = list.ok ? mastersIn(list.inside) : [];
  const since = await lookSince(
    vantage,
    all.flatMap(({ pid, workers }) => [pid, ...workers]),
  );
  const masters = place ? all : all.filter(({ pid }) => since.get(pid)?.elsewhere !== true);
  const programOf = ({ pid, binary }: Master) =>
    paths.get(pid) ?? (binary.startsWith('/') ? binary : 'nginx');
  // everybody can call a process nginx: no other user's program is run
  const ours = ({ user }: Master) => place !== null || isRoot(user) || (list.ok && list.lookedAs === user);
  const programs = [...new Set(masters.filter(ours).map(programOf))].slice(0, 4);
  if (masters.length === 0 && place === null) programs.push('nginx');
  const builds = new Map(
    await Promise.all(
      programs.map(async (program) => {
        const answer = await vantage.execute({
          argv: askingNginx(place, program, '-V'),
          ...(place ? { asRoot: true } : {}),
        });
        const build = answer.ok && answer.exitCode === 0 ? parseBuild(answer.stderr) : unknownBuild;
        return [program, build] as const;
      }),
    ),
  );
  const buildOf = (master: Master) => builds.get(programOf(master)) ?? unknownBuild;
  const named = masters.filter((master) => {
    const { main } = mainFileOf(master, buildOf(master));
    return asked.config === null || [main, namedOnHost(where, main)].includes(asked.config);
  });
  const master =
    named.length > 1 && list.ok
      ? await theOneOn(vantage, place, named, asked.ports, list.processes)
      : (named[0] ?? null);
  const binary = master ? programOf(master) : 'nginx';
  const others = master ? 0 : masters.length;
  const owners = (list.ok ? list.inside : [])
    .filter(({ pid }) => master?.workers.includes(pid))
    .map(({ user }) => user);
  const hides = list.ok && list.hidden && !asRoot;
  const unseen = list.ok ? (hides ? hiddenProcesses : null) : { failure: list.failure, detail: list.detail };
  return { master, others, since, build: builds.get(binary) ?? unknownBuild, binary, asRoot, unseen, owners };
}

const hiddenProcesses = {
  failure: 'denied',
  detail: "other users' processes are hidden (hidepid), and with them what nginx was given",
} as const;

/** Of several masters, the one that has a socket on one of the ports; the first, where that is not to be seen. */
async function theOneOn(
  vantage: Vantage,
  place: ContainerPlace | null,
  masters: readonly Master[],
  ports: readonly number[],
  processes: readonly Process[],
): Promise<Master | null> {
  const table = await lookAtSockets(vantage, null, place);
  const owners = (table.ok ? table.sockets : [])
    .filter(({ state, local }) => state === 'LISTEN' && ports.includes(local.port ?? 0))
    .flatMap(({ pids }) => pids);
  const theirs = masters.find(({ pid }) => {
    const members = family([pid], processes);
    return owners.some((owner) => members.has(owner));
  });
  return theirs ?? masters[0] ?? null;
}

/**
 * On the host only root gets an answer; and all that the test would open must be there and be its workers' already, so
 * that it creates nothing and gives nothing to another user. A container has its own names for users.
 */
async function mayDump(
  vantage: Vantage,
  place: ContainerPlace | null,
  running: Running | null,
  parsed: Parsed,
  { build, master }: Pick<Configuration, 'build' | 'master'>,
): Promise<boolean> {
  if (running === null || master === null) return false;
  const root = parsed.ok ? parsed.root : [];
  const byRoot = running.asRoot && isRoot(master.user);
  if (place === null && (!byRoot || changesOwner(root, running.owners))) return false;
  const { prefix } = mainFileOf(master, build);
  const paths = pathsToOpen(root, prefix, master, build);
  if (paths.length === 0) return true;
  const argv = openedArgv(paths);
  const there = await vantage.execute({
    argv: place ? [place.engine, 'exec', place.name, ...argv] : argv,
    asRoot: true,
  });
  return there.ok && there.exitCode === 0 && there.sudo !== 'refused';
}

/** It ended by itself with an exit code: what a signal ended had started, whatever older lines of its journal say. */
const wasRejected = ({
  active,
  result,
}: {
  readonly active: string;
  readonly result: string | null;
}): boolean =>
  (active === 'failed' || active === 'activating') && ['exit-code', 'start-limit-hit'].includes(result ?? '');

/** Why it did not start, where that was its configuration: the last words of its container or of its failed unit. */
async function lastRejection(vantage: Vantage, where: Where, unit: string | null): Promise<Rejection | null> {
  const lines = where
    ? await lookAtLog(vantage, where)
    : await lookAtUnitState(vantage, unit ?? 'nginx.service').then((state) =>
        state && wasRejected(state) ? state.journal : [],
      );
  const rejection = rejectionIn(lines.join('\n'));
  return rejection?.line === null && !isOfCertificate(rejection.message) ? null : rejection;
}
