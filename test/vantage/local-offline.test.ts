/** A machine without a network, made with a network namespace of its own: nothing can be sent from there. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs } from '../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'offline-'));
const bundle = join(folder, 'offline.mjs');

const script = `
  import { localSource } from './src/vantage/local.ts';
  const source = localSource({ login: async () => ({ ok: false, failure: 'no-session', detail: '' }) });
  const limits = { timeoutMs: 3000, signal: new AbortController().signal };
  console.log(JSON.stringify({
    network: await source.network({}, limits),
    four: await source.connect({ address: '192.0.2.1', port: 80 }, limits),
    six: await source.connect({ address: '2001:db8::1', port: 80 }, limits),
    name: await source.resolve({ name: 'agent.example.com' }, limits),
  }));
`;

const withoutNetwork = (...argv: string[]) =>
  execFileSync('unshare', ['-rn', ...argv], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function cannotUnshare(): boolean {
  if (needs('util-linux', '/usr/bin/unshare')) return true;
  try {
    withoutNetwork('true');
    return false;
  } catch {
    // some systems let no user make a namespace
    if (env.CI) throw new Error('unshare -rn does not work here');
    return true;
  }
}

describe.skipIf(cannotUnshare())('without a network', () => {
  beforeAll(() =>
    build({
      stdin: { contents: script, resolveDir: new URL('../..', import.meta.url).pathname, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile: bundle,
    }),
  );
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('it is offline, and says so', () => {
    expect(JSON.parse(withoutNetwork('node', bundle))).toMatchObject({
      network: { ok: true, addresses: [], route4: false, route6: false },
      four: { failure: 'unreachable' },
      six: { failure: 'unreachable' },
      name: { failure: 'no-answer' },
    });
  });
});
