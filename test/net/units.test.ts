import { describe, expect, it } from 'vitest';
import {
  endWords,
  isLostAtReboot,
  parseUnits,
  parseUptime,
  showArgv,
  unitName,
  unitPattern,
  upSeconds,
} from '../../src/net/units.ts';

const shown = `Type=notify
MainPID=260
NRestarts=2
ExecMainCode=2
ExecMainStatus=15
ExecMainExitTimestampMonotonic=4990000000
Id=nginx.service
WantedBy=multi-user.target other.target
RequiredBy=
LoadState=loaded
ActiveState=active
SubState=running
ActiveEnterTimestampMonotonic=12000000

Id=nosuch.service
LoadState=not-found
ActiveState=inactive
SubState=dead
`;

describe('parseUnits', () => {
  it('reads several units, whatever the order of their properties', () => {
    const [first, second] = parseUnits(shown);
    expect(first).toMatchObject({
      id: 'nginx.service',
      load: 'loaded',
      restarts: 2,
      mainPid: 260,
      exitStatus: null,
      signal: 'SIGTERM',
      ran: true,
      conditionMet: true,
      activeSince: 12_000_000,
      wantedBy: ['multi-user.target', 'other.target'],
      triggeredBy: [],
    });
    expect(second).toMatchObject({ id: 'nosuch.service', load: 'not-found', restarts: null, mainPid: null });
  });

  it.each(['', 'Failed to get properties: Access denied\n', 'ActiveState=active\n'])(
    'reads nothing of %j',
    (text) => {
      expect(parseUnits(text)).toEqual([]);
    },
  );

  it('lets a value with a line break change nothing that came before it', () => {
    const [unit] = parseUnits('LoadState=loaded\nActiveState=failed\nStatusText=x\nActiveState=active\n');
    expect(unit?.active).toBe('failed');
  });
});

describe('the name of a unit', () => {
  it.each(['agent', 'agent.service', 'getty@tty1.service', 'system-x\\x2dy.slice', 'a:b_c.timer'])(
    'takes %s',
    (name) => {
      expect(unitPattern.test(name)).toBe(true);
    },
  );
  it.each([
    '',
    '-x',
    '--help',
    'a b.service',
    'x@.service',
    'x@',
    'a;id',
    '$(id)',
    'a\nb',
    'a/b',
    'x'.repeat(300),
  ])('refuses %j', (name) => {
    expect(unitPattern.test(name)).toBe(false);
  });
  it('is a service where it says nothing else', () => {
    expect(['agent', 'a.b', 'agent.socket'].map(unitName)).toEqual([
      'agent.service',
      'a.b.service',
      'agent.socket',
    ]);
  });
  it('cannot become an option, and asks for no environment', () => {
    expect(showArgv('x').slice(-2)).toEqual(['--', 'x']);
    expect(showArgv('x').join(' ')).not.toMatch(/Environment/);
  });
});

describe('how long it has been up', () => {
  const since = (seconds: number) => ({ ...(parseUnits(shown)[0] ?? never()), activeSince: seconds * 1e6 });
  it('is the difference on the clock of the machine', () => {
    expect(parseUptime('5000.11 9000.22\n')).toBe(5000.11);
    expect(upSeconds(since(4990), 5000.11)).toBe(10);
  });
  it.each([
    ['a container with an uptime of its own', since(4990), 60],
    ['no uptime', since(4990), null],
    ['not active', { ...since(4990), active: 'failed' }, 5000],
  ])('is not known: %s', (_, unit, uptime) => {
    expect(upSeconds(unit, uptime)).toBeNull();
  });
});

it.each([
  [{ result: 'exit-code', exitStatus: 3, signal: null }, 'exit status 3'],
  [
    { result: 'exit-code', exitStatus: 203, signal: null },
    'exit status 203 (EXEC: its program cannot be executed)',
  ],
  [{ result: 'signal', exitStatus: null, signal: 'SIGSEGV' }, 'SIGSEGV'],
  [{ result: 'oom-kill', exitStatus: null, signal: 'SIGKILL' }, 'SIGKILL (oom-kill)'],
  [{ result: 'timeout', exitStatus: 0, signal: null }, 'timeout'],
  [{ result: 'protocol', exitStatus: null, signal: null }, 'protocol'],
])('%j is %s', (end, words) => {
  expect(endWords({ load: 'loaded', ...end })).toBe(words);
});

it.each([
  ['enabled', [], [], false],
  ['disabled', [], [], true],
  ['disabled', ['multi-user.target'], [], false],
  ['disabled', [], ['agent.socket'], false],
  ['linked', [], [], true],
  ['enabled-runtime', ['multi-user.target'], [], true],
  ['static', [], [], false],
  ['indirect', [], [], false],
  ['generated', [], [], false],
  ['transient', [], [], false],
  ['alias', [], [], false],
  [null, [], [], false],
])(
  '%s, wanted by %j, triggered by %j: lost at a reboot is %s',
  (unitFileState, wantedBy, triggeredBy, lost) => {
    expect(isLostAtReboot({ load: 'loaded', unitFileState, wantedBy, triggeredBy })).toBe(lost);
  },
);

function never(): never {
  throw new Error('no unit');
}
