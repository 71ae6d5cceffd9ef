/** The commands of a plan, as a person would type them. */
import { expect, it } from 'vitest';
import type { Ask } from '../../src/check.ts';
import { withAsks } from '../../src/plan/asks.ts';
import { commandsText } from '../../src/plan/commands.ts';
import type { Step } from '../../src/plan/step.ts';

const step = (id: string, vantage: string, more: Partial<Step> = {}): Step => ({
  id,
  kind: 'process',
  subject: 'service.s',
  vantage,
  options: {},
  needs: [],
  ...more,
});

const runs = (argv: string[], when?: string): Ask => ({ operation: 'execute', argv, when });
const textOf = (steps: Step[], asks: Record<string, Ask[]>) =>
  commandsText(
    withAsks(steps, {
      ofLook: ({ id }) => asks[id] ?? [],
      behind: (ask, vantage) => {
        if (ask.operation === 'login') return [runs(['ssh', '-G', '--', ask.host], 'to log in')];
        return ask.operation === 'resolve' && vantage !== 'local'
          ? [runs(['getent', 'ahosts', ask.name])]
          : [];
      },
      ofSession: [runs(['id', '-u'], 'to log in')],
    }),
  ).replace(/^# .*\n/gm, '');

it('each once, by host, with the cases in which it is run', () => {
  const script = 'read -r a\nprintf \'%s\' "$a"';
  const steps = [step('a', 'local'), step('b', 'backend'), step('c', 'backend')];
  const asks: Record<string, Ask[]> = {
    a: [{ operation: 'connect', host: 'agent.example.com', port: 443 }],
    b: [
      { operation: 'resolve', name: 'agent.example.com', server: null, when: 'where it is not known' },
      runs(['sh', '-c', script]),
      { operation: 'readFile', path: '/proc/‹container pid›/net/tcp', when: 'where there is no ss' },
    ],
    c: [
      runs(['getent', 'ahosts', 'agent.example.com'], 'where it redirects there'),
      runs(['sh', '-c', script, 'sh', "it's", '‹pid›…'], 'where it runs'),
      runs(['id', '-u']),
    ],
  };
  expect(textOf(steps, asks)).toBe(`commands on this machine

  ssh -G -- backend  # to log in

commands on backend

  id -u
  getent ahosts agent.example.com  # where it is not known; where it redirects there
  script1='read -r a
  printf '\\''%s'\\'' "$a"'
  sh -c "$script1"
  cat /proc/‹container pid›/net/tcp  # where there is no ss
  sh -c "$script1" sh 'it'\\''s' ‹pid›…  # where it runs
`);
});

it('a host without a way in is asked nothing, and this machine may run nothing', () => {
  const steps = [step('a', 'local'), step('b', 'silent', { unreachable: 'no way in to silent' })];
  expect(textOf(steps, { b: [runs(['ps'])] })).toBe('no commands on this machine\n');
});

it('the login is where its own step is', () => {
  const steps = [step('a', 'backend'), step('host.backend.ssh', 'local')];
  const planned = withAsks(steps, {
    ofLook: ({ id }) => (id === 'a' ? [runs(['ps'])] : [{ operation: 'login', host: 'backend' }]),
    behind: () => [],
    ofSession: [runs(['id', '-u'])],
  });
  expect(planned.map(({ asks }) => asks.map(({ operation, on }) => `${operation} ${on}`))).toEqual([
    ['execute undefined'],
    ['login local', 'execute backend'],
  ]);
});
