/** Causes seen in the files, the logs and the own commands of a service. */
import { type Consequence, type Entry, lostConnection, noProcess } from '../entry.ts';

/** A program that cannot read its configuration ends at its start. */
const cannotStart: readonly Consequence[] = [
  {
    over: 'self',
    codes: [
      'systemd.failed',
      'systemd.restarting',
      'container.restarting',
      'container.stopped',
      'container.unhealthy',
      'process.missing',
    ],
  },
  ...noProcess,
];

const restart = 'Restart {name}: most programs read it at their start alone.';
const putBack = 'Put the former file back, and restart {name}.';

export const files: Readonly<Record<string, Entry>> = {
  'config.missing': {
    priority: 'P1',
    title: '{name} has no configuration file: {observed}',
    means: 'The file is neither in the service’s container, where it has one, nor on its host.',
    produces: cannotStart,
    fix: {
      summary: 'put the file where {name} reads it',
      steps: [
        'Is it under another path, or not mounted into the container? Correct the mount, or `config.file`.',
        'Else deploy it. Then restart {name}.',
      ],
      rollback: 'Remove the file.',
    },
    verify: ['ls -l {file|FILE}  → the file'],
  },
  'config.invalid': {
    priority: 'P1',
    title: 'the configuration of {name} does not parse: {at|its file}',
    means: 'The file is there, and is not what its name says it is (TOML, JSON, YAML, INI).',
    produces: cannotStart,
    fix: {
      summary: 'mend {at|the file}: {observed}',
      steps: ['Mend the line, or what stands open before it.', restart],
      rollback: putBack,
    },
  },
  'config.mismatch': {
    priority: 'P1',
    title: 'the configuration of {name} says {observed}, not {wanted|what it should}',
    means: 'The file parses, and a key in it has another value than was declared, or is not there.',
    produces: [
      { over: 'self', about: 'port', codes: ['netstat.not-listening', 'service.wrong-port'] },
      { over: 'self', about: 'address', codes: lostConnection },
    ],
    fix: {
      summary: 'set {key} to {wanted|the right value} in {at|its file}',
      steps: [
        'In {at|the file}: set {key} to {wanted|the right value}.',
        restart,
        'If the file is right: correct `config.expect`.',
      ],
      rollback: putBack,
    },
  },
  'journal.missing': {
    priority: 'P1',
    title: '{name} never said what it should: {expected}',
    means:
      'The expected line did not come since the start of the unit or container, or in the time that was asked for.',
    fix: {
      summary: 'find out what {name} waits for before it gets to that line',
      steps: ['Read its log from its start: the last lines say how far it came ({observed}).'],
      rollback: 'None needed.',
    },
  },
  'journal.error': {
    priority: 'P1',
    title: '{name} complains: {observed}',
    means: 'Of the lines that match the expected or the unwanted pattern, the last is an unwanted one.',
    fix: {
      summary: 'mend what {name} complains about',
      steps: [
        'Read the lines around it in its log.',
        'If it recovers by itself and says so: name that line in `expect`.',
      ],
      rollback: 'None needed.',
    },
  },
  'command.failed': {
    priority: 'P1',
    title: '{command|a command}: {observed}',
    means: 'A command of your own ended with another exit code, or printed something else, than it should.',
    fix: {
      summary: 'see what the command found: {observed}',
      steps: ['Run it by hand where it was run, and read all that it prints.'],
      rollback: 'None needed.',
    },
  },
};
