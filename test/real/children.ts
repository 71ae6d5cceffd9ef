/** Programs that a test starts and ends, by their process id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';

export interface Part {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Resolves once `ready` does; rejects, with what it said, when it ends before that. */
export async function start(
  program: string,
  args: readonly string[],
  ready: (child: ChildProcess) => Promise<unknown>,
  // SIGKILL ends also what is stopped (SIGSTOP) or blocked, and leaves the children of what has any
  end: NodeJS.Signals = 'SIGKILL',
): Promise<Part> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}: ${said}`)));
  });
  ended.catch(() => {});
  await Promise.race([ready(child), ended]);
  if (child.pid === undefined) throw new Error(`${program} did not start`);
  return { pid: child.pid, stop: () => stopped(child, end) };
}

async function stopped(child: ChildProcess, end: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((settle) => child.once('exit', settle));
  child.kill(end);
  await gone;
}

/** Its first line. */
export function firstLine({ stdout }: ChildProcess): Promise<string> {
  return new Promise((settle) => {
    let text = '';
    stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) settle(text.slice(0, text.indexOf('\n')));
    });
  });
}

/** Until it takes connections. */
export async function listens(port: number): Promise<void> {
  while (!(await connects(port))) await new Promise((settle) => setTimeout(settle, 20));
}

function connects(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}
