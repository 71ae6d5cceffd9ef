/** Templates, and which of them belong to a cause. */
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/diagnosis/entry.ts';
import { generalWords, wordsOf } from '../../src/diagnosis/fix.ts';
import { commandsIn, fill, fillWhole, fits, sayings } from '../../src/diagnosis/words.ts';

const values = { unit: 'a.service', pids: ['7', '8'], none: null, empty: '', port: 80, fits: false };

it.each([
  ['start {unit}', 'start a.service', 'start a.service'],
  ['{unit|it} on {host|its host}', 'a.service on its host', 'a.service on its host'],
  ['on {host}', 'on HOST', null],
  ['{none|nothing}{empty|}', 'nothing', 'nothing'],
  ['kill {pids}', 'kill 7, 8', 'kill 7, 8'],
  ['kill {pids.0}', 'kill 7', 'kill 7'],
  ['kill {pids.9}', 'kill PID', null],
  ['kill {pids.9|PID of it}', 'kill PID of it', 'kill PID of it'],
  [':{port}', ':80', ':80'],
  ['Bearer ${TOKEN}', 'Bearer ${TOKEN}', 'Bearer ${TOKEN}'],
  ["--format '{{json .State}}'", "--format '{{json .State}}'", "--format '{{json .State}}'"],
  ['{constructor}', 'CONSTRUCTOR', null],
])('%s', (template, filled, whole) => {
  expect(fill(template, values)).toBe(filled);
  expect(fillWhole(template, values)).toBe(whole);
});

it.each([
  [{ unit: 'a.service' }, true, true],
  [{ unit: ['b.service', 'a.service'], port: '80' }, true, true],
  [{ unit: 'b.service' }, false, false],
  [{ pids: '8' }, true, true],
  [{ pids: '9' }, false, false],
  [{ fits: false }, true, true],
  [{ fits: true }, false, false],
  [{ none: 'x' }, true, false],
  [{ unit: 'a.service', other: 'x' }, true, false],
])(
  '%j fits, and does where nothing is known of a value: %s; without that: %s',
  (condition, lenient, strict) => {
    expect(fits(condition, values, true)).toBe(lenient);
    expect(fits(condition, values, false)).toBe(strict);
  },
);

it('leaves out what belongs to other cases, and commands that cannot be typed', () => {
  const said = [
    'one {host}',
    { when: { unit: 'b.service' }, say: 'two' },
    { when: { host: 'h' }, say: 'three {unit}' },
  ];
  expect(sayings(said, values)).toEqual(['one HOST', 'three a.service']);
  expect(commandsIn(said, values)).toEqual(['three a.service']);
});

const entry: Entry = {
  priority: 'P1',
  title: '{unit|the unit} is down: {observed|see it}',
  means: 'It is down.',
  shows: ['It is down.'],
  why: ['It fell.'],
  fix: {
    summary: 'raise {unit|it}',
    steps: ['Lift it.', 'Hold it.'],
    change: { file: '{file}', line: '{line}', before: '{before}', after: '{after}' },
    commands: ['{onhost}', 'lift {unit}', 'drop {other}'],
    risk: 'It may fall.',
    rollback: 'Let it lie.',
  },
  verify: ['look {unit}  → up{on|}'],
  instead: [{ when: { why: 'wind' }, title: 'the wind took {unit}', fix: { summary: 'wait' } }],
};
const change = { file: '/etc/a', line: 3, before: 'down', after: 'up' };
const known = { unit: 'a.service', observed: 'flat', onhost: '# on h: ssh h', on: ' (on h)', ...change };

describe('the words of a cause', () => {
  it('are filled, with the change and what to type', () => {
    expect(wordsOf(entry, known)).toEqual({
      title: 'a.service is down: flat',
      fix: {
        summary: 'raise a.service',
        steps: ['Lift it.', 'Hold it.'],
        change,
        commands: ['# on h: ssh h', 'lift a.service'],
        risk: 'It may fall.',
        rollback: 'Let it lie.',
      },
      verify: ['look a.service  → up (on h)'],
    });
  });

  it('have no change that is known in part, and no place without something to type there', () => {
    const { fix, verify } = wordsOf(entry, { ...known, unit: null, after: null });
    expect([fix.change, fix.commands, verify]).toEqual([null, [], []]);
  });

  it('are others where the case is known, and keep what is not told anew', () => {
    const { title, fix } = wordsOf(entry, { ...known, why: 'wind' });
    expect([title, fix.summary, fix.steps]).toEqual([
      'the wind took a.service',
      'wait',
      ['Lift it.', 'Hold it.'],
    ]);
  });

  it('give way to those of the owner: the first line, then steps of their own', () => {
    const { title, fix, verify } = wordsOf(entry, known, '\n  Call Ada.\n\n  1 555 0100\n');
    expect(title).toBe('a.service is down: flat');
    expect(fix).toEqual({
      summary: 'Call Ada.',
      steps: ['1 555 0100'],
      change: null,
      commands: [],
      risk: 'It may fall.',
      rollback: 'Let it lie.',
    });
    expect(verify).toHaveLength(1);
  });

  it('in general name what is not known, and say nothing of what was observed', () => {
    const { title, fix, verify } = generalWords(entry);
    expect(title).toBe('the unit is down');
    expect(fix.commands).toEqual(['lift UNIT', 'drop OTHER']);
    expect(fix.change).toBeNull();
    expect(verify[0]).toBe('look UNIT  → up');
  });
});
