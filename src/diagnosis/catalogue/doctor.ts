/** Causes of not seeing enough: they say nothing about the thing itself. */
import { type Entry, inCase } from '../entry.ts';

const none = 'None needed.';

export const doctor: Readonly<Record<string, Entry>> = {
  'doctor.no-permission': {
    priority: 'P2',
    title: 'the login user may not read {what|what is needed} on {host|the host}',
    means:
      'The user that doctor logs in as is not allowed to look there. Nothing is known about the thing itself.',
    shows: ['A row with "?": not allowed to read. By hand, as that user: Permission denied.'],
    why: [
      'The login user is not root, and the file, log, socket or engine is for root or a group.',
      'sudo wants a password, or does not allow the command.',
      'SELinux, AppArmor or hidepid hides it.',
    ],
    fix: {
      summary: 'let doctor’s user read {what|it}',
      steps: [
        'Refused: {observed|see the row}',
        inCase(
          { kind: 'journal' },
          'Logs of units are for root and the groups adm and systemd-journal: usermod -aG systemd-journal USER',
        ),
        inCase(
          { kind: 'container' },
          'The engine is for root and the group docker, which is as good as root.',
        ),
        inCase({ kind: ['netstat', 'connection'] }, 'Which process owns a socket only root sees.'),
        'Log in as root (ssh = { user = "root" }), or let doctor use sudo without a password: ssh = { sudo = true }. Then viworks-doctor plan prints the very commands that sudoers must grant.',
        inCase(
          { kind: 'config' },
          'In sudoers, for the file alone: LOGIN ALL=(root) NOPASSWD: /usr/bin/cat -- {what|FILE}',
        ),
      ],
      commands: ['{onhost}', 'id', 'sudo -n -l'],
      risk: 'Who may read it may read secrets that stand there.',
      rollback: 'Take the right or the group away again.',
    },
  },
  'doctor.no-answer': {
    priority: 'P2',
    title: 'could not look at {what|something}: {observed|no complete answer}',
    means:
      'A look did not end in time, or its answer was not complete, or what it asks does not run there. Nothing is known about the thing itself.',
    shows: ['A row with "?": could not look.'],
    why: [
      'The host is slow or overloaded, or a disk or network file system hangs.',
      'What is asked does not run: the container has ended, the engine does not answer.',
      'The answer is larger than what is read of it.',
    ],
    fix: {
      summary: 'see why, on the host: {observed|no complete answer}',
      steps: [
        inCase(
          { failure: 'timeout' },
          'Too slow: look at the host’s load (uptime, top), and try again with a longer --timeout.',
        ),
        'Where Docker or Podman does not answer: systemctl status docker, or podman info.',
        'Where a file or name is not there: correct it in the configuration.',
      ],
      commands: ['{onhost}', 'uptime'],
      risk: 'None.',
      rollback: none,
    },
  },
  'doctor.deadline': {
    priority: 'P2',
    title: 'the run’s deadline came before some looks',
    means: 'The run had no time left for it. Nothing is known about what it would have looked at.',
    shows: ['Rows with "?": the run’s deadline came first.'],
    why: [
      'Several looks waited for their time-outs, one after another (--concurrency 1).',
      'A host is slow.',
      'The deadline is too short for this configuration.',
    ],
    fix: {
      summary: 'give the run more time: --deadline 5m',
      steps: ['Or look at less: --only PATTERN.', 'Or wait less for each: --timeout 2s.'],
      commands: ['viworks-doctor run --deadline 5m'],
      risk: 'None.',
      rollback: none,
    },
  },
  'doctor.check-crashed': {
    priority: 'P2',
    title: 'a check crashed: {target|see the row}',
    means: 'A check or a plugin threw. The run went on; nothing is known about what it would have looked at.',
    shows: ['A row with "?": the check itself crashed, with the first line of its stack.'],
    why: [
      'A defect of a plugin.',
      'A defect of viworks-doctor: something answered in a way that it does not expect.',
    ],
    fix: {
      summary: 'report it, with a record of the run',
      steps: [
        'Make a record: viworks-doctor run --record run.json (secrets are taken out of it; read it before you give it away).',
        'Seen: {observed|see the row}',
      ],
      commands: ['viworks-doctor run --record run.json'],
      risk: 'A record holds names, addresses and what was read on the hosts.',
      rollback: none,
    },
  },
  'doctor.tool-missing': {
    priority: 'P2',
    title: 'nothing to look at {what|it} with on {host|the host}',
    means: 'The host has none of the tools or files that the check can read.',
    shows: ['A row with "?": no tool for it there.'],
    why: [
      'A small system or container without iproute2, procps or tar.',
      'It is no Linux with systemd (a container, another init).',
      'The engine that the configuration names is not installed.',
    ],
    fix: {
      summary: 'install what doctor reads {what|it} with, or leave the row out',
      steps: [
        'Missing: {observed|see the row}.',
        'Sockets: ss (Debian: iproute2, RHEL: iproute). Processes: ps (procps, procps-ng). Units need a systemd that runs there.',
        'Or leave the row out: take it out of the configuration, or --skip.',
      ],
      commands: ['{onhost}', 'command -v ss ps systemctl docker podman'],
      risk: 'None.',
      rollback: 'Remove the package again.',
    },
  },
};
