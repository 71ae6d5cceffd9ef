/** Faults of what the agent answers: to a request, and to the upgrade. */
import type { Manners } from '../programs.ts';
import type { Scenario } from '../scenario.ts';
import { upgradeHeaders } from '../site.ts';
import { clientUnit, type World } from '../world.ts';

const behaving =
  (manners: Manners) =>
  async (world: World): Promise<void> => {
    await world.behave(manners);
    await world.restartGateway();
  };

const health = (status: number, body = '{"status":"ill"}'): Manners => ({ health: { status, body } });

export const answers: readonly Scenario[] = [
  {
    name: 'http-500',
    about: 'the health port answers 500',
    causes: ['P1 http.status service.agent-server'],
    exit: 1,
    inject: behaving(health(500)),
  },
  {
    name: 'http-503-of-the-service',
    about: 'the health port answers 503 by itself',
    causes: ['P1 http.unavailable service.agent-server'],
    exit: 1,
    inject: behaving(health(503)),
  },
  {
    name: 'http-body',
    about: 'the health answer says that a part is missing',
    causes: ['P1 http.body endpoint.agent'],
    exit: 1,
    told: { endpoint: 'expect = { json = { status = "healthy" } }' },
    inject: behaving({ health: { body: '{"status":"degraded"}' } }),
  },
  {
    name: 'http-redirect-loop',
    about: 'the health address leads to itself',
    causes: ['P1 http.redirect-loop service.agent-server'],
    exit: 1,
    inject: behaving({ health: { status: 302, location: '/health', body: '' } }),
  },
  {
    name: 'http-slow',
    about: 'the health answer takes longer than doctor waits, other answers do not',
    causes: ['P1 http.timeout service.agent-server'],
    exit: 1,
    inject: behaving({ health: { delayMs: 8000, slowPath: '/health' } }),
  },
  {
    name: 'http-not-http',
    about: 'a mail server answers on the health port',
    causes: ['P1 http.not-http service.agent-server'],
    exit: 1,
    inject: behaving({ health: { duty: 'garbage' } }),
  },
  {
    name: 'http-closed',
    about: 'the health port resets every connection that asks',
    causes: ['P1 http.closed service.agent-server'],
    exit: 1,
    inject: behaving({ health: { duty: 'resets' } }),
  },
  {
    name: 'service-not-accepting',
    about: 'the WebSocket port is bound, and its server loop is never run',
    causes: ['P0 service.not-accepting service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { duty: 'deaf' } }),
  },
  {
    name: 'service-not-accepting-health',
    about: 'the health port is bound, and its server loop is never run',
    causes: ['P1 service.not-accepting service.agent-server'],
    exit: 1,
    inject: behaving({ health: { duty: 'deaf' } }),
  },
  {
    name: 'service-not-responding',
    about: 'the WebSocket port accepts, and never answers anything',
    causes: ['P0 service.not-responding service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { duty: 'silent' } }),
  },
  {
    name: 'service-port-not-bound',
    about: 'the agent runs without its WebSocket server',
    causes: ['P0 netstat.not-listening service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { duty: 'absent' } }),
  },
  {
    name: 'websocket-unauthorized-401',
    about: 'the agent answers 401 to the upgrade',
    causes: ['P0 websocket.unauthorized service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeStatus: 401 } }),
  },
  {
    name: 'websocket-unauthorized-403',
    about: 'the agent answers 403 to the upgrade',
    causes: ['P0 websocket.unauthorized service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeStatus: 403 } }),
  },
  {
    name: 'websocket-not-found',
    about: 'this version of the agent has no such path',
    causes: ['P0 websocket.not-found service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeStatus: 404 } }),
  },
  {
    name: 'websocket-not-upgraded',
    about: 'the agent answers the upgrade as a plain request',
    causes: ['P0 websocket.not-upgraded service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeStatus: 400 } }),
  },
  {
    name: 'websocket-rejected',
    about: 'the agent answers 500 to the upgrade',
    causes: ['P0 websocket.rejected service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeStatus: 500 } }),
  },
  {
    name: 'websocket-bad-accept',
    about: 'the agent answers with a wrong Sec-WebSocket-Accept',
    causes: ['P0 websocket.bad-accept service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeFault: 'accept' } }),
  },
  {
    name: 'websocket-timeout',
    about: 'the agent never answers the upgrade; other requests it does',
    causes: ['P0 websocket.timeout service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeFault: 'silent' } }),
  },
  {
    name: 'websocket-closed-policy',
    about: 'the agent closes every connection with 1008',
    causes: ['P0 websocket.closed service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeFault: 'close' } }),
  },
  {
    name: 'websocket-closed-cut',
    about: 'the agent drops every connection after the 101',
    causes: ['P0 websocket.closed service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeFault: 'cut' } }),
  },
  {
    name: 'websocket-no-pong',
    about: 'the agent answers no ping',
    causes: ['P0 websocket.no-pong service.agent-server'],
    exit: 1,
    inject: behaving({ manager: { upgradeFault: 'no-pong' } }),
  },
  {
    name: 'websocket-subprotocol',
    about: 'the agent does not know the subprotocol that is wanted',
    causes: ['P0 websocket.subprotocol endpoint.agent'],
    exit: 1,
    told: { endpoint: 'expect = { subprotocol = "agent.v2" }' },
    inject: behaving({ manager: { subprotocol: false } }),
  },
  {
    name: 'websocket-subprotocol-other',
    about: 'the agent answers with another subprotocol than the one that is wanted',
    causes: ['P0 websocket.subprotocol endpoint.agent'],
    exit: 1,
    told: { endpoint: 'expect = { subprotocol = "agent.v2" }' },
    inject: behaving({ manager: { subprotocol: 'agent.v1' } }),
  },
  {
    name: 'websocket-idle-dropped-by-nginx',
    about: 'nginx cuts what is silent for four seconds',
    causes: ['P1 proxy.short-timeout proxy.nginx'],
    exit: 1,
    told: { endpoint: 'idle = "9s"' },
    inject: (world) => world.serveSite({ location: `${upgradeHeaders}\n        proxy_read_timeout 4s;` }),
  },
  {
    name: 'websocket-idle-dropped-by-the-agent',
    about: 'the agent cuts what is silent for four seconds',
    causes: ['P1 websocket.idle-dropped endpoint.agent'],
    exit: 1,
    told: { endpoint: 'idle = "9s"' },
    inject: behaving({ manager: { upgradeFault: 'idle' } }),
  },
  {
    name: 'service-not-connected',
    about: 'the gateway was told another address, where there is no agent',
    causes: ['P1 config.mismatch service.gateway-agent'],
    exit: 1,
    inject: async (world) => {
      world.gateway.sh(
        `sed -i 's#wss://agent.example.com/ws/agent#wss://gateway.example.com/ws/agent#' /opt/viworks/agent/agent-outbound.toml`,
      );
      await world.restartGateway();
    },
  },
  {
    name: 'service-not-connected-authority',
    about: 'the gateway does not know the authority of the certificate',
    causes: ['P1 service.not-connected service.gateway-agent'],
    exit: 1,
    inject: async (world) => {
      world.gateway.write(
        '/opt/viworks/agent/ca.pem',
        world.certificates.make({ cn: 'Another Root', authority: true }).cert,
      );
      await world.restartGateway();
    },
  },
  {
    name: 'service-not-connected-asleep',
    about: 'the gateway agent runs, and never tries',
    causes: ['P1 service.not-connected service.gateway-agent'],
    exit: 1,
    inject: ({ gateway }) => {
      gateway.sh(
        `sed -i 's/^connect();/setInterval(() => {}, 1000);/' /opt/viworks/agent/viworks-agent; systemctl restart ${clientUnit}`,
      );
    },
  },
];
