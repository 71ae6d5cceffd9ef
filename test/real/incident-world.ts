/**
 * The report's incident of real parts: a laptop, a gateway, and a backend with a Docker engine on which the agent and
 * nginx run, each machine in namespaces of its own, with an OpenSSH server where doctor logs in.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { certificateMaker } from '../support/certificates.ts';
import { type Docker, images, lacksDocker, startDocker } from '../support/docker.ts';
import { Home, type Sshd, startSshd } from '../support/sshd.ts';
import { needs } from '../support/tools.ts';
import { type Part, start } from './children.ts';
import { doctor, type Ran, reportIn } from './doctor.ts';
import { addresses, connect, type Machine, machineAt, type Opened, openMachine } from './incident-hosts.ts';
import {
  backendAgent,
  backendToml,
  doctorConfiguration,
  gatewayAgent,
  gatewayToml,
  nginxConfiguration,
  wsFolder,
} from './incident-programs.ts';
import { dnsmasq } from './nameserver.ts';
import { nginx } from './nginx.ts';
import type { Examined } from './world.ts';

export const lacks = [
  lacksDocker(),
  needs('dnsmasq-base', dnsmasq),
  needs('iproute2', '/usr/sbin/ip'),
  needs('nginx-light', nginx),
  needs('openssh-server', '/usr/sbin/sshd'),
  needs('openssl', '/usr/bin/openssl'),
].some(Boolean);

const folder = '/opt/viworks';
/** nginx's configuration on the backend, and the gateway's program: as in the report. */
export const nginxFile = `${folder}/digital ocean docker/nginx/nginx.conf`;
export const gatewayProgram = `${folder}/agent/viworks-agent`;

/** What is in the environments of containers and must be nowhere else. */
export const hidden = 'kept-in-the-container';
/** What doctor sends along, and hides. */
const token = 'token-of-the-doctor';
export const secrets = [hidden, token];

export const agent = 'viworks-backend-agent-new';
const networks = { 'viworks-internal': '172.19.0', 'viworks-public': '172.18.0' } as const;

export type Network = keyof typeof networks | 'elsewhere';

export interface Incident {
  readonly engine: Docker;
  /** The line of `proxy_pass`. */
  readonly line: number;
  /** Writes nginx's configuration. */
  proxyTo(target: string): void;
  reload(): void;
  /** In place of the one that runs; resolves when it serves, or has ended. */
  startNginx(network?: Network): Promise<void>;
  /** In place of the one that runs. `last`: of its addresses. */
  startAgent(manner?: { readonly loop?: boolean; readonly last?: number }): Promise<void>;
  /** In the container of the agent, which reads its file at its start. */
  configureAgent(port: number): void;
  restartAgent(): Promise<void>;
  /** Once; resolves when it is connected. */
  deployGatewayAgent(): Promise<void>;
  /** Until the gateway's agent has a connection again, after it had none. */
  connected(): Promise<void>;
  /** Another container takes an address that the agent had, and listens on nothing. */
  occupy(last: number): void;
  vacate(): void;
  /** The exit code and the report, and the file with what was seen. */
  look(): Promise<Examined & { readonly record: string }>;
  /** Judges what was seen last again. */
  replay(format: string): Promise<Ran>;
  close(): Promise<void>;
}

export async function openIncident(): Promise<Incident> {
  const own = mkdtempSync(join(tmpdir(), 'incident-'));
  const closing: (() => unknown)[] = [() => rmSync(own, { recursive: true, force: true })];
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
    const sshds: Sshd[] = [];
    closing.unshift(() => Promise.all(sshds.map((sshd) => sshd.stop())));
    // what runs in the machines ends with them
    const closed = (machine: Opened | Docker) => machine.close();
    const engine = kept(await startDocker(), closed);
    const laptop = kept(await openMachine(), closed);
    const gateway = kept(await openMachine(), closed);
    const machines = {
      laptop: machineAt(laptop.enter),
      gateway: machineAt(gateway.enter),
      backend: machineAt(engine.enter),
    };
    connect(machines);
    for (const name of ['backend', 'gateway'] as const) {
      const lines = [`ListenAddress ${addresses[name]}:22`];
      const sshd = await startSshd({ authorized: [home.key], enter: machines[name].enter, lines });
      sshds.push(sshd);
      home.append('known_hosts', `${name}.example.com ${sshd.hostKey('ed25519')}\n`);
    }
    const ca = maker.make({ cn: 'Example Root', authority: true });
    const leaf = maker.make({ cn: 'agent.example.com', names: ['DNS:agent.example.com'], issuer: ca });
    const { backend } = machines;
    backend.write(`${folder}/certificates/fullchain.pem`, leaf.cert);
    backend.write(`${folder}/certificates/privkey.pem`, leaf.key);
    for (const [name, subnet] of Object.entries(networks))
      engine.docker('network', 'create', '--subnet', `${subnet}.0/16`, name);
    engine.docker('network', 'create', 'elsewhere');
    makeImages(engine);
    machines.gateway.write(`${folder}/agent/agent-outbound.toml`, gatewayToml(ca.certFile));
    await Promise.all(Object.values(machines).map(startNameserver));
    return { ...deeds(engine, machines, home, own, ca.certFile), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function makeImages(engine: Docker): void {
  engine.image('local/backend-agent', {
    programs: { '/bin/node': execPath },
    files: {
      '/app/target/release/viworks-backend-agent': backendAgent,
      '/app/config/backend-agent.toml': backendToml(8081),
    },
  });
  const users = 'root:x:0:0::/:/bin/false\nnginx:x:101:101::/:/bin/false\n';
  engine.image('local/nginx', {
    programs: { '/usr/sbin/nginx': nginx, '/usr/bin/getent': '/usr/bin/getent', '/bin/ls': '/bin/ls' },
    files: { '/etc/passwd': users, '/etc/group': 'root:x:0:\nnginx:x:101:\n' },
    folders: ['/var/log/nginx', '/var/lib/nginx', '/run', '/tmp'],
  });
}

/** Knows the names of the hosts file, and that there are no others. */
function startNameserver(machine: Machine): Promise<Part> {
  const [program = '', ...enter] = machine.enter;
  const args = ['--keep-in-foreground', '--conf-file=/dev/null', '--pid-file=', '--log-facility=-'];
  const more = ['--user=root', '--no-resolv', '--listen-address=127.0.0.1', '--local=//'];
  const says = ({ stderr }: Parameters<Parameters<typeof start>[2]>[0]) =>
    new Promise((settle) => stderr?.on('data', (text) => String(text).includes('started') && settle(null)));
  return start(program, [...enter, dnsmasq, ...args, ...more], says);
}

function deeds(
  engine: Docker,
  machines: Readonly<Record<'laptop' | 'gateway' | 'backend', Machine>>,
  home: Home,
  own: string,
  ca: string,
): Omit<Incident, 'close'> {
  const { backend, gateway, laptop } = machines;
  const remove = (name: string) => engine.docker('rm', '-f', name);
  const environment = ['-e', `AGENT_TOKEN=${hidden}`, '--label', `owner=${hidden}`];
  const file = join(own, 'viworks-doctor.toml');
  const record = join(own, 'record.json');
  const run = (...args: readonly string[]) =>
    doctor(['run', ...args], {
      cwd: own,
      home: home.folder,
      enter: [...laptop.enter, 'env', '-C', own],
      env: { AGENT_TOKEN: token },
    });
  const log = `${folder}/agent/agent.log`;
  const connected = () => until(() => gateway.run('tail', '-n', '1', log).endsWith('established'));
  let isDeployed = false;
  const proxyTo = (target: string) => backend.write(nginxFile, nginxConfiguration(target));
  return {
    engine,
    line:
      nginxConfiguration('')
        .split('\n')
        .findIndex((text) => text.includes('proxy_pass')) + 1,
    proxyTo,
    reload: () => engine.docker('exec', 'nginx', 'nginx', '-s', 'reload'),
    async startNginx(network = 'viworks-public') {
      remove('nginx');
      const files = [
        ['-v', `${nginxFile}:/etc/nginx/nginx.conf:ro`],
        ['-v', `${folder}/certificates:/etc/nginx/certificates:ro`],
      ].flat();
      const run = ['/usr/sbin/nginx', '-g', 'daemon off;'];
      const place = ['--network', network, '-p', '443:443'];
      engine.docker(
        'run',
        '-d',
        '--name',
        'nginx',
        ...place,
        ...files,
        ...environment,
        'local/nginx',
        ...run,
      );
      const has = (...words: readonly string[]) => engine.docker(...words, 'nginx');
      const running = () => has('inspect', '-f', '{{.State.Status}}') === 'running';
      await until(() => !running() || has('top').includes('worker process'));
    },
    async startAgent({ loop = false, last = 4 } = {}) {
      remove(agent);
      const at = (network: keyof typeof networks) => ['--ip', `${networks[network]}.${last}`];
      const place = ['--network', 'viworks-internal', ...at('viworks-internal'), '-p', '8080-8081:8080-8081'];
      const more = ['-v', `${wsFolder}:/app/node_modules/ws:ro`, ...environment];
      const run = [
        '/bin/node',
        '/app/target/release/viworks-backend-agent',
        ...(loop ? ['run-server-loop'] : []),
      ];
      engine.docker('create', '--name', agent, ...place, ...more, 'local/backend-agent', ...run);
      engine.docker('network', 'connect', ...at('viworks-public'), 'viworks-public', agent);
      engine.docker('start', agent);
      await until(() => engine.docker('logs', agent).includes('listening'));
    },
    configureAgent(port) {
      const toml = join(own, 'backend-agent.toml');
      writeFileSync(toml, backendToml(port));
      engine.docker('cp', toml, `${agent}:/app/config/backend-agent.toml`);
    },
    async restartAgent() {
      const times = () => engine.docker('logs', agent).split('listening').length;
      const before = times();
      engine.docker('restart', '--time', '1', agent);
      await until(() => times() > before);
    },
    async deployGatewayAgent() {
      if (isDeployed) return;
      isDeployed = true;
      gateway.write(gatewayProgram, gatewayAgent);
      gateway.write(log, '');
      const [program = '', ...enter] = gateway.enter;
      await start(program, [...enter, execPath, gatewayProgram], connected);
    },
    connected,
    occupy(last) {
      const place = ['--network', 'viworks-public', '--ip', `${networks['viworks-public']}.${last}`];
      engine.docker('run', '-d', '--name', 'other', ...place, images.shell, '/bin/sleep', '600');
    },
    vacate: () => remove('other'),
    async look() {
      writeFileSync(file, doctorConfiguration({ ca, agent, gatewayProgram, nginxFile }));
      const ran = await run('-c', file, '-f', 'json', '--record', record);
      return { ...ran, report: await reportIn(ran, own), record };
    },
    replay: (format) => run('--replay', record, '-f', format),
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((settle) => setTimeout(settle, 50));
}
