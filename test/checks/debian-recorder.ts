/** Looks at the Debian of `DEBIAN_ROOT`, once it has booted, and keeps what was seen as fixtures. */
import { basename } from 'node:path';
import { env } from 'node:process';
import { expect } from 'vitest';
import type { Check, Ground } from '../../src/check.ts';
import { registry } from '../../src/registry.ts';
import type { Source } from '../../src/vantage/source.ts';
import { bootDebian, type Debian } from '../support/debian.ts';
import { recordFixture } from '../support/fixture.ts';
import type { Recorded } from '../support/recorded-on.ts';

export const root = env.DEBIAN_ROOT ?? '';
/** `debian-12` */
export const release = basename(root);
/** Its fixtures have the plain names. */
const usual = 'debian-12';

export interface Case {
  readonly user?: string;
  readonly source?: Source;
  readonly ground?: Ground;
  readonly timeoutMs?: number;
  readonly played?: string;
  readonly recorded?: Recorded;
  /** The releases whose answers are kept: one for each shape that an answer has. On the others it is only looked at. */
  readonly on?: readonly string[];
}

export interface DebianRecorder extends Debian {
  /** `KIND/CODE-CASE`, or `KIND/pass-CASE`. */
  record(name: string, options: Record<string, unknown>, more?: Case): Promise<void>;
}

export async function openDebian(): Promise<DebianRecorder> {
  const debian = await bootDebian(root);
  return {
    ...debian,
    async record(name, options, more = {}) {
      const [kind = '', base = ''] = name.split('/');
      const { user = 'root', source = debian.source(user), on = [usual], ...rest } = more;
      const file = release === usual ? base : `${base}-${release}`;
      const kept = { timeoutMs: 10_000, vantage: 'backend', keep: on.includes(release), ...rest };
      const { verdict } = await recordFixture(registry[kind] as Check, file, source, options, kept);
      const codes = verdict.findings.map(({ code }) => code);
      if (base.startsWith('pass-')) expect(codes, `${name}: ${verdict.observed}`).toEqual([]);
      else
        expect(
          codes.some((code) => base.startsWith(`${code}-`)),
          `${name}: ${codes}: ${verdict.observed}`,
        ).toBe(true);
    },
  };
}

export const seconds = (count: number) => new Promise((settle) => setTimeout(settle, count * 1000));

/** A program that listens or connects, of what every Debian has. */
export const agent = `#!/usr/bin/perl
use IO::Socket::INET;
$| = 1;
my ($word, $address, $port, $count) = @ARGV;
my @sockets;
if ($word eq 'serve') {
  my $server = IO::Socket::INET->new(LocalAddr => $address, LocalPort => $port, Listen => $count, ReuseAddr => 1) or die $!;
  print "listening\\n";
  while (my $socket = $server->accept) { push @sockets, $socket }
} else {
  push @sockets, IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port) or die $! for 1 .. $count;
  print "connected\\n";
  sleep 100000;
}
`;
