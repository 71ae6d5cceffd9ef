/** Of a port that listens, and who does not get through to it. */
import { rows, topology } from '../../support/incidents.ts';
import type { Case, Given } from './case.ts';

const lost = (failure: 'timeout' | 'refused' | 'unreachable') => ({
  code: `port.${failure}`,
  facts: { attempts: [{ address: '192.0.2.10', family: 4, failure }] },
});
const listens: Given = {
  'proxy.nginx.netstat.443': {
    facts: { listeners: [{ address: '0.0.0.0', v6only: null, queue: 0, limit: 511 }] },
  },
};
const fromTheGateway = (failure: Parameters<typeof lost>[0]): Given => ({
  ...listens,
  'endpoint.agent@gateway.port': lost(failure),
  'endpoint.agent@gateway.tls': 'waits on endpoint.agent@gateway.port',
  'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.port',
  'service.gateway-agent.connection': 'service.not-connected',
});
const fromHere = (failure: Parameters<typeof lost>[0]): Given => ({
  ...listens,
  'endpoint.agent.port': lost(failure),
  'endpoint.agent.tls': 'waits on endpoint.agent.port',
  'endpoint.agent.http': 'waits on endpoint.agent.port',
  'endpoint.agent.websocket': 'waits on endpoint.agent.port',
});

const firewalls: [name: string, given: Given, causes: string[]][] = [
  [
    'another host gets no answer, where there may be no way back either',
    fromTheGateway('timeout'),
    ['P1 firewall.blocked likely'],
  ],
  [
    'another host is refused by what is not the listener',
    fromTheGateway('refused'),
    ['P1 firewall.blocked certain'],
  ],
  [
    'another host has no way there, which needs no firewall',
    fromTheGateway('unreachable'),
    ['P1 port.unreachable certain'],
  ],
  [
    'SSH gets there from here, and the port is unreachable',
    fromHere('unreachable'),
    ['P1 firewall.blocked certain'],
  ],
  [
    'nobody gets through, from here and from another host',
    { ...fromTheGateway('unreachable'), ...fromHere('timeout') },
    ['P0 firewall.blocked certain'],
  ],
];

export const firewallCases: readonly Case[] = firewalls.map(([name, given, causes]) => ({
  name,
  results: rows(given),
  topology,
  causes,
}));
