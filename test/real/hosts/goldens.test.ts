/** One host, looked at by five logins: their tables differ only in what each is shown. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { differences, goldenTable, type Pids } from './golden.ts';
import { inBusybox, lacks, openHostWorld } from './world.ts';

const port = { openssh: 22, busybox: 2222 } as const;
const logins = {
  root: { user: 'root', port: port.openssh },
  user: { user: 'ada', port: port.openssh },
  sudo: { user: 'ada', port: port.openssh, sudo: true },
  busybox: { user: 'root', port: port.busybox },
  'busybox-user': { user: 'ada', port: port.busybox },
} as const;
type Login = keyof typeof logins;

const ports = [443, 8080, 8081] as const;
const place = { 443: '0.0.0.0:443', 8080: '0.0.0.0:8080', 8081: '127.0.0.1:8081' } as const;
const sockets = (owner: string) =>
  Object.fromEntries(
    ports.map((one) => [
      one === 443 ? 'proxy.nginx.netstat.443' : `service.agent.netstat.${one}`,
      `pass ${place[one]}, ${owner}`,
    ]),
  );

/** Owners of sockets, and files, that root alone is shown. */
const notRoot = {
  ...sockets('owner unknown (needs root)'),
  'service.client.connection': 'pass connected to 10.88.0.1:443 (owner unknown)',
  'service.agent.config': 'error doctor.no-permission not allowed to read /opt/agent/agent.toml',
};
/** Which login it was, and how names are looked up without getent. */
const inRoom = (user: string) => ({
  'host.backend.ssh': `pass ${user}@10.88.0.1:2222, ssh-ed25519`,
  'endpoint.agent@backend.dns': 'pass 10.88.0.1 (/etc/hosts: no getent there)',
});

/** What differs from the table of root, and nothing else does. */
const differing: Readonly<Record<Exclude<Login, 'root'>, Record<string, string>>> = {
  user: { 'host.backend.ssh': 'pass ada@10.88.0.1:22, ssh-ed25519', ...notRoot },
  sudo: { 'host.backend.ssh': 'pass ada@10.88.0.1:22, ssh-ed25519' },
  busybox: inRoom('root'),
  'busybox-user': { ...inRoom('ada'), ...notRoot },
};

describe.skipIf(lacks)('a host, as five logins see it', () => {
  const reports = new Map<Login, Report>();
  const pids: Pids = new Map();
  let close = async () => {};
  beforeAll(async () => {
    const world = await openHostWorld([{ name: 'ada', uid: 20001, shell: '/bin/sh' }]);
    close = world.close;
    await world.door(port.openssh);
    await world.door(port.busybox, inBusybox);
    for (const name of Object.keys(logins) as Login[]) {
      const { code, report, stderr } = await world.look(logins[name]);
      // the port that is missing
      expect(code, stderr).toBe(1);
      reports.set(name, report);
    }
  });
  afterAll(() => close());

  const reportOf = (name: Login): Report => {
    const report = reports.get(name);
    if (!report) throw new Error(`${name} did not look`);
    return report;
  };

  it.each(Object.keys(logins) as Login[])('the table of %s', async (name) => {
    const { seen, golden } = await goldenTable(name, reportOf(name), pids);
    expect(seen).toBe(golden);
  });

  it.each(Object.entries(differing))('%s differs from root only where it must', (name, rows) => {
    expect(differences(reportOf(name as Login), reportOf('root'), pids)).toEqual(rows);
  });

  it('the missing port is the one cause that all of them find first', () => {
    for (const report of reports.values()) {
      expect(report.diagnosis.causes[0]?.code).toBe('netstat.not-listening');
    }
  });
});
