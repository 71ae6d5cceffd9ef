/** The options that commands share, and how their values are read. Every wrong value is reported, not only the first. */
import type { Command } from 'commander';
import { parseDuration } from '../net/duration.ts';
import { type FormatName, formats } from '../report/formats.ts';
import { UsageError } from './errors.ts';

export interface SelectionOptions {
  config?: string;
  only: string[];
  skip: string[];
}

export interface OutputOptions {
  format: string[];
  strict?: boolean;
  record?: string;
  verbose?: boolean;
  quiet?: boolean;
  color?: boolean;
}

export interface RunOptions extends SelectionOptions, OutputOptions {
  timeout?: string;
  deadline?: string;
  concurrency?: string;
  failFast?: boolean;
  replay?: string;
}

const collect = (value: string, before: string[]): string[] => [...before, value];

export function withSelection(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the configuration (default: viworks-doctor.toml here or above)')
    .option(
      '--only <pattern>',
      'look at these alone: a kind, a subject, or a glob over ids (repeatable)',
      collect,
      [],
    )
    .option('--skip <pattern>', 'do not look at these (repeatable)', collect, []);
}

export function withOutput(command: Command): Command {
  return command
    .option(
      '-f, --format <format[=file]>',
      `${Object.keys(formats).join(', ')}; to standard output or a file (repeatable)`,
      collect,
      [],
    )
    .option('--strict', 'a warning counts as a failure')
    .option('--record <file>', 'keep what was observed, for --replay')
    .option('-v, --verbose', 'show what was asked and answered under each row')
    .option('-q, --quiet', 'show only what does not pass, and the causes')
    .option('--color', 'colours even where the output is no terminal')
    .option('--no-color', 'no colours');
}

export function withManner(command: Command): Command {
  return command
    .option('--timeout <duration>', 'for one operation (default: 5s; an SSH login may take three times that)')
    .option('--deadline <duration>', 'for the whole run (default: 2m)')
    .option('--concurrency <n>', 'how many looks at once; 1 is one after another (default: 32)')
    .option('--fail-fast', 'stop looking after the first failure');
}

/** Collects what is wrong, and says all of it at once. */
export class Complaints {
  readonly messages: string[] = [];
  add(message: string): void {
    this.messages.push(message);
  }
  duration(option: string, text: string | undefined, fallback: number): number {
    if (text === undefined) return fallback;
    const value = parseDuration(text);
    if (value !== null && value > 0) return value;
    this.add(`${option} ${text}: not a duration; write it like 500ms, 5s, 2m or 1h`);
    return fallback;
  }
  count(option: string, text: string | undefined, fallback: number): number {
    if (text === undefined) return fallback;
    if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
    this.add(`${option} ${text}: not a whole number from 1 to 9999`);
    return fallback;
  }
  throwIfAny(): void {
    if (this.messages.length > 0) throw new UsageError(this.messages);
  }
}

export interface Sink {
  readonly format: FormatName;
  /** null: standard output. */
  readonly file: string | null;
}

/** `-f FORMAT[=FILE]`: at most one without a file; where all go to files, the table is still printed. */
export function sinksOf(texts: readonly string[], complaints: Complaints): Sink[] {
  const sinks = texts.flatMap((text): Sink[] => {
    const [name = '', ...rest] = text.split('=');
    const file = rest.length > 0 ? rest.join('=') : null;
    if (!Object.hasOwn(formats, name)) {
      complaints.add(`-f ${text}: no format "${name}"; there are ${Object.keys(formats).join(', ')}`);
      return [];
    }
    if (file === '') complaints.add(`-f ${text}: the file's name is missing`);
    return [{ format: name as FormatName, file }];
  });
  const printed = sinks.filter(({ file }) => file === null);
  if (printed.length > 1) {
    const names = printed.map(({ format }) => format).join(' and ');
    complaints.add(`-f: ${names} cannot both go to standard output; give all but one a file: -f json=FILE`);
  }
  return printed.length > 0 ? sinks : [{ format: 'table', file: null }, ...sinks];
}
