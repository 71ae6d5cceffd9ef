/** What a person types behind `ssh`. */
import { shellWord } from './shell-word.ts';

export interface SshTarget {
  /** Hosts in between, the nearest first. */
  readonly jump: readonly string[];
  /** null: what ssh takes by itself. */
  readonly user: string | null;
  readonly host: string;
  readonly port: number | null;
}

/** `-J bastion -p 2222 root@web`. */
export function sshWords({ jump, user, host, port }: SshTarget): string {
  return [
    ...(jump.length > 0 ? ['-J', jump.join(',')] : []),
    ...(port === null ? [] : ['-p', String(port)]),
    user === null ? host : `${user}@${host}`,
  ]
    .map(shellWord)
    .join(' ');
}
