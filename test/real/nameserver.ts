/** A real DNS server: dnsmasq, which knows a few names of example.com and says NXDOMAIN to the others there. */
import { Resolver } from 'node:dns/promises';
import { userInfo } from 'node:os';
import { type Part, start } from './children.ts';
import { port } from './ports.ts';

export const dnsmasq = '/usr/sbin/dnsmasq';

export interface Nameserver extends Part {
  readonly port: number;
}

/** `names`: name → addresses, none for a name that has only a TXT record. */
export async function startNameserver(
  names: Readonly<Record<string, readonly string[]>>,
): Promise<Nameserver> {
  const own = await port();
  const records = Object.entries(names).flatMap(([name, addresses]) =>
    addresses.length > 0
      ? addresses.map((address) => `--host-record=${name},${address}`)
      : [`--txt-record=${name},no address`],
  );
  const args = [
    '--keep-in-foreground',
    '--conf-file=/dev/null',
    '--pid-file=',
    '--log-facility=-',
    `--user=${userInfo().username}`,
    '--no-resolv',
    '--no-hosts',
    '--bind-interfaces',
    '--listen-address=127.0.0.1',
    `--port=${own}`,
    '--local=/example.com/',
    ...records,
  ];
  const part = await start(dnsmasq, args, () => answers(own, Object.keys(names)[0] ?? 'example.com'));
  return { ...part, port: own };
}

async function answers(own: number, name: string): Promise<void> {
  const resolver = new Resolver({ timeout: 200, tries: 1 });
  resolver.setServers([`127.0.0.1:${own}`]);
  for (;;) {
    const answered = await resolver.resolve4(name).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((settle) => setTimeout(settle, 20));
  }
}
