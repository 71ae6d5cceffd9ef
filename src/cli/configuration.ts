/** Which configuration a command works with: a file named, a file found, or targets on the command line. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { findConfig } from '../config/find.ts';
import { formatErrors, loadConfig } from '../config/load.ts';
import { configFromTargets } from '../config/targets.ts';
import { registry } from '../registry.ts';
import type { Redactor } from '../vantage/observe.ts';
import { redactor } from '../vantage/redact.ts';
import { UsageError } from './errors.ts';
import { printNote } from './print.ts';

export interface Configured {
  readonly config: Config;
  readonly redactor: Redactor;
}

export function configured(targets: readonly string[], file: string | undefined): Configured {
  if (targets.length > 0 && file !== undefined) {
    throw new UsageError(['targets and -c do not go together: give the one or the other']);
  }
  return finish(targets.length > 0 ? configFromTargets([...targets]) : read(file ?? found()));
}

/** Text of a configuration that lies in a folder, as the demo's does. */
export function configuredFrom(text: string, file: string): Configured {
  return finish(load(text, file));
}

type Loaded = ReturnType<typeof loadConfig>;

function finish(loaded: Loaded): Configured {
  if (!loaded.ok) throw new UsageError([formatErrors(loaded.errors)]);
  for (const warning of loaded.warnings) printNote(`warning: ${warning}`);
  return { config: loaded.config, redactor: redactor(loaded.secrets) };
}

function found(): string {
  const file = findConfig({
    folder: process.cwd(),
    home: homedir(),
    configHome: process.env.XDG_CONFIG_HOME || undefined,
    exists: existsSync,
  });
  if (file === null) {
    throw new UsageError([
      'no configuration: there is no viworks-doctor.toml here or in a folder above.\n' +
        'Name one with -c FILE, or give a target: viworks-doctor run wss://example.com/ws',
    ]);
  }
  const { uid } = statSync(file);
  const own = process.getuid?.();
  if (own !== undefined && uid !== own) {
    throw new UsageError([`${file} belongs to another user; name it to use it all the same: -c ${file}`]);
  }
  return file;
}

function read(file: string): Loaded {
  try {
    if (!statSync(file).isFile()) throw new UsageError([`${file} is not a file`]);
    return load(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError([`cannot read the configuration ${file}: ${reason(error)}`]);
  }
}

function load(text: string, file: string): Loaded {
  return loadConfig({
    text,
    file,
    env: process.env,
    folder: dirname(resolve(file)),
    home: homedir(),
    readable: whyUnreadable,
    kinds: Object.fromEntries(Object.entries(registry).map(([kind, { options }]) => [kind, options])),
  });
}

function whyUnreadable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile() ? null : 'it is not a file';
  } catch (error) {
    return reason(error);
  }
}

function reason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES' || code === 'EPERM') return 'not allowed to read it';
  return code ?? String(error);
}
