/** The lab's Docker host: the agent and nginx as containers, on two networks, as in a report of such an incident. */

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { execPath } from 'node:process';
import type { Issued } from '../support/certificates.ts';
import { type Docker, startDocker } from '../support/docker.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { type Machine, machineAt } from './machine.ts';
import { addresses } from './network.ts';
import { backendAgent, backendToml, type Manners, modules } from './programs.ts';
import { type Site, siteText } from './site.ts';

export const agentContainer = 'viworks-backend-agent-new';
export const agentFile = '/app/config/backend-agent.toml';
/** On the host. */
export const nginxFolder = '/opt/viworks/digital ocean docker/nginx';
const networks = { 'viworks-internal': '172.19.0', 'viworks-public': '172.18.0' } as const;
const ws = dirname(createRequire(import.meta.url).resolve('ws/package.json'));

export interface AgentManner {
  readonly manners?: Manners;
  readonly port?: number;
  /** Of its addresses; default 4. */
  readonly last?: number;
  readonly publish?: readonly string[];
  /** More of `docker create`. */
  readonly options?: readonly string[];
  /** In place of its program. */
  readonly command?: readonly string[];
}

export interface NginxManner {
  readonly network?: string;
  readonly publish?: readonly string[];
  readonly options?: readonly string[];
}

export interface Engine {
  readonly machine: Machine;
  /** Of its SSH server: `type base64`. */
  readonly hostKey: string;
  docker(...args: readonly string[]): string;
  /** In place of the one that runs; resolves when it serves, or has ended. */
  startAgent(manner?: AgentManner): Promise<void>;
  startNginx(manner?: NginxManner): Promise<void>;
  /** Writes nginx's site. */
  writeSite(site: Site | string): void;
  reloadNginx(): void;
  /** Ends dockerd, as a crash would, for good. */
  stopEngine(): void;
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** `publicKey`: of who may log in as root. `hostKey` tells what known_hosts must have. */
export async function openEngine(options: {
  readonly publicKey: string;
  readonly certificate: Issued;
  readonly plugIn: (holder: string) => void;
}): Promise<Engine> {
  const docker = await startDocker();
  let sshd: Sshd | null = null;
  const close = async () => {
    await sshd?.stop();
    await docker.close();
  };
  try {
    const machine = machineAt('engine', docker.enter);
    options.plugIn(docker.enter[2] ?? '');
    machine.sh('mount -t tmpfs tmpfs /opt');
    letIn(machine, options.publicKey);
    const lines = [`ListenAddress ${addresses.engine.v4}:22`, `AuthorizedKeysFile ${keysFile}`];
    sshd = await startSshd({ authorized: [options.publicKey], enter: docker.enter, lines });
    for (const [name, subnet] of Object.entries(networks))
      docker.docker('network', 'create', '--subnet', `${subnet}.0/16`, name);
    docker.docker('network', 'create', 'elsewhere');
    // where the machine's own paths would stand in what is recorded
    machine.run('mkdir', '-p', '/opt/viworks/modules');
    machine.run('cp', '-r', ws, '/opt/viworks/modules/');
    makeImages(docker);
    machine.write(`${nginxFolder}/certificates/fullchain.pem`, options.certificate.cert);
    machine.write(`${nginxFolder}/certificates/privkey.pem`, options.certificate.key);
    return { ...deeds(docker, machine), hostKey: sshd.hostKey('ed25519'), machine, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const keysFile = '/run/etc/authorized_keys';

/** Root, and a "doctor" who has no rights but his own: the host's users are this machine's, and one more. */
function letIn(machine: Machine, publicKey: string): void {
  machine.write(keysFile, `${publicKey}\n`);
  const users = machine.read('/etc/passwd');
  machine.write('/run/etc/passwd', `${users}doctor:x:47110:47110::/run:/bin/sh\n`);
  machine.run('mount', '--bind', '/run/etc/passwd', '/etc/passwd');
}

function makeImages(docker: Docker): void {
  docker.image('local/backend-agent', {
    programs: { '/bin/node': execPath },
    files: {
      '/app/target/release/viworks-backend-agent': backendAgent,
      [agentFile]: backendToml(),
      '/app/manners.json': '{}',
    },
  });
  const users = 'root:x:0:0::/:/bin/false\nnginx:x:101:101::/:/bin/false\n';
  docker.image('local/nginx', {
    programs: {
      '/usr/sbin/nginx': '/usr/sbin/nginx',
      '/usr/bin/getent': '/usr/bin/getent',
      '/bin/ls': '/bin/ls',
    },
    files: { '/etc/passwd': users, '/etc/group': 'root:x:0:\nnginx:x:101:\n' },
    folders: ['/var/log/nginx', '/var/lib/nginx', '/run', '/tmp'],
  });
}

const mainText = (site: string) => `user nginx;
worker_processes 1;
error_log /dev/stderr warn;
pid /run/nginx.pid;

events {
    worker_connections 256;
}

http {
    access_log off;

    map $http_upgrade $connection_upgrade {
        default upgrade;
        ''      close;
    }

    ssl_certificate /etc/nginx/certificates/fullchain.pem;
    ssl_certificate_key /etc/nginx/certificates/privkey.pem;

${site}}
`;

export const containerSite = (site: Site = {}): string =>
  siteText({
    pass: `http://${agentContainer}:8081`,
    health: `http://${agentContainer}:8080`,
    listen: ['443 ssl'],
    ...site,
  });

function deeds(docker: Docker, machine: Machine): Omit<Engine, 'close' | 'machine' | 'hostKey'> {
  const run = docker.docker;
  const remove = (name: string) => run('rm', '-f', name);
  const status = (name: string) => run('inspect', '-f', '{{.State.Status}}', name);
  const writeSite = (site: Site | string) =>
    machine.write(
      `${nginxFolder}/nginx.conf`,
      mainText(typeof site === 'string' ? site : containerSite(site)),
    );
  const startAgent = async ({
    manners = {},
    port = 8081,
    last = 4,
    publish = ['8080-8081:8080-8081'],
    options = [],
    command,
  }: AgentManner = {}) => {
    remove(agentContainer);
    machine.write('/opt/viworks/backend/manners.json', JSON.stringify(manners));
    machine.write('/opt/viworks/backend/backend-agent.toml', backendToml(port));
    const environment = ['-e', `AGENT_CONFIG=${agentFile}`, '-e', 'AGENT_MANNERS=/app/manners.json'];
    const files = [
      ...['-v', `/opt/viworks/modules/ws:${modules}/ws:ro`],
      ...['-v', `/opt/viworks/backend/backend-agent.toml:${agentFile}:ro`],
      ...['-v', '/opt/viworks/backend/manners.json:/app/manners.json:ro'],
    ];
    const at = (network: keyof typeof networks) => ['--ip', `${networks[network]}.${last}`];
    const place = [
      '--network',
      'viworks-internal',
      ...at('viworks-internal'),
      ...publish.flatMap((ports) => ['-p', ports]),
    ];
    const program = command ?? ['/bin/node', '/app/target/release/viworks-backend-agent'];
    run(
      'create',
      '--name',
      agentContainer,
      ...place,
      ...environment,
      ...files,
      ...options,
      'local/backend-agent',
      ...program,
    );
    run('network', 'connect', ...at('viworks-public'), 'viworks-public', agentContainer);
    run('start', agentContainer);
    await until(
      () => status(agentContainer) !== 'running' || run('logs', agentContainer).includes('listening on'),
    );
  };
  const serves = () => {
    try {
      return run('top', 'nginx').includes('worker process');
    } catch {
      return false; // it ended meanwhile
    }
  };
  const startNginx = async ({
    network = 'viworks-public',
    publish = ['443:443'],
    options = [],
  }: NginxManner = {}) => {
    remove('nginx');
    const files = [
      ...['-v', `${nginxFolder}/nginx.conf:/etc/nginx/nginx.conf:ro`],
      ...['-v', `${nginxFolder}/certificates:/etc/nginx/certificates:ro`],
    ];
    const place = ['--network', network, ...publish.flatMap((ports) => ['-p', ports])];
    run(
      'run',
      '-d',
      '--name',
      'nginx',
      ...place,
      ...files,
      ...options,
      'local/nginx',
      '/usr/sbin/nginx',
      '-g',
      'daemon off;',
    );
    await until(() => status('nginx') !== 'running' || serves());
  };
  return {
    docker: run,
    startAgent,
    startNginx,
    writeSite,
    reloadNginx: () => void run('exec', 'nginx', 'nginx', '-s', 'reload'),
    stopEngine: docker.stopEngine,
    async restore() {
      const left = run('ps', '-aq')
        .split('\n')
        .filter((id) => id !== '');
      if (left.length > 0) run('rm', '-f', ...left);
      writeSite({});
      await startAgent();
      await startNginx();
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400 && !holds(); tries += 1)
    await new Promise((settle) => setTimeout(settle, 50));
}
