/** Causes seen on a service's own host: its sockets, processes and units. */
import {
  anyAnswer,
  type Consequence,
  type Entry,
  lostConnection,
  noProcess,
  nothingServes,
} from '../entry.ts';

const stopAgain = 'Stop it again.';

const noUnit: readonly Consequence[] = [{ over: 'self', codes: ['process.missing'] }, ...noProcess];

const watchUnit = ['systemctl is-active {unit}  → active', 'journalctl -u {unit} -n 50  → no error'];

export const host: Readonly<Record<string, Entry>> = {
  'netstat.not-listening': {
    priority: 'P0',
    title: '{name} does not listen on port {port}',
    means: 'Nothing listens on the port on the service’s host.',
    produces: nothingServes,
    stops: true,
    fix: {
      summary: 'make {name} listen on port {port}',
      steps: [
        'Check the port in its configuration, and that this part of it is enabled.',
        'Read its log from its start: a failed bind is said there.',
      ],
      rollback: 'Put the former configuration back, and restart it.',
    },
    verify: ['{inside|}ss -tlnp | grep :{port}  → LISTEN, {process|its process}'],
  },
  'netstat.loopback-only': {
    priority: 'P0',
    title: '{name} listens on port {port} of loopback only',
    means:
      'It listens on 127.0.0.1 or ::1 alone, and its proxy or client is on another host or in another network namespace.',
    produces: nothingServes,
    stops: true,
    fix: {
      summary: 'bind {name} to an address that its clients reach',
      steps: [
        'Set its bind address to 0.0.0.0 (or the right interface’s) and restart it.',
        'Keep a firewall rule for who may connect.',
      ],
      rollback: 'Set the bind address back, and restart it.',
    },
    verify: ['{inside|}ss -tln | grep :{port}  → 0.0.0.0:{port} or *:{port}'],
  },
  'netstat.wrong-process': {
    priority: 'P0',
    title: 'another program has port {port} of {name}: {observed}',
    means: 'The port is listened on, by another program than the service’s.',
    produces: [
      { over: 'self', codes: anyAnswer },
      { over: 'endpoint', codes: anyAnswer },
      { over: 'client', codes: lostConnection },
    ],
    stops: true,
    fix: {
      summary: 'give the port back to {process|the service}',
      steps: [
        'Find out what the other program is, and stop it or move it to another port.',
        'Then restart {name}: it could not bind.',
      ],
      rollback: 'Start the other program again.',
    },
    verify: ['{inside|}ss -tlnp | grep :{port}  → {process|its process}'],
  },
  'process.missing': {
    priority: 'P0',
    title: '{name} does not run: no process {process|of it}',
    means: 'No such process on the host.',
    produces: noProcess,
    stops: true,
    fix: {
      summary: 'start {process|it} on {host}',
      steps: [
        'Start it, as a systemd unit that starts at boot.',
        'If it ends at once, read its log and its exit status.',
      ],
      rollback: stopAgain,
    },
    verify: ['pgrep -af {process|NAME}  → one line'],
  },
  'process.count': {
    priority: 'P1',
    title: '{name} has {observed|another number of} processes instead of {expected}',
    means: 'More, or fewer, processes than declared.',
    fix: {
      summary: 'run {expected|the right number} of {process|it}',
      steps: ['More: an old one was left over by a restart; end it.', 'Fewer: see why the others ended.'],
      rollback: 'None needed.',
    },
  },
  'process.stuck': {
    priority: 'P0',
    title: 'the process of {name} is there and does not run: {observed}',
    means: 'It is stopped (T), a zombie (Z) or in uninterruptible sleep (D).',
    produces: [
      { over: 'self', codes: ['service.not-accepting', 'service.not-responding', 'port.timeout'] },
      // The sockets of a stopped process are there still; those of a zombie are gone.
      ...noProcess,
    ],
    stops: true,
    fix: {
      summary: 'let it run again, or restart it',
      steps: [
        'Stopped (T): kill -CONT PID, and find out who stopped it.',
        'Zombie (Z): restart its parent. Uninterruptible (D): look at its disk or network file system.',
      ],
      rollback: 'None needed.',
    },
    verify: ['ps -o stat= -p PID  → S or R'],
  },
  'systemd.not-found': {
    priority: 'P1',
    title: 'there is no unit {unit} on {host}',
    means: 'systemd knows no such unit.',
    produces: noUnit,
    stops: true,
    fix: {
      summary: 'install the unit {unit}',
      steps: [
        'Install its file into /etc/systemd/system, then: systemctl daemon-reload, systemctl enable --now {unit}',
      ],
      rollback: 'systemctl disable --now {unit}, and remove the file.',
    },
    verify: watchUnit,
  },
  'systemd.inactive': {
    priority: 'P0',
    title: 'the unit {unit} is installed on {host} and not started',
    means: 'The unit is there and inactive: it was stopped, or never started.',
    produces: noUnit,
    stops: true,
    fix: {
      summary: 'start {unit}',
      steps: ['systemctl enable --now {unit}', 'Find out who stopped it: journalctl -u {unit} -n 50'],
      rollback: 'systemctl stop {unit}',
    },
    verify: watchUnit,
  },
  'systemd.failed': {
    priority: 'P0',
    title: 'the unit {unit} failed: {observed}',
    means: 'It was started and ended with an error.',
    produces: noUnit,
    stops: true,
    fix: {
      summary: 'mend why {unit} ends, then start it',
      steps: [
        'Read its last lines: journalctl -u {unit} -n 50',
        'Mend the reason, then: systemctl restart {unit}',
      ],
      rollback: 'systemctl stop {unit}',
    },
    verify: watchUnit,
  },
  'systemd.restarting': {
    priority: 'P0',
    title: 'the unit {unit} restarts over and over: {observed}',
    means: 'It ends soon after every start, and systemd starts it again or has given up.',
    produces: [
      { over: 'self', codes: ['systemd.failed', 'systemd.inactive', 'process.missing'] },
      ...noProcess,
    ],
    stops: true,
    fix: {
      summary: 'mend why {unit} ends after its start',
      steps: [
        'Read its last lines: journalctl -u {unit} -n 50',
        'Mend the reason, then: systemctl reset-failed {unit}; systemctl restart {unit}',
      ],
      rollback: 'systemctl stop {unit}',
    },
    verify: watchUnit,
  },
  'systemd.masked': {
    priority: 'P0',
    title: 'the unit {unit} is masked',
    means: 'Somebody forbade it to start (systemctl mask).',
    produces: [{ over: 'self', codes: ['systemd.inactive'] }, ...noUnit],
    stops: true,
    fix: {
      summary: 'unmask {unit} and start it',
      steps: ['Ask why it was masked.', 'systemctl unmask {unit}; systemctl enable --now {unit}'],
      rollback: 'systemctl mask --now {unit}',
    },
    verify: watchUnit,
  },
  'systemd.disabled': {
    priority: 'P1',
    title: 'the unit {unit} runs, and will not after a reboot',
    means: 'It is active, and nothing wants, requires or triggers it at boot.',
    fix: {
      summary: 'enable {unit}',
      steps: ['systemctl enable {unit}'],
      rollback: 'systemctl disable {unit}',
    },
    verify: ['systemctl is-enabled {unit}  → enabled'],
  },
};
