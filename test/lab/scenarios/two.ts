/** Two faults at once: both named, in the right order. */
import { usualNames } from '../network.ts';
import type { Scenario } from '../scenario.ts';
import { upgradeHeaders } from '../site.ts';
import { clientUnit, serverUnit, type World } from '../world.ts';

const cn = 'agent.example.com';
const names = [`DNS:${cn}`];
const expired = (world: World) =>
  world.serveCertificate(world.certificates.make({ cn, names, issuer: world.ca, from: -90, until: -1 }));
const clientStopped = ({ gateway }: World) => gateway.run('systemctl', 'stop', clientUnit);
const serverStopped = ({ backend }: World) => backend.run('systemctl', 'stop', serverUnit);

export const two: readonly Scenario[] = [
  {
    name: 'two-expired-and-client-stopped',
    about: "the certificate ended, and the gateway's agent was stopped",
    causes: ['P0 tls.expired endpoint.agent', 'P1 systemd.inactive service.gateway-agent'],
    exit: 1,
    inject: async (world) => {
      await expired(world);
      clientStopped(world);
    },
  },
  {
    name: 'two-wrong-port-and-not-accepting',
    about: 'nginx passes to 8080, and the agent never accepts on 8081',
    causes: ['P0 service.not-accepting service.agent-server', 'P0 proxy.wrong-port proxy.nginx'],
    exit: 1,
    inject: async (world) => {
      await world.behave({ manager: { duty: 'deaf' } });
      await world.serveSite({ pass: 'http://127.0.0.1:8080' });
      await world.restartGateway();
    },
  },
  {
    name: 'two-name-and-unit',
    about: 'the record was removed, and the agent was stopped',
    causes: ['P0 systemd.inactive service.agent-server', 'P0 dns.nxdomain endpoint.agent'],
    exit: 1,
    inject: async (world) => {
      const { [cn]: _, ...others } = usualNames;
      await world.names.serve(others);
      serverStopped(world);
    },
  },
  {
    name: 'two-expired-and-wrong-name',
    about: 'the certificate ended, and is for another name',
    causes: ['P0 tls.wrong-name endpoint.agent', 'P0 tls.expired endpoint.agent'],
    exit: 1,
    inject: (world) =>
      world.serveCertificate(
        world.certificates.make({
          cn: 'www.example.com',
          names: ['DNS:www.example.com'],
          issuer: world.ca,
          from: -90,
          until: -1,
        }),
      ),
  },
  {
    name: 'two-no-upgrade-and-wrong-port',
    about: 'one location passes to 8080 and no Upgrade on',
    causes: ['P0 proxy.no-upgrade proxy.nginx', 'P0 proxy.wrong-port proxy.nginx'],
    exit: 1,
    inject: (world) =>
      world.serveSite({ pass: 'http://127.0.0.1:8080', location: '        proxy_http_version 1.1;' }),
  },
  {
    name: 'two-units-stopped',
    about: 'both agents were stopped',
    causes: ['P0 systemd.inactive service.agent-server', 'P1 systemd.inactive service.gateway-agent'],
    exit: 1,
    inject: (world) => {
      serverStopped(world);
      clientStopped(world);
    },
  },
  {
    name: 'two-warnings',
    about: 'the certificate ends in five days, and the unit of the agent is disabled',
    causes: ['P1 tls.expiring endpoint.agent', 'P1 systemd.disabled service.agent-server'],
    exit: 0,
    inject: async (world) => {
      await world.serveCertificate(
        world.certificates.make({ cn, names, issuer: world.ca, from: -85, until: 5 }),
      );
      world.backend.sh(`systemctl -q disable ${serverUnit} 2>/dev/null`);
    },
  },
  {
    name: 'two-firewall-and-unit',
    about: 'a firewall drops what comes to 443, and the agent was stopped',
    causes: ['P0 systemd.inactive service.agent-server', 'P0 firewall.blocked host.backend'],
    exit: 1,
    inject: async (world) => {
      world.backend.sh('iptables -A INPUT -i lan -p tcp --dport 443 -j DROP');
      serverStopped(world);
      await world.restartGateway();
    },
  },
  {
    name: 'two-nginx-and-unit-stopped',
    about: 'nginx and the agent were stopped',
    causes: ['P0 systemd.inactive service.agent-server', 'P0 proxy.not-running proxy.nginx'],
    exit: 1,
    inject: async (world) => {
      world.backend.sh('systemctl kill -s KILL nginx; systemctl stop nginx');
      serverStopped(world);
      await world.restartGateway();
    },
  },
  {
    name: 'two-wrong-path-and-short-timeout',
    about: 'proxy_pass ends in a slash, and the read timeout is shorter than the heartbeat',
    causes: ['P0 proxy.wrong-path proxy.nginx', 'P2 proxy.short-timeout proxy.nginx'],
    exit: 1,
    told: { server: 'heartbeat = "30s"' },
    inject: async (world) => {
      await world.serveSite({
        pass: 'http://127.0.0.1:8081/',
        location: `${upgradeHeaders}\n        proxy_read_timeout 20s;`,
      });
      await world.restartGateway();
    },
  },
];
