/** Causes seen in the state of a systemd unit. */
import { type Consequence, type Entry, inCase, noProcess } from '../entry.ts';

const noUnit: readonly Consequence[] = [{ over: 'self', codes: ['process.missing'] }, ...noProcess];

const watchUnit = [
  'systemctl is-active {unit}  → active{on|}',
  'journalctl -u {unit} -n 50 --no-pager  → no error since the start{on|}',
];
const log = 'journalctl -u {unit} -n 50 --no-pager';

export const systemd: Readonly<Record<string, Entry>> = {
  'systemd.not-found': {
    priority: 'P1',
    title: 'there is no unit {unit|of that name} on {host|the host}',
    means: 'systemd knows no such unit: there is no file of it, or it was not read since it was put there.',
    shows: ['systemctl status: Unit could not be found.'],
    why: [
      'It was never installed on this host.',
      'Its file was put there, and systemctl daemon-reload was not run.',
      'It has another name (a template needs its instance: name@instance.service).',
      'It is a user’s unit (systemctl --user), not the system’s.',
    ],
    produces: noUnit,
    stops: true,
    fix: {
      summary: 'install the unit {unit|file} on {host|the host}',
      steps: [
        'Look for it under another name: systemctl list-unit-files | grep -i {name}',
        'Install its file as /etc/systemd/system/{unit|UNIT}, then systemctl daemon-reload.',
        inCase(
          { runs: true },
          '{process|It} runs without a unit now, and has its ports: end it first, or the unit cannot bind them: {ps|pgrep -af NAME}, then kill PID.',
        ),
        'Start it, now and at boot: systemctl enable --now {unit}',
      ],
      commands: [
        '{onhost}',
        'systemctl list-unit-files | grep -i {name}',
        'systemctl daemon-reload',
        inCase({ runs: true }, '{ps}'),
        inCase({ runs: false }, 'systemctl enable --now {unit}'),
      ],
      risk: 'None where it does not run now; else its open connections end.',
      rollback: 'systemctl disable --now {unit}, remove the file, systemctl daemon-reload.',
    },
    verify: watchUnit,
  },
  'systemd.inactive': {
    priority: 'P0',
    title:
      'the unit {unit|of the service} is installed on {host|the host} and not started: {observed|inactive}',
    means:
      'The unit is there and inactive: it was stopped, never started, or is starting or stopping just now.',
    shows: ['systemctl status: inactive (dead). Nothing of it runs, and there is no error.'],
    why: [
      'Somebody stopped it, or a deployment stopped it and did not start it again.',
      'It is not enabled, and the machine was restarted.',
      'A condition of its start was not met (ConditionPathExists=), or a unit that it needs does not run.',
      'It ended by itself with exit code 0.',
    ],
    produces: noUnit,
    stops: true,
    fix: {
      summary: 'start {unit|the unit}',
      steps: [
        'See who stopped it, and when: journalctl -u {unit} -n 50 --no-pager',
        inCase(
          { conditionMet: false },
          'A condition of its start was not met: systemctl status {unit} names it. Meet it first.',
        ),
        inCase({ conditionMet: true }, 'Start it, now and at every boot: systemctl enable --now {unit}'),
      ],
      commands: [
        '{onhost}',
        log,
        inCase({ conditionMet: false }, 'systemctl status {unit}'),
        inCase({ conditionMet: true }, 'systemctl enable --now {unit}'),
      ],
      risk: 'Low. If it was stopped on purpose (maintenance, a second instance), ask first.',
      rollback: 'systemctl stop {unit}',
    },
    verify: watchUnit,
  },
  'systemd.failed': {
    priority: 'P0',
    title: 'the unit {unit|of the service} failed: {observed|see its journal}',
    means: 'It was started and ended with an error, and systemd does not start it again.',
    shows: ['systemctl status: failed (Result: exit-code). systemctl --failed lists it.'],
    why: [
      'Its configuration is wrong, or a file that it needs is missing or not readable.',
      'Its port is taken: Address already in use.',
      'The program is not there or not executable (status 203/EXEC), or its user is missing (217/USER).',
      'It was killed: out of memory (oom-kill), a time-out at the start, a crash (SIGSEGV).',
    ],
    produces: noUnit,
    stops: true,
    fix: {
      summary: 'mend why {unit|the unit} ends, then start it',
      steps: [
        'Read its last lines: journalctl -u {unit} -n 50 --no-pager',
        inCase(
          { result: 'exit-code', exitStatus: '203' },
          'Status 203 (EXEC): the program of ExecStart= is not there, or not executable: systemctl cat {unit}, then ls -l of that path.',
        ),
        inCase(
          { result: 'exit-code', exitStatus: '217' },
          'Status 217 (USER): the user of User= does not exist: useradd --system it.',
        ),
        inCase(
          { result: ['exit-code', 'success'] },
          'Mend what they say: its configuration, a missing file or right, a port that is taken.',
        ),
        inCase(
          { result: ['signal', 'core-dump'] },
          'A crash: coredumpctl info {unit}. Go back to the former version if it came with the new one.',
        ),
        inCase(
          { result: 'oom-kill' },
          'Out of memory: raise MemoryMax= of the unit, or find what takes the memory.',
        ),
        inCase(
          { result: ['timeout', 'watchdog'] },
          'It did not say in time that it is up: see what it waits for, or raise TimeoutStartSec=.',
        ),
        'Then: systemctl restart {unit}',
      ],
      commands: ['{onhost}', log, 'systemctl restart {unit}'],
      risk: 'None: it does not run now.',
      rollback: 'systemctl stop {unit}',
    },
    verify: watchUnit,
  },
  'systemd.restarting': {
    priority: 'P0',
    title: 'the unit {unit|of the service} restarts over and over: {observed|see its journal}',
    means: 'It ends soon after every start, and systemd starts it again or has given up.',
    shows: [
      'systemctl status: activating (auto-restart), or failed with "Start request repeated too quickly". It answers now and then.',
    ],
    why: [
      'Its configuration is wrong, or what it needs at its start is missing: a file, a name, a database.',
      'Its port is taken by a former instance.',
      'It is killed again and again: out of memory, a watchdog.',
      'Type= does not fit: a program that forks, with Type=simple.',
    ],
    produces: [
      { over: 'self', codes: ['systemd.failed', 'systemd.inactive', 'process.missing'] },
      ...noProcess,
    ],
    stops: true,
    fix: {
      summary: 'mend why {unit|the unit} ends after its start',
      steps: [
        'Read its last lines: journalctl -u {unit} -n 50 --no-pager',
        'Mend the reason, then forget the count of starts and start it: systemctl reset-failed {unit}; systemctl restart {unit}',
      ],
      commands: ['{onhost}', log, 'systemctl reset-failed {unit}', 'systemctl restart {unit}'],
      risk: 'Low: it does not stay up as it is.',
      rollback: 'systemctl stop {unit}',
    },
    verify: [...watchUnit, 'systemctl show -p NRestarts {unit}  → a number that stays the same{on|}'],
  },
  'systemd.masked': {
    priority: 'P0',
    title: 'the unit {unit|of the service} is masked',
    means: 'Somebody forbade it to start (systemctl mask): its file is a link to /dev/null.',
    shows: ['systemctl start: Unit is masked.'],
    why: [
      'It was masked on purpose: another service took its place, or it must not run during some work.',
      'A package masks its unit until it is set up.',
    ],
    produces: [{ over: 'self', codes: ['systemd.inactive'] }, ...noUnit],
    stops: true,
    fix: {
      summary: 'unmask {unit|the unit} and start it',
      steps: [
        'Ask why it was masked, and since when: ls -l /etc/systemd/system/{unit|UNIT}',
        'systemctl unmask {unit}; systemctl enable --now {unit}',
      ],
      commands: [
        '{onhost}',
        'ls -l /etc/systemd/system/{unit}',
        'systemctl unmask {unit}',
        'systemctl enable --now {unit}',
      ],
      risk: 'It may get into the way of what took its place (the same port, the same data).',
      rollback: 'systemctl mask --now {unit}',
    },
    verify: watchUnit,
  },
  'systemd.disabled': {
    priority: 'P1',
    title: 'the unit {unit|of the service} runs, and will not after a reboot: {unitFileState|disabled}',
    means: 'It is active, and nothing wants, requires or triggers it at boot.',
    shows: ['Nothing, until the next reboot: then the service is gone.'],
    why: [
      'It was started by hand and never enabled.',
      'It was enabled until the next boot only (--runtime), or masked while it ran.',
      'Its file has no [Install] section.',
    ],
    fix: {
      summary: 'enable {unit|the unit}',
      steps: [
        inCase(
          { unitFileState: ['masked', 'masked-runtime'] },
          'It is masked: systemctl unmask {unit} first, which stops nothing.',
        ),
        'systemctl enable {unit}',
        inCase(
          { unitFileState: ['static', 'disabled'] },
          'If systemctl says that it has no installation configuration: give its file an [Install] section with WantedBy=multi-user.target.',
        ),
      ],
      commands: [
        '{onhost}',
        inCase({ unitFileState: ['masked', 'masked-runtime'] }, 'systemctl unmask {unit}'),
        'systemctl enable {unit}',
      ],
      risk: 'None: it does not start or stop anything now.',
      rollback: 'systemctl disable {unit}',
    },
    verify: ['systemctl is-enabled {unit}  → enabled{on|}'],
  },
};
