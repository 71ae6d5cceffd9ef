/** Ports for servers that must know one another's before they start. */
import { createServer } from 'node:net';
import { env } from 'node:process';

/**
 * Below the range that the kernel gives to outgoing connections (ip(7), ip_local_port_range), and a range of its own
 * for each of vitest's workers, so that nobody takes a port between the look and the use.
 */
const span = 2000;
const first = 10_000 + (Number(env.VITEST_POOL_ID ?? 1) % 10) * span;
let next = Math.floor(Math.random() * span);

/** A port of 127.0.0.1 on which nothing listens; not given twice. */
export async function port(): Promise<number> {
  for (let tries = 0; tries < span; tries += 1) {
    const candidate = first + (next++ % span);
    if (await isFree(candidate)) return candidate;
  }
  throw new Error(`no free port from ${first} on`);
}

function isFree(candidate: number): Promise<boolean> {
  const server = createServer();
  return new Promise((settle) => {
    server.once('error', () => settle(false));
    server.listen(candidate, '127.0.0.1', () => server.close(() => settle(true)));
  });
}
