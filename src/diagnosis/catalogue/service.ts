/** Causes of a service as a whole: most of them only several results together show. */
import {
  type Consequence,
  type Entry,
  gatewayCodes,
  lostConnection,
  noProcess,
  nothingServes,
} from '../entry.ts';

const deaf: readonly Consequence[] = [
  { over: 'self', codes: ['http.timeout', 'websocket.timeout', 'port.timeout', 'container.unhealthy'] },
  { over: 'endpoint', codes: [...gatewayCodes, 'http.timeout', 'websocket.timeout', 'websocket.closed'] },
  { over: 'direct', codes: ['port.timeout'] },
  { over: 'client', codes: lostConnection },
];

export const service: Readonly<Record<string, Entry>> = {
  'service.not-deployed': {
    priority: 'P1',
    title: '{name} was never deployed on {host}',
    means:
      'There is no unit, no process and no program file of it on its host: it was never installed there.',
    produces: [{ over: 'self', codes: ['systemd.not-found', 'process.missing'] }, ...noProcess],
    stops: true,
    fix: {
      summary: 'deploy {name} on {host}',
      steps: [
        'Install the program {process|of it} and its configuration on {host}.',
        'Have it start at boot ({unit|a unit of its own}), then start it: {enable|by that}',
      ],
      rollback: 'Stop it, and remove what was installed.',
    },
    verify: ['{isup|pgrep -af NAME  → one line}'],
  },
  'service.not-accepting': {
    priority: 'P0',
    title: '{name} listens on port {port} and never accepts a connection',
    means:
      'The port is bound and the kernel completes connections, but the process never accepts them: they wait in the accept queue, and nothing answers.',
    produces: deaf,
    stops: true,
    fix: {
      summary: 'make {process|the process} run its accept loop on port {port}',
      steps: [
        'Look in its code or log for the server loop of port {port}: it was bound, and is never run (or is blocked).',
        'Mend it and restart {name}; a restart alone helps only if the loop was stuck.',
      ],
      rollback: 'Deploy the former version, and restart it.',
    },
    verify: ['{inside|}ss -tln sport = :{port}  → Recv-Q 0 while clients connect'],
  },
  'service.not-responding': {
    priority: 'P0',
    title: '{name} accepts connections on port {port} and never answers',
    means: 'It accepts, and answers nothing, not even for a path that cannot exist.',
    produces: deaf,
    stops: true,
    fix: {
      summary: 'find out what {process|the process} waits for, and restart it',
      steps: [
        'Take a stack of the process before the restart (gdb -p, jstack, py-spy dump).',
        'Look for a pool that is used up, a lock, a backend of its own that does not answer.',
        'Restart {name}.',
      ],
      rollback: 'None needed.',
    },
    verify: ['{inside|}curl -m 5 http://localhost:{port}/  → any answer'],
  },
  'service.not-connected': {
    priority: 'P1',
    title: '{name} runs, and has no connection to {observedtarget|its endpoint}',
    means:
      'The process runs, and there is no established connection from it to the endpoint it should be connected to.',
    produces: [{ over: 'self', codes: ['journal.missing', 'journal.error'] }],
    fix: {
      summary: 'find out why {name} does not connect',
      steps: [
        'Read its log: {log|journalctl -u UNIT -n 50}',
        'Check the URL in its configuration, and its credentials.',
        'Restart it if it gave up trying.',
      ],
      rollback: 'None needed.',
    },
    verify: ['{inside|}ss -tnp | grep {process|NAME}  → ESTAB'],
  },
  'service.wrong-port': {
    priority: 'P0',
    title: '{name} listens on port {other}, not on {port}',
    means: 'A declared port is missing, and its process listens on one that is not declared.',
    produces: [{ over: 'self', codes: ['netstat.not-listening'] }, ...nothingServes],
    stops: true,
    fix: {
      summary: 'make it listen on {port}, or tell everybody {other}',
      steps: [
        'Check the port in its configuration; set it to {port} and restart it.',
        'If {other} is meant: change `listens`, `to` and the proxy.',
      ],
      rollback: 'Put the former port back, and restart it.',
    },
    verify: ['{inside|}ss -tlnp | grep :{port}  → LISTEN, {process|its process}'],
  },
};
