/** A host without IPv4, and one whose clock is off. */
import { existsSync, readdirSync } from 'node:fs';
import { execPath } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../../support/tools.ts';
import { firstLine } from '../children.ts';
import { rowsOf } from '../doctor.ts';
import { startThere } from './services.ts';
import { type HostWorld, lacks, openHostWorld } from './world.ts';

const summaries = ({ report }: Awaited<ReturnType<HostWorld['run']>>) =>
  Object.fromEntries(report.results.map(({ id, status, summary }) => [id, `${status} ${summary}`]));

const serve = (address: string, port: number) =>
  `require('node:http').createServer((q, s) => s.end('{}')).listen({ host: '${address}', port: ${port}, ipv6Only: true }, () => console.log('listening'))`;

describe.skipIf(lacks)('a host with IPv6 alone', () => {
  let world: HostWorld;
  beforeAll(async () => {
    world = await openHostWorld([]);
    const { machine } = world;
    // the addresses of IPv4 are gone once the services of the others have theirs
    for (const [address, port] of [
      ['::', 7001],
      ['::1', 7002],
    ] as const) {
      machine.write(`/opt/six/${port}.js`, serve(address, port));
      await startThere(machine, [execPath, `/opt/six/${port}.js`], firstLine);
    }
    machine.run('ip', 'address', 'flush', 'dev', 'lan');
    machine.run('ip', '-4', 'address', 'flush', 'dev', 'lo');
    await world.door(22, [], machine.enter, '::1');
  });
  afterAll(() => world?.close());

  it('is logged in to, and looked at, as any other', async () => {
    const service = (port: number) => `[services.on-${port}]
host = "backend"
process = "/opt/six/${port}.js"
listens = [{ port = ${port}, health = "/" }]`;
    const examined = await world.run({ user: 'root', port: 22, address: '::1' }, [
      service(7001),
      service(7002),
    ]);
    const rows = summaries(examined);
    expect(rows).toMatchObject({
      'host.backend.ssh': 'pass root@[::1]:22, ssh-ed25519',
      'service.on-7001.http.7001': 'pass 200 OK',
      'service.on-7002.http.7002': 'pass 200 OK',
    });
    expect(rows['service.on-7001.netstat.7001']).toMatch(/^pass \[::\]:7001, 7001\.js \(pid \d+\)$/);
    expect(rows['service.on-7002.netstat.7002']).toMatch(/^pass \[::1\]:7002, 7002\.js \(pid \d+\)$/);
    expect(examined.code).toBe(0);
  });

  it('says of a name that has IPv4 alone that it is unreachable from there, not that the host is down', async () => {
    const check = '[[checks]]\nkind = "port"\nname = "old"\nfrom = "backend"\nhost = "192.0.2.1"\nport = 80';
    const examined = await world.run({ user: 'root', port: 22, address: '::1' }, [check]);
    expect(rowsOf(examined.report)).toMatchObject({
      'host.backend.ssh': 'pass',
      'check.old': 'fail port.unreachable',
    });
  });
});

const folders = existsSync('/usr/lib')
  ? readdirSync('/usr/lib').filter((name) => name.endsWith('-linux-gnu'))
  : [];
const libraries = folders.map((name) => `/usr/lib/${name}/faketime/libfaketime.so.1`);
const library = libraries.find((file) => existsSync(file)) ?? '/usr/lib/faketime/libfaketime.so.1';

describe.skipIf(lacks || needs('libfaketime', library))('a host whose clock is off', () => {
  let world: HostWorld;
  beforeAll(async () => {
    world = await openHostWorld([]);
  });
  afterAll(() => world?.close());

  it.each([
    ['+400d', 2301, 'tls.expired'],
    ['-400d', 2302, 'tls.not-yet-valid'],
    ['+2h', 2303, null],
  ] as const)(
    'by %s holds certificates against that clock, as its programs do',
    async (offset, port, code) => {
      await world.door(port, [`SetEnv LD_PRELOAD=${library} FAKETIME=${offset}`]);
      const examined = await world.look({ user: 'root', port });
      const rows = rowsOf(examined.report);
      expect(rows['endpoint.agent.tls']).toBe('pass');
      // the server's certificate and its authority's
      expect(rows['endpoint.agent@backend.tls']).toBe(code ? `fail ${code} ${code}` : 'pass');
      // nothing else is called broken because of it
      const { 'endpoint.agent@backend.tls': _, 'endpoint.agent@backend.websocket': last, ...others } = rows;
      expect(last).toBe(code ? 'skip endpoint.agent@backend.tls' : 'pass');
      const failing = Object.entries(others).filter(([, row]) => row.startsWith('fail'));
      expect(failing).toEqual([['service.agent.netstat.9090', 'fail netstat.not-listening']]);
    },
  );
});
