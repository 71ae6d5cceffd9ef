/** Every code there is, as data: one code, one meaning, for good. The order is that of the layers, from the name down to the service. */
import { backend } from './catalogue/backend.ts';
import { container } from './catalogue/container.ts';
import { doctor } from './catalogue/doctor.ts';
import { files } from './catalogue/files.ts';
import { http } from './catalogue/http.ts';
import { name } from './catalogue/name.ts';
import { port } from './catalogue/port.ts';
import { proxy } from './catalogue/proxy.ts';
import { firewall, reach } from './catalogue/reach.ts';
import { route } from './catalogue/route.ts';
import { service } from './catalogue/service.ts';
import { sockets } from './catalogue/sockets.ts';
import { ssh } from './catalogue/ssh.ts';
import { systemd } from './catalogue/systemd.ts';
import { tls } from './catalogue/tls.ts';
import { websocket } from './catalogue/websocket.ts';
import type { Entry } from './entry.ts';

export const catalogue: Readonly<Record<string, Entry>> = {
  ...websocket,
  ...http,
  ...tls,
  ...port,
  ...reach,
  ...name,
  ...firewall,
  ...proxy,
  ...route,
  ...backend,
  ...service,
  ...sockets,
  ...systemd,
  ...container,
  ...files,
  ...ssh,
  ...doctor,
};
