/**
 * A small world on loopback, of real parts: a DNS server, an nginx with a site for every fault, and, on request, an
 * OpenSSH server for each of two hosts. What runs behind nginx is started scenario by scenario.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type CertificateMaker, certificateMaker, type Issued } from '../support/certificates.ts';
import { Home, type Sshd, startSshd } from '../support/sshd.ts';
import { needs } from '../support/tools.ts';
import { type Programs, writePrograms } from './agents.ts';
import type { Part } from './children.ts';
import { doctor, type Manner, type Ran, reportIn } from './doctor.ts';
import { dnsmasq, type Nameserver, startNameserver } from './nameserver.ts';
import { nginx, type Site, startNginx } from './nginx.ts';
import { port } from './ports.ts';

/** Whether a part of it is missing on this machine. */
export const lacks = [
  needs('dnsmasq-base', dnsmasq),
  needs('nginx-light', nginx),
  needs('openssh-server', '/usr/sbin/sshd'),
  needs('openssl', '/usr/bin/openssl'),
].some(Boolean);

const siteNames = [
  'good',
  'expired',
  'expiredAndWrongName',
  'selfSigned',
  'unknownIssuer',
  'incompleteChain',
  'expiring',
  'toHealth',
  'plain',
] as const;
export type SiteName = (typeof siteNames)[number];

export interface World {
  readonly folder: string;
  readonly home: Home;
  readonly nameserver: Nameserver;
  readonly sites: Readonly<Record<SiteName, number>>;
  /** The two ports of the backend's agent: its health server and its WebSocket server. */
  readonly health: number;
  readonly websocket: number;
  /** A port on which nothing listens. */
  readonly free: number;
  readonly ca: string;
  readonly programs: Programs;
  readonly hosts: Readonly<Record<'backend' | 'gateway', Sshd>> | null;
  /** Writes a configuration of these sections, which asks the world's DNS server unless one says otherwise, into a folder of its own, and gives its path. */
  configure(...sections: readonly string[]): string;
  doctor(args: readonly string[], manner?: Partial<Manner>): Promise<Ran>;
  /** `run -f json` of these sections: the exit code and the report, held against what every report must keep. */
  run(sections: readonly string[], ...args: readonly string[]): Promise<Examined>;
  /** Starts something that ends with the scenario. */
  during<T extends Part>(part: Promise<T>): Promise<T>;
  endScenario(): Promise<void>;
  close(): Promise<void>;
}

export type Examined = Ran & { readonly report: Awaited<ReturnType<typeof reportIn>> };

export async function openWorld({ ssh = false } = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'real-'));
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const kept = <T>(thing: T, end: (thing: T) => unknown): T => {
    closing.unshift(() => end(thing));
    return thing;
  };
  const maker = kept(certificateMaker(), (made) => made.remove());
  const home = kept(new Home(), (made) => made.remove());
  const nameserver = kept(await startNameserver(names), (part) => part.stop());
  const health = await port();
  const websocket = await port();
  const ports = Object.fromEntries(
    await Promise.all(siteNames.map(async (name) => [name, await port()] as const)),
  ) as Record<SiteName, number>;
  const { ca, certificates } = issue(maker);
  const sites = siteNames.map((name): Site => {
    const upstream = name === 'toHealth' ? health : websocket;
    const locations = {
      '/ws/agent': upstream,
      '/health': health,
      '/echo': `return 200 "you sent $http_authorization\\n";`,
      // what else nginx can say
      '/closed': 'return 444;',
      '/busy': 'return 503;',
      '/private': 'return 401;',
      '/circle': 'return 302 /circle;',
      '/no-upgrade': `proxy_pass http://127.0.0.1:${upstream}/ws/agent;`,
      '/': 'return 204;',
    };
    const certificate = certificates[name];
    return { port: ports[name], locations, ...(certificate ? { certificate } : {}) };
  });
  kept(await startNginx(folder, sites), (part) => part.stop());
  const hosts = ssh ? { backend: await sshdFor(home), gateway: await sshdFor(home) } : null;
  for (const sshd of Object.values(hosts ?? {})) kept(sshd, (server) => server.stop());

  let scenario: Part[] = [];
  let configurations = 0;
  const endScenario = async () => {
    await Promise.all(scenario.map((part) => part.stop()));
    scenario = [];
  };
  closing.unshift(endScenario);
  const configure = (...sections: readonly string[]) => {
    configurations += 1;
    const file = join(folder, `viworks-${configurations}.toml`);
    const has = sections.some((section) => section.startsWith('[defaults]'));
    const defaults = has ? [] : [`[defaults]\nresolver = "127.0.0.1:${nameserver.port}"`];
    writeFileSync(file, [...defaults, ...sections].join('\n\n'));
    return file;
  };
  const run = (args: readonly string[], manner: Partial<Manner> = {}) =>
    doctor(args, { cwd: folder, home: folder, ...manner });
  return {
    folder,
    home,
    nameserver,
    sites: ports,
    health,
    websocket,
    free: await port(),
    ca,
    programs: writePrograms(folder, String(websocket)),
    hosts,
    configure,
    doctor: run,
    run: async (sections, ...args) => {
      const ran = await run(['run', '-c', configure(...sections), '-f', 'json', ...args]);
      return { ...ran, report: await reportIn(ran, folder) };
    },
    during: async (part) => {
      const started = await part;
      scenario.push(started);
      return started;
    },
    endScenario,
    close: async () => {
      for (const end of closing) await end();
    },
  };
}

const names = {
  'agent.example.com': ['127.0.0.1'],
  'two.example.com': ['127.0.0.1', '127.0.0.2'],
  'moved.example.com': ['127.0.0.3'],
  'text.example.com': [],
  localhost: ['127.0.0.1'],
};

function issue({ make, write }: CertificateMaker) {
  const own = ['DNS:agent.example.com', 'DNS:two.example.com', 'DNS:moved.example.com', 'DNS:localhost'];
  const leaf = { cn: 'agent.example.com', names: own };
  const root = make({ cn: 'Example Root', authority: true });
  const stranger = make({ cn: 'Strange Root', authority: true });
  const intermediate = make({ cn: 'Example Intermediate', authority: true, issuer: root });
  const good = make({ ...leaf, issuer: root });
  const issuerUri = 'http://ca.example.com/intermediate.crt';
  const foreign = make({ ...leaf, issuer: stranger });
  const chained: Pick<Issued, 'certFile' | 'keyFile'> = {
    certFile: write('foreign-chain.pem', foreign.cert + stranger.cert),
    keyFile: foreign.keyFile,
  };
  const certificates: Partial<Record<SiteName, Pick<Issued, 'certFile' | 'keyFile'>>> = {
    good,
    toHealth: good,
    expired: make({ ...leaf, issuer: root, from: -90, until: -3 }),
    expiredAndWrongName: make({
      cn: 'old',
      names: ['DNS:old.example.com'],
      issuer: root,
      from: -90,
      until: -3,
    }),
    selfSigned: make(leaf),
    unknownIssuer: chained,
    incompleteChain: make({ ...leaf, issuer: intermediate, issuerUri }),
    expiring: make({ ...leaf, issuer: root, until: 5 }),
  };
  return { ca: root.certFile, certificates };
}

async function sshdFor(home: Home): Promise<Sshd> {
  const sshd = await startSshd({ authorized: [home.key] });
  home.knows(sshd);
  return sshd;
}

/** Who the tests run as logs in. */
export const user = userInfo().username;
