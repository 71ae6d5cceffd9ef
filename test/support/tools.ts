/** Programs of the operating system that some tests need. */
import { existsSync } from 'node:fs';
import { env } from 'node:process';

/**
 * Whether a test that needs this program has to be skipped, for `describe.skipIf`. Says which Debian package has it;
 * where CI is set, a missing one is an error instead: nothing may be skipped there.
 */
export function needs(debianPackage: string, program: string): boolean {
  if (existsSync(program)) return false;
  const message = `${program} is missing: apt-get install ${debianPackage}`;
  if (env.CI) throw new Error(message);
  process.stderr.write(`skipped: ${message}\n`);
  return true;
}
