/** The lab's world of units: a laptop, a DNS server, a backend with nginx and the agent, and a gateway with its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { type CertificateMaker, certificateMaker, type Issued } from '../support/certificates.ts';
import { makeKey } from '../support/sshd.ts';
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
  readonly certificates: CertificateMaker;
  readonly ca: Issued;
  /** The laptop's home folder, and where doctor runs. */
  readonly home: string;
  /** Writes nginx's site, or any text in its place, and has nginx read it. */
  serveSite(site: Site | string): Promise<void>;
  reloadNginx(): Promise<void>;
  /** Puts another certificate in place, and has nginx read it. */
  serveCertificate(issued: Pick<Issued, 'cert' | 'key'>): Promise<void>;
  /** Restarts the backend's agent with these manners. */
  behave(manners: programs.Manners): Promise<void>;
  /** Until the gateway's agent has said this since it started. */
  gatewaySays(words: string): Promise<void>;
  /** Everything as it should be. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

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
    removeCgroups(tag);
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
    const home = makeHome(folder, { backend, gateway });
    const world = deeds({ laptop, backend, gateway, names, certificates, ca, home }, leaf, close);
    await world.restore();
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
    machine.write('/run/etc/hosts', `127.0.0.1 localhost ${machine.name}\n::1 localhost\n`);
    for (const file of ['resolv.conf', 'hosts'])
      machine.run('mount', '--bind', `/run/etc/${file}`, `/etc/${file}`);
  }
}

function makeHome(folder: string, hosts: Readonly<Record<string, Machine>>): string {
  const home = join(folder, 'home');
  const ssh = join(home, '.ssh');
  const known: string[] = [];
  for (const [name, host] of Object.entries(hosts)) {
    // one root for all machines would be one host key for all
    host.sh('rm -f /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh');
    known.push(
      `${name}.example.com ${host.read('/etc/ssh/ssh_host_ed25519_key.pub').split(' ').slice(0, 2).join(' ')}`,
    );
  }
  rmSync(home, { recursive: true, force: true });
  mkdirSync(ssh, { recursive: true, mode: 0o700 });
  const key = makeKey(join(ssh, 'id_ed25519'));
  writeFileSync(join(ssh, 'known_hosts'), `${known.map((line) => line.trim()).join('\n')}\n`);
  for (const host of Object.values(hosts))
    host.sh(`mkdir -p /root/.ssh; chmod 700 /root/.ssh; echo '${key}' >/root/.ssh/authorized_keys`);
  return home;
}

type Parts = Pick<World, 'laptop' | 'backend' | 'gateway' | 'names' | 'certificates' | 'ca' | 'home'>;

function deeds(parts: Parts, leaf: Issued, close: () => Promise<void>): World {
  const { backend, gateway, names, ca } = parts;
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
  const gatewaySays = (words: string) =>
    until(`the gateway's agent says "${words}"`, () =>
      gateway
        .sh(`journalctl -q -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID ${clientUnit})`)
        .includes(words),
    );
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
    gatewaySays,
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
      await until('the agent listens', () =>
        backend
          .sh(`journalctl -q -o cat _SYSTEMD_INVOCATION_ID=$(systemctl show -P InvocationID ${serverUnit})`)
          .includes('listening on'),
      );
    },
    async restore() {
      await names.serve(usualNames);
      gateway.sh(
        `${open}systemctl unmask -q ${clientUnit}; systemctl kill -q -s CONT ${clientUnit} 2>/dev/null || true; systemctl stop ${clientUnit} || true`,
      );
      backend.sh(
        `${open}systemctl unmask -q ${serverUnit} nginx; systemctl kill -q -s KILL nginx 2>/dev/null || true; systemctl stop nginx ${serverUnit} || true; rm -rf /etc/nginx/sites-enabled/* /etc/nginx/conf.d/*`,
      );
      gateway.sh(`${putting(gatewayFiles())}${begin(clientUnit, 'ssh')}`);
      backend.sh(`${putting(backendFiles())}rm -f /run/nginx.pid; ${begin(serverUnit, 'nginx', 'ssh')}`);
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

const begin = (...units: readonly string[]) =>
  `systemctl daemon-reload; systemctl reset-failed; systemctl -q enable ${units.join(' ')} 2>/dev/null; systemctl start ${units.join(' ')} || { journalctl -q -n 20 -o cat >&2; exit 1; }`;

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
