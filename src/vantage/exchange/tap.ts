/** A stream like the one it wraps, which remembers the first bytes that came, and how the other side ended. */
import { Duplex } from 'node:stream';

/** How much is kept: a TLS 1.2 Certificate message fits (OpenSSL takes no more than 100 KiB of it). */
const keptBytes = 128 * 1024;

export interface Tap {
  readonly stream: Duplex;
  /** The first bytes received. */
  received(): Buffer;
  /** What the other side did: nothing yet, ended its half in order (FIN, or the channel's EOF), or cut it off. */
  state(): 'open' | 'ended' | 'cut';
}

/**
 * Every exchange runs over a tap: Node's TLS then never takes a socket's handle from under us, and a channel
 * through SSH and a socket behave alike (the wrapper has the socket's methods that HTTP clients call).
 */
export function tap(inner: Duplex): Tap {
  const chunks: Buffer[] = [];
  let kept = 0;
  let state: ReturnType<Tap['state']> = 'open';
  let ours = false;
  const outer = new Duplex({
    allowHalfOpen: true,
    read: () => void inner.resume(),
    write: (chunk, _encoding, done) => {
      inner.write(chunk, (error) => {
        if (error && state === 'open' && !ours) state = 'cut';
        done(error);
      });
    },
    final: (done) => {
      inner.end();
      done();
    },
    destroy: (error, done) => {
      ours = true;
      inner.destroy();
      done(error);
    },
  });
  inner.on('data', (chunk: Buffer) => {
    if (kept < keptBytes) {
      chunks.push(chunk.subarray(0, keptBytes - kept));
      kept += chunk.length;
    }
    if (!outer.push(chunk)) inner.pause();
  });
  inner.on('end', () => {
    if (state === 'open') state = 'ended';
    outer.push(null);
  });
  inner.on('error', (error) => {
    if (state === 'open' && !ours) state = 'cut';
    outer.destroy(error);
  });
  inner.on('close', () => {
    if (state === 'ended' || ours) return;
    state = 'cut';
    outer.destroy(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
  });
  inner.pause();
  // whoever reads it hears of errors; this one is for the moments when nobody does
  outer.on('error', () => {});
  const none = () => outer;
  const stream = Object.assign(outer, {
    setNoDelay: none,
    setKeepAlive: none,
    setTimeout: none,
    ref: none,
    unref: none,
  });
  return { stream, received: () => Buffer.concat(chunks), state: () => state };
}
