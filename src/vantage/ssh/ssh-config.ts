/** Which ssh_config an ssh that we start reads. */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { SshEnvironment } from './sessions.ts';

/** ssh takes `~` from the user database; when we were told another home, it is told which file to read. */
export function configurationOf(environment: SshEnvironment): string[] {
  if (environment.home === userInfo().homedir) return [];
  const file = join(environment.home, '.ssh', 'config');
  return ['-F', existsSync(file) ? file : 'none'];
}
