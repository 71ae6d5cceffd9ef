/** Causes of a service as a whole: most of them only several results together show. */
import {
  type Consequence,
  type Entry,
  gatewayCodes,
  inCase,
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

const restartRisk = 'A restart ends the open connections of {name|the service}.';

export const service: Readonly<Record<string, Entry>> = {
  'service.not-deployed': {
    priority: 'P1',
    title: '{name|the service} was never deployed on {host|its host}',
    means:
      'There is no unit, no process and no program file of it on its host: it was never installed there.',
    shows: ['systemctl: Unit could not be found. Nothing of it in ps. Its partners never hear from it.'],
    why: [
      'The deployment to this host was forgotten, or failed before it began.',
      'It was installed on another host than declared.',
      'It was removed with a package or a clean-up.',
    ],
    produces: [
      { over: 'self', codes: ['systemd.not-found', 'process.missing', 'config.missing'] },
      ...noProcess,
    ],
    stops: true,
    fix: {
      summary: 'deploy {name|the service} on {host|its host}',
      steps: [
        'Install the program {process|of it} and its configuration on {host|its host}.',
        inCase(
          { hasUnit: true },
          'Install its unit as /etc/systemd/system/{unit|UNIT}, so that it starts at boot.',
        ),
        inCase({ hasUnit: false }, 'Give it a systemd unit of its own, so that it starts at boot.'),
        'Start it: {enable|systemctl enable --now UNIT}',
      ],
      commands: ['{onhost}', 'systemctl daemon-reload', 'systemctl enable --now {unit}'],
      risk: 'None: nothing of it runs now.',
      rollback: 'Stop it, and remove what was installed.',
    },
    verify: ['{isup}{on|}', '{ps}  → one line{on|}'],
  },
  'service.not-accepting': {
    priority: 'P0',
    title: '{name|the service} listens on port {port|N} and never accepts a connection',
    means:
      'The port is bound and the kernel completes connections, but the process never accepts them: they wait in the accept queue, and nothing answers.',
    shows: [
      'Clients connect at once and hang; when the queue is full, they cannot connect either. Nothing in the log of the service.',
      'ss -tln: Recv-Q of the listener grows with every client and never falls.',
    ],
    why: [
      'The server loop is never run: bound at the start, and the call that serves it is missing or comes too late.',
      'It is blocked: a lock, an event loop that is kept busy, all threads used up.',
      'Its process is stopped (SIGSTOP, a debugger).',
      'It has no file descriptors left (accept: Too many open files).',
    ],
    produces: deaf,
    stops: true,
    fix: {
      summary: 'make {process|the process} run its accept loop on port {port|N}',
      steps: [
        'Look for the server loop of port {port|N} in its code and its log: it was bound, and is never run (or is blocked).',
        'Before a restart, take a stack of the process (py-spy dump --pid, jstack, gdb -p), and see its limit of open files (cat /proc/PID/limits).',
        'Mend it and restart {name|the service}: {restart|by hand, as it was started}. A restart alone helps only if the loop was stuck.',
      ],
      commands: ['{onhost}', '{inside|}ss -tlnp sport = :{port}', '{log}', '{restart}'],
      risk: 'A restart of {name|the service} ends the connections of its other ports as well.',
      rollback: 'Deploy the former version, and restart it.',
    },
    verify: [
      '{inside|}ss -tln sport = :{port}  → Recv-Q 0 while clients connect{on|}',
      '{inside|}curl -si -m 5 http://localhost:{port}/  → any answer{on|}',
    ],
  },
  'service.not-responding': {
    priority: 'P0',
    title: '{name|the service} accepts connections on port {port|N} and never answers',
    means: 'It accepts, and answers nothing, not even for a path that cannot exist.',
    shows: [
      'Clients connect and hang; a proxy in front says 504. ss -tn shows many ESTAB connections to the port.',
    ],
    why: [
      'All of its workers wait: for a database, another service, a lock.',
      'A pool (connections, threads) is used up and never given back.',
      'It waits for a disk or a network file system.',
      'It expects TLS or another protocol on that port.',
    ],
    produces: deaf,
    stops: true,
    fix: {
      summary: 'find out what {process|the process} waits for, and restart it',
      steps: [
        'Take a stack of the process before the restart (py-spy dump --pid, jstack, gdb -p): it says what it waits for.',
        'See whom it is connected to: {inside|}ss -tnp. Many connections to one place name the culprit.',
        'Restart {name|the service}: {restart|by hand, as it was started}',
      ],
      commands: ['{onhost}', '{inside|}ss -tnp', '{log}', '{restart}'],
      risk: `${restartRisk} After it, what it waited for can't be seen any more.`,
      rollback: 'None needed.',
    },
    verify: ['{inside|}curl -si -m 5 http://localhost:{port}/  → any answer{on|}'],
  },
  'service.not-connected': {
    priority: 'P1',
    title: '{name|the service} runs, and has no connection to {observedtarget|its endpoint}',
    means:
      'The process runs, and there is no established connection from it to the endpoint it should be connected to.',
    shows: ['Its partner does not hear from it. Its log is silent, or says "connecting" again and again.'],
    why: [
      'The URL in its configuration is another one.',
      'Its credentials are refused, or the endpoint’s certificate is not trusted by its own trust store.',
      'It gave up trying after an outage.',
      'It takes another way out: a proxy of its own, another network namespace.',
    ],
    produces: [{ over: 'self', codes: ['journal.missing', 'journal.error'] }],
    fix: {
      summary: 'find out why {name|the service} does not connect',
      steps: [
        'Read its log: {log|journalctl -u UNIT -n 50}',
        'Check the URL and the credentials in {configfile|its configuration}.',
        inCase(
          { state: ['SYN-SENT'] },
          'It is still connecting (SYN-SENT): packets from its host get no answer; look for a firewall for outgoing connections.',
        ),
        inCase(
          { state: ['CLOSE-WAIT'] },
          'The other side has hung up (CLOSE-WAIT), and it did not notice: it should connect again; restart it.',
        ),
        'Restart it if it gave up trying: {restart|by hand, as it was started}',
      ],
      commands: ['{onhost}', '{log}', '{inside|}ss -tnp', '{restart}'],
      risk: restartRisk,
      rollback: 'None needed.',
    },
    verify: [
      '{inside|}ss -tn state established dport = :{port}  → a line with the address of {address|the endpoint}{on|}',
    ],
  },
  'service.wrong-port': {
    priority: 'P0',
    title: '{name|the service} listens on port {other|M}, not on {port|N}',
    means: 'A declared port is missing, and its process listens on one that is not declared.',
    shows: ['Clients and the proxy: "Connection refused". On the other port it answers.'],
    why: [
      'Its configuration, an environment variable or its command line has another port.',
      'A new version has another default.',
      'The declared port was taken, and it chose the next one.',
      'The declaration (`listens`) is out of date.',
    ],
    produces: [{ over: 'self', codes: ['netstat.not-listening'] }, ...nothingServes],
    stops: true,
    fix: {
      summary: 'make it listen on {port|N}, or tell everybody {other|M}',
      steps: [
        inCase(
          { fileIsRight: true },
          '{configfile|Its file} is as declared: it was started with another file, or an environment variable or its command line says {other|M}.',
        ),
        inCase(
          { fileIsRight: true, hasUnit: true },
          'Its unit shows what it is started with: systemctl cat {unit}',
        ),
        inCase(
          { fileIsRight: false },
          'Check the port in {configfile|its configuration}; set it to {port|N}.',
        ),
        'Then restart it: {restart|by hand, as it was started}',
        'If {other|M} is meant: change `listens`, `to` and proxy_pass of the proxy.',
      ],
      change: { file: '{file}', line: '{line}', before: '{before}', after: '{after}' },
      commands: [
        '{onhost}',
        '{inside|}ss -tlnp',
        inCase({ fileIsRight: true }, 'systemctl cat {unit}'),
        '{restart}',
      ],
      risk: `${restartRisk} Whoever uses port {other|M} already loses it.`,
      rollback: 'Put the former port back, and restart it.',
    },
    verify: ['{inside|}ss -tlnp sport = :{port}  → LISTEN, {process|its process}{on|}'],
  },
};
