/** By which names a process may be called: its argv[0], its executable, the script that an interpreter runs. */
import { z } from 'zod';

export const processOption = z
  .string()
  .max(1024)
  .regex(/^[^\x00-\x1f\x7f-][^\x00-\x1f\x7f]*$/, 'a name or a whole path, without control characters')
  .describe(
    'name of argv[0], of the executable or of the script that an interpreter runs; with a slash: its path',
  );

/** What of a process tells its names. */
export interface CommandLine {
  readonly args: string;
  readonly argv: readonly string[];
  readonly state: string;
}

interface Interpreter {
  readonly name: RegExp;
  /** After one of these comes code, not a file. */
  readonly code?: RegExp;
  /** After one of these comes what is run. */
  readonly script?: RegExp;
  /** After one of these comes a value. */
  readonly value?: RegExp;
}

const interpreters: readonly Interpreter[] = [
  {
    name: /^(?:python|pypy)[\d.]*$/,
    code: /^-[a-zA-Z]*c$/,
    script: /^-[a-zA-Z]*m$/,
    value: /^(?:-W|-X|--check-hash-based-pycs)$/,
  },
  {
    name: /^node(?:js)?$/,
    code: /^(?:-e|-p|-pe|--eval|--print)$/,
    value: /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions)$/,
  },
  {
    name: /^java$/,
    script: /^(?:-jar|-m|--module)$/,
    value:
      /^(?:-cp|-classpath|--class-path|-p|--module-path|--upgrade-module-path|--add-[a-z]+|--limit-modules)$/,
  },
  { name: /^(?:ba|da|a|k|mk|z)?sh$/, code: /^-[a-zA-Z]*c$/, value: /^(?:[-+][oO]|--rcfile|--init-file)$/ },
  { name: /^perl[\d.]*$/, code: /^-[a-zA-Z]*[eE]$/, value: /^-I$/ },
  { name: /^ruby[\d.]*$/, code: /^-[a-zA-Z]*e$/, value: /^-[ICr]$/ },
  { name: /^php[\d.]*$/, code: /^-[rBRE]$/, script: /^-[fF]$/, value: /^-[cdzt]$/ },
  { name: /^(?:lua(?:jit)?|tclsh|wish|Rscript|guile|mono|dotnet)[\d.]*$/ },
];

/** The part of a path behind its last slash. */
export function basename(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * argv[0] as a path or name, then the script where it is an interpreter that runs one. A title that the program wrote
 * over its argv[0] (`nginx: master process`, `postgres: writer`) ends at the colon; a login shell's dash is left out.
 */
export function commandNames({ argv }: Pick<CommandLine, 'argv'>): string[] {
  const first = (argv[0] ?? '').replace(/:(?: .*)?$/s, '').replace(/^-(?=[a-z])/, '');
  if (first === '' || first.startsWith('[')) return [];
  const script = scriptOf(basename(first), argv.slice(1));
  if (script !== null) return [first, script];
  // The whole title is one argument then: `redis-server *:6379`.
  return argv.length === 1 && first.includes(' ') ? [first, first.slice(0, first.indexOf(' '))] : [first];
}

function scriptOf(name: string, rest: readonly string[]): string | null {
  const interpreter = interpreters.find((one) => one.name.test(name));
  if (!interpreter) return null;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (word === '--') return rest[at + 1] ?? null;
    if (interpreter.code?.test(word)) return null;
    if (interpreter.script?.test(word)) return rest[at + 1] ?? null;
    if (interpreter.value?.test(word)) at++;
    else if (!/^[-+]/.test(word)) return word;
  }
  return null;
}

/**
 * Whether the process goes by that name: the name of argv[0], of its executable, or of the script that it runs; with a
 * slash, the whole path of one of these. Of a zombie the kernel has no more than the first 15 characters of a name.
 */
export function goesBy(wanted: string, process: CommandLine, executable: string | null = null): boolean {
  if (process.state.startsWith('Z')) {
    const name = /^\[(.*)\](?: <defunct>)?$/s.exec(process.args)?.[1] ?? '';
    return name !== '' && name === basename(wanted).slice(0, 15);
  }
  const names = executable === null ? commandNames(process) : [...commandNames(process), executable];
  if (!wanted.includes('/')) return names.some((name) => basename(name) === wanted);
  // A path with blanks in it has been split by `ps`.
  return names.includes(wanted) || process.args === wanted || process.args.startsWith(`${wanted} `);
}

/** The name to show: of the script where there is one, else of argv[0]; kernel threads and zombies as they are written. */
export function shownName(process: CommandLine): string {
  const script = commandNames(process).at(-1);
  return script === undefined ? process.args : basename(script);
}

/** Command lines can hold anything, secrets too: no more of one than this goes into facts. */
export const shownArguments = (args: string): string => (args.length > 512 ? `${args.slice(0, 512)}…` : args);
