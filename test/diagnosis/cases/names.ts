/** Of names and addresses: who gets another answer, and which address nobody answers at. */
import { rows, topology } from '../../support/incidents.ts';
import type { Case, Given } from './case.ts';

const is = (...addresses: string[]) => addresses.map((address) => ({ address, family: 4 }));
const rightly = { facts: { addresses: is('192.0.2.10') } };
const wrongly = {
  code: 'dns.wrong-address',
  observed: '10.0.0.9',
  expected: '192.0.2.10',
  facts: { addresses: is('10.0.0.9') },
};
const timedOut = {
  code: 'port.timeout',
  facts: { attempts: [{ address: '10.0.0.9', family: 4, failure: 'timeout' }] },
};
const four = { address: '192.0.2.10', family: 4 };
const six = { address: '2001:db8::10', family: 6, failure: 'refused' };
const partly = (...attempts: object[]) => ({
  code: 'port.partial',
  values: { failed: ['2001:db8::10'] },
  facts: { attempts },
});
const inFront = (address: string) => ({
  facts: { listeners: [{ address, v6only: null, queue: 0, limit: 511 }] },
});

const names: [name: string, given: Given, causes: string[]][] = [
  [
    'the gateway’s resolver has another answer than everybody else',
    {
      'endpoint.agent.dns': rightly,
      'endpoint.agent@gateway.dns': wrongly,
      'endpoint.agent@gateway.port': timedOut,
      'endpoint.agent@gateway.tls': 'waits on endpoint.agent@gateway.port',
      'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.port',
      'service.gateway-agent.connection': 'service.not-connected',
    },
    ['P1 dns.wrong-address certain'],
  ],
  [
    'here the name leads elsewhere, and the gateway gets through',
    {
      'endpoint.agent.dns': wrongly,
      'endpoint.agent@gateway.dns': rightly,
      'endpoint.agent.port': timedOut,
      'endpoint.agent.tls': 'waits on endpoint.agent.port',
      'endpoint.agent.http': 'waits on endpoint.agent.port',
      'endpoint.agent.websocket': 'waits on endpoint.agent.port',
    },
    ['P1 dns.wrong-address certain'],
  ],
  [
    'the same name is unknown to the gateway',
    {
      'endpoint.agent.dns': rightly,
      'endpoint.agent@gateway.dns': 'dns.nxdomain',
      'endpoint.agent@gateway.port': 'waits on endpoint.agent@gateway.dns',
      'endpoint.agent@gateway.tls': 'waits on endpoint.agent@gateway.dns',
      'endpoint.agent@gateway.websocket': 'waits on endpoint.agent@gateway.dns',
      'service.gateway-agent.connection': 'service.not-connected',
    },
    ['P1 dns.nxdomain certain'],
  ],
  [
    'a record for IPv6, and a server for IPv4 alone',
    { 'endpoint.agent.port': partly(four, six), 'proxy.nginx.netstat.443': inFront('0.0.0.0') },
    ['P1 port.partial certain'],
  ],
  [
    'one of two servers is down',
    { 'endpoint.agent.port': partly(four, { ...four, address: '192.0.2.11', failure: 'refused' }) },
    ['P1 port.partial certain'],
  ],
];

export const nameCases: readonly Case[] = names.map(([name, given, causes]) => ({
  name,
  results: rows(given),
  topology,
  causes,
}));
