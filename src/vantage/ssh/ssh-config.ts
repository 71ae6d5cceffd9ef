/** Which ssh_config an ssh that we start reads. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { localUser } from './local-user.ts';
import type { SshEnvironment } from './sessions.ts';

/** ssh takes `~` from the user database; when we were told another home, it is told which file to read. */
export function configurationOf(environment: SshEnvironment): string[] {
  if (environment.home === localUser().home) return [];
  const file = join(environment.home, '.ssh', 'config');
  return ['-F', existsSync(file) ? file : 'none'];
}
