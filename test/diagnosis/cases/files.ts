/** Of a configuration file, a log, and what a service says of itself. */
import { row, topology } from '../../support/incidents.ts';
import type { Case } from './case.ts';

type Shown = Readonly<Record<string, Parameters<typeof row>[1]>>;

const mismatch = (about: readonly string[], key = 'agent_management.port', values: object = {}) => ({
  code: 'config.mismatch',
  expected: `${key} = 8081`,
  observed: `${key} = 8080`,
  values: { key, wanted: '8081', actual: '8080', at: '/srv/agent.toml:4', about, ...values },
});
const url = { wanted: '"wss://agent.example.com/ws/agent"', actual: '"wss://old.example.com/ws"' };
const failedWith = (line: string) => ({ code: 'systemd.failed', facts: { journal: [line] } });

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
      'service.gateway-agent.config': mismatch(['address'], 'backend_url', url),
      'service.gateway-agent.journal': 'journal.error',
    },
    ['P1 config.mismatch'],
  ],
  [
    'the address of something else in the file is not why',
    {
      'endpoint.agent.websocket': {},
      'endpoint.agent@gateway.websocket': {},
      'service.gateway-agent.connection': 'service.not-connected',
      'service.gateway-agent.config': mismatch(['address'], 'log.server', {
        wanted: '"log.example.com"',
        actual: '"old.example.com"',
      }),
    },
    ['P1 config.mismatch', 'P1 service.not-connected'],
  ],
  [
    'the port of something else in the file is not why',
    {
      'service.agent-server.netstat.8081': 'netstat.not-listening',
      'service.agent-server.config': mismatch(['port'], 'metrics.port', { wanted: '9090', actual: '9091' }),
      'endpoint.agent.websocket': 'http.bad-gateway',
    },
    ['P0 netstat.not-listening', 'P1 config.mismatch'],
  ],
  [
    'it listens where its own file says',
    {
      'service.agent-server.netstat.8081': {
        code: 'netstat.not-listening',
        facts: { processPorts: [8080, 8082] },
      },
      'service.agent-server.config': mismatch(['port'], 'agent_management.port', { actual: '8082' }),
      'endpoint.agent.websocket': 'http.bad-gateway',
    },
    ['P0 config.mismatch'],
  ],
  [
    'it listens on a port that its file does not have either',
    {
      'service.agent-server.netstat.8081': {
        code: 'netstat.not-listening',
        facts: { processPorts: [8080, 8083] },
      },
      'service.agent-server.config': mismatch(['port'], 'agent_management.port', { actual: '8082' }),
      'endpoint.agent.websocket': 'http.bad-gateway',
    },
    ['P0 service.wrong-port', 'P1 config.mismatch'],
  ],
  [
    'a unit that failed over the value that is not as declared',
    {
      'service.gateway-agent.systemd': failedWith('invalid value for backend_url: no route'),
      'service.gateway-agent.process': 'process.missing',
      'service.gateway-agent.connection': 'waits on service.gateway-agent.process',
      'service.gateway-agent.config': mismatch([], 'outbound.backend_url'),
    },
    ['P1 config.mismatch likely'],
  ],
  [
    'a unit that failed over something else',
    {
      'service.gateway-agent.systemd': failedWith('out of memory'),
      'service.gateway-agent.process': 'process.missing',
      'service.gateway-agent.connection': 'waits on service.gateway-agent.process',
      'service.gateway-agent.config': mismatch([], 'outbound.backend_url'),
    },
    ['P1 systemd.failed', 'P1 config.mismatch'],
  ],
  [
    'a unit that failed because another program has its port',
    {
      'service.agent-server.systemd': failedWith('Error: cannot listen on 0.0.0.0:8081'),
      'service.agent-server.process': 'process.missing',
      'service.agent-server.netstat.8080': 'netstat.not-listening',
      'service.agent-server.netstat.8081': 'netstat.wrong-process',
      'service.agent-server.websocket.8081': 'websocket.not-found',
      'endpoint.agent.websocket': 'websocket.not-found',
    },
    ['P0 netstat.wrong-process likely'],
  ],
  [
    'a unit that failed over something else, while another program took its port',
    {
      'service.agent-server.systemd': failedWith('Error: cannot open the data layer of 18081 agents'),
      'service.agent-server.process': 'process.missing',
      'service.agent-server.netstat.8080': 'netstat.not-listening',
      'service.agent-server.netstat.8081': 'netstat.wrong-process',
      'service.agent-server.websocket.8081': 'websocket.not-found',
      'endpoint.agent.websocket': 'websocket.not-found',
    },
    ['P0 netstat.wrong-process', 'P0 systemd.failed'],
  ],
  [
    'a unit whose program is gone, and whose former words name the port that another program took',
    {
      'service.agent-server.systemd': { ...failedWith('listening on 8081'), values: { exitStatus: 203 } },
      'service.agent-server.process': 'process.missing',
      'service.agent-server.netstat.8080': 'netstat.not-listening',
      'service.agent-server.netstat.8081': 'netstat.wrong-process',
      'service.agent-server.websocket.8081': 'websocket.not-found',
      'endpoint.agent.websocket': 'websocket.not-found',
    },
    ['P0 netstat.wrong-process', 'P0 systemd.failed'],
  ],
  [
    'a unit that was stopped, while another program took its port',
    {
      'service.agent-server.systemd': 'systemd.inactive',
      'service.agent-server.process': 'process.missing',
      'service.agent-server.netstat.8081': 'netstat.wrong-process',
      'endpoint.agent.websocket': 'websocket.not-found',
    },
    ['P0 systemd.inactive', 'P0 netstat.wrong-process'],
  ],
  [
    'a service without a unit, whose port another program has',
    {
      'service.agent-server.process': 'process.missing',
      'service.agent-server.netstat.8081': 'netstat.wrong-process',
      'endpoint.agent.websocket': 'websocket.not-found',
    },
    ['P0 netstat.wrong-process'],
  ],
  [
    'what was never deployed has no file either',
    {
      'service.agent-server.systemd': 'systemd.not-found',
      'service.agent-server.process': {
        code: 'process.missing',
        facts: { program: null, programKnown: true },
      },
      'service.agent-server.netstat.8081': 'netstat.not-listening',
      'service.agent-server.config': 'config.missing',
      'endpoint.agent.websocket': 'http.bad-gateway',
    },
    ['P0 service.not-deployed'],
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
