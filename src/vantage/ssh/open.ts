/** Opens the connection with the transport that is asked for. */
import { openWithOpenssh } from './openssh.ts';
import { openWithSsh2 } from './ssh2.ts';
import type { OpenConnection } from './transport.ts';

export const openConnection: OpenConnection = (way, environment, limits) =>
  way.settings.transport === 'openssh'
    ? openWithOpenssh(way, environment, limits)
    : openWithSsh2(way, environment, limits);
