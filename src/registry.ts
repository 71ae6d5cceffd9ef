/** The kinds there are, in the order of the layers. Adding one is a file in `checks/` and a line here. */
import { clock } from '../checks/clock.ts';
import { command } from '../checks/command.ts';
import { config } from '../checks/config.ts';
import { connection } from '../checks/connection.ts';
import { container } from '../checks/container.ts';
import { dns } from '../checks/dns.ts';
import { http } from '../checks/http.ts';
import { journal } from '../checks/journal.ts';
import { netstat } from '../checks/netstat.ts';
import { network } from '../checks/network.ts';
import { nginx } from '../checks/nginx.ts';
import { port } from '../checks/port.ts';
import { process } from '../checks/process.ts';
import { ssh } from '../checks/ssh.ts';
import { systemd } from '../checks/systemd.ts';
import { tls } from '../checks/tls.ts';
import { websocket } from '../checks/websocket.ts';
import type { Check } from './check.ts';

export const registry: Readonly<Record<string, Check>> = {
  network,
  clock,
  dns,
  port,
  tls,
  http,
  websocket,
  ssh,
  netstat,
  process,
  systemd,
  container,
  nginx,
  connection,
  config,
  journal,
  command,
};
