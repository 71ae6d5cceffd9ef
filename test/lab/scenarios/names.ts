/** Faults of names: what the resolver says, and to whom. */
import { addresses, nobody, usualNames } from '../network.ts';
import type { Scenario } from '../scenario.ts';

const agent = 'agent.example.com';
const { [agent]: _, ...others } = usualNames;

export const names: readonly Scenario[] = [
  {
    name: 'dns-nxdomain',
    about: 'the record of the endpoint was removed',
    causes: ['P0 dns.nxdomain endpoint.agent'],
    exit: 1,
    inject: ({ names }) => names.serve(others),
  },
  {
    name: 'dns-nxdomain-misspelt',
    about: 'the endpoint was declared with a name that nobody has',
    causes: ['P0 dns.nxdomain endpoint.agent'],
    exit: 1,
    told: { url: 'wss://agnet.example.com/ws/agent' },
  },
  {
    name: 'dns-no-address',
    about: 'the name has a TXT record alone',
    causes: ['P0 dns.no-address endpoint.agent'],
    exit: 1,
    inject: ({ names }) => names.serve({ ...others, [agent]: null }),
  },
  {
    name: 'dns-no-address-below',
    about: 'a name below it has an address, and itself it has none',
    causes: ['P0 dns.no-address endpoint.agent'],
    exit: 1,
    inject: ({ names }) => names.serve({ ...others, [`www.${agent}`]: [addresses.backend.v4] }),
  },
  {
    name: 'dns-server-failure-refused',
    about: 'the DNS server refuses to answer for the name',
    causes: ['P0 dns.server-failure endpoint.agent'],
    exit: 1,
    inject: ({ names }) => names.serve(others, [`server=/${agent}/#`]),
  },
  {
    name: 'dns-no-answer-stopped',
    about: 'the DNS server was stopped; hosts are reached by address',
    causes: ['P0 dns.no-answer endpoint.agent'],
    exit: 1,
    told: { hosts: 'addresses' },
    inject: ({ names }) => names.stop(),
  },
  {
    name: 'dns-no-answer-silent',
    about: 'packets to the DNS server get lost; hosts are reached by address',
    causes: ['P0 dns.no-answer endpoint.agent'],
    exit: 1,
    told: { hosts: 'addresses' },
    inject: ({ nameserver }) =>
      void nameserver.sh('for p in udp tcp; do iptables -A INPUT -p $p --dport 53 -j DROP; done'),
  },
  {
    name: 'dns-wrong-address',
    about: 'the record still has the address of the former host, which is gone',
    causes: ['P0 dns.wrong-address endpoint.agent'],
    exit: 1,
    inject: ({ names }) => names.serve({ ...usualNames, [agent]: [nobody.v4] }),
  },
  {
    name: 'dns-wrong-address-of-the-gateway',
    about: "the gateway's hosts file has a former address of the endpoint",
    causes: ['P1 dns.wrong-address endpoint.agent'],
    exit: 1,
    inject: async ({ gateway, restartGateway }) => {
      gateway.sh(`echo '${nobody.v4} ${agent}' >>/etc/hosts`);
      await restartGateway();
    },
  },
  {
    name: 'dns-dead-ipv6',
    about: 'an AAAA record was added, and nothing listens there',
    causes: ['P1 port.partial endpoint.agent'],
    exit: 1,
    told: { resolvesTo: `"backend", "${addresses.backend.v6}"` },
    inject: async ({ names, backend }) => {
      backend.sh('ip6tables -A INPUT -p tcp --dport 443 -j REJECT --reject-with tcp-reset');
      await names.serve({ ...usualNames, [agent]: [addresses.backend.v4, addresses.backend.v6] });
    },
  },
  {
    name: 'dns-one-of-two-balancers',
    about: 'two addresses, and behind one of them there is nobody',
    causes: ['P1 port.partial endpoint.agent'],
    exit: 1,
    told: { resolvesTo: `"backend", "${nobody.v4}"` },
    inject: ({ names }) => names.serve({ ...usualNames, [agent]: [addresses.backend.v4, nobody.v4] }),
  },
];
