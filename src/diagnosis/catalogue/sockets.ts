/** Causes seen on a service's own host: its sockets and processes. */
import {
  anyAnswer,
  type Entry,
  failedStart,
  inCase,
  lostConnection,
  noProcess,
  nothingServes,
} from '../entry.ts';

const restartRisk = 'A restart of {name|the service} ends its open connections.';
const listens = '{inside|}ss -tlnp sport = :{port}';

export const sockets: Readonly<Record<string, Entry>> = {
  'netstat.not-listening': {
    priority: 'P0',
    title: '{name|the service} does not listen on port {port|N}',
    means: 'Nothing listens on the port on the service’s host.',
    shows: [
      'Clients: "Connection refused". A proxy in front: 502, and in its error log connect() failed (111).',
    ],
    why: [
      'The program listens on another port than declared (its configuration, an environment variable).',
      'That part of it is not enabled, or failed to start while the rest runs.',
      'It could not bind: Address already in use, Permission denied for a port below 1024.',
      'It is still starting, or waits for something before it listens.',
    ],
    produces: nothingServes,
    stops: true,
    fix: {
      summary: 'make {name|the service} listen on port {port|N}',
      steps: [
        'Read its log from its start: a bind that failed is said there ({log|where it keeps it}).',
        'Check the port in {configfile|its configuration}, and that this part of it is enabled.',
        'Then restart it: {restart|by hand, as it was started}',
      ],
      commands: ['{onhost}', listens, '{log}', '{restart}'],
      risk: restartRisk,
      rollback: 'Put the former configuration back, and restart it.',
    },
    verify: [`${listens}  → LISTEN, {process|its process}{on|}`],
  },
  'netstat.loopback-only': {
    priority: 'P0',
    title: '{name|the service} listens on port {port|N} of loopback only ({addresses|127.0.0.1})',
    means:
      'It listens on 127.0.0.1 or ::1 alone, and its proxy or client is on another host or in another network namespace.',
    shows: [
      'On the host (or inside the container) curl to localhost answers; from anywhere else "Connection refused".',
    ],
    why: [
      'The default of the program: bind to localhost.',
      'In a container: 127.0.0.1 is the container’s own, which the engine’s proxy does not reach.',
      'The proxy moved to another host or into a container.',
    ],
    produces: nothingServes,
    stops: true,
    fix: {
      summary: 'bind {name|the service} to an address that its clients reach',
      steps: [
        'Set its bind address to 0.0.0.0 (or [::], or the right interface’s) in {configfile|its configuration}.',
        'Restart it: {restart|by hand, as it was started}',
        'Allow its clients alone through the firewall, where the port is not for everybody.',
      ],
      commands: ['{onhost}', listens, '{restart}'],
      risk: `The port is open to whoever reaches that address: have a firewall rule first. ${restartRisk}`,
      rollback: 'Set the bind address back, and restart it.',
    },
    verify: [`${listens}  → 0.0.0.0:{port}, [::]:{port} or *:{port}{on|}`],
  },
  'netstat.wrong-process': {
    priority: 'P0',
    title: 'another program has port {port|N} of {name|the service}: {observed|see the row}',
    means: 'The port is listened on, by another program than the service’s.',
    shows: [
      'Another page, another protocol, or odd errors; in the log of the service: Address already in use.',
    ],
    why: [
      'Another service was installed with the same port.',
      'An old instance is left over from a deployment, under another name.',
      '`process` names another program than the one that listens (a wrapper, an interpreter).',
    ],
    produces: [
      { over: 'self', codes: [...anyAnswer, 'process.missing'] },
      { over: 'self', codes: failedStart, about: 'start' },
      { over: 'endpoint', codes: anyAnswer },
      { over: 'client', codes: lostConnection },
    ],
    stops: true,
    fix: {
      summary: 'give port {port|N} back to {process|the service}',
      steps: [
        'What is it, and who started it? ps -o pid,user,lstart,args -p {pids.0|PID}; systemctl status {pids.0|PID}',
        'Stop it, or move it to another port.',
        'Then restart {name|the service}, which could not bind: {restart|by hand, as it was started}',
        'If it is the right program after all: correct `process`.',
      ],
      commands: [
        '{onhost}',
        'ps -o pid,user,lstart,args -p {pids.0}',
        'systemctl status {pids.0}',
        '{restart}',
      ],
      risk: 'The other program may serve somebody: ask before you stop it.',
      rollback: 'Start the other program again.',
    },
    verify: [`${listens}  → LISTEN, {process|its process}{on|}`],
  },
  'process.missing': {
    priority: 'P0',
    title: '{name|the service} does not run: no process {process|of it}',
    means: 'There is no such process on the host, or in its container.',
    shows: ['Clients: "Connection refused". ps shows nothing. A proxy in front: 502.'],
    why: [
      'It was stopped, or never started after the last reboot.',
      'It ended with an error, and nothing starts it again.',
      'It was killed: out of memory (dmesg), or by hand.',
      '`process` names another program than the one that runs.',
    ],
    produces: noProcess,
    stops: true,
    fix: {
      summary: 'start {process|it} on {host|its host}',
      steps: [
        'Read why it ended: {log|its log}; dmesg | grep -i "out of memory" shows whether the kernel killed it.',
        inCase(
          { hasUnit: false },
          'Start it as a systemd unit that starts at boot, so that it does not stay away the next time.',
        ),
        inCase(
          { unitIsUp: true },
          'Its unit counts as fine without it: see what that runs (systemctl cat {unit}: ExecStart=, Type=, RemainAfterExit=), mend it, then: {restart|restart it}',
        ),
        inCase({ unitIsUp: false }, 'Start it: {start|by hand, as it was started}'),
      ],
      commands: [
        '{onhost}',
        '{log}',
        inCase({ unitIsUp: true }, 'systemctl cat {unit}'),
        inCase({ unitIsUp: true }, '{restart}'),
        inCase({ unitIsUp: false }, '{start}'),
      ],
      risk: 'None: it does not run now.',
      rollback: 'Stop it again: {stop|by hand}',
    },
    verify: ['{ps}  → one line{on|}'],
  },
  'process.count': {
    priority: 'P1',
    title:
      '{name|the service} has {observed|another number of} processes instead of {expected|what is declared}',
    means: 'More, or fewer, processes than declared.',
    shows: ['More: two versions answer in turn. Fewer: it is slow, or part of its work is not done.'],
    why: [
      'An old instance was left over by a restart or deployment.',
      'A worker ended (out of memory, a crash) and was not started again.',
      'The number in its configuration was changed, and `count` was not.',
    ],
    fix: {
      summary: 'run {expected|the right number} of {process|it}',
      steps: [
        'See which there are, and since when: {ps|ps -eo pid,lstart,args}',
        inCase(
          { tooMany: true },
          'More: end the one that is left over (the oldest, of another version): kill PID.',
        ),
        inCase(
          { tooMany: false },
          'Fewer: read in {log|its log} why the others ended, then restart it: {restart|by hand, as it was started}',
        ),
      ],
      commands: ['{onhost}', '{pslong}', '{log}'],
      risk: 'The process that you end may still serve connections.',
      rollback: 'Restart it: {restart|by hand, as it was started}',
    },
    verify: ['{pscount}  → {expected}{on|}'],
  },
  'process.stuck': {
    priority: 'P0',
    title: 'the process of {name|the service} is there and does not run: {observed|T, Z or D}',
    means: 'It is stopped (T), a zombie (Z) or in uninterruptible sleep (D).',
    shows: [
      'It "runs" for ps and systemctl, its port takes connections until its queue is full, and nothing answers.',
    ],
    why: [
      'Stopped (T): a debugger, kill -STOP, Ctrl-Z, or a backup that freezes it.',
      'Zombie (Z): it ended, and its parent does not collect it.',
      'Uninterruptible (D): it waits for a disk or a network file system (NFS) that does not answer.',
    ],
    produces: [
      { over: 'self', codes: ['service.not-accepting', 'service.not-responding', 'port.timeout'] },
      // The sockets of a stopped process are there still; those of a zombie are gone.
      ...noProcess,
    ],
    stops: true,
    fix: {
      summary: 'let it run again, or restart it',
      steps: [
        inCase(
          { states: 'T' },
          'Stopped (T): kill -CONT {pids|PID}, and find out who stopped it (a debugger? grep TracerPid /proc/{pids.0|PID}/status).',
        ),
        inCase({ states: 'Z' }, 'Zombie (Z): restart its parent: ps -o ppid= -p {pids|PID}.'),
        inCase(
          { states: 'D' },
          'Uninterruptible (D): see what it waits for, cat /proc/{pids.0|PID}/stack; look at its disk and network file systems (dmesg, mount). kill does not help.',
        ),
      ],
      commands: [
        '{onhost}',
        'ps -o pid,ppid,stat,wchan:20,args -p {pids.0}',
        inCase({ states: 'T' }, 'kill -CONT {pids.0}'),
        inCase({ states: 'Z' }, 'ps -o ppid= -p {pids.0}'),
        inCase({ states: 'D' }, 'cat /proc/{pids.0}/stack'),
      ],
      risk: 'Work that waited in it goes on where it stopped, with data of then.',
      rollback: 'None needed.',
    },
    verify: ['ps -o stat= -p {pids.0}  → S or R{on|}'],
  },
};
