/** Runs a program of this machine to its end: its output capped, its time bounded. */
import { spawn } from 'node:child_process';
import type { Limits } from '../source.ts';

export type ProgramEnd =
  | {
      readonly kind: 'ended';
      readonly exitCode: number | null;
      readonly stdout: string;
      readonly stderr: string;
    }
  /** No such program, or it may not be run. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'timeout' };

const keep = 1_048_576;

export function runProgram(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string | undefined>>,
  limits: Limits,
): Promise<ProgramEnd> {
  return new Promise((settle) => {
    const [program, ...rest] = argv;
    const child = spawn(program, rest, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    const stop = () => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      settle({ kind: 'timeout' });
    };
    const timer = setTimeout(stop, limits.timeoutMs);
    limits.signal.addEventListener('abort', stop, { once: true });
    const over = (end: ProgramEnd) => {
      clearTimeout(timer);
      limits.signal.removeEventListener('abort', stop);
      settle(end);
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < keep) stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < keep) stderr += text;
    });
    child.on('error', () => over({ kind: 'missing' }));
    child.on('close', (exitCode) => over({ kind: 'ended', exitCode, stdout, stderr }));
  });
}
