/** The lab's world of units: a laptop, a DNS server, a backend with nginx and the agent, and a gateway with its own. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { type CertificateMaker, certificateMaker, type Issued } from '../support/certificates.ts';
import { makeKey } from '../support/sshd.ts';
import { type Engine, openEngine } from './engine.ts';
import { bootMachine, type Machine, openNetwork, openPlain, removeCgroups } from './machine.ts';
import {
  addresses,
  type MachineName,
  type Nameserver,
  plug,
  startNameserver,
  usualNames,
} from './network.ts';
import * as programs from './programs.ts';
import { certificateFile, keyFile, nginxFile, nginxMain, type Site, siteFile, siteText } from './site.ts';

export interface World {
  readonly laptop: Machine;
  readonly backend: Machine;
  readonly gateway: Machine;
  readonly names: Nameserver;
  /** The machine that it runs on. */
  readonly nameserver: Machine;
  /** The switch: its ports are named as the machines. */
  readonly lan: Machine;
  readonly certificates: CertificateMaker;
  readonly ca: Issued;
  /** The folder of what is {@link laptopHome} on the laptop. */
  readonly home: string;
  /** Of the key in it: `type base64`. */
  readonly publicKey: string;
  /** Writes nginx's site, or any text in its place, and has nginx read it. */
  serveSite(site: Site | string): Promise<void>;
  reloadNginx(): Promise<void>;
  /** So much later that a file written now is seen to be newer than what runs. */
  later(): Promise<void>;
  /** Puts another certificate in place, and has nginx read it. */
  serveCertificate(issued: Pick<Issued, 'cert' | 'key'>): Promise<void>;
  /** Restarts the backend's agent with these manners. */
  behave(manners: programs.Manners): Promise<void>;
  /** With new connections; does not wait for one. */
  restartGateway(): Promise<void>;
  /** Until the gateway's agent has said this since it started. */
  gatewaySays(words: string): Promise<void>;
  /** The Docker host; started when it is first asked for. */
  engine(): Promise<Engine>;
  closeEngine(): Promise<void>;
  /** Everything as it should be, with the agent in units or in containers. */
  restore(on?: Place): Promise<void>;
  close(): Promise<void>;
}

/** Where the agent and nginx run: units on the backend, or containers on the engine. */
export type Place = 'units' | 'containers';

/** The laptop's home folder, and where doctor runs: the same in every record. */
export const laptopHome = '/home/ops';

export const serverUnit = 'viworks-agent-server.service';
export const clientUnit = 'viworks-agent.service';
const ws = dirname(createRequire(import.meta.url).resolve('ws/package.json'));

export async function openWorld(root: string): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'lab-'));
  const tag = `viworks-lab-${process.pid}`;
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const kept = <T extends { close(): Promise<void> }>(opened: T): T => {
    closing.unshift(() => opened.close());
    return opened;
  };
  const close = async () => {
    for (const end of closing.splice(0)) await end();
    await removeCgroups(tag);
  };
  try {
    const lan = kept(await openNetwork('switch'));
    lan.sh('ip link add lan type bridge; ip link set lan up');
    const laptop = kept(await openPlain('laptop'));
    const dns = kept(await openPlain('names'));
    plug(lan, 'laptop', holderOf(laptop));
    plug(lan, 'names', holderOf(dns));
    const names = await startNameserver(dns);
    closing.unshift(() => names.stop());
    await names.serve(usualNames);
    const boot = async (name: MachineName) => {
      const network = kept(await openNetwork(name));
      plug(lan, name, holderOf(network));
      const place = mkdtempSync(join(folder, `${name}-`));
      const bind = [`${execPath}:/usr/local/bin/node`, `${ws}:${programs.modules}/ws`];
      const at = { root, folder: place, cgroup: `${tag}-${name}`, network: holderOf(network), bind };
      return kept(await bootMachine(name, at));
    };
    const [backend, gateway] = await Promise.all([boot('backend'), boot('gateway')]);
    useResolver([laptop, backend, gateway]);
    const certificates = certificateMaker();
    closing.unshift(() => certificates.remove());
    const ca = certificates.make({ cn: 'Example Root', authority: true });
    const leaf = certificates.make({ cn: 'agent.example.com', names: ['DNS:agent.example.com'], issuer: ca });
    const { home, publicKey } = makeHome(folder, { backend, gateway });
    laptop.sh(`mount -t tmpfs tmpfs /home; mkdir ${laptopHome}; mount --bind ${home} ${laptopHome}`);
    writeFileSync(join(home, 'ca.pem'), ca.cert);
    let opened: Promise<Engine> | null = null;
    const plugIn = (holder: string) => plug(lan, 'engine', holder);
    const closeEngine = async () => {
      const made = await opened;
      opened = null;
      await made?.close();
    };
    closing.unshift(closeEngine);
    const engine = () => {
      opened ??= openEngine({ publicKey, certificate: leaf, plugIn }).then((made) => {
        useResolver([made.machine]);
        const names = ['engine.example.com', addresses.engine.v4].join(',');
        appendFileSync(join(home, '.ssh/known_hosts'), `${names} ${made.hostKey}\n`);
        return made;
      });
      return opened;
    };
    const world = deeds(
      {
        laptop,
        backend,
        gateway,
        names,
        nameserver: dns,
        lan,
        certificates,
        ca,
        home,
        publicKey,
        engine,
        closeEngine,
      },
      leaf,
      close,
    );
    return world;
  } catch (error) {
    await close();
    throw error;
  }
}

/** The process whose network a machine has: the one that is entered, or that holds it. */
const holderOf = ({ enter }: Machine): string => enter[2] ?? '';

function useResolver(machines: readonly Machine[]): void {
  for (const machine of machines) {
    machine.write('/run/etc/resolv.conf', `nameserver ${addresses.names.v4}\noptions timeout:1 attempts:1\n`);
    machine.write('/run/etc/hosts', hostsOf(machine));
    for (const file of ['resolv.conf', 'hosts'])
      machine.run('mount', '--bind', `/run/etc/${file}`, `/etc/${file}`);
  }
}

const hostsOf = ({ name }: Machine): string => `127.0.0.1 localhost ${name}\n::1 localhost\n`;

function makeHome(
  folder: string,
  hosts: Readonly<Record<string, Machine>>,
): { home: string; publicKey: string } {
  const home = join(folder, 'home');
  const ssh = join(home, '.ssh');
  const known: string[] = [];
  for (const [name, host] of Object.entries(hosts)) {
    // one root for all machines would be one host key for all
    host.sh('rm -f /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh');
    known.push(
      `${name}.example.com,${addresses[name as MachineName].v4} ${host.read('/etc/ssh/ssh_host_ed25519_key.pub').split(' ').slice(0, 2).join(' ')}`,
    );
  }
  rmSync(home, { recursive: true, force: true });
  mkdirSync(ssh, { recursive: true, mode: 0o700 });
  const key = makeKey(join(ssh, 'id_ed25519'));
  writeFileSync(join(ssh, 'known_hosts'), `${known.map((line) => line.trim()).join('\n')}\n`);
  for (const host of Object.values(hosts))
    host.sh(`mkdir -p /root/.ssh; chmod 700 /root/.ssh; echo '${key}' >/root/.ssh/authorized_keys`);
  return { home, publicKey: key };
}

type Parts = Pick<
  World,
  | 'laptop'
  | 'backend'
  | 'gateway'
  | 'names'
  | 'nameserver'
  | 'lan'
  | 'certificates'
  | 'ca'
  | 'home'
  | 'publicKey'
  | 'engine'
  | 'closeEngine'
>;

function deeds(parts: Parts, leaf: Issued, close: () => Promise<void>): World {
  const { backend, gateway, names, nameserver, ca } = parts;
  const reloadNginx = async () => {
    const workers = () => backend.sh('pgrep -f "nginx: worker process$" || true');
    const before = workers().split('\n');
    backend.run('nginx', '-s', 'reload');
    await until('new workers', () =>
      workers()
        .split('\n')
        .some((pid) => pid !== '' && !before.includes(pid)),
    );
  };
  const saidBy = (machine: Machine, unit: string) =>
    machine.sh(`journalctl -q -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID ${unit})`);
  const saidByGateway = () => saidBy(gateway, clientUnit);
  const gatewaySays = (words: string) =>
    until(`the gateway's agent says "${words}"`, () => saidByGateway().includes(words));
  const backendFiles = (): Files => ({
    [nginxFile]: nginxMain(),
    [siteFile]: siteText(),
    [certificateFile]: leaf.cert,
    [keyFile]: leaf.key,
    [programs.backendProgram]: programs.backendAgent,
    [programs.backendConfiguration]: programs.backendToml(),
    [programs.mannersFile]: '{}',
    [`/etc/systemd/system/${serverUnit}`]: programs.unitFile('Backend agent', programs.backendProgram),
  });
  const gatewayFiles = (): Files => ({
    [programs.gatewayProgram]: programs.gatewayAgent,
    [programs.gatewayConfiguration]: programs.gatewayToml(),
    [`${programs.gatewayFolder}/ca.pem`]: ca.cert,
    [`/etc/systemd/system/${clientUnit}`]: programs.unitFile('Gateway agent', programs.gatewayProgram),
  });
  return {
    ...parts,
    close,
    reloadNginx,
    later: () => new Promise((settle) => setTimeout(settle, 3200)),
    gatewaySays,
    async restartGateway() {
      gateway.run('systemctl', 'restart', clientUnit);
      await until('the gateway has tried', () => saidByGateway().includes('connection'));
    },
    async serveSite(site) {
      backend.write(siteFile, typeof site === 'string' ? site : siteText(site));
      await reloadNginx();
    },
    async serveCertificate({ cert, key }) {
      backend.write(certificateFile, cert);
      backend.write(keyFile, key);
      await reloadNginx();
    },
    async behave(manners) {
      backend.write(programs.mannersFile, JSON.stringify(manners));
      backend.run('systemctl', 'restart', serverUnit);
      await until('the agent listens', () => saidBy(backend, serverUnit).includes('listening on'));
    },
    async restore(on = 'units') {
      for (const machine of [parts.laptop, backend, gateway]) machine.write('/etc/hosts', hostsOf(machine));
      nameserver.run('iptables', '-F');
      const endpoint = on === 'units' ? addresses.backend : addresses.engine;
      await names.serve({ ...usualNames, 'agent.example.com': [endpoint.v4] });
      gateway.sh(`${open}${ending(clientUnit)}${putting(gatewayFiles())}`);
      if (on === 'containers') await (await parts.engine()).restore();
      else {
        const remains = '/etc/nginx/sites-enabled/* /etc/nginx/conf.d/* /run/nginx.pid';
        backend.sh(
          `${open}${ending(serverUnit, 'nginx.service')}rm -rf ${remains}\n${putting(backendFiles())}`,
        );
        backend.sh(starting(serverUnit, 'nginx.service', 'ssh.service'));
      }
      gateway.sh(starting(clientUnit, 'ssh.service'));
      await gatewaySays('established');
    },
  };
}

/** Path → text. */
type Files = Readonly<Record<string, string>>;

/** No packet is filtered, no unit has drop-ins. */
const open = `for t in iptables ip6tables; do $t -F; $t -P INPUT ACCEPT; $t -P OUTPUT ACCEPT; done
rm -rf /etc/systemd/system/*.service.d /run/systemd/system/*.service.d
`;

/** At once: nginx would wait for what is connected. */
const ending = (...units: readonly string[]) => `journalctl -q --rotate --vacuum-time=1us
systemctl unmask -q ${units.join(' ')}
systemctl kill -q -s KILL ${units.join(' ')} 2>/dev/null || true
systemctl stop ${units.join(' ')} || true
`;

const starting = (...units: readonly string[]) => `systemctl daemon-reload
systemctl reset-failed
systemctl -q enable ${units.join(' ')} 2>/dev/null
systemctl start ${units.join(' ')} || { journalctl -q -n 20 -o cat >&2; exit 1; }
`;

function putting(files: Files): string {
  return Object.entries(files)
    .map(([path, text]) => {
      const mode = text.startsWith('#!') ? '755' : '644';
      return `mkdir -p '${dirname(path)}'; rm -rf '${path}'; base64 -d >'${path}' <<'END'\n${Buffer.from(text).toString('base64')}\nEND\nchmod ${mode} '${path}'\n`;
    })
    .join('');
}

export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (holds()) return;
    await new Promise((settle) => setTimeout(settle, 50));
  }
  throw new Error(`did not come: ${what}`);
}
