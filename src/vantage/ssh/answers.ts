/** Reads the frames of `batch.ts` as they come in. */
import type { Reply } from './batch.ts';

export interface AnswerReader {
  /** Takes the next bytes; returns the ids that this completed. */
  push(chunk: Buffer): number[];
  readonly replies: ReadonlyMap<number, Reply>;
  started(): boolean;
  ended(): boolean;
  /** A frame did not end where it said: nothing after it can be believed. */
  broken(): boolean;
  /** What came before the first frame, at most 512 bytes: what start-up files or a forced command print. */
  noise(): string;
}

/** A frame's head and its end are short: text of a line this long is neither. */
const longestHead = 128;

export function answerReader(nonce: string): AnswerReader {
  const mark = Buffer.from(`VWD:${nonce}:`);
  const replies = new Map<number, Reply>();
  let held = Buffer.alloc(0);
  let noise = '';
  let state: 'before' | 'open' | 'ended' | 'broken' = 'before';
  let frame: { id: number; kind: string; length: number } | null = null;

  /** One frame's head, or one frame's content; false when more bytes are needed first. */
  const step = (completed: number[]): boolean => {
    if (frame) {
      const trailer = Buffer.from(`\nVWD:${nonce}:${frame.id}.\n`);
      if (held.length < frame.length + trailer.length) return false;
      const payload = held.subarray(0, frame.length);
      const reply = held.subarray(frame.length, frame.length + trailer.length).equals(trailer)
        ? readReply(frame.kind, payload)
        : null;
      held = held.subarray(frame.length + trailer.length);
      if (!reply) {
        state = 'broken';
      } else if (!replies.has(frame.id)) {
        replies.set(frame.id, reply);
        completed.push(frame.id);
      }
      frame = null;
      return state === 'open';
    }
    const at = held.indexOf(mark);
    if (at < 0) {
      keepNoise(held.subarray(0, Math.max(0, held.length - mark.length)));
      held = held.subarray(Math.max(0, held.length - mark.length));
      return false;
    }
    keepNoise(held.subarray(0, at));
    const end = held.indexOf('\n', at);
    if (end < 0) {
      held = held.subarray(at);
      if (held.length > longestHead) state = 'broken';
      return false;
    }
    const head = held.toString('latin1', at + mark.length, Math.min(end, at + longestHead));
    held = held.subarray(end + 1);
    if (head === 'START') state = 'open';
    else if (head === 'END') state = 'ended';
    const [, id, kind = '', length] = /^(\d{1,9}):([xsrmdn]):(\d{1,9})$/.exec(head) ?? [];
    if (id !== undefined && state === 'open') frame = { id: Number(id), kind, length: Number(length) };
    return state !== 'ended';
  };
  const keepNoise = (bytes: Buffer) => {
    if (state === 'before' && noise.length < 512) noise = (noise + bytes.toString('utf8')).slice(0, 512);
  };

  return {
    push(chunk) {
      const completed: number[] = [];
      if (state === 'ended' || state === 'broken') return completed;
      held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
      while (step(completed));
      return completed;
    },
    replies,
    started: () => state !== 'before',
    ended: () => state === 'ended',
    broken: () => state === 'broken',
    noise: () => (state === 'before' ? (noise + held.toString('utf8')).slice(0, 512) : noise).trim(),
  };
}

/** All at once: for records and tests. */
export function readAnswers(nonce: string, bytes: Buffer): AnswerReader {
  const reader = answerReader(nonce);
  reader.push(bytes);
  return reader;
}

function readReply(kind: string, payload: Buffer): Reply | null {
  if (kind === 'm') return { kind: 'missing' };
  if (kind === 'd') return { kind: 'denied' };
  if (kind === 'n') return { kind: 'irregular' };
  const tail = /:(\d{1,3}):(\d{1,9})$/.exec(payload.toString('latin1', Math.max(0, payload.length - 16)));
  if (!tail) return null;
  const [, exitCode = '', errorLength = ''] = tail;
  const end = payload.length - errorLength.length - 1;
  const start = end - Number(errorLength);
  if (start < 0) return null;
  return {
    kind: 'ran',
    ...(kind === 's' ? { sudo: 'used' } : kind === 'r' ? { sudo: 'refused' } : {}),
    exitCode: Number(exitCode),
    stdout: Buffer.from(payload.subarray(0, start)).map((byte) => (byte === 0xff ? 0 : byte)) as Buffer,
    stderr: Buffer.from(payload.subarray(start, end - exitCode.length - 1)),
  };
}
