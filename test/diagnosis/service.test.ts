/** What is said of a service's cause, by what else was seen of it. */
import { expect, it } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { row, topology } from '../support/incidents.ts';

type Shown = Readonly<Record<string, Parameters<typeof row>[1]>>;

const firstCause = (shown: Shown) =>
  diagnose({
    topology,
    results: Object.entries(shown).map(([id, what]) => row(`service.agent-server.${id}`, what)),
  })[0];

const failed = (values: object) => ({
  code: 'systemd.failed',
  values: { unit: 'agent-server.service', ...values },
});

it.each<[string, Shown, readonly string[], readonly string[]]>([
  [
    'ends what runs by hand before its new unit starts',
    { systemd: 'systemd.not-found', process: {} },
    ['end it first'],
    [],
  ],
  [
    'ends nothing where nothing runs',
    { systemd: 'systemd.not-found', process: 'process.missing' },
    ['enable --now'],
    ['end it first'],
  ],
  [
    'restarts a unit that counts as active without its process, since to start it does nothing',
    { systemd: {}, process: 'process.missing' },
    ['systemctl restart'],
    ['systemctl start'],
  ],
  [
    'starts a process that has no unit that is up',
    { systemd: 'doctor.no-answer', process: 'process.missing' },
    ['systemctl start'],
    ['systemctl restart'],
  ],
  [
    'looks for a wrong port beside a file that is right',
    { 'netstat.8081': { code: 'netstat.not-listening', facts: { processPorts: [8082] } }, config: {} },
    ['is as declared', 'systemctl cat'],
    ['Check the port in'],
  ],
  [
    'looks for a wrong port in a file that nobody has read',
    { 'netstat.8081': { code: 'netstat.not-listening', facts: { processPorts: [8082] } } },
    ['Check the port in'],
    ['systemctl cat'],
  ],
  [
    'ends the processes that are too many',
    { process: { code: 'process.count', values: { tooMany: true } } },
    ['kill PID'],
    ['why the others ended'],
  ],
  [
    'says of a crash nothing of exit statuses',
    { systemd: failed({ result: 'signal', exitStatus: null }) },
    ['coredumpctl'],
    ['203', '217'],
  ],
  [
    'says what an exit status of systemd’s own means',
    { systemd: failed({ result: 'exit-code', exitStatus: 203 }) },
    ['Status 203'],
    ['217', 'coredumpctl'],
  ],
])('%s', (_, shown, said, unsaid) => {
  const fix = firstCause(shown)?.fix;
  const text = [...(fix?.steps ?? []), ...(fix?.commands ?? [])].join('\n');
  for (const words of said) expect(text).toContain(words);
  for (const words of unsaid) expect(text).not.toContain(words);
});

it.each<[string, readonly string[], readonly string[]]>([
  [
    'without stack traces, and without what systemd adds',
    [
      'Error: cannot open the data layer',
      '    at Object.<anonymous> (/opt/agent:2:7)',
      '}',
      'Node.js v20',
      'agent-server.service: Main process exited, code=exited, status=1/FAILURE',
    ],
    ['Its log: Error: cannot open the data layer', 'Its log: Node.js v20'],
  ],
  ['as it is, where it is set in all of it', ['  one', '  two'], ['Its log:   one', 'Its log:   two']],
  ['not at all, where the program said nothing', ['agent-server.service: Failed.'], []],
])('shows the end of a log %s', (_, journal, shown) => {
  const evidence = firstCause({ systemd: failed({ journal }) })?.evidence.slice(1);
  expect(evidence).toEqual(shown);
});

it('a connection is looked for by its port: ss calls a script by its interpreter', () => {
  const connection = row('service.gateway-agent.connection', 'service.not-connected');
  const [cause] = diagnose({ topology, results: [{ ...connection, target: 'agent.example.com:443' }] });
  expect(cause?.verify[0]).toBe(
    'ss -tn state established dport = :443  → a line with the address of agent.example.com (on gateway)',
  );
});
