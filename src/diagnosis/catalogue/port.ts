/** Causes about reaching a port, a host, or anything at all. */
import { anyAnswer, type Entry, endpointIsLost, type Fix, lostConnection } from '../entry.ts';

const firewall = 'Remove the rule again.';

/** From its own host no firewall of the way is between. */
const askTheProgram: Fix = {
  summary: 'let {name} take connections on port {port} again',
  steps: [
    'On {host|its host}: is its accept queue full (ss -tln sport = :{port}, Recv-Q above Send-Q)? Then its program does not accept.',
    'Else a rule of that host drops what comes over loopback: nft list ruleset.',
  ],
  rollback: 'None needed.',
};

export const port: Readonly<Record<string, Entry>> = {
  'port.refused': {
    priority: 'P0',
    title: 'nothing accepts connections at {address} port {port}',
    ofService: { title: 'nothing accepts connections at {target}' },
    means:
      'The connection was refused: the host is there, and nothing listens on the port (or a firewall rejects).',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'start what should listen on port {port}, or correct the port',
      steps: [
        'On the host: ss -tlnp | grep :{port}. Nothing there: start the server.',
        'If it listens on 127.0.0.1 only, make it listen on the outside address.',
        'If it listens, look for a rule that rejects: nft list ruleset, the provider’s firewall.',
      ],
      rollback: 'Stop the server again.',
    },
    verify: ['nc -vz {address} {port}  → succeeded'],
  },
  'port.timeout': {
    priority: 'P0',
    title: '{address} port {port} does not answer',
    ofService: { title: '{target} takes no connection', fix: askTheProgram },
    means: 'No answer at all to a connection: a firewall drops it, or the host is down.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'open port {port} on the way to {address}',
      steps: [
        'Check that the host is up, and that the address is its own.',
        'Check every firewall on the way: the host’s (nft list ruleset), the provider’s, the network’s.',
      ],
      rollback: firewall,
    },
    verify: ['nc -vz {address} {port}  → succeeded'],
  },
  'port.unreachable': {
    priority: 'P0',
    title: 'there is no way to {address}',
    means: 'No route, or an ICMP unreachable on the way.',
    produces: endpointIsLost,
    stops: true,
    fix: {
      summary: 'mend the route to {address}',
      steps: [
        'See where it ends: ip route get ADDRESS, traceroute ADDRESS.',
        'Check that the address is still in use.',
      ],
      rollback: 'Put the former route back.',
    },
  },
  'port.partial': {
    priority: 'P1',
    title: 'some addresses of {address} do not answer on port {port}',
    means: 'The name has several addresses; some accept connections and others don’t, so some clients fail.',
    produces: endpointIsLost,
    fix: {
      summary: 'make every address answer, or take the dead ones out of DNS',
      steps: [
        'Dead: {failed|see the row}. Start the server there, or make it listen on that address family too.',
        'If the address is no longer in use, remove its A or AAAA record.',
      ],
      rollback: 'Put the record back.',
    },
  },
  'host.down': {
    priority: 'P0',
    title: 'the host {name} does not answer',
    means:
      'The host is unreachable, or silent on several of its ports or from several places, while others answer.',
    produces: [
      {
        over: 'host',
        codes: ['port.timeout', 'port.unreachable', 'port.partial', 'ssh.unreachable', ...anyAnswer],
      },
      { over: 'client', codes: lostConnection },
    ],
    stops: true,
    fix: {
      summary: 'bring {name} back: power, network, provider',
      steps: [
        'Look at the provider’s console: is the machine running?',
        'Check its network there: address, route, firewall.',
      ],
      rollback: 'None needed.',
    },
  },
  'observer.offline': {
    priority: 'P0',
    title: 'the machine that doctor runs on has no network',
    means: 'No address or no route: nothing that could not be reached from here is to blame.',
    fix: {
      summary: 'connect this machine to a network',
      steps: ['See the addresses and routes: ip addr, ip route.', 'Connect it, and run doctor again.'],
      rollback: 'None needed.',
    },
  },
};
