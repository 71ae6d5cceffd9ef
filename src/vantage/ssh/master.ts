/** A ControlMaster of our own: an ssh that runs as long as we do, and a folder of its own that ends with it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kill } from 'node:process';
import type { Readable, Writable } from 'node:stream';

export interface Master {
  /** Resolves when the ssh has ended, and its last words are in. */
  readonly ended: Promise<void>;
  /** Ends it and all that it started, and removes its folder. */
  stop(): Promise<void>;
}

/**
 * $0 is the folder, the rest the ssh. Our end closes the shell's standard input, however we end: then ssh ends, and
 * the folder goes. Standard output tells us of an ssh that ends before: what it started may hold its others open.
 */
const keeper = `
{ "$@" </dev/null >/dev/null; echo over; } & exec >/dev/null 2>&1
read -r _
trap '' TERM; kill 0; wait; rm -rf -- "$0"`;

/** How long it may take to end by itself, and what it started may hold its standard error open, in milliseconds. */
const farewellMs = 1000;
const lingerMs = 200;
const longestLine = 8192;
/** sun_path has room for 104 bytes on some systems, and ssh wants 17 of them for itself. */
const longestFolder = 60;

/** A folder that only we can read, with a short name. */
export async function privateFolder(): Promise<string> {
  const above = [tmpdir(), '/tmp'].find((path) => Buffer.byteLength(path) <= longestFolder) ?? '/tmp';
  return mkdtemp(join(above, 'doctor-'));
}

/** `onLine` gets what it says, line by line, each cut to 8 KiB. */
export function startMaster(
  folder: string,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  onLine: (line: string) => void,
): Master {
  const child = spawn('/bin/sh', ['-c', keeper, folder, ...argv], {
    env: { ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // a session of its own has no terminal to ask anything at, and is ended as one
    detached: true,
  });
  child.stdin.on('error', () => {});
  const gone = new Promise<void>((settle) => {
    child.on('exit', () => settle());
    child.on('error', () => settle());
  });
  const linesEnded = readLines(child.stderr, onLine);
  const sshEnded = new Promise<void>((settle) => {
    child.stdout.once('data', () => settle());
    child.stdout.once('close', () => settle());
  });
  const linger = () => new Promise<void>((settle) => setTimeout(settle, lingerMs));
  return {
    ended: sshEnded.then(() => Promise.race([linesEnded, linger()])),
    async stop() {
      child.stdin.end();
      const timer = setTimeout(() => endGroup(child), farewellMs);
      await gone;
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function endGroup(child: ChildProcessByStdio<Writable, Readable, Readable>): void {
  if (child.pid === undefined) return;
  try {
    kill(-child.pid, 'SIGKILL');
  } catch {
    // all of the group has ended
  }
}

function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  let held = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (held + text).split('\n');
    held = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) onLine(line.slice(0, longestLine).trimEnd());
  });
  stream.on('error', () => {});
  return new Promise((settle) => {
    stream.once('close', () => {
      if (held !== '') onLine(held);
      settle();
    });
  });
}
