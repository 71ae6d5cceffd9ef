/** Causes seen in the files, the logs and the own commands of a service. */
import { type Consequence, type Entry, failedStart, inCase, lostConnection, noProcess } from '../entry.ts';

/** A program that cannot read its configuration ends at its start. */
const cannotStart: readonly Consequence[] = [{ over: 'self', codes: failedStart }, ...noProcess];

const restart =
  'Restart {name|the service}, since most programs read it at their start alone: {restart|by hand, as it was started}';
const restartRisk = 'A restart ends the open connections of {name|the service}.';
const putBack = 'Put the former file back, and restart {name|the service}.';
const keep = 'cp -a {hostfile} {hostfile}.before';

export const files: Readonly<Record<string, Entry>> = {
  'config.missing': {
    priority: 'P1',
    title: '{name|the service} has no configuration file: {observed|it is not there}',
    means: 'The file is neither in the service’s container, where it has one, nor on its host.',
    shows: ['The service ends at its start ("No such file or directory"), or runs with its defaults.'],
    why: [
      'The deployment did not put it there, or under another path.',
      'It is not mounted into the container, or the mount is an empty folder that the engine made.',
      '`config.file` names another path than the service reads.',
    ],
    produces: cannotStart,
    fix: {
      summary: 'put the file where {name|the service} reads it',
      steps: [
        'Where does it look for it? Its command line, its unit (systemctl cat) or its compose file says so.',
        'Under another path, or not mounted into the container: correct the mount, or `config.file`.',
        'Else deploy it, readable for the user that it runs as. Then restart it: {restart|by hand, as it was started}',
      ],
      commands: ['{onhost}', 'ls -l {hostfile}', '{restart}'],
      risk: restartRisk,
      rollback: 'Remove the file, and restart {name|the service}.',
    },
    verify: ['ls -l {hostfile}  → the file{on|}'],
  },
  'config.invalid': {
    priority: 'P1',
    title: 'the configuration of {name|the service} does not parse: {at|its file}',
    means: 'The file is there, and is not what its name says it is (TOML, JSON, YAML, INI).',
    shows: ['The service ends at its start with a parse error, or keeps running until its next restart.'],
    why: [
      'A quote, bracket or comma is missing, in the line or in one before it.',
      'A merge left its marks (<<<<<<<), or a template was not filled in.',
      'YAML: tabs, or another indentation. JSON: a comment, or a comma at the end.',
    ],
    produces: cannotStart,
    fix: {
      summary: 'mend {at|the file}: {observed|it does not parse}',
      steps: ['Mend the line, or what stands open before it.', restart],
      commands: ['{onhost}', keep, 'sed -n {aroundline}p {hostfile}', '{restart}'],
      risk: restartRisk,
      rollback: putBack,
    },
  },
  'config.mismatch': {
    priority: 'P1',
    title:
      'the configuration of {name|the service} says {observed|something else}, not {wanted|what it should}',
    means: 'The file parses, and a key in it has another value than was declared, or is not there.',
    shows: ['It listens on another port, or connects to another place, than everybody thinks.'],
    why: [
      'It was changed on the host by hand, or the deployment has an old version.',
      'Another environment’s file was deployed (staging for production).',
      'The declaration (`config.expect`) is out of date.',
    ],
    produces: [
      { over: 'self', about: 'port', codes: ['netstat.not-listening', 'service.wrong-port'] },
      { over: 'self', about: 'address', codes: lostConnection },
      ...cannotStart.map((each): Consequence => ({ ...each, about: 'start' })),
    ],
    fix: {
      summary: 'set {key|the key} to {wanted|the right value} in {at|its file}',
      steps: [
        inCase({ there: true }, 'In {at|the file}: set {key|the key} to {wanted|the right value}.'),
        inCase({ there: false }, 'In {at|the file}: add {key|the key} with {wanted|the right value}.'),
        restart,
        'If the file is right: correct `config.expect`, and what else was declared from it.',
      ],
      change: { file: '{file}', line: '{line}', before: '{before}', after: '{after}' },
      commands: ['{onhost}', keep, 'sed -n {aroundline}p {hostfile}', '{restart}'],
      risk: `${restartRisk} Whoever relies on the old value loses it.`,
      rollback: putBack,
    },
  },
  'journal.missing': {
    priority: 'P1',
    title: '{name|the service} never said what it should: {expected|the expected line}',
    means:
      'The expected line did not come since the start of the unit or container, or in the time that was asked for.',
    shows: ['The service runs and does not do its work: it waits, or stopped before that point.'],
    why: [
      'It waits for something: a server that does not answer, a lock, a name.',
      'It is not there yet: it started a moment ago.',
      'Its log level hides the line, or it logs into a file.',
      'A new version says it in other words.',
    ],
    fix: {
      summary: 'find out what {name|the service} waits for before it gets to that line',
      steps: [
        'Read its log from its start: the last lines say how far it came ({observed|see the row}).',
        'Says it so in other words now: correct `journal.expect`.',
      ],
      commands: ['{onhost}', '{log}'],
      risk: 'None in looking.',
      rollback: 'None needed.',
    },
    verify: ['{log} | grep -E {patternword}  → a line{on|}'],
  },
  'journal.error': {
    priority: 'P1',
    title: '{name|the service} complains: {observed|see its log}',
    means: 'Of the lines that match the expected or the unwanted pattern, the last is an unwanted one.',
    shows: ['The line itself, in its log; often the service tries again and again.'],
    why: [
      'What it connects to does not answer or refuses it.',
      'Credentials have expired, or a certificate is not trusted.',
      'The unwanted pattern matches a line that is no fault.',
    ],
    fix: {
      summary: 'mend what {name|the service} complains about',
      steps: [
        'Read the lines around it in its log: what came before it says more.',
        'If it recovers by itself and says so: name that line in `journal.expect`.',
      ],
      commands: ['{onhost}', '{log}'],
      risk: 'None in looking.',
      rollback: 'None needed.',
    },
    verify: ['{log}  → no line like {pattern} after the last good one{on|}'],
  },
  'command.failed': {
    priority: 'P1',
    title: '{command|a command}: {observed|not as it should be}',
    means: 'A command of your own ended with another exit code, or printed something else, than it should.',
    shows: ['What the command was made to find.'],
    why: [
      'What it looks at is not as it should be.',
      'It ran as another user, or without the environment that it has by hand (PATH, a profile).',
      'What is expected of it is out of date.',
    ],
    fix: {
      summary: 'see what the command found: {observed|its exit code and output}',
      steps: [
        'Run it by hand where it was run, as the same user, and read all that it prints.',
        'If it is right after all, correct `exit_code` or `output` of the check.',
      ],
      commands: ['{seenfrom}', '{typed}', 'echo $?'],
      risk: 'That of the command itself.',
      rollback: 'None needed.',
    },
    verify: ['{typed}; echo $?  → {expected}{from|}'],
  },
};
