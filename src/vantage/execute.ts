/** Programs and files of this machine, only ever read, always capped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { env, kill } from 'node:process';
import type { CommandResult, Outcome } from '../check.ts';
import { type Time, within } from './exchange/deadline.ts';
import { codeOf } from './exchange/failures.ts';
import { failure, type Source } from './source.ts';

/** Of each of the two outputs. */
const keptBytes = 256 * 1024;
/** What a program left running may hold open after its own end. */
const lingerMs = 200;
/** Where administrators' programs are, which a plain user's PATH leaves out. */
const morePaths = '/usr/sbin:/sbin:/usr/local/sbin';

/** What several steps ask in the same turn of the event loop, with the same limits, runs once for all of them. */
export function localExecute(): Source['execute'] {
  const asked = new Map<string, { signal: AbortSignal; answer: Promise<Outcome<CommandResult>> }>();
  return ({ argv }, limits) => {
    const key = JSON.stringify([limits.timeoutMs, ...argv]);
    const known = asked.get(key);
    if (known?.signal === limits.signal) return known.answer;
    const answer = within<CommandResult>(limits, (time) => {
      time.reached(`${argv[0]} did not end`);
      return run(argv, time);
    });
    if (asked.size === 0) setImmediate(() => asked.clear());
    asked.set(key, { signal: limits.signal, answer });
    return answer;
  };
}

function run(argv: readonly string[], time: Time): Promise<Outcome<CommandResult>> {
  const [program, ...rest] = argv;
  if (!program || argv.some((each) => each.includes('\0'))) {
    return Promise.resolve(failure('unsupported', 'no program can be started of these words'));
  }
  return new Promise((settle) => {
    const child = spawn(program, rest, {
      // a group of its own: at the deadline all that it started ends with it
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, LC_ALL: 'C', PATH: `${env.PATH ?? '/usr/bin:/bin'}:${morePaths}` },
    });
    const outputs = [collect(child.stdout), collect(child.stderr)] as const;
    time.signal.addEventListener('abort', () => end(child), { once: true });
    child.on('error', (error) => settle(notStarted(program, codeOf(error))));
    const done = (exitCode: number | null) => {
      const [stdout, stderr] = outputs;
      const truncated = outputs.some((output) => output.isFull() || !output.hasEnded());
      settle({ ok: true, exitCode, stdout: stdout.text(), stderr: stderr.text(), truncated });
    };
    child.on('close', done);
    child.on('exit', (exitCode) => {
      const linger = setTimeout(() => drained(outputs, () => done(exitCode)), lingerMs);
      child.once('close', () => clearTimeout(linger));
    });
  });
}

function notStarted(program: string, code: string) {
  if (code === 'ENOENT') return failure('missing', `no program ${program}`);
  if (code === 'EACCES' || code === 'EPERM')
    return failure('denied', `not allowed to run ${program} (${code})`);
  return failure('incomplete', `${program} could not be started (${code})`);
}

interface Output {
  text(): string;
  /** More came than is kept. */
  isFull(): boolean;
  /** Nobody can write to it any more. */
  hasEnded(): boolean;
  /** Bytes until now. */
  length(): number;
}

/** Keeps the start of a stream, and reads the rest away so that the program does not wait for us. */
function collect(stream: NodeJS.ReadableStream): Output {
  const chunks: Buffer[] = [];
  let length = 0;
  let ended = false;
  stream.on('data', (chunk: Buffer) => {
    if (length < keptBytes) chunks.push(chunk.subarray(0, keptBytes - length));
    length += chunk.length;
  });
  stream.on('end', () => {
    ended = true;
  });
  stream.on('error', () => {});
  return {
    text: () => Buffer.concat(chunks).toString('utf8'),
    isFull: () => length > keptBytes,
    hasEnded: () => ended,
    length: () => length,
  };
}

/** A timer that fires late fires before what has come in the meantime is read: turn by turn, until nothing comes. */
function drained(outputs: readonly Output[], then: () => void): void {
  const lengths = () => outputs.map((output) => (output.isFull() ? 'full' : output.length())).join();
  const before = lengths();
  setImmediate(() => (lengths() === before ? then() : drained(outputs, then)));
}

function end(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  if (child.pid === undefined) return;
  try {
    kill(-child.pid, 'SIGKILL');
  } catch {
    // all of the group has ended
  }
}

export function localReadFile(): Source['readFile'] {
  return ({ path, maxBytes = keptBytes }, limits) =>
    within(limits, async (time) => {
      time.reached(`${path} gave nothing`);
      let file: FileHandle | undefined;
      try {
        // without waiting: a FIFO would hold us until somebody writes to it
        file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
        if (!(await file.stat()).isFile()) return failure('unsupported', `${path} is no regular file`);
        return { ok: true, ...(await readStart(file, maxBytes)) };
      } catch (error) {
        return notRead(path, codeOf(error));
      } finally {
        await file?.close().catch(() => {});
      }
    });
}

/** Files below /proc say that they are empty, and give less at a time than they are asked for. */
async function readStart(file: FileHandle, maxBytes: number): Promise<{ text: string; truncated: boolean }> {
  const bytes = Buffer.alloc(maxBytes + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  const kept = Math.min(length, maxBytes);
  return { text: bytes.subarray(0, kept).toString('utf8'), truncated: length > maxBytes };
}

function notRead(path: string, code: string) {
  if (code === 'ENOENT' || code === 'ENOTDIR') return failure('missing', `no file ${path}`);
  if (code === 'EACCES' || code === 'EPERM')
    return failure('denied', `not allowed to read ${path} (${code})`);
  if (code === 'EISDIR' || code === 'ENXIO') return failure('unsupported', `${path} is no regular file`);
  return failure('incomplete', `${path} could not be read (${code})`);
}
