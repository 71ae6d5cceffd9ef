/** What the table is drawn with: signs, colours, widths. */
import { Chalk, type ChalkInstance } from 'chalk';
import type { Status } from '../../check.ts';
import type { RenderOptions } from '../format.ts';
import type { Priority } from '../report.ts';

export type Paint = (text: string) => string;

export interface Style {
  /** Columns of a line: what the terminal has, as far as lines stay readable. */
  readonly columns: number;
  readonly signs: Readonly<Record<Status, string>>;
  /** What leads to a part of a path. */
  readonly links: Readonly<Record<Status, string>>;
  readonly ellipsis: string;
  readonly dot: string;
  readonly status: Readonly<Record<Status, Paint>>;
  readonly priority: Readonly<Record<Priority, Paint>>;
  readonly strong: Paint;
  readonly faint: Paint;
  readonly command: Paint;
}

const narrowest = 40;
const widest = 120;

const drawn = {
  signs: { pass: '✔', warn: '⚠', fail: '✘', error: '?', skip: '–' },
  links: { pass: '─✔', warn: '─⚠', fail: '─✘', error: '─?', skip: '──' },
  ellipsis: '…',
  dot: '·',
} as const;

const typed = {
  signs: { pass: 'ok', warn: '!!', fail: 'XX', error: '??', skip: '--' },
  links: { pass: '-ok', warn: '-!!', fail: '-XX', error: '-??', skip: '---' },
  ellipsis: '...',
  dot: '-',
} as const;

export function styleOf(options: RenderOptions): Style {
  // Never chalk's own instance: it reads argv, and does not know NO_COLOR.
  const chalk: ChalkInstance = new Chalk({ level: options.color ? 1 : 0 });
  return {
    columns: Math.min(widest, Math.max(narrowest, options.columns)),
    ...(options.unicode === false ? typed : drawn),
    status: {
      pass: only(chalk.green),
      warn: only(chalk.yellow),
      fail: only(chalk.red),
      error: only(chalk.magenta),
      skip: only(chalk.dim),
    },
    priority: { P0: only(chalk.bold.red), P1: only(chalk.bold.yellow), P2: only(chalk.bold.cyan) },
    strong: only(chalk.bold),
    faint: only(chalk.dim),
    command: only(chalk.cyan),
  };
}

/** A chalk takes any number of arguments, and would paint the index that `map` hands out. */
const only =
  (chalk: ChalkInstance): Paint =>
  (text) =>
    chalk(text);
