/**
 * PCRE as far as nginx's configurations use it, on byte strings, in bounded time: the pattern comes from a host, and a
 * backtracking `RegExp` could be held up by it for ever. A machine with a stack of its own, counted step by step.
 */
import type { ByteSet } from './byte-sets.ts';
import { type ParsedPattern, type Pattern, type Place, parsePattern } from './pattern.ts';

export type Match =
  | {
      readonly matched: true;
      /** `$1`… A group that took no part is ''. */
      readonly captures: readonly string[];
      readonly names: ReadonlyMap<string, string>;
    }
  | { readonly matched: false }
  /** Not understood, or it takes too many steps. */
  | { readonly matched: null; readonly why: string };

type Instruction =
  | { readonly op: 'set'; readonly set: ByteSet }
  | { readonly op: 'fork'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'group'; readonly begin: number; readonly index: number }
  | { readonly op: 'at'; readonly place: Place }
  /** Leaves a loop whose last turn took nothing. */
  | { readonly op: 'stale'; readonly slot: number; exit: number }
  | { readonly op: 'atomic'; readonly program: Program }
  | {
      readonly op: 'look';
      readonly programs: readonly (Program & { width: number })[];
      readonly negated: boolean;
    };

interface Program {
  readonly code: Instruction[];
}

interface Compiled extends Program {
  readonly slots: number;
  readonly pattern: ParsedPattern;
}

const limits = { instructions: 20_000, steps: 400_000, waiting: 2_000_000, slots: 400, characters: 50 };

/** What is left for all expressions of one question; a configuration can have thousands. */
export interface Budget {
  steps: number;
}

export function budgetOf(): Budget {
  return { steps: 20_000_000 };
}

/** `text` and `subject` have a byte a character. What it takes is taken off the budget. */
export function matchRegex(text: string, ignoreCase: boolean, subject: string, whole: Budget): Match {
  whole.steps -= text.length * limits.characters;
  const spent: Match = { matched: null, why: 'the regular expression takes too many steps' };
  if (whole.steps < 0) return spent;
  const compiled = compiledOf(text, ignoreCase);
  if (typeof compiled === 'string') {
    return { matched: null, why: `the regular expression is not understood: ${compiled}` };
  }
  const steps = Math.min(limits.steps, whole.steps);
  const budget = { steps };
  const found = firstMatch(compiled, subject, budget);
  whole.steps -= steps - budget.steps;
  if (found === 'spent') return spent;
  return found ? result(compiled.pattern, subject, found.slots) : { matched: false };
}

function firstMatch(compiled: Compiled, subject: string, budget: Budget): Thread | null | 'spent' {
  for (let start = 0; start <= subject.length; start += 1) {
    const found = run(compiled, subject, start, new Array<number>(compiled.slots).fill(-1), budget);
    if (found !== null) return found;
  }
  return null;
}

function result({ groups, names }: ParsedPattern, subject: string, slots: readonly number[]): Match {
  const captures = Array.from({ length: groups }, (_, index) => {
    const from = slots[index * 2] ?? -1;
    const to = slots[index * 2 + 1] ?? -1;
    return from < 0 || to < 0 ? '' : subject.slice(from, to);
  });
  const named = [...names].map(([name, index]): [string, string] => [name, captures[index - 1] ?? '']);
  return { matched: true, captures, names: new Map(named) };
}

class TooLarge extends Error {}

function compiledOf(text: string, ignoreCase: boolean): Compiled | string {
  const pattern = parsePattern(text, ignoreCase);
  if (typeof pattern === 'string') return pattern;
  let slots = pattern.groups * 2;
  let size = 0;

  const emit = (code: Instruction[], instruction: Instruction): void => {
    size += 1;
    if (size > limits.instructions) throw new TooLarge('it is too large');
    code.push(instruction);
  };

  function add(code: Instruction[], node: Pattern): void {
    if (node.kind === 'set') emit(code, { op: 'set', set: node.set });
    else if (node.kind === 'at') emit(code, { op: 'at', place: node.place });
    else if (node.kind === 'sequence') for (const item of node.items) add(code, item);
    else if (node.kind === 'choice') addChoice(code, node.items);
    else if (node.kind === 'atomic') emit(code, { op: 'atomic', program: program(node.item) });
    else if (node.kind === 'repeat') addRepeat(code, node);
    else if (node.kind === 'look') addLook(code, node);
    else {
      // only both ends at once, so that a group left half way keeps its last turn
      const begin = slots++;
      emit(code, { op: 'save', slot: begin });
      add(code, node.item);
      emit(code, { op: 'group', begin, index: node.index });
    }
  }

  function program(node: Pattern): Program {
    const code: Instruction[] = [];
    add(code, node);
    return { code };
  }

  function addChoice(code: Instruction[], items: readonly Pattern[]): void {
    const jumps: { op: 'jump'; to: number }[] = [];
    items.forEach((item, index) => {
      const fork = { op: 'fork' as const, first: 0, second: 0 };
      const last = index === items.length - 1;
      if (!last) emit(code, fork);
      fork.first = code.length;
      add(code, item);
      if (!last) {
        const jump = { op: 'jump' as const, to: 0 };
        jumps.push(jump);
        emit(code, jump);
      }
      fork.second = code.length;
    });
    for (const jump of jumps) jump.to = code.length;
  }

  function addRepeat(code: Instruction[], node: Pattern & { kind: 'repeat' }): void {
    if (node.mode === 'possessive') {
      emit(code, { op: 'atomic', program: program({ ...node, mode: 'greedy' }) });
      return;
    }
    const lazy = node.mode === 'lazy';
    for (let count = 0; count < node.min; count += 1) add(code, node.item);
    const forks: { op: 'fork'; first: number; second: number }[] = [];
    const fork = (): void => {
      const one = { op: 'fork' as const, first: code.length + 1, second: code.length + 1 };
      emit(code, one);
      forks.push(one);
    };
    if (node.max === Number.POSITIVE_INFINITY) {
      const slot = slots++;
      const loop = code.length;
      fork();
      emit(code, { op: 'save', slot });
      add(code, node.item);
      const stale = { op: 'stale' as const, slot, exit: 0 };
      emit(code, stale);
      emit(code, { op: 'jump', to: loop });
      stale.exit = code.length;
    } else {
      for (let count = node.min; count < node.max; count += 1) {
        fork();
        add(code, node.item);
      }
    }
    for (const one of forks) {
      if (lazy) one.first = code.length;
      else one.second = code.length;
    }
  }

  function addLook(code: Instruction[], node: Pattern & { kind: 'look' }): void {
    const choices = node.behind && node.item.kind === 'choice' ? node.item.items : [node.item];
    const programs = choices.map((item) => {
      const width = node.behind ? widthOf(item) : 0;
      if (width === null) throw new TooLarge('it looks behind by no fixed width');
      return { ...program(item), width };
    });
    emit(code, { op: 'look', programs, negated: node.negated });
  }

  try {
    const { code } = program(pattern.root);
    if (slots > limits.slots) return 'it has too many groups';
    return { code, slots, pattern };
  } catch (error) {
    if (error instanceof TooLarge) return error.message;
    throw error;
  }
}

function widthOf(node: Pattern): number | null {
  if (node.kind === 'set') return 1;
  if (node.kind === 'at' || node.kind === 'look') return 0;
  if (node.kind === 'group' || node.kind === 'atomic') return widthOf(node.item);
  if (node.kind === 'repeat') {
    const width = widthOf(node.item);
    return width === null || node.min !== node.max ? null : width * node.min;
  }
  const widths = node.items.map(widthOf);
  if (widths.includes(null)) return null;
  if (node.kind === 'choice') return widths.every((width) => width === widths[0]) ? (widths[0] ?? 0) : null;
  return widths.reduce<number>((sum, width) => sum + (width ?? 0), 0);
}

interface Thread {
  at: number;
  position: number;
  slots: number[];
}

function run(
  { code }: Program,
  subject: string,
  start: number,
  slots: readonly number[],
  budget: Budget,
): Thread | null | 'spent' {
  const turn = 1 + slots.length / 8;
  budget.steps -= turn;
  const stack: Thread[] = [{ at: 0, position: start, slots: [...slots] }];
  for (let thread = stack.pop(); thread; thread = stack.pop()) {
    for (;;) {
      budget.steps -= 1;
      if (budget.steps < 0 || stack.length * turn > limits.waiting) return 'spent';
      const instruction = code[thread.at];
      if (!instruction) return thread;
      thread.at += 1;
      if (instruction.op === 'set') {
        if (thread.position >= subject.length) break;
        if (!instruction.set[subject.charCodeAt(thread.position)]) break;
        thread.position += 1;
      } else if (instruction.op === 'jump') thread.at = instruction.to;
      else if (instruction.op === 'fork') {
        budget.steps -= turn;
        stack.push({ at: instruction.second, position: thread.position, slots: [...thread.slots] });
        thread.at = instruction.first;
      } else if (instruction.op === 'save') thread.slots[instruction.slot] = thread.position;
      else if (instruction.op === 'group') {
        thread.slots[instruction.index * 2 - 2] = thread.slots[instruction.begin] ?? -1;
        thread.slots[instruction.index * 2 - 1] = thread.position;
      } else if (instruction.op === 'stale') {
        if (thread.slots[instruction.slot] === thread.position) thread.at = instruction.exit;
      } else if (instruction.op === 'at') {
        if (!isAt(instruction.place, subject, thread.position)) break;
      } else if (instruction.op === 'atomic') {
        const inner = run(instruction.program, subject, thread.position, thread.slots, budget);
        if (inner === 'spent') return 'spent';
        if (inner === null) break;
        thread.position = inner.position;
        thread.slots = inner.slots;
      } else {
        const found = look(instruction, subject, thread, budget);
        if (found === 'spent') return 'spent';
        if ((found !== null) === instruction.negated) break;
        if (found) thread.slots = found.slots;
      }
    }
  }
  return null;
}

function look(
  { programs }: Instruction & { op: 'look' },
  subject: string,
  { position, slots }: Thread,
  budget: Budget,
): Thread | null | 'spent' {
  for (const program of programs) {
    if (program.width > position) continue;
    const found = run(program, subject, position - program.width, slots, budget);
    if (found !== null) return found;
  }
  return null;
}

function isAt(place: Place, subject: string, position: number): boolean {
  const isEnd = position === subject.length;
  if (place === 'start') return position === 0;
  if (place === 'end') return isEnd;
  if (place === 'nearEnd') return isEnd || (position === subject.length - 1 && subject[position] === '\n');
  if (place === 'lineStart') return position === 0 || (!isEnd && subject[position - 1] === '\n');
  if (place === 'lineEnd') return isEnd || subject[position] === '\n';
  const boundary = isWord(subject[position - 1]) !== isWord(subject[position]);
  return boundary === (place === 'word');
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
