/** What ssh asks a person for: its SSH_ASKPASS (ssh(1), ENVIRONMENT) is a small program of ours, which asks us. */
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { PausableTime } from './pausable-time.ts';
import { shellQuote } from './quote.ts';
import type { SshEnvironment } from './sessions.ts';
import { askedToOpen } from './words.ts';

export interface Answering {
  /** Somebody is there to be asked. */
  readonly prompts: boolean;
  readonly env: Readonly<Record<string, string>>;
  stop(): void;
}

/** Hands the question over a socket, and prints what comes back. */
const helper = `
const socket = require('node:net').connect(process.argv[1]);
let answer = '';
socket.on('error', () => process.exit(1));
socket.on('data', (text) => { answer += text; });
socket.on('end', () => { process.stdout.write(answer); process.exitCode = answer === '' ? 1 : 0; });
socket.end(process.argv[2]);`;

const longestQuestion = 4096;

/** Only a passphrase is ever asked for, while the time stands still. Without a terminal nothing is. */
export async function answerQuestions(
  folder: string,
  environment: SshEnvironment,
  time: PausableTime,
): Promise<Answering> {
  const { askPassphrase } = environment;
  if (askPassphrase === null) {
    return { prompts: false, env: { SSH_ASKPASS_REQUIRE: 'never' }, stop: () => {} };
  }
  const socketPath = join(folder, 'ask');
  const program = join(folder, 'askpass');
  const words = [execPath, '-e', helper, socketPath].map(shellQuote).join(' ');
  // whoever only tells something wants no answer
  await writeFile(program, `#!/bin/sh\n[ "$SSH_ASKPASS_PROMPT" = none ] && exit\nexec ${words} "$1"\n`, {
    mode: 0o700,
  });
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let question = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      question = (question + text).slice(0, longestQuestion);
    });
    socket.on('error', () => {});
    socket.on('end', async () => {
      const what = askedToOpen(question);
      const answer = what === null ? null : await time.paused(() => askPassphrase(what)).catch(() => null);
      socket.end(answer === null ? '' : `${answer}\n`);
    });
  });
  await new Promise<void>((settle, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => settle());
  });
  return {
    prompts: true,
    // before OpenSSH 8.4 only somebody with a display was asked
    env: { SSH_ASKPASS: program, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: environment.env.DISPLAY || 'none' },
    stop: () => server.close(),
  };
}
