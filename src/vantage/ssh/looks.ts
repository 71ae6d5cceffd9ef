/** Looks at one host, sent together: those asked in the same turn of the event loop are one script in one channel. */
import type { Failure, Outcome } from '../../check.ts';
import { failure, type Limits } from '../source.ts';
import { answerReader } from './answers.ts';
import { keepBytes, type Reply, type ScriptLook, writeScript } from './batch.ts';
import type { ShellEnd, SshConnection } from './transport.ts';

export type Question =
  | { readonly argv: readonly string[]; readonly asRoot?: true | undefined }
  | { readonly path: string; readonly maxBytes: number };

export interface HostLooks {
  /** Never rejects. The time counts from when the host could have started on it: looks before it cost it nothing. */
  ask(question: Question, limits: Limits): Promise<Outcome<{ reply: Reply }>>;
}

/** One question and all who asked it. */
interface Entry {
  readonly key: string;
  readonly question: Question;
  readonly timeoutMs: number;
  readonly waiters: Set<(outcome: Outcome<{ reply: Reply }>) => void>;
}

/** So many shells run side by side; sshd allows 10 sessions a connection as it comes (MaxSessions). */
const mostShells = 4;
const mostLooks = 64;
/** Over the look's own time: for the way there and back, and for `timeout` on the host to act first. In milliseconds. */
const graceMs = 500;
const refusedTries = 10;
const refusedPauseMs = 100;

/** `sudo`: what is asked as root goes through it. */
export function hostLooks(connection: SshConnection, nonce: string, sudo = false): HostLooks {
  const queue: Entry[] = [];
  let running = 0;
  let allowed = mostShells;
  let refusals = 0;
  let scheduled = false;
  let dead: Failure | null = null;
  const active = new Set<() => void>();

  const answer = (entry: Entry, outcome: Outcome<{ reply: Reply }>) => {
    for (const settle of [...entry.waiters]) settle(outcome);
  };
  connection.gone.then((reason) => {
    dead = reason;
    for (const entry of queue.splice(0)) answer(entry, reason);
    for (const wake of active) wake();
  });
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      while (queue.length > 0 && running < allowed) {
        const entries = queue.splice(0, mostLooks).filter((entry) => entry.waiters.size > 0);
        if (entries.length > 0) void run(entries);
      }
    });
  };

  const run = async (entries: readonly Entry[]) => {
    running += 1;
    const left = await runBatch(connection, { nonce, sudo }, cheapFirst(entries), answer, active, () => dead);
    running -= 1;
    if (left.refused !== null) {
      // another shell holds the only session, or one that just ended is not yet buried: wait for it
      allowed = Math.max(1, running);
      refusals += 1;
      if (running === 0 && refusals > refusedTries) {
        const why = failure('denied', `the SSH server opens no session for us: ${left.refused}`);
        for (const entry of left.entries) answer(entry, why);
      } else {
        queue.unshift(...left.entries);
        setTimeout(schedule, running === 0 ? refusedPauseMs : 0);
        return;
      }
    } else {
      refusals = 0;
      queue.unshift(...left.entries);
    }
    schedule();
  };

  return {
    ask: (question, limits) =>
      new Promise((settle) => {
        if (dead) return settle(dead);
        if (limits.signal.aborted) return settle(failure('aborted', 'the run ended first'));
        const key = JSON.stringify(question);
        let entry = queue.find((waiting) => waiting.key === key);
        if (!entry) {
          entry = { key, question, timeoutMs: limits.timeoutMs, waiters: new Set() };
          queue.push(entry);
        }
        const { waiters } = entry;
        const over = (outcome: Outcome<{ reply: Reply }>) => {
          waiters.delete(over);
          limits.signal.removeEventListener('abort', abort);
          settle(outcome);
        };
        const abort = () => {
          over(failure('aborted', 'the run ended first'));
          for (const wake of active) wake();
        };
        waiters.add(over);
        limits.signal.addEventListener('abort', abort, { once: true });
        schedule();
      }),
  };
}

/** Reading a file costs less than any program, and a look that hangs holds up those behind it. */
function cheapFirst(entries: readonly Entry[]): Entry[] {
  const reads = entries.filter((entry) => 'path' in entry.question);
  return [...reads, ...entries.filter((entry) => !reads.includes(entry))];
}

interface Left {
  /** What is still to be asked. */
  readonly entries: readonly Entry[];
  /** Why the server opened no channel; null when it did. */
  readonly refused: string | null;
}

/** One script: ends when every look is answered, or when one look holds it up for longer than its time. */
function runBatch(
  connection: SshConnection,
  { nonce, sudo }: { readonly nonce: string; readonly sudo: boolean },
  entries: readonly Entry[],
  answer: (entry: Entry, outcome: Outcome<{ reply: Reply }>) => void,
  active: Set<() => void>,
  dead: () => Failure | null,
): Promise<Left> {
  const reader = answerReader(nonce);
  const looks: ScriptLook[] = entries.map(({ question }, id) => ({ id, ...question }));
  const timeoutMs = Math.max(...entries.map((entry) => entry.timeoutMs));
  const mostBytes = looks.reduce(
    (sum, look) => sum + 1024 + 65_536 + ('path' in look ? look.maxBytes : keepBytes),
    65_536,
  );
  const waiting = () => entries.filter((entry, id) => !reader.replies.has(id) && entry.waiters.size > 0);

  return new Promise((settle) => {
    let received = 0;
    let timer: NodeJS.Timeout | undefined;
    const finish = (left: Left) => {
      clearTimeout(timer);
      active.delete(wake);
      settle(left);
    };
    const giveUp = (reason: Failure) => {
      for (const entry of waiting()) answer(entry, reason);
      shell.stop();
    };
    const late = () => {
      const [first, ...others] = waiting();
      shell.stop();
      if (!reader.started()) {
        giveUp(failure('incomplete', `the login shell did not start on our commands within ${timeoutMs} ms`));
        finish({ entries: [], refused: null });
        return;
      }
      if (first) answer(first, failure('timeout', `no end within ${timeoutMs} ms`));
      finish({ entries: others, refused: null });
    };
    const arm = () => {
      clearTimeout(timer);
      timer = setTimeout(late, timeoutMs + graceMs);
    };
    /** The connection died, or someone gave up waiting. */
    const wake = () => {
      const reason = dead();
      if (reason) {
        for (const entry of waiting()) answer(entry, reason);
        finish({ entries: [], refused: null });
      } else if (waiting().length === 0) {
        shell.stop();
      }
    };
    const onOutput = (chunk: Buffer) => {
      received += chunk.length;
      const wasStarted = reader.started();
      const completed = reader.push(chunk);
      for (const id of completed) {
        const [entry, reply] = [entries[id], reader.replies.get(id)];
        if (entry && reply) answer(entry, { ok: true, reply });
      }
      if (reader.ended()) clearTimeout(timer);
      else if (completed.length > 0 || reader.started() !== wasStarted) arm();
      if (reader.broken()) giveUp(failure('incomplete', 'the answer is not framed as it should be'));
      else if (received > mostBytes) giveUp(failure('incomplete', 'the host sends more than was asked for'));
    };
    active.add(wake);
    const shell = connection.shell(writeScript(looks, nonce, timeoutMs, sudo), onOutput);
    arm();
    shell.ended.then((end) => {
      if (end.kind === 'refused') return finish({ entries: waiting(), refused: end.detail });
      const reason = dead() ?? failure('incomplete', endWords(end, reader.started(), reader.noise()));
      for (const entry of waiting()) answer(entry, reason);
      finish({ entries: [], refused: null });
    });
  });
}

function endWords(end: ShellEnd & { kind: 'closed' }, started: boolean, noise: string): string {
  const code = end.exitCode === null ? '' : ` with exit code ${end.exitCode}`;
  const said = [noise, end.stderr].filter((text) => text !== '').join(' / ');
  return started
    ? `the shell ended${code} before this look was answered`
    : `our commands were not run: the session ended${code}${said ? `, it said: ${said.slice(0, 300)}` : ' (a forced command, or a login shell that runs none?)'}`;
}
