/** Files that a run writes. */
import {
  accessSync,
  constants,
  existsSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Complaints } from './options.ts';

/** Asked before anything is looked at: a report that can't be kept is an error of the command line. */
export function refuseUnwritable(files: readonly string[], complaints: Complaints): void {
  for (const file of files) {
    const existing = existsSync(file) ? file : dirname(resolve(file));
    try {
      accessSync(existing, constants.W_OK);
      if (existing === file && statSync(file).isDirectory())
        complaints.add(`cannot write ${file}: it is a folder`);
    } catch (error) {
      complaints.add(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    }
  }
}

/**
 * Written beside and renamed, so that a reader never sees half of it; what is no plain file (`/dev/null`, a pipe) is
 * written into. Throws what Node throws.
 */
export function writeWhole(file: string, text: string): void {
  const target = plainTarget(file);
  const beside = target === null ? file : `${target}.${process.pid}.tmp`;
  writeFileSync(beside, text);
  if (target !== null) renameSync(beside, target);
}

/** Where a plain file is, or will be, behind symbolic links; null when something else is there. */
function plainTarget(file: string): string | null {
  try {
    const target = realpathSync(file);
    return statSync(target).isFile() ? target : null;
  } catch {
    return file;
  }
}
