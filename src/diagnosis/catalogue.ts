/** Every code there is, as data: one code, one meaning, for good. The order is that of the layers, from the name down to the service. */
import { container } from './catalogue/container.ts';
import { files } from './catalogue/files.ts';
import { host } from './catalogue/host.ts';
import { http, websocket } from './catalogue/http.ts';
import { name } from './catalogue/name.ts';
import { port } from './catalogue/port.ts';
import { firewall, proxy } from './catalogue/proxy.ts';
import { service } from './catalogue/service.ts';
import { doctor, ssh } from './catalogue/ssh.ts';
import { tls } from './catalogue/tls.ts';
import type { Entry } from './entry.ts';

export const catalogue: Readonly<Record<string, Entry>> = {
  ...websocket,
  ...http,
  ...tls,
  ...port,
  ...name,
  ...firewall,
  ...proxy,
  ...service,
  ...host,
  ...container,
  ...files,
  ...ssh,
  ...doctor,
};
