/** Opens a connection to one address, and closes it. */
import type { Duplex } from 'node:stream';
import type { Outcome } from '../../check.ts';
import type { Dial } from '../dial.ts';
import type { Source } from '../source.ts';
import { type Time, within } from './deadline.ts';

export function connectOver(dial: Dial): Source['connect'] {
  return ({ address, port }, limits) =>
    within(limits, async (time) => {
      const opened = await openStream(dial, address, port, time);
      return opened.ok ? { ok: true, address } : opened;
    });
}

/** A stream for one step of an exchange: it is destroyed when the exchange is over, however it ends. */
export async function openStream(
  dial: Dial,
  address: string,
  port: number,
  time: Time,
): Promise<Outcome<{ stream: Duplex }>> {
  time.reached('no connection');
  const opened = await dial(address, port, time.limits());
  if (!opened.ok) return opened;
  const { stream } = opened;
  stream.on('error', () => {});
  if (time.signal.aborted) stream.destroy();
  else time.signal.addEventListener('abort', () => stream.destroy(), { once: true });
  return opened;
}
