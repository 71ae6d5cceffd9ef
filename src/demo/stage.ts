/** The demo's world, on loopback: real servers where it matters, played hosts around them, and a configuration for it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAgent } from './agent.ts';
import { createAuthority } from './authority.ts';
import { backendPort, openAgentServer, openHealthServer } from './backend.ts';
import { writeConfiguration } from './configuration.ts';
import { describeBackend, describeGateway, type HostDescription, type World } from './description.ts';
import { createSshKey, openHost } from './host.ts';
import { openNameserver } from './nameserver.ts';
import { loopback, type Part } from './part.ts';
import { openProxy } from './proxy.ts';
import type { Scenario } from './scenario.ts';
import { runScript } from './shell.ts';
import { openStuckServer } from './stuck.ts';

export interface Stage {
  /** TOML text of a configuration, as a user would write it. */
  readonly config: string;
  /** Temporary, readable for this user alone: `viworks-doctor.toml` and the files it names. */
  readonly folder: string;
  /** Which parts are played and which are real, a sentence each. */
  readonly played: readonly string[];
  /** Ends every server and child, and removes the folder. Safe to call twice. */
  close(): Promise<void>;
}

type Closable = Pick<Part, 'close'>;
type Connections = ReadonlyMap<number, () => Socket>;

const endpointName = 'agent.example.com';
const names = {
  [endpointName]: ['127.0.0.1'],
  'backend.example.com': ['127.0.0.1'],
  'gateway.example.com': ['127.0.0.1'],
};
/** Shorter than the second that the demo's configuration gives a look, so that a 504 comes in time. */
const proxyTimeoutMs = 500;

/** Rejects when a part cannot be started; what was started is ended first. */
export async function openStage(scenario: Scenario): Promise<Stage> {
  const parts: Closable[] = [];
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= Promise.allSettled(parts.map((part) => part.close())).then(() => undefined);
    return closing;
  };
  try {
    return { ...(await build(scenario, parts)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(scenario: Scenario, parts: Closable[]): Promise<Omit<Stage, 'close'>> {
  const opened = async <T extends Closable>(opening: Promise<T>): Promise<T> => {
    const part = await opening;
    parts.push(part);
    return part;
  };
  const authority = createAuthority('Demo authority', new Date());
  const certificate = authority.issue([endpointName], ...datesOf(scenario));
  const nameserver = await opened(openNameserver(names));
  const serves = scenario.websocketServer === 'serves';
  const health = backendPort(8080, await opened(openHealthServer()), true);
  const websocket = backendPort(8081, await opened(serves ? openAgentServer() : openStuckServer()), serves);
  const { connect: upstream } = scenario.proxyTo === 8080 ? health : websocket;
  const proxy = await opened(openProxy({ ...certificate, connect: upstream, timeoutMs: proxyTimeoutMs }));
  const agent =
    scenario.gatewayAgent === 'runs'
      ? await opened(openAgent(`wss://${endpointName}:${proxy.port}/ws/agent`, authority.cert, 5000))
      : null;

  const world: World = {
    scenario,
    backendPorts: [health, websocket],
    proxyPort: proxy.port,
    agentPort: agent?.localPort ?? null,
    ca: authority.cert,
    certificate: certificate.cert,
    addresses: names,
  };
  const everywhere = new Map([passOn(proxy.port, proxy.port), passOn(53, nameserver.port)]);
  const onBackend = new Map([...everywhere, [8080, health.connect], [8081, websocket.connect]]);
  const userKey = createSshKey();
  const host = async (description: HostDescription, connections: Connections) => {
    const hostKey = createSshKey();
    const { port } = await opened(
      openHost({
        hostKey,
        userKey,
        runScript: (script) => runScript(description, script),
        addresses: description.containers.flatMap(({ networks }) => networks.map(({ address }) => address)),
        connect: (port) => connections.get(port)?.() ?? null,
      }),
    );
    return { port, knownHostsLine: `[${loopback}]:${port} ${hostKey.public}\n` };
  };
  const backend = await host(describeBackend(world), onBackend);
  const gateway = await host(describeGateway(world), everywhere);

  const folder = await mkdtemp(join(tmpdir(), 'viworks-doctor-demo-'));
  parts.push({ close: () => rm(folder, { recursive: true, force: true }) });
  const config = writeConfiguration({
    nameserverPort: nameserver.port,
    proxyPort: proxy.port,
    sshPorts: { backend: backend.port, gateway: gateway.port },
    ca: 'ca.pem',
    identityFile: join(folder, 'id_ecdsa'),
    knownHosts: join(folder, 'known_hosts'),
  });
  const files = {
    'viworks-doctor.toml': config,
    'ca.pem': authority.cert,
    id_ecdsa: userKey.private,
    known_hosts: backend.knownHostsLine + gateway.knownHostsLine,
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
  }
  return { config, folder, played: playedParts(scenario) };
}

/** Certificates of 90 days; the expired one ended three days ago. */
function datesOf({ certificate }: Scenario): [notBefore: Date, notAfter: Date] {
  const fromNow = (days: number) => new Date(Date.now() + days * 86_400_000);
  return certificate === 'expired' ? [fromNow(-93), fromNow(-3)] : [fromNow(-1), fromNow(89.5)];
}

function passOn(port: number, to: number): [number, () => Socket] {
  return [port, () => connect({ host: loopback, port: to })];
}

function playedParts(scenario: Scenario): string[] {
  const stuck = scenario.websocketServer === 'never accepts';
  return [
    'Everything runs on 127.0.0.1, on free ports, and ends with this command.',
    `Real: TLS and its certificates, the HTTP server${stuck ? '' : ' and the WebSocket server'} of the backend, SSH logins, and every connection made.`,
    ...(stuck
      ? [
          'Real: the process that listens on port 8081 and never accepts; connections to it hang in the kernel.',
        ]
      : []),
    'Played: nginx, by a small proxy that answers as it would, its configuration file, and the name server of example.com.',
    'Played: the hosts backend and gateway, by SSH servers; their processes, containers, units, files and socket tables are written for the demo.',
    "Ports 8080 and 8081 are the played backend's own: nothing of this machine is on them because of the demo.",
  ];
}
