/** Makes the fixtures of hosts that boot, over their own sshd: `test/checks/record.sh CACHE debian-12`. Read what it wrote. */
import { basename } from 'node:path';
import { env } from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Check, Ground } from '../../src/check.ts';
import { registry } from '../../src/registry.ts';
import type { Source } from '../../src/vantage/source.ts';
import { bootDebian, type Debian } from '../support/debian.ts';
import { recordFixture } from '../support/fixture.ts';
import { established, journals, writerFile, writers } from './debian-journals.ts';
import { enable, failing, passing, unitOf } from './debian-units.ts';

const root = env.DEBIAN_ROOT ?? '';
const release = basename(root);
/** Its fixtures have the plain names. */
const usual = 'debian-12';

let debian: Debian;
let placed = 0;
beforeAll(async () => {
  debian = await bootDebian(root);
  debian.write('/opt/viworks/agent/viworks-agent', agent, '755');
  placeUnits();
  placeWriters();
  await seconds(3);
});
afterAll(() => debian?.close());

interface Case {
  readonly user?: string;
  readonly source?: Source;
  readonly ground?: Ground;
  readonly timeoutMs?: number;
  readonly played?: string;
  /** The releases whose answers are kept: one for each shape that an answer has. On the others it is only looked at. */
  readonly on?: readonly string[];
}

/** `KIND/CODE-CASE`, or `KIND/pass-CASE`. */
async function record(name: string, options: Record<string, unknown>, more: Case = {}): Promise<void> {
  const [kind = '', base = ''] = name.split('/');
  const { user = 'root', source = debian.source(user), ground = {}, on = [usual], timeoutMs = 10_000 } = more;
  const file = release === usual ? base : `${base}-${release}`;
  const why = more.played === undefined ? {} : { played: more.played };
  const kept = { ground, keep: on.includes(release), timeoutMs, vantage: 'backend', ...why };
  const { verdict } = await recordFixture(registry[kind] as Check, file, source, options, kept);
  const codes = verdict.findings.map(({ code }) => code);
  if (base.startsWith('pass-')) expect(codes, `${name}: ${verdict.observed}`).toEqual([]);
  else
    expect(
      codes.some((code) => base.startsWith(`${code}-`)),
      `${name}: ${codes}: ${verdict.observed}`,
    ).toBe(true);
}

const seconds = (count: number) => new Promise((settle) => setTimeout(settle, count * 1000));

const agent = `#!/usr/bin/perl
use IO::Socket::INET;
$| = 1;
my ($word, $address, $port, $count) = @ARGV;
my @sockets;
if ($word eq 'serve') {
  my $server = IO::Socket::INET->new(LocalAddr => $address, LocalPort => $port, Listen => $count, ReuseAddr => 1) or die $!;
  print "listening\n";
  while (my $socket = $server->accept) { push @sockets, $socket }
} else {
  push @sockets, IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port) or die $! for 1 .. $count;
  print "connected\n";
  sleep 100000;
}
`;

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
    await record(`systemd/${name}`, { unit: unitOf(name, unit) }, unit).catch((error) =>
      wrong.push(String(error)),
    );
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
  await record('systemd/pass-ordinary-user', { unit: 'viworks-agent' }, user);
  await record('systemd/systemd.failed-ordinary-user', { unit: 'agent-failed-exit-code' }, user);
  debian.sh('chmod o-x /usr/bin/systemctl');
  try {
    await record('systemd/doctor.no-permission-denied', { unit: 'viworks-agent' }, user);
  } finally {
    debian.sh('chmod o+x /usr/bin/systemctl');
  }
  await record('systemd/doctor.tool-missing-busybox', { unit: 'viworks-agent' }, { user: 'bare' });
});

it('journal', async () => {
  const wrong: string[] = [];
  for (const [name, { of, options, ...more }] of Object.entries(journals)) {
    const asked = { unit: `agent-${of}`, expect: established, unwanted: 'connection failed', ...options };
    await record(`journal/${name}`, asked, more).catch((error) => wrong.push(String(error)));
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
  await record(
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
  await record('systemd/doctor.no-answer-timeout', { unit: 'viworks-agent' }, { timeoutMs: 2000 });
  debian.signal('SIGCONT');
});
