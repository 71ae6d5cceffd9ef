/** A process that binds a port, listens, and never accepts: the kernel completes connections, and they wait for ever. */
import { spawn } from 'node:child_process';
import { env, execPath } from 'node:process';
import { loopback, type Part } from './part.ts';

/**
 * Its event loop, which would accept, stands still in one blocking read of standard input. That ends when the
 * stage closes the pipe, and also when the whole program dies without a word: the child never outlives it.
 */
const program = `
  const fs = require('node:fs');
  const server = require('node:net').createServer();
  server.listen({ host: '${loopback}', port: 0, backlog: 128 }, () => {
    fs.writeSync(1, server.address().port + '\\n');
    const idle = new Int32Array(new SharedArrayBuffer(4));
    for (;;) {
      try {
        if (fs.readSync(0, Buffer.alloc(64)) === 0) process.exit();
      } catch (error) {
        if (error.code !== 'EAGAIN') process.exit();
        Atomics.wait(idle, 0, 0, 100);
      }
    }
  });
`;

/** Rejects when the process cannot be started, or ends before it listens. */
export async function openStuckServer(): Promise<Part> {
  const child = spawn(execPath, ['-e', program], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...env, NODE_OPTIONS: '' },
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const port = await new Promise<number>((resolve, reject) => {
    let line = '';
    child.stdout.on('data', (chunk: Buffer) => {
      line += chunk.toString();
      if (line.endsWith('\n')) resolve(Number(line));
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error('the process that should only listen ended at once')));
  });
  return {
    port,
    close: () => {
      child.stdin.destroy();
      child.kill();
      return ended;
    },
  };
}
