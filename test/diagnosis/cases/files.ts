/** Of a configuration file, a log, and what a service says of itself. */
import { row, topology } from '../../support/incidents.ts';
import type { Case } from './case.ts';

type Shown = Readonly<Record<string, Parameters<typeof row>[1]>>;

const mismatch = (about: readonly string[]) => ({
  code: 'config.mismatch',
  expected: 'agent_management.port = 8081',
  observed: 'agent_management.port = 8080',
  values: { key: 'agent_management.port', wanted: '8081', at: '/srv/agent.toml:4', about },
});

const files: [name: string, shown: Shown, causes: string[]][] = [
  [
    'a wrong port in the file is why nothing listens on the right one',
    {
      'service.agent-server.netstat.8081': 'netstat.not-listening',
      'service.agent-server.websocket.8081': 'waits on service.agent-server.netstat.8081',
      'service.agent-server.config': mismatch(['port']),
      'endpoint.agent.websocket': 'http.bad-gateway',
    },
    ['P0 config.mismatch'],
  ],
  [
    'another wrong value has nothing to do with it',
    {
      'service.agent-server.netstat.8081': 'netstat.not-listening',
      'service.agent-server.config': mismatch([]),
      'endpoint.agent.websocket': 'http.bad-gateway',
    },
    ['P0 netstat.not-listening', 'P1 config.mismatch'],
  ],
  [
    'a wrong address is why there is no connection, and no line about one',
    {
      'endpoint.agent.websocket': {},
      'endpoint.agent@gateway.websocket': {},
      'service.gateway-agent.connection': 'service.not-connected',
      'service.gateway-agent.config': mismatch(['address']),
      'service.gateway-agent.journal': 'journal.error',
    },
    ['P1 config.mismatch'],
  ],
  [
    'a file that does not parse is why the unit fails',
    {
      'service.gateway-agent.systemd': 'systemd.failed',
      'service.gateway-agent.process': 'process.missing',
      'service.gateway-agent.connection': 'waits on service.gateway-agent.process',
      'service.gateway-agent.config': 'config.invalid',
      'service.gateway-agent.journal': 'journal.missing',
    },
    ['P1 config.invalid'],
  ],
  [
    'a client complains because the endpoint is lost',
    {
      'endpoint.agent.websocket': 'websocket.not-found',
      'endpoint.agent@gateway.websocket': 'websocket.not-found',
      'service.gateway-agent.connection': 'service.not-connected',
      'service.gateway-agent.journal': 'journal.error',
    },
    ['P0 websocket.not-found'],
  ],
  [
    'a service that is connected complains of something else',
    {
      'endpoint.agent.websocket': {},
      'endpoint.agent@gateway.websocket': {},
      'service.gateway-agent.connection': {},
      'service.gateway-agent.journal': 'journal.error',
    },
    ['P1 journal.error'],
  ],
  ['a command fails by itself', { 'check.queue.command': 'command.failed' }, ['P1 command.failed']],
];

export const fileCases: readonly Case[] = files.map(([name, shown, causes]) => ({
  name,
  results: Object.entries(shown).map(([id, what]) => row(id, what)),
  topology,
  causes,
}));
