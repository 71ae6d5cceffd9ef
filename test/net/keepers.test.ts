/** The state of what keeps a process, as evidence. */
import { expect, it } from 'vitest';
import type { Vantage } from '../../src/check.ts';
import { parseInspect } from '../../src/net/inspect.ts';
import { lookAtContainerState, lookAtUnitState } from '../../src/net/keepers.ts';

const host = (programs: Readonly<Record<string, { stdout?: string; stderr?: string; exitCode?: number }>>) =>
  ({
    execute: async ({ argv }: { argv: readonly string[] }) => {
      const known = programs[argv[0] ?? ''];
      if (!known) return { ok: false, failure: 'missing', detail: 'no such program' };
      return { ok: true, exitCode: 0, stdout: '', stderr: '', truncated: false, ...known };
    },
  }) as unknown as Vantage;

const failed = 'Id=nginx.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\n';
const lines = Array.from({ length: 30 }, (_, at) => `line ${at}`).join('\n');

it('reads the journal of a unit that is not active, and of no other', async () => {
  const systemctl = { stdout: failed };
  const journalctl = { stdout: `${lines}\n[emerg] bind() failed\n` };
  const state = await lookAtUnitState(host({ systemctl, journalctl }), 'nginx');
  expect(state).toMatchObject({ load: 'loaded', active: 'failed', sub: 'failed', result: 'exit-code' });
  expect(state?.journal).toHaveLength(20);
  expect(state?.journal.at(-1)).toBe('[emerg] bind() failed');
  const active = { stdout: failed.replaceAll('=failed', '=active') };
  expect(await lookAtUnitState(host({ systemctl: active, journalctl }), 'nginx')).toMatchObject({
    journal: [],
  });
});

it('knows nothing of a unit where there is no systemd', async () => {
  expect(await lookAtUnitState(host({}), 'nginx')).toBeNull();
  expect(await lookAtUnitState(host({ systemctl: { exitCode: 1 } }), 'nginx')).toBeNull();
});

it('reads both outputs of a container that ended', async () => {
  const state = { Status: 'exited', ExitCode: 1 };
  const printed = JSON.stringify({ id: 'a'.repeat(64), name: '/nginx', state });
  const container = parseInspect(printed, 'docker', 'nginx');
  const docker = { stdout: 'started\n', stderr: `[emerg] host not found in upstream\n${'x'.repeat(1000)}\n` };
  expect(await lookAtContainerState(host({ docker }), container)).toEqual({
    status: 'exited',
    exitCode: 1,
    log: ['started', '[emerg] host not found in upstream', 'x'.repeat(500)],
  });
  expect(await lookAtContainerState(host({}), container)).toMatchObject({ log: [] });
  expect(await lookAtContainerState(host({}), null)).toBeNull();
});
