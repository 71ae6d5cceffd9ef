/** The commands of a plan as text: a section a host, each command once, in order, as a person would type it. */
import { shellWord } from '../net/shell-word.ts';
import type { PlannedAsk, PlannedStep } from './asks.ts';
import { sudoersText } from './sudoers.ts';

export interface Command {
  readonly argv: readonly string[];
  /** In which cases; empty: always. */
  cases: readonly string[];
}

/** Vantage → its commands. A file that is read is `cat` of it. */
export function commandsOf(steps: readonly PlannedStep[]): Map<string, Command[]> {
  const found = new Map<string, Map<string, Command>>();
  const at = (vantage: string) => {
    const known = found.get(vantage) ?? new Map<string, Command>();
    found.set(vantage, known);
    return known;
  };
  const logsIn = ({ asks }: PlannedStep) => asks.some(({ operation }) => operation === 'login');
  const inOrder = [...steps].sort((a, b) => Number(logsIn(b)) - Number(logsIn(a)));
  for (const { vantage, asks, unreachable } of inOrder) {
    if (!unreachable) at(vantage);
    for (const ask of asks) {
      const commands = at(ask.on ?? vantage);
      for (const { argv, when } of typed(ask)) {
        const key = JSON.stringify(argv);
        const known = commands.get(key);
        if (!known) commands.set(key, { argv, cases: when === undefined ? [] : [when] });
        else if (when === undefined) known.cases = [];
        else if (known.cases.length > 0) known.cases = [...new Set([...known.cases, when])];
      }
    }
  }
  return new Map([...found].map(([vantage, commands]) => [vantage, [...commands.values()]]));
}

type Typed = Pick<Command, 'argv'> & { readonly when: string | undefined };

const bySudo = ['sudo', '-n', '--'];

function typed(ask: PlannedAsk): Typed[] {
  const { when } = ask;
  if (ask.operation === 'execute') return [{ argv: [...(ask.sudo ? bySudo : []), ...ask.argv], when }];
  if (ask.operation !== 'readFile') return [];
  const denied = when === undefined ? 'where that is denied' : `${when}, and that is denied`;
  return [
    { argv: ['cat', ask.path], when },
    ...(ask.sudo ? [{ argv: [...bySudo, 'cat', '--', ask.path], when: denied }] : []),
  ];
}

const ways = {
  local: `each by itself, without a shell, with LC_ALL=C (ssh without it); of a file that cat stands for, the start is read`,
  host: `sent as scripts to the standard input of "exec sh -s", with LC_ALL=C, each under timeout where the host has it; around
# them the scripts use test, command -v, printf, head, tr and cat; of a file that cat stands for, the start is read`,
};

export function commandsText(steps: readonly PlannedStep[]): string {
  return [...commandsOf(steps)]
    .sort(([a], [b]) => Number(b === 'local') - Number(a === 'local'))
    .map(([vantage, commands]) => {
      const where = vantage === 'local' ? 'this machine' : vantage;
      if (commands.length === 0) return `no commands on ${where}\n`;
      const way = vantage === 'local' ? ways.local : ways.host;
      return `commands on ${where}\n# ${way}\n\n${linesOf(commands)}${sudoersText(where, granted(commands))}`;
    })
    .join('\n');
}

/** What sudo is asked for, without it. */
const granted = (commands: readonly Command[]) =>
  commands.flatMap(({ argv }) => (bySudo.every((word, at) => argv[at] === word) ? [argv.slice(3)] : []));

/** A script of several lines is a variable, since it may be needed again with other words behind it. */
function linesOf(commands: readonly Command[]): string {
  const scripts = new Map<string, string>();
  const lines: string[] = [];
  for (const { argv, cases } of commands) {
    for (const word of argv) {
      if (!word.includes('\n') || scripts.has(word)) continue;
      const name = `script${scripts.size + 1}`;
      scripts.set(word, name);
      lines.push(`${name}=${shellWord(word)}`);
    }
    const words = argv.map((word) => (scripts.has(word) ? `"$${scripts.get(word)}"` : typedWord(word)));
    lines.push(`${words.join(' ')}${cases.length > 0 ? `  # ${cases.join('; ')}` : ''}`);
  }
  return lines.map((line) => `  ${line.replaceAll('\n', '\n  ')}\n`).join('');
}

/** What stands between ‹ and › is to be filled in, so it needs no quotes. */
function typedWord(word: string): string {
  const rest = word.replace(/‹[^‹›]*›…?/g, '');
  return rest !== word && (rest === '' || shellWord(rest) === rest) ? word : shellWord(word);
}
