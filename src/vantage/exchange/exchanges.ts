/** The network operations of a vantage, over its way to open a stream. Local and SSH vantages share all of this. */
import type { Dial } from '../dial.ts';
import type { Limits, Source } from '../source.ts';
import { connectOver } from './connect.ts';
import { handshakeOver } from './handshake.ts';
import { requestOver } from './request.ts';
import { upgradeOver } from './upgrade.ts';

/** Where streams start, whom programs trust there, and what time it is there. */
export interface VantagePoint {
  readonly dial: Dial;
  /** Roots as PEM, and where they came from in a few words. Asked at every handshake: keep the answer. */
  roots(limits: Limits): Promise<Roots>;
  /** Milliseconds since the epoch. */
  now(limits: Limits): Promise<number>;
}

export interface Roots {
  readonly source: string;
  readonly certificates: readonly string[];
}

/** Each operation ends within its limits, never rejects, and leaves nothing open. */
export function exchanges(
  point: VantagePoint,
): Pick<Source, 'connect' | 'handshake' | 'request' | 'upgrade'> {
  return {
    connect: connectOver(point.dial),
    handshake: handshakeOver(point),
    request: requestOver(point),
    upgrade: upgradeOver(point),
  };
}
