/** What the kind says of states that come together, and what other rows may stand on. */
import { expect, it } from 'vitest';
import { container } from '../../checks/container.ts';
import { parseInspect } from '../../src/net/inspect.ts';

const seen = (state: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => {
  const running = { Status: 'running', Pid: 281, ExitCode: 0, StartedAt: '2026-11-24T07:28:40Z' };
  const printed = {
    id: 'a'.repeat(64),
    name: '/agent',
    state: { ...running, ...state },
    restarts: 0,
    ...more,
  };
  const network = { Networks: { backend: { IPAddress: '172.18.0.2' } } };
  const parsed = parseInspect(JSON.stringify({ network, mode: 'backend', ...printed }), 'docker', 'agent');
  const networks = parsed?.networks ?? [];
  return {
    trouble: null,
    container: parsed,
    networks,
    startedAt: null,
    log: [],
    upSeconds: 300,
    earlier: null,
  };
};
const options = { name: 'agent', needed: [8080, 8081] };
const unhealthy = {
  Health: { Status: 'unhealthy', FailingStreak: 4, Log: [{ ExitCode: 7, Output: 'refused\nmore' }] },
};

it('tells everything that is wrong with one that runs', () => {
  const { findings } = container.judge(seen(unhealthy), options);
  expect(findings.map(({ code, observed }) => `${code}: ${observed}`)).toEqual([
    'container.unhealthy: 4 health checks failed, exit code 7: refused',
    'container.port-not-published: not published',
  ]);
  expect(findings[1]?.values?.ports).toEqual(['8080', '8081']);
});

it.each([
  ['runs', seen(), true],
  ['is unhealthy', seen(unhealthy), true],
  ['is paused', seen({ Status: 'paused' }), false],
  ['ended', seen({ Status: 'exited', Pid: 0 }), false],
  ['waits to be restarted', seen({ Status: 'restarting' }), false],
  [
    'restarts again and again',
    {
      ...seen({}, { restarts: 9 }),
      upSeconds: 1,
      earlier: { status: 'running', restarts: 8, startedAt: '', upSeconds: 1 },
    },
    false,
  ],
  ['does not exist', { ...seen(), container: null }, false],
])('one that %s: others look into it, or not', (_, facts, expected) => {
  const place = container.provides?.container?.(facts, options) as { pid: number } | undefined;
  expect(place?.pid).toBe(expected ? 281 : undefined);
});

it.each(['missing', 'denied', 'incomplete'] as const)(
  'an engine that is %s is an error, not a fault',
  (failure) => {
    const { findings } = container.judge(
      { ...seen(), container: null, trouble: { failure, detail: 'why' } },
      options,
    );
    expect(findings).toMatchObject([{ code: 'container.engine-unavailable', observed: 'why' }]);
    expect(container.findings['container.engine-unavailable']?.status).toBe('error');
  },
);
