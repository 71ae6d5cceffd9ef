/** The lab's network: every machine on one switch, which leads nowhere, and a DNS server that knows their names. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Machine, Opened } from './machine.ts';

export const addresses = {
  backend: { v4: '10.88.0.1', v6: 'fd88::1' },
  gateway: { v4: '10.88.0.2', v6: 'fd88::2' },
  laptop: { v4: '10.88.0.3', v6: 'fd88::3' },
  engine: { v4: '10.88.0.4', v6: 'fd88::4' },
  names: { v4: '10.88.0.53', v6: 'fd88::53' },
} as const;
export type MachineName = keyof typeof addresses;

/** On the same network, and nobody is there. */
export const nobody = { v4: '10.88.0.99', v6: 'fd88::99' } as const;

/** Whose network namespace the process has becomes a machine of the switch. */
export function plug(lan: Machine, name: MachineName, holder: string): void {
  const enter = ['-t', holder, '-n'];
  const link = ['ip', 'link', 'add', name, 'master', 'lan', 'type', 'veth'];
  lan.run(...link, 'peer', 'name', 'lan', 'netns', holder);
  lan.run('ip', 'link', 'set', name, 'up');
  const script = `
    ip link set lo up
    sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.lan.accept_dad=0 2>/dev/null || true
    ip address add ${addresses[name].v4}/24 dev lan
    ip -6 address add ${addresses[name].v6}/64 dev lan nodad
    ip link set lan up
    ip route replace default via ${addresses.names.v4}`;
  execFileSync('nsenter', [...enter, 'sh', '-ec', script], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What a name has; null: it exists, and has no address. */
export type Names = Readonly<Record<string, readonly string[] | null>>;

export const usualNames: Names = {
  'agent.example.com': [addresses.backend.v4],
  'backend.example.com': [addresses.backend.v4],
  'gateway.example.com': [addresses.gateway.v4],
  'engine.example.com': [addresses.engine.v4],
  'shop.example.com': [addresses.engine.v4],
};

export interface Nameserver {
  /** Instead of what it knew. `more`: lines of dnsmasq.conf(5). */
  serve(names: Names, more?: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** dnsmasq(8), which knows these names and that there are no others. */
export async function startNameserver(machine: Opened): Promise<Nameserver> {
  let end: (() => Promise<void>) | null = null;
  const stop = async () => {
    await end?.();
    end = null;
  };
  return {
    stop,
    async serve(names, more = []) {
      await stop();
      const lines = [
        'no-resolv',
        'no-hosts',
        'bind-interfaces',
        `listen-address=${addresses.names.v4}`,
        'user=root',
        ...more,
      ];
      for (const [name, found] of Object.entries(names)) {
        if (found === null) lines.push(`txt-record=${name},here`, `local=/${name}/`);
        else for (const address of found) lines.push(`host-record=${name},${address}`);
      }
      machine.write('/run/dns.conf', [...lines, 'local=/example.com/', ''].join('\n'));
      const [program = '', ...enter] = machine.enter;
      const words = [
        ...enter,
        'dnsmasq',
        '--keep-in-foreground',
        '--conf-file=/run/dns.conf',
        '--pid-file=',
        '--log-facility=-',
      ];
      const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      await new Promise<void>((settle, reject) => {
        child.stderr.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          if (said.includes('started')) settle();
        });
        child.once('exit', () => reject(new Error(`dnsmasq did not start: ${said}`)));
      });
      end = async () => {
        const gone = once(child, 'close');
        // nsenter has become dnsmasq only in another process: both end
        machine.sh('kill $(pidof dnsmasq) || true');
        child.kill('SIGKILL');
        await gone;
      };
    },
  };
}
