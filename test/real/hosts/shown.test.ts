/** What a host does not have, or does not show: another way to look, or it is said; never that something is broken. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../../src/report/report.ts';
import { needs } from '../../support/tools.ts';
import { rowsOf } from '../doctor.ts';
import { differences } from './golden.ts';
import { type HostWorld, lacks, openHostWorld } from './world.ts';

const lacksTools = [needs('net-tools', '/usr/bin/netstat'), needs('procps', '/usr/bin/ps')].some(Boolean);

/** A file that is no program in the place of each: found by nobody. */
const without = (...programs: readonly string[]) =>
  ['touch /run/nothing', ...programs.map((name) => `mount --bind /run/nothing /usr/bin/${name}`)].join(
    ' && ',
  );

const toolOf = ({ results }: Report, id: string) => {
  const { facts } = results.find((result) => result.id === id) ?? {};
  return (facts as { tool?: unknown } | undefined)?.tool;
};

describe.skipIf(lacks || lacksTools)('a host', () => {
  let world: HostWorld;
  const whole: Record<string, Report> = {};
  beforeAll(async () => {
    world = await openHostWorld([{ name: 'ada', uid: 20001, shell: '/bin/sh', files: { '.hushlogin': '' } }]);
    await world.door(22);
    for (const user of ['root', 'ada']) whole[user] = (await world.look({ user, port: 22 })).report;
  });
  afterAll(() => world?.close());

  /** Rows that say something else than with all tools, and what was read. */
  const compared = async (user: string, port: number) => {
    const { report } = await world.look({ user, port });
    const { 'host.backend.ssh': _, ...others } = differences(report, whole[user] as Report, new Map());
    const tools = ['netstat.8080', 'process'].map((row) => toolOf(report, `service.agent.${row}`));
    return { others, tools };
  };

  // netstat names one owner of each socket
  const one = { 'proxy.nginx.netstat.443': 'pass 0.0.0.0:443, nginx (pid 100)' };
  const missing = [
    ['ss', ['ss'], ['netstat', 'ps'], one],
    ['ss and netstat', ['ss', 'netstat'], ['/proc/net/tcp', 'ps'], {}],
    ['ps', ['ps'], ['ss', '/proc'], {}],
    ['timeout', ['timeout'], ['ss', 'ps'], {}],
    ['head, tr, find and getconf', ['head', 'tr', 'find', 'getconf'], ['ss', 'ps'], {}],
    ['all of these', ['ss', 'netstat', 'ps', 'timeout', 'find', 'getconf'], ['/proc/net/tcp', '/proc'], {}],
  ] as const;

  it.each(missing.map((each, index) => [...each, 2200 + index] as const))(
    'without %s gives the same answers, to root and to a user',
    async (_, programs, tools, ofRoot, port) => {
      await world.door(port, [], world.machine.within(without(...programs)));
      expect(await compared('root', port)).toEqual({ others: ofRoot, tools });
      expect(await compared('ada', port)).toEqual({ others: {}, tools });
    },
  );

  it('without a ps, and what reads /proc, says so of processes, and nothing else', async () => {
    await world.door(2209, [], world.machine.within(without('ps', 'head', 'tr')));
    const { others } = await compared('root', 2209);
    const says = 'there is neither a ps for it nor head and tr, which read /proc';
    const unseen = `error doctor.tool-missing could not look: ${says}`;
    expect(others).toEqual({
      'proxy.nginx.process': unseen,
      'proxy.nginx.nginx': unseen,
      'proxy.nginx.route.agent': 'skip waits on proxy.nginx.nginx',
      'proxy.nginx.netstat.443': 'pass 0.0.0.0:443, pid 100 and 1 more',
      'service.agent.process': unseen,
      'service.agent.netstat.8080': 'pass 0.0.0.0:8080, pid 102',
      'service.agent.netstat.8081': 'pass 127.0.0.1:8081, pid 102',
      'service.client.process': unseen,
    });
  });

  const hiding = [
    ['hidepid=1', 2210],
    ['hidepid=2', 2211],
  ] as const;
  it.each(hiding)('with %s calls nothing missing that it hides', async (option, port) => {
    await world.door(port, [], world.machine.within(`mount -t proc -o ${option} proc /proc`));
    const { report } = await world.look({ user: 'ada', port });
    const { 'host.backend.ssh': _, ...others } = differences(report, whole.ada as Report, new Map());
    const hidden = 'error doctor.no-permission not allowed to read the process list';
    expect(others).toEqual({
      'proxy.nginx.process': hidden,
      // which configuration it was given is part of its command line
      'proxy.nginx.nginx': 'error doctor.no-permission not allowed to read its configuration',
      'proxy.nginx.route.agent': 'skip waits on proxy.nginx.nginx',
      'service.agent.process': hidden,
      'service.client.process': hidden,
    });
    expect((await compared('root', port)).others).toEqual({});
  });

  it('shows a user whose program goes by another name than its own that it may be there', async () => {
    const { machine } = world;
    machine.run('cp', '/usr/bin/sleep', '/opt/renamed-agent');
    const renamed = ['sh', '-c', 'exec -a worker /opt/renamed-agent 600 >/dev/null 2>&1 &'];
    machine.run('bash', ...renamed.slice(1));
    const section = '[[checks]]\nkind = "process"\nname = "it"\nfrom = "backend"\nprocess = "renamed-agent"';
    const seen = async (user: string) => rowsOf((await world.run({ user, port: 22 }, [section])).report);
    expect((await seen('root'))['check.it']).toBe('pass');
    expect((await seen('ada'))['check.it']).toBe('error doctor.no-permission');
  });
});
