/** Faults of containers: the engine's, the agent's and nginx's, on a host with Docker. */
import { agentContainer, containerSite, type Engine } from '../engine.ts';
import * as programs from '../programs.ts';
import type { Scenario } from '../scenario.ts';
import { upgradeHeaders } from '../site.ts';
import { clientUnit, type World } from '../world.ts';

/** On the engine; the gateway's agent tries anew. */
const on =
  (deed: (engine: Engine, world: World) => unknown) =>
  async (world: World): Promise<void> => {
    await deed(await world.engine(), world);
    await world.restartGateway();
  };

const site = (text: Parameters<Engine['writeSite']>[0]) =>
  on((engine) => {
    engine.writeSite(text);
    engine.reloadNginx();
  });

const notDeployed = (world: World): void => {
  world.gateway.sh(
    `systemctl -q disable --now ${clientUnit} 2>/dev/null; rm /etc/systemd/system/${clientUnit} ${programs.gatewayProgram}; systemctl daemon-reload`,
  );
};

const each: readonly Omit<Scenario, 'on'>[] = [
  { name: 'container-sound', about: 'nothing; the agent and nginx are containers', causes: [], exit: 0 },
  {
    name: 'container-missing',
    about: 'the container of the agent was removed',
    causes: ['P0 container.missing service.agent-server'],
    exit: 1,
    inject: on(({ docker }) => docker('rm', '-f', agentContainer)),
  },
  {
    name: 'container-stopped',
    about: 'docker stop of the agent',
    causes: ['P0 container.stopped service.agent-server'],
    exit: 1,
    inject: on(({ docker }) => docker('stop', '-t', '1', agentContainer)),
  },
  {
    name: 'container-stopped-crashed',
    about: 'the agent ended with exit code 1',
    causes: ['P0 container.stopped service.agent-server'],
    exit: 1,
    inject: on((engine) =>
      engine.startAgent({
        command: ['/bin/node', '-e', 'console.error("cannot open the data layer"); process.exit(1)'],
      }),
    ),
  },
  {
    name: 'container-restarting',
    about: 'the agent ends at once, and the engine starts it again and again',
    causes: ['P0 container.restarting service.agent-server'],
    exit: 1,
    inject: on(async (engine) => {
      await engine.startAgent({
        options: ['--restart', 'always'],
        command: ['/bin/node', '-e', 'process.exit(1)'],
      });
      await new Promise((settle) => setTimeout(settle, 1500));
    }),
  },
  {
    name: 'container-paused',
    about: 'docker pause of the agent',
    causes: ['P0 container.paused service.agent-server'],
    exit: 1,
    inject: on(({ docker }) => docker('pause', agentContainer)),
    repair: async (world) => void (await world.engine()).docker('unpause', agentContainer),
  },
  {
    name: 'container-unhealthy',
    about: "the engine's health check of the agent fails; the agent answers",
    causes: ['P1 container.unhealthy service.agent-server'],
    exit: 1,
    inject: on(async (engine) => {
      const check = ['--health-cmd', 'none', '--health-interval', '200ms', '--health-retries', '1'];
      await engine.startAgent({ options: check });
      await new Promise((settle) => setTimeout(settle, 2000));
    }),
  },
  {
    name: 'container-port-not-published',
    about: 'nginx was started without publishing 443',
    causes: ['P0 container.port-not-published proxy.nginx'],
    exit: 1,
    inject: on((engine) => engine.startNginx({ publish: [] })),
  },
  {
    name: 'container-port-not-published-direct',
    about: 'the agent is reached without a proxy, and its container publishes 8080 alone',
    causes: ['P0 container.port-not-published service.agent-server'],
    exit: 1,
    told: { direct: true },
    inject: on((engine) => engine.startAgent({ publish: ['8080:8080'] })),
  },
  {
    name: 'container-no-shared-network',
    about: "nginx's container is on a network of its own",
    causes: ['P0 container.no-shared-network proxy.nginx'],
    exit: 1,
    inject: on((engine) => engine.startNginx({ network: 'elsewhere' })),
  },
  {
    name: 'container-no-shared-network-address',
    about: 'nginx passes to the address of a network that its container was taken off',
    causes: ['P0 container.no-shared-network proxy.nginx'],
    exit: 1,
    inject: on(async (engine) => {
      engine.writeSite({ pass: 'http://172.19.0.4:8081', health: 'http://172.19.0.4:8080' });
      await engine.startNginx({ network: 'elsewhere' });
    }),
  },
  {
    name: 'container-proxy-stopped',
    about: 'docker stop of nginx',
    causes: ['P0 proxy.not-running proxy.nginx'],
    exit: 1,
    inject: on(({ docker }) => docker('stop', '-t', '1', 'nginx')),
  },
  {
    name: 'container-proxy-missing',
    about: "nginx's container was removed",
    causes: ['P0 proxy.not-running proxy.nginx'],
    exit: 1,
    inject: on(({ docker }) => docker('rm', '-f', 'nginx')),
  },
  {
    name: 'container-proxy-config-invalid',
    about: 'a directive is misspelt, and nginx was started anew',
    causes: ['P0 proxy.config-invalid proxy.nginx'],
    exit: 1,
    inject: on(async (engine) => {
      engine.writeSite(containerSite().replace('proxy_pass', 'proxy_past'));
      await engine.startNginx();
    }),
  },
  {
    name: 'container-wrong-port',
    about: 'proxy_pass says 8080',
    causes: ['P0 proxy.wrong-port proxy.nginx'],
    exit: 1,
    inject: site({ pass: `http://${agentContainer}:8080` }),
  },
  {
    name: 'container-wrong-port-loopback',
    about: "proxy_pass says 127.0.0.1, which is nginx's own container",
    causes: ['P0 proxy.wrong-port proxy.nginx'],
    exit: 1,
    inject: site({ pass: 'http://127.0.0.1:8081' }),
  },
  {
    name: 'container-backend-unreachable',
    about: 'proxy_pass names a container that nobody knows, by a variable',
    causes: ['P0 proxy.backend-unreachable proxy.nginx'],
    exit: 1,
    inject: site({
      pass: 'http://$agent:8081',
      location: `        resolver 127.0.0.11;\n        set $agent viworks-agent-old;\n${upgradeHeaders}`,
    }),
  },
  {
    name: 'container-no-upgrade',
    about: 'the location passes no Upgrade on',
    causes: ['P0 proxy.no-upgrade proxy.nginx'],
    exit: 1,
    inject: site({ location: '        proxy_http_version 1.1;' }),
  },
  {
    name: 'container-not-reloaded',
    about: 'the right port was written to the file, and nginx still runs the wrong one',
    causes: ['P0 proxy.not-reloaded proxy.nginx'],
    exit: 1,
    inject: on(async (engine, world) => {
      engine.writeSite({ pass: `http://${agentContainer}:8080` });
      engine.reloadNginx();
      await world.later();
      engine.writeSite({});
    }),
  },
  {
    name: 'container-not-accepting',
    about: 'the WebSocket port is bound in the container, and its server loop is never run',
    causes: ['P0 service.not-accepting service.agent-server'],
    exit: 1,
    inject: on((engine) => engine.startAgent({ manners: { manager: { duty: 'deaf' } } })),
  },
  {
    name: 'container-port-not-bound',
    about: 'the agent runs without its WebSocket server',
    causes: ['P0 netstat.not-listening service.agent-server'],
    exit: 1,
    inject: on((engine) => engine.startAgent({ manners: { manager: { duty: 'absent' } } })),
  },
  {
    name: 'container-loopback-only',
    about: 'the agent binds 127.0.0.1 of its container',
    causes: ['P0 netstat.loopback-only service.agent-server'],
    exit: 1,
    inject: on((engine) => engine.startAgent({ manners: { manager: { bind: '127.0.0.1' } } })),
  },
  {
    name: 'container-config-mismatch',
    about: "the agent's own file says 8082",
    causes: ['P0 config.mismatch service.agent-server'],
    exit: 1,
    inject: on((engine) => engine.startAgent({ port: 8082 })),
  },
  {
    name: 'two-the-incident',
    about: 'the incident: the agent never accepts, nginx passes to 8080, the gateway was never deployed',
    causes: [
      'P0 service.not-accepting service.agent-server',
      'P0 proxy.wrong-port proxy.nginx',
      'P1 service.not-deployed service.gateway-agent',
    ],
    exit: 1,
    inject: async (world) => {
      const engine = await world.engine();
      await engine.startAgent({ manners: { manager: { duty: 'deaf' } } });
      engine.writeSite({ pass: `http://${agentContainer}:8080` });
      engine.reloadNginx();
      notDeployed(world);
    },
  },
];

export const containers: readonly Scenario[] = each.map((scenario) => ({ ...scenario, on: 'containers' }));
