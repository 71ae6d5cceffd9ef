/** What rules read of a result is what the kind keeps: by its type, and by every recorded look. */
import { expect, it } from 'vitest';
import type { z } from 'zod';
import type { config } from '../../checks/config.ts';
import type { container } from '../../checks/container.ts';
import type { dns } from '../../checks/dns.ts';
import type { http } from '../../checks/http.ts';
import type { netstat } from '../../checks/netstat.ts';
import type { nginx } from '../../checks/nginx.ts';
import type { port } from '../../checks/port.ts';
import type { process } from '../../checks/process.ts';
import type { ssh } from '../../checks/ssh.ts';
import type { systemd } from '../../checks/systemd.ts';
import type { tls } from '../../checks/tls.ts';
import type { websocket } from '../../checks/websocket.ts';
import type { Check } from '../../src/check.ts';
import { factShapes } from '../../src/diagnosis/facts.ts';
import { registry } from '../../src/registry.ts';
import { fixtureNames, readFixture, replayFixture } from '../support/fixture.ts';

interface Kinds {
  config: typeof config;
  container: typeof container;
  dns: typeof dns;
  http: typeof http;
  netstat: typeof netstat;
  nginx: typeof nginx;
  port: typeof port;
  process: typeof process;
  ssh: typeof ssh;
  systemd: typeof systemd;
  tls: typeof tls;
  websocket: typeof websocket;
}

/** true where every fact that rules read is one of the kind's, with the same type. */
type Holds<Kind extends keyof Kinds> =
  z.infer<Kinds[Kind]['facts']> extends z.infer<(typeof factShapes)[Kind]> ? true : false;

const held: { [Kind in keyof typeof factShapes]: Holds<Kind> } = {
  config: true,
  container: true,
  dns: true,
  http: true,
  netstat: true,
  nginx: true,
  port: true,
  process: true,
  ssh: true,
  systemd: true,
  tls: true,
  websocket: true,
};

const read = fixtureNames().filter((name) => (name.split('/')[0] ?? '') in held);

it.each(read)('%s', async (name) => {
  const fixture = readFixture(name);
  const { facts } = await replayFixture(registry[fixture.kind] as Check, fixture);
  const shape: z.ZodType = factShapes[fixture.kind as keyof typeof factShapes];
  expect(shape.safeParse(facts).error).toBeUndefined();
});
