import { z } from 'zod';
import {
  couldNotLook,
  couldNotLookFindings,
  defineCheck,
  type Finding,
  fail,
  type Vantage,
} from '../src/check.ts';
import { onlyWhen, runs, runsAsRoot } from '../src/net/asks.ts';
import { containerOption, containerPlace, lastLogAsks, placeAsks } from '../src/net/containers.ts';
import { lookAtProcessesOf, processesOfAsks } from '../src/net/inside.ts';
import {
  containerStateSchema,
  lookAtContainerState,
  lookAtUnitState,
  unitStateAsks,
  unitStateSchema,
} from '../src/net/keepers.ts';
import {
  executablesArgv,
  namesArgv,
  type Process,
  type ProcessList,
  parseExecutables,
  parseNames,
} from '../src/net/processes.ts';
import { basename, goesBy, processOption, shownArguments } from '../src/net/program.ts';
import { listed } from '../src/net/reach.ts';
import { troubleSchema } from '../src/net/schemas.ts';
import { unitPattern } from '../src/net/units.ts';

const options = z.strictObject({
  process: processOption,
  count: z.int().min(1).nullable().default(null).describe('how many there should be; null: one or more'),
  unit: z
    .string()
    .regex(unitPattern)
    .nullable()
    .default(null)
    .describe('the unit that keeps it, whose state belongs to the evidence'),
  container: containerOption,
});

const facts = z.object({
  trouble: troubleSchema.nullable().describe('why the process list could not be read'),
  tool: z.string().nullable(),
  hidden: z.boolean().describe("other users' processes are hidden from us (hidepid)"),
  truncated: z.boolean(),
  gone: z.string().nullable().describe('the container does not run, so nothing runs in it'),
  matches: z.array(
    z.object({
      pid: z.int(),
      ppid: z.int(),
      user: z.string(),
      state: z.string().describe('as ps has it'),
      before: z.string().nullable().describe('its state a second earlier, where it was looked at twice'),
      args: z.string().describe('at most 512 characters'),
    }),
  ),
  contained: z.array(z.int()).describe('pids of that name in containers, where none was named'),
  unshown: z.array(z.int()).describe('pids that may be it: their executables are shown to root alone'),
  program: z.string().nullable().describe('the program file; null: none was found'),
  unit: unitStateSchema
    .nullable()
    .describe('of the unit that was named; null: none, or it could not be asked'),
  container: containerStateSchema
    .nullable()
    .describe('of the container that was named, where it does not run'),
  programKnown: z.boolean().describe('whether it was looked for, and could be'),
});
type Facts = z.infer<typeof facts>;

const states: Readonly<Record<string, string>> = {
  T: 'stopped by a signal (T)',
  t: 'stopped by a debugger (t)',
  Z: 'a zombie (Z)',
  D: 'in uninterruptible sleep (D)',
};
/** A moment of disk or of a tracer is no fault: these count when they are seen twice. */
const passing = ['D', 't'];
/** What has ended is of interest only where nothing else is left. */
function withoutZombies(matches: Facts['matches']): Facts['matches'] {
  const living = matches.filter(({ state }) => !state.startsWith('Z'));
  return living.length > 0 ? living : matches;
}
const isStuck = ({ state }: Pick<Process, 'state'>) => (state[0] ?? '') in states;

/** The program on `PATH`, else under where programs are put beside it. */
const findProgram =
  'command -v "$1" || find /opt /srv /app /usr/local -maxdepth 4 -name "$1" -type f 2>/dev/null | head -n 1';

const programArgv = (wanted: string) =>
  wanted.includes('/') ? ['test', '-e', wanted] : ['sh', '-c', findProgram, 'sh', wanted];
const aSecondArgv = ['sleep', '1'];
const isRoot = ({ lookedAs }: Pick<ProcessList, 'lookedAs'>) => lookedAs === 'root' || lookedAs === '0';

async function lookForProgram(vantage: Vantage, wanted: string, list: ProcessList) {
  const path = wanted.includes('/');
  const answer = await vantage.execute({ argv: programArgv(wanted), asRoot: true });
  if (!answer.ok) return { program: null, programKnown: false };
  const found = path ? (answer.exitCode === 0 ? wanted : '') : (answer.stdout.split('\n', 1)[0] ?? '');
  if (found.startsWith('/')) return { program: found, programKnown: true };
  // A folder that may not be entered looks to `test` like one that is not there.
  const asRoot = answer.sudo ? answer.sudo === 'used' : isRoot(list);
  return { program: null, programKnown: !path || asRoot };
}

/** Called so by the kernel, with an executable that is not shown to us: it may go by the name, whatever it says it is. */
async function lookForUnshown(
  vantage: Vantage,
  wanted: string,
  own: readonly Process[],
  executables: ReadonlyMap<number, string>,
): Promise<number[]> {
  const answer = await vantage.execute({ argv: namesArgv });
  const names = parseNames(answer.ok ? answer.stdout : '');
  const name = basename(wanted).slice(0, 15);
  return own.map(({ pid }) => pid).filter((pid) => names.get(pid) === name && !executables.has(pid));
}

export const process = defineCheck<z.infer<typeof options>, Facts>({
  kind: 'process',
  summary: 'a process of that name runs, as many as there should be, and none of them is stuck',
  options,
  facts,
  label: ({ process }) => `Process ${basename(process)}`,
  target: ({ process }) => process,

  async look(vantage, { process: wanted, count, unit, container }, ground) {
    const nothing = {
      tool: null,
      hidden: false,
      truncated: false,
      matches: [],
      contained: [],
      unshown: [],
    };
    const unknown = { program: null, programKnown: false };
    const [found, unitState] = await Promise.all([
      containerPlace(vantage, container, ground),
      unit === null ? null : lookAtUnitState(vantage, unit),
    ]);
    const keeper = { unit: unitState, container: null };
    if (found.ok && found.gone) {
      const state = await lookAtContainerState(vantage, found.gone.container);
      return { trouble: null, ...nothing, ...unknown, ...keeper, container: state, gone: found.gone.says };
    }
    const list = found.ok ? await lookAtProcessesOf(vantage, found.place) : found;
    if (!list.ok) {
      return {
        trouble: { failure: list.failure, detail: list.detail },
        ...nothing,
        ...unknown,
        ...keeper,
        gone: null,
      };
    }
    const place = found.ok ? found.place : null;
    let matches = list.own.filter((process) => goesBy(wanted, process));
    let unshown: number[] = [];
    let program: Pick<Facts, 'program' | 'programKnown'> = unknown;
    const living = matches.filter(({ state }) => !state.startsWith('Z')).length;
    if (living === 0 || (count !== null && living !== count)) {
      const [executables, file] = await Promise.all([
        vantage.execute({ argv: executablesArgv, asRoot: true }),
        place ? unknown : lookForProgram(vantage, wanted, list),
      ]);
      const paths = parseExecutables(executables.ok ? executables.stdout : '');
      matches = list.own.filter((process) => goesBy(wanted, process, paths.get(process.pid) ?? null));
      program = file;
      const allShown = executables.ok && executables.sudo ? executables.sudo === 'used' : isRoot(list);
      if (matches.length === 0 && !place && !list.hidden && list.lookedAs !== null && !allShown) {
        unshown = await lookForUnshown(vantage, wanted, list.own, paths);
      }
    }
    const before = new Map<number, string>();
    const rest = matches.filter(({ state }) => !state.startsWith('Z'));
    if (rest.every(isStuck) && rest.some(({ state }) => passing.includes(state[0] ?? ''))) {
      await vantage.execute({ argv: aSecondArgv });
      const again = await lookAtProcessesOf(vantage, place);
      if (again.ok) {
        for (const { pid, state } of matches) before.set(pid, state);
        matches = again.own.filter(({ pid }) => before.has(pid));
      }
    }
    const contained = list.inside.filter((process) => goesBy(wanted, process) && !list.own.includes(process));
    return {
      trouble: null,
      tool: list.tool,
      hidden: list.hidden && !isRoot(list),
      truncated: list.truncated,
      contained: contained.map(({ pid }) => pid),
      unshown,
      matches: matches.map(({ pid, ppid, user, state, args }) => {
        return { pid, ppid, user, state, before: before.get(pid) ?? null, args: shownArguments(args) };
      }),
      ...program,
      ...keeper,
      gone: null,
    };
  },

  asks: ({ process: wanted, unit, container }) => [
    ...onlyWhen('where it was not found before', placeAsks(container)),
    ...unitStateAsks(unit),
    ...processesOfAsks(container),
    runsAsRoot(executablesArgv, 'where none or too many go by that name'),
    ...(container === null
      ? [
          runsAsRoot(programArgv(wanted), 'where none goes by that name'),
          runs(namesArgv, 'where executables are not shown to us'),
        ]
      : lastLogAsks(container)),
    runs(aSecondArgv, 'where each seems to be stuck, before a second look'),
  ],

  judge(facts, { process: wanted, count }) {
    const { trouble, hidden, truncated, gone, matches, contained, unshown, program, programKnown } = facts;
    const expected = count === null ? 'running' : `${count} running`;
    const couldNot = (failure: 'denied' | 'incomplete', detail: string) => {
      const finding = couldNotLook({ ok: false, failure, detail }, 'the process list');
      return { findings: [finding], expected, observed: detail };
    };
    if (trouble) {
      const finding = couldNotLook({ ok: false, ...trouble }, 'the process list');
      return { findings: [finding], expected, observed: trouble.detail };
    }
    if (matches.length === 0) {
      if (hidden) return couldNot('denied', "other users' processes are hidden (hidepid)");
      if (truncated) return couldNot('incomplete', 'the process list was cut off');
      if (unshown.length > 0) {
        const pids = listed(unshown.map(String), 1);
        return couldNot('denied', `which program pid ${pids} is, is shown to root alone`);
      }
      const file = programKnown ? (program ? `, its program is ${program}` : ', nor a program file') : '';
      const elsewhere =
        contained.length > 0 ? ` but in a container (pid ${listed(contained.map(String))})` : '';
      const observed = gone ?? `no such process${elsewhere}${file}`;
      const values = {
        process: wanted,
        program,
        programKnown,
        ...(contained.length > 0 ? { contained: contained.map(String) } : {}),
      };
      return { findings: [{ code: 'process.missing', expected, observed, values }], expected, observed };
    }
    const findings: Finding[] = [];
    const running = withoutZombies(matches);
    const pidsOf = (some: Facts['matches']) => `pid ${listed(some.map(({ pid }) => String(pid)))}`;
    const stuck = running.filter(
      ({ state, before }) =>
        isStuck({ state }) && (!passing.includes(state[0] ?? '') || state[0] === before?.[0]),
    );
    if (stuck.length === running.length) {
      const kinds = [...new Set(stuck.map(({ state }) => state[0] ?? ''))];
      const observed = kinds
        .map((kind) => `${states[kind]}: ${pidsOf(stuck.filter(({ state }) => state.startsWith(kind)))}`)
        .join('; ');
      const values = { process: wanted, states: kinds, pids: stuck.map(({ pid }) => String(pid)) };
      findings.push({ code: 'process.stuck', expected, observed, values });
    }
    const living = running.filter(({ state }) => !state.startsWith('Z')).length;
    if (count !== null && living > 0 && living !== count) {
      const values = { process: wanted, count: living, tooMany: living > count };
      findings.push({ code: 'process.count', expected: String(count), observed: String(living), values });
    }
    return { findings, expected, observed: findings[0]?.observed ?? pidsOf(running) };
  },

  provides: {
    // Nothing is known where it may be hidden: others then find their own way.
    process: ({ trouble, hidden, truncated, unshown, matches }) => {
      const unseen = trouble !== null || hidden || truncated || unshown.length > 0;
      return matches.length > 0 || unseen ? withoutZombies(matches).map(({ pid }) => pid) : undefined;
    },
  },

  findings: {
    'process.missing': fail(({ values }) =>
      values?.contained ? `no such process but in a container (pid ${values.contained})` : 'no such process',
    ),
    'process.stuck': fail(({ observed }) => observed ?? 'stuck'),
    'process.count': fail(({ expected, observed }) => `${observed} running instead of ${expected}`),
    ...couldNotLookFindings,
  },

  docs: `Reads the process list with \`ps\`, else from /proc, and compares whole names: of argv[0], of the executable, or
of the script that an interpreter runs (\`python3 /opt/app/serve.py\` is serve.py); a name with a slash is a whole path.
A title that a program gives itself ends at its colon: \`nginx: master process\` is nginx.

It is stuck when each of them is stopped, a zombie, or twice within a second in uninterruptible sleep. The count is of
all living processes of that name, children too. Whether a process that runs does its work is for other kinds. With
\`container\` only that container's processes count; their pids are the host's. Without it, those in containers do not.

Who is not root is not shown the executables of others, and with hidepid not even their processes: where one may be
hidden from us, nothing is said to be missing.`,
});
