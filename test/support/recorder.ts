/** Records fixtures of checks by their kind, and says when a verdict is another one than the fixture's name promises. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import { registry } from '../../src/registry.ts';
import { localSource } from '../../src/vantage/local.ts';
import { failure, type Source } from '../../src/vantage/source.ts';
import { recordFixture } from './fixture.ts';

export const local = localSource({ login: async () => failure('unsupported', 'no login here') });

/** Whoever writes below /srv makes sure first that it is not the machine's own. */
export function needsOwnSrv(): void {
  const mounts = execFileSync('findmnt', ['-n', '-o', 'FSTYPE', '/srv'], { encoding: 'utf8' });
  if (mounts.trim() !== 'tmpfs')
    throw new Error('this is no /srv of its own: run test/checks/record-files.sh');
}

interface Case {
  readonly source?: Source;
  readonly played?: string;
  readonly timeoutMs?: number;
}

export async function record(kind: string, name: string, options: Record<string, unknown>, more: Case = {}) {
  const check = registry[kind];
  if (!check) throw new Error(`no kind ${kind}`);
  const { source = local, timeoutMs = 5000, ...rest } = more;
  const fixture = await recordFixture(check, name, source, options, { ...rest, timeoutMs });
  const codes = fixture.verdict.findings.map(({ code }) => code);
  if (name.startsWith('pass-')) expect(codes).toEqual([]);
  else expect(codes.some((code) => name.startsWith(`${code}-`))).toBe(true);
}

export const write = (path: string, text: string | Buffer, mode = 0o644) => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
};
