/** Faults of the way there: firewalls, links, routes. */
import { addresses } from '../network.ts';
import type { Scenario } from '../scenario.ts';

const { backend: there, gateway: client } = addresses;

export const network: readonly Scenario[] = [
  {
    name: 'firewall-drops',
    about: 'iptables on the backend drops what comes to port 443',
    causes: ['P0 firewall.blocked host.backend'],
    exit: 1,
    inject: async ({ backend, restartGateway }) => {
      backend.sh('iptables -A INPUT -i lan -p tcp --dport 443 -j DROP');
      await restartGateway();
    },
  },
  {
    name: 'firewall-rejects',
    about: 'iptables on the backend rejects what comes to port 443',
    causes: ['P0 firewall.blocked host.backend'],
    exit: 1,
    inject: async ({ backend, restartGateway }) => {
      backend.sh('iptables -A INPUT -i lan -p tcp --dport 443 -j REJECT --reject-with tcp-reset');
      await restartGateway();
    },
  },
  {
    name: 'firewall-prohibits',
    about: 'iptables on the backend answers what comes to port 443 with an ICMP message',
    causes: ['P0 firewall.blocked host.backend'],
    exit: 1,
    inject: async ({ backend, restartGateway }) => {
      backend.sh('iptables -A INPUT -i lan -p tcp --dport 443 -j REJECT --reject-with icmp-host-prohibited');
      await restartGateway();
    },
  },
  {
    name: 'firewall-rejects-the-gateway',
    about: "iptables on the backend drops what comes from the gateway's address",
    causes: ['P1 firewall.blocked host.backend'],
    confidence: 'likely',
    exit: 1,
    inject: async ({ backend, restartGateway }) => {
      backend.sh(`iptables -A INPUT -s ${client.v4} -p tcp --dport 443 -j DROP`);
      await restartGateway();
    },
  },
  {
    name: 'firewall-refuses-the-gateway',
    about: "iptables on the backend rejects what comes from the gateway's address",
    causes: ['P1 firewall.blocked host.backend'],
    exit: 1,
    inject: async ({ backend, restartGateway }) => {
      backend.sh(`iptables -A INPUT -s ${client.v4} -p tcp --dport 443 -j REJECT --reject-with tcp-reset`);
      await restartGateway();
    },
  },
  {
    name: 'firewall-of-the-gateway',
    about: 'iptables on the gateway lets nothing out to port 443',
    causes: ['P1 firewall.blocked host.backend'],
    confidence: 'likely',
    exit: 1,
    inject: async ({ gateway, restartGateway }) => {
      gateway.sh('iptables -A OUTPUT -p tcp --dport 443 -j DROP');
      await restartGateway();
    },
  },
  {
    name: 'host-down',
    about: "the backend's link was pulled",
    causes: ['P0 host.down host.backend'],
    confidence: 'likely',
    exit: 1,
    inject: ({ lan }) => void lan.run('ip', 'link', 'set', 'backend', 'down'),
    repair: ({ lan }) => void lan.run('ip', 'link', 'set', 'backend', 'up'),
  },
  {
    name: 'host-down-silent',
    about: 'the backend drops everything that comes over its link',
    causes: ['P0 host.down host.backend'],
    confidence: 'likely',
    exit: 1,
    inject: ({ backend }) => void backend.sh('iptables -A INPUT -i lan -j DROP'),
  },
  {
    name: 'no-route-from-the-gateway',
    about: 'an unreachable route stands on the gateway',
    causes: ['P1 port.unreachable endpoint.agent'],
    exit: 1,
    inject: async ({ gateway, restartGateway }) => {
      gateway.run('ip', 'route', 'add', 'unreachable', `${there.v4}/32`);
      await restartGateway();
    },
    repair: ({ gateway }) => void gateway.sh(`ip route del unreachable ${there.v4}/32 || true`),
  },
  {
    name: 'observer-offline',
    about: "the laptop's link is down",
    causes: ['P0 observer.offline observer'],
    exit: 3,
    inject: ({ laptop }) => void laptop.run('ip', 'link', 'set', 'lan', 'down'),
    repair: ({ laptop }) =>
      void laptop.sh(
        `ip link set lan up; ip -6 address replace ${addresses.laptop.v6}/64 dev lan nodad; ip route replace default via ${addresses.names.v4}`,
      ),
  },
  {
    name: 'observer-clock-skew',
    about: "the laptop's clock is ten minutes ahead",
    causes: ['P1 observer.clock-skew observer'],
    exit: 0,
    before: ['faketime', '-f', '+10m'],
  },
  {
    name: 'observer-clock-skew-expires',
    about: "the laptop's clock is 400 days ahead, so that the certificate looks expired from there alone",
    causes: ['P1 observer.clock-skew observer'],
    exit: 1,
    before: ['faketime', '-f', '+400d'],
  },
  {
    name: 'observer-clock-skew-bare',
    about:
      "the laptop's clock is 2 days behind, the certificate is of today, and doctor knows the endpoint alone",
    causes: ['P0 observer.clock-skew observer'],
    confidence: 'likely',
    exit: 1,
    told: { bare: true },
    before: ['faketime', '-f', '-2d'],
  },
];
