/** How a vantage opens a stream: a socket here, a channel through the SSH connection on a host. */
import type { Duplex } from 'node:stream';
import type { Outcome } from '../check.ts';
import type { Limits } from './source.ts';

/** Opens a TCP connection to one address (never a name: what to connect to is decided before). */
export type Dial = (address: string, port: number, limits: Limits) => Promise<Outcome<{ stream: Duplex }>>;
