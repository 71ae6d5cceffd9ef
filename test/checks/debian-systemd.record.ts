/** Makes the fixtures of systemd and its journal, on hosts that boot: `test/checks/record.sh CACHE debian-12`. Read what it wrote. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Source } from '../../src/vantage/source.ts';
import { established, journals, writerFile, writers } from './debian-journals.ts';
import { agent, type DebianRecorder, openDebian, seconds } from './debian-recorder.ts';
import { enable, failing, passing, unitOf } from './debian-units.ts';

let debian: DebianRecorder;
let placed = 0;
beforeAll(async () => {
  debian = await openDebian();
  debian.write('/opt/viworks/agent/viworks-agent', agent, '755');
  placeUnits();
  placeWriters();
  await seconds(3);
});
afterAll(() => debian?.close());

/** In the order in which they are looked at. */
const units = Object.entries({ ...passing, ...failing }).sort(
  ([, a], [, b]) => (a.afterSeconds ?? 0) - (b.afterSeconds ?? 0),
);

function placeUnits(): void {
  for (const [name, unit] of units) {
    const own = unitOf(name, unit);
    const named = (words: string) => words.replaceAll('NAME', own);
    if (unit.file) debian.write(`/etc/systemd/system/${own.replace(/@.*/, '@')}.service`, unit.file);
    for (const [path, text] of Object.entries(unit.beside ?? {}))
      debian.write(named(path), named(text), text.startsWith('#!') ? '755' : '644');
  }
  debian.sh('systemctl daemon-reload');
  for (const [name, unit] of units) debian.sh(`name=${unitOf(name, unit)}.service\n${unit.set ?? enable}`);
  placed = Date.now();
}

async function recordUnits(afterSeconds: number): Promise<void> {
  const wrong: string[] = [];
  for (const [name, unit] of units) {
    const after = unit.afterSeconds ?? 0;
    if (after > 10 !== afterSeconds > 10) continue;
    await seconds(Math.max(0, (placed - Date.now()) / 1000 + after));
    if (unit.before) debian.sh(`name=${unitOf(name, unit)}.service\n${unit.before}`);
    await debian
      .record(`systemd/${name}`, { unit: unitOf(name, unit) }, unit)
      .catch((error) => wrong.push(String(error)));
  }
  expect(wrong).toEqual([]);
}

function placeWriters(): void {
  const names = Object.keys(writers);
  for (const name of names) {
    debian.write(`/opt/viworks/${name}.sh`, writers[name as keyof typeof writers]);
    debian.write(`/etc/systemd/system/agent-${name}.service`, writerFile(name));
  }
  const started = names.filter((name) => name !== 'idle').map((name) => `agent-${name}`);
  debian.sh(`systemctl daemon-reload
    systemctl enable -q --now ${started.join(' ')}
    sleep 1
    systemctl restart agent-before`);
}

it('systemd', () => recordUnits(0));

it('systemd, for an ordinary user', async () => {
  const user = { user: 'deploy' };
  await debian.record('systemd/pass-ordinary-user', { unit: 'viworks-agent' }, user);
  await debian.record('systemd/systemd.failed-ordinary-user', { unit: 'agent-failed-exit-code' }, user);
  debian.sh('chmod o-x /usr/bin/systemctl');
  try {
    await debian.record('systemd/doctor.no-permission-denied', { unit: 'viworks-agent' }, user);
  } finally {
    debian.sh('chmod o+x /usr/bin/systemctl');
  }
  await debian.record('systemd/doctor.tool-missing-busybox', { unit: 'viworks-agent' }, { user: 'bare' });
});

it('journal', async () => {
  const wrong: string[] = [];
  for (const [name, { of, options, ...more }] of Object.entries(journals)) {
    const asked = { unit: `agent-${of}`, expect: established, unwanted: 'connection failed', ...options };
    await debian.record(`journal/${name}`, asked, more).catch((error) => wrong.push(String(error)));
  }
  expect(wrong).toEqual([]);
});

it('systemd, after a minute', () => recordUnits(60));

it('systemd, as nothing here makes it', async () => {
  const source = debian.source('root');
  const execute: Source['execute'] = async (args, limits) => {
    const answer = await source.execute(args, limits);
    return answer.ok
      ? { ...answer, stdout: answer.stdout.replace('Result=signal', 'Result=oom-kill') }
      : answer;
  };
  await debian.record(
    'systemd/systemd.failed-out-of-memory',
    { unit: 'agent-failed-signal' },
    {
      source: { ...source, execute },
      played: 'a real SIGKILL, but the kernel sends none for want of memory here',
    },
  );
});

it('systemd, which does not answer', async () => {
  debian.signal('SIGSTOP');
  await debian.record('systemd/doctor.no-answer-timeout', { unit: 'viworks-agent' }, { timeoutMs: 2000 });
  debian.signal('SIGCONT');
});
