/** The clocks of hosts, as their logins saw them. */
import { z } from 'zod';

/** In milliseconds since the epoch: its clock, and ours when that came. */
export const hostClockSchema = z.object({
  hostMs: z.number(),
  localMs: z.number(),
  address: z.string().nullable(),
});

/** Under which name a look is given a host's clock. */
export const clockOf = (host: string): string => `clock of ${host}`;
