/** Ways in that are shut: nothing that is behind them is called broken. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silent } from '../support/servers.ts';
import { makeKey, startSshd } from '../support/sshd.ts';
import { causesOf } from './doctor.ts';
import { port } from './ports.ts';
import {
  endpointRows,
  endpointSection,
  hostSection,
  proxyRows,
  rowsSeen,
  rowsWithServer,
  serverRows,
  serverSection,
} from './topology.ts';
import { lacks, openWorld, type World } from './world.ts';

type Way = NonNullable<Parameters<typeof hostSection>[2]>;

interface Scenario {
  readonly fault: string;
  readonly way: (world: World) => Promise<Way> | Way;
  readonly args?: readonly string[];
  readonly rows: Readonly<Record<string, string>>;
  readonly causes: readonly string[];
}

const knownHosts = (world: World, ...lines: readonly string[]): Way => {
  const file = join(world.folder, `known_hosts-${lines.length}-${Math.random()}`);
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return { knownHosts: file };
};

const place = (world: World) => `[127.0.0.1]:${world.hosts?.backend.port}`;

/** The session is not there, and so is nothing that stands on it. */
const shut = (code: string) => ({
  ...Object.fromEntries(
    Object.keys({ ...proxyRows, ...serverRows }).map((id) => [id, 'skip host.backend.ssh']),
  ),
  'host.backend.ssh': `error ${code}`,
});

const scenarios: readonly Scenario[] = [
  {
    fault: 'a host key that nobody has seen',
    way: (world) => knownHosts(world),
    rows: shut('ssh.host-key-unknown'),
    causes: ['P1 ssh.host-key-unknown host.backend'],
  },
  {
    fault: 'another host key than the one that is known',
    way: (world) => knownHosts(world, `${place(world)} ${makeKey(join(world.folder, 'former'))}`),
    rows: shut('ssh.host-key-changed'),
    causes: ['P1 ssh.host-key-changed host.backend'],
  },
  {
    fault: 'a host key that was revoked',
    way: (world) => {
      const key = world.hosts?.backend.hostKey('ed25519');
      return knownHosts(world, `${place(world)} ${key}`, `@revoked * ${key}`);
    },
    rows: shut('ssh.host-key-changed'),
    causes: ['P1 ssh.host-key-changed host.backend'],
  },
  {
    fault: 'a key that the host does not know',
    way: (world) => {
      const identity = join(world.folder, 'stranger');
      makeKey(identity);
      return { identity };
    },
    rows: shut('ssh.auth-failed'),
    causes: ['P1 ssh.auth-failed host.backend'],
  },
  {
    fault: 'nothing on the SSH port',
    way: async () => ({ port: await port() }),
    rows: shut('ssh.unreachable'),
    causes: ['P1 ssh.unreachable host.backend'],
  },
  {
    fault: 'something on the SSH port that never says a word',
    way: async (world) => {
      const server = await silent();
      await world.during(Promise.resolve({ pid: 0, stop: () => server.close() }));
      return { port: server.port };
    },
    args: ['--timeout', '1s'],
    rows: shut('ssh.unreachable'),
    causes: ['P1 ssh.unreachable host.backend'],
  },
  {
    fault: 'a server that forbids forwarding',
    way: async (world) => {
      const sshd = await startSshd({ authorized: [world.home.key], lines: ['AllowTcpForwarding no'] });
      await world.during(Promise.resolve({ pid: 0, stop: () => sshd.stop() }));
      world.home.knows(sshd);
      return { port: sshd.port };
    },
    rows: {
      'service.agent-server.http.8080': 'error ssh.forwarding-refused',
      'service.agent-server.http.8081': 'error ssh.forwarding-refused',
      'service.agent-server.websocket.8081': 'error ssh.forwarding-refused',
    },
    causes: ['P1 ssh.forwarding-refused host.backend'],
  },
];

describe.skipIf(lacks)('a way in that is shut', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ ssh: true });
  });
  afterEach(() => world?.endScenario());
  afterAll(() => world?.close());

  const sections = (way: Way) => [
    hostSection(world, 'backend', way),
    endpointSection(world, 'good', 'agent.example.com'),
    serverSection(world),
  ];

  it.each(scenarios.map((one) => [one.fault, one] as const))(
    '%s',
    async (_, { way, args = [], rows, causes }) => {
      await world.during(
        world.programs.runBackend({ [world.health]: 'health', [world.websocket]: 'websocket' }),
      );
      const examined = await world.run(sections(await way(world)), ...args);
      expect(rowsSeen(world, examined)).toEqual({ ...rowsWithServer, ...rows });
      expect(causesOf(examined.report)).toEqual(causes);
      expect(examined.code).toBe(3);
      expect(examined.report.status).toBe('error');
    },
  );

  it('does not hide what is broken, and is what to mend to see deeper', async () => {
    const examined = await world.run(sections(knownHosts(world)));
    expect(rowsSeen(world, examined)).toEqual({
      ...endpointRows,
      'endpoint.agent.http': 'fail http.bad-gateway',
      'endpoint.agent.websocket': 'fail http.bad-gateway',
      ...shut('ssh.host-key-unknown'),
    });
    expect(causesOf(examined.report)).toEqual([
      'P0 http.bad-gateway endpoint.agent',
      'P1 ssh.host-key-unknown host.backend',
    ]);
    expect(examined.code).toBe(1);
    expect(examined.report.diagnosis.causes[0]?.next).toBe(
      'mend the way in to backend first (host.backend.ssh)',
    );
  });
});
