/** One machine with services, many ways to log in to it, and doctor, which looks from a laptop on its network. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostPort } from '../../../src/net/addresses.ts';
import { certificateMaker } from '../../support/certificates.ts';
import { Home, type Sshd, startSshd } from '../../support/sshd.ts';
import { needs } from '../../support/tools.ts';
import { doctor, type Manner, type Ran, reportIn } from '../doctor.ts';
import { nginx } from '../nginx.ts';
import type { Examined } from '../world.ts';
import { busybox, busyboxRoot, makeBusyboxRoot } from './busybox-root.ts';
import { address, type HostMachine, openHostMachine, type User } from './machine.ts';
import { agentConfiguration, agentProgram, clientProgram, startServices } from './services.ts';

export const lacks = [
  needs('busybox', busybox),
  needs('iproute2', '/usr/sbin/ip'),
  needs('nginx-light', nginx),
  needs('openssh-server', '/usr/sbin/sshd'),
  needs('openssl', '/usr/bin/openssl'),
  needs('sudo', '/usr/bin/sudo'),
].some(Boolean);

export interface Door {
  readonly user: string;
  readonly port: number;
  readonly address?: string;
  readonly sudo?: boolean;
}

export interface HostWorld {
  readonly machine: HostMachine;
  /** One more sshd, on a port of its own: its first lines, and what runs it there. */
  door(port: number, lines?: readonly string[], enter?: readonly string[], at?: string): Promise<Sshd>;
  /** The whole path of {@link wholePath}, seen through this door. */
  look(door: Door, ...args: readonly string[]): Promise<Examined>;
  /** These sections below the host's. */
  run(door: Door, sections: readonly string[], ...args: readonly string[]): Promise<Examined>;
  close(): Promise<void>;
}

export async function openHostWorld(users: readonly User[]): Promise<HostWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'hosts-'));
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const kept = <T>(thing: T, end: (thing: T) => unknown): T => {
    closing.unshift(() => end(thing));
    return thing;
  };
  const close = async () => {
    for (const end of closing) await end();
  };
  try {
    const maker = kept(certificateMaker(), (made) => made.remove());
    const home = kept(new Home(), (made) => made.remove());
    const machine = kept(await openHostMachine(users), (made) => made.close());
    machine.write('/opt/ssh/authorized_keys', `${home.key}\n`);
    makeBusyboxRoot(machine);
    const ca = await startServices(machine, maker);
    const door: HostWorld['door'] = async (port, lines = [], enter = machine.enter, at = address) => {
      const first = [`ListenAddress ${hostPort(at, port)}`, 'AuthorizedKeysFile /opt/ssh/authorized_keys'];
      const sshd = await startSshd({
        authorized: [home.key],
        enter,
        lines: [...first, ...lines],
        loopback: at === '::1' ? '::1' : '127.0.0.1',
      });
      home.append('known_hosts', `[${at}]:${port} ${sshd.hostKey('ed25519')}\n`);
      home.append('known_hosts', `${at} ${sshd.hostKey('ed25519')}\n`);
      return kept(sshd, (server) => server.stop());
    };
    const file = join(folder, 'viworks-doctor.toml');
    const pid = machine.enter[2] ?? '';
    const enter = ['nsenter', '-t', pid, '-m', '-n', 'env', '-C', folder];
    const manner: Manner = { cwd: folder, home: home.folder, enter };
    const run: HostWorld['run'] = async (at, sections, ...args) => {
      writeFileSync(file, [hostSection(at, home), ...sections].join('\n\n'));
      const ran: Ran = await doctor(['run', '-c', file, '-f', 'json', ...args], manner);
      return { ...ran, report: await reportIn(ran, folder) };
    };
    return { machine, door, run, look: (at, ...args) => run(at, [wholePath(ca)], ...args), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The way in of somebody who sees BusyBox alone. */
export const inBusybox = [`ChrootDirectory ${busyboxRoot}`];

const hostSection = (
  { user, port, address: at = address, sudo = false }: Door,
  { ssh }: Home,
) => `[hosts.backend]
address = "${at}"
ssh = { user = "${user}", port = ${port}, sudo = ${sudo}, identity_file = "${ssh}/id_ed25519", known_hosts = "${ssh}/known_hosts" }`;

/** A port is missing (9090), and there is no systemd. */
const wholePath = (ca: string) => `[endpoints.agent]
url = "wss://agent.example.com/ws/agent"
health = "/health"
via = "nginx"
to = "agent:8081"
tls = { ca = "${ca}" }

[proxies.nginx]
host = "backend"

[services.agent]
host = "backend"
unit = "agent"
process = "${agentProgram}"
heartbeat = "30s"
listens = [
  { port = 8080, health = "/health" },
  { port = 8081, websocket = "/ws/agent" },
  { port = 9090 },
]
config = { file = "${agentConfiguration}", expect = { port = 8081 } }
journal = { expect = "listening" }

[services.client]
host = "backend"
process = "${clientProgram}"
connects_to = "agent"`;
