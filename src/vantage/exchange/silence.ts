/** How long an open WebSocket bears silence. */
import type { WebSocket } from 'ws';
import type { UpgradeAnswer } from '../../check.ts';
import type { ExchangeTime } from './deadline.ts';

export interface Silence {
  /** Resolves when its time is over, or the connection. */
  pass(): Promise<void>;
  seen(): { readonly idleHeldMs: number | null; readonly idleFrames: number };
}

/** Nothing is sent on an open WebSocket, save the pongs that ws answers pings with: no client would do otherwise. */
export function silenceOn(socket: WebSocket, forMs: number, time: ExchangeTime<UpgradeAnswer>): Silence {
  let began: number | null = null;
  let heldMs: number | null = null;
  let frames = 0;
  const count = () => {
    if (began !== null && heldMs === null) frames += 1;
  };
  for (const event of ['message', 'ping', 'pong'] as const) socket.on(event, count);
  const elapsed = (since: number) => Math.min(forMs, Math.round(performance.now() - since));
  return {
    pass: () =>
      new Promise((settle) => {
        began = performance.now();
        time.extend(forMs);
        const end = () => {
          clearTimeout(timer);
          heldMs ??= began === null ? 0 : elapsed(began);
          settle();
        };
        const timer = setTimeout(() => {
          heldMs = forMs;
          end();
        }, forMs);
        socket.once('close', end);
        time.signal.addEventListener('abort', end, { once: true });
      }),
    seen: () => ({
      idleHeldMs: heldMs ?? (began === null ? null : elapsed(began)),
      idleFrames: frames,
    }),
  };
}
