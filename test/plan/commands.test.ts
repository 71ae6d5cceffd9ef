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
      hasSudo: (vantage) => vantage === 'sudoer',
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
    hasSudo: () => false,
  });
  expect(planned.map(({ asks }) => asks.map(({ operation, on }) => `${operation} ${on}`))).toEqual([
    ['execute undefined'],
    ['login local', 'execute backend'],
  ]);
});

it('what needs root as it is run there, and what an administrator can grant', () => {
  const asRoot = (argv: string[], when?: string): Ask => ({ ...runs(argv, when), asRoot: true }) as Ask;
  const asks = [
    asRoot(['ps', '-eo', 'pid=,user:32=']),
    runs(['systemctl', 'show', 'a.service']),
    asRoot(['nsenter', '-t', '‹container pid›', '-n', 'ss', '-tlnp']),
    { operation: 'readFile', path: '/etc/a b.toml' } as const,
    { operation: 'readFile', path: '/proc/net/tcp' } as const,
  ];
  const steps = [step('a', 'sudoer'), step('b', 'backend')];
  expect(textOf(steps, { a: asks, b: [...asks] })).toBe(`commands on this machine

  ssh -G -- sudoer  # to log in
  ssh -G -- backend  # to log in

commands on sudoer

  id -u  # to log in
  sudo -n -- ps -eo pid=,user:32=
  systemctl show a.service
  sudo -n -- nsenter -t ‹container pid› -n ss -tlnp
  cat '/etc/a b.toml'
  sudo -n -- cat -- '/etc/a b.toml'  # where that is denied
  cat /proc/net/tcp

to be granted on sudoer, where its login user is not root

  Cmnd_Alias VIWORKS_DOCTOR = \\
    /usr/bin/ps -eo pid\\=\\,user\\:32\\=, \\
    /usr/bin/cat -- /etc/a b.toml
  LOGIN ALL=(root) NOPASSWD: VIWORKS_DOCTOR

commands on backend

  id -u  # to log in
  ps -eo pid=,user:32=
  systemctl show a.service
  nsenter -t ‹container pid› -n ss -tlnp
  cat '/etc/a b.toml'
  cat /proc/net/tcp
`);
});
