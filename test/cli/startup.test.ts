/** What the program loads before it is needed: nothing. Times are ratios, measured side by side. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = new URL('../../dist/main.js', import.meta.url).pathname;
let folder: string;
/** Writes the paths of all CommonJS modules that were loaded; ssh2, undici and ws are such. */
let spy: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viworks-startup-'));
  spy = join(folder, 'spy.cjs');
  writeFileSync(
    spy,
    "process.on('exit', () => require('fs').writeFileSync(process.env.LOADED, Object.keys(require.cache).join('\\n')));",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function loadedBy(...args: string[]): string[] {
  const list = join(folder, 'loaded');
  const env = { ...process.env, LOADED: list, HOME: folder };
  spawnSync(process.execPath, ['--require', spy, program, ...args], { env, cwd: folder });
  const loaded = execFileSync('cat', [list], { encoding: 'utf8' });
  const packages = [...loaded.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].map(
    ([, name]) => name ?? '',
  );
  return [...new Set(packages)].sort();
}

describe('what is loaded', () => {
  it.each([
    ['--version', ['--version']],
    ['a plan', ['plan', 'wss://localhost:1/ws']],
  ])('%s: none of the heavy ones', (_, args) => {
    expect(loadedBy(...args).filter((name) => ['ssh2', 'undici', 'ws'].includes(name))).toEqual([]);
  });

  it('a run without SSH: no ssh2', () => {
    expect(loadedBy('run', 'wss://localhost:1/ws')).not.toContain('ssh2');
  });

  it('a run over SSH: ssh2, so that this test can tell', () => {
    const config = join(folder, 'c.toml');
    writeFileSync(config, '[hosts.a]\naddress = "127.0.0.1"\nssh = { port = 1 }\n');
    expect(loadedBy('run', '-c', config)).toContain('ssh2');
  });
});

it('--version takes at most twice what an empty program takes', () => {
  const time = (...args: string[]) => {
    const started = performance.now();
    execFileSync(process.execPath, args, { stdio: 'ignore' });
    return performance.now() - started;
  };
  // The best of several pairs: what else the machine does hits both alike.
  const pairs = Array.from({ length: 12 }, () => [time('-e', '0'), time(program, '--version')] as const);
  const best = (index: 0 | 1) => Math.min(...pairs.map((pair) => pair[index]));
  expect(best(1) / best(0)).toBeLessThan(2);
});
