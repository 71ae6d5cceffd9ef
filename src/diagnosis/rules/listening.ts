/** Whether what listens on a port takes connections to an address. */
import type { Facts } from '../facts.ts';

type Listener = NonNullable<Facts<'netstat'>['listeners']>[number];

export interface Dialled {
  readonly address: string;
  readonly family: 4 | 6;
}

/** It is bound to that address, or to all of its family. */
export function isBoundTo({ address, v6only }: Listener, dialled: Dialled): boolean {
  const everywhere =
    address === '*' ||
    (address === '0.0.0.0' && dialled.family === 4) ||
    (address === '::' && (dialled.family === 6 || v6only === false));
  return everywhere || address === dialled.address;
}

/** One more can wait in its accept queue. */
export const hasRoom = ({ queue, limit }: Listener): boolean => limit === null || queue <= limit;
