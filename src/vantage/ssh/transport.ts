/** What both ways of speaking SSH give: shells and connections of one host. */
import type { Failure, LoginTrace, Outcome } from '../../check.ts';
import type { Dial } from '../dial.ts';
import type { Limits } from '../source.ts';
import type { SshEnvironment } from './sessions.ts';
import type { Way } from './way.ts';

export type ShellEnd =
  /** The server opened no channel for it. */
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'closed'; readonly exitCode: number | null; readonly stderr: string };

export interface Shell {
  /** Never rejects. */
  readonly ended: Promise<ShellEnd>;
  /** Ends it on our side; on the host, what still runs ends when its `timeout` does. */
  stop(): void;
}

export interface SshConnection {
  readonly trace: LoginTrace;
  /** Runs the constant command of `batch.ts` with this script on its standard input. */
  shell(script: string, onOutput: (chunk: Buffer) => void): Shell;
  readonly dial: Dial;
  /** Why there is no connection any more; pending as long as there is one. */
  readonly gone: Promise<Failure>;
  close(): Promise<void>;
}

/** Opens the connection; the whole of it takes at most `limits.timeoutMs`, not counting the time a person types. */
export type OpenConnection = (
  way: Way,
  environment: SshEnvironment,
  limits: Limits,
) => Promise<Outcome<{ connection: SshConnection }>>;
