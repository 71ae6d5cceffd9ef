import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fingerprint,
  judgeHostKey,
  knownHostName,
  matchesHost,
  matchesPattern,
  parseKnownHosts,
} from '../../src/net/known-hosts.ts';
import { needs } from '../support/tools.ts';

/** A key of no worth, but of the right shape: its type, then some bytes. */
function key(type: string, seed: number): string {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  const body = Buffer.alloc(36, seed);
  body.writeUInt32BE(32, 0);
  return Buffer.concat([length, name, body]).toString('base64');
}
const ed1 = key('ssh-ed25519', 1);
const ed2 = key('ssh-ed25519', 2);
const rsa = key('ssh-rsa', 3);

describe('known_hosts', () => {
  it('is read line by line, with what is wrong in it', () => {
    const text = [
      '# a comment',
      '',
      `a.example.com,192.0.2.1 ssh-ed25519 ${ed1} with a comment`,
      `  \t@revoked\t* ssh-rsa ${rsa}\r`,
      `@cert-authority *.example.com ssh-ed25519 ${ed2}`,
      `@else b ssh-ed25519 ${ed1}`,
      'only-a-host',
      'c ssh-ed25519 !!!',
      `c ssh-rsa ${ed1}`,
      `c 1024 35 ${'1'.repeat(30)}`,
      `d ${'x'.repeat(70_000)}`,
    ].join('\n');
    const { entries, malformed } = parseKnownHosts(text, 'known_hosts');
    expect(entries).toMatchObject([
      { line: 3, marker: null, hosts: 'a.example.com,192.0.2.1', type: 'ssh-ed25519', key: ed1 },
      { line: 4, marker: 'revoked', hosts: '*', type: 'ssh-rsa' },
      { line: 5, marker: 'cert-authority', hosts: '*.example.com' },
    ]);
    expect(malformed.map(({ line }) => line)).toEqual([6, 7, 8, 9, 10, 11]);
  });

  it.each([
    ['example.com', 'example.com', true],
    ['EXAMPLE.com', 'example.COM', true],
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com,!b.example.com', 'b.example.com', false],
    ['!b.example.com', 'a.example.com', false],
    ['192.0.2.?', '192.0.2.7', true],
    ['[example.com]:2222', '[example.com]:2222', true],
    ['example.com', '[example.com]:2222', false],
    ['|1|bad', 'example.com', false],
    ['', 'example.com', false],
  ])('host field %j and host %j: %s', (hosts, name, expected) => {
    expect(matchesHost(hosts, name)).toBe(expected);
  });

  it.each([
    ['nothing', '', 'unknown'],
    ['the key', `h ssh-ed25519 ${ed1}`, 'known'],
    ['another key', `h ssh-ed25519 ${ed2}`, 'changed'],
    ['a key of another type', `h ssh-rsa ${rsa}`, 'changed'],
    ['several keys', `h ssh-rsa ${rsa}\nh ssh-ed25519 ${ed2}\nh ssh-ed25519 ${ed1}`, 'known'],
    ['the key revoked', `@revoked * ssh-ed25519 ${ed1}\nh ssh-ed25519 ${ed1}`, 'revoked'],
    ['another key revoked', `@revoked * ssh-ed25519 ${ed2}\nh ssh-ed25519 ${ed1}`, 'known'],
    ['an authority', `@cert-authority * ssh-ed25519 ${ed1}`, 'unknown'],
    ['the name without its port', `bare ssh-ed25519 ${ed1}`, 'known'],
    ['another key for the name without its port', `bare ssh-ed25519 ${ed2}`, 'unknown'],
    ['the key revoked for the name without its port', `@revoked bare ssh-ed25519 ${ed1}`, 'revoked'],
  ])('%s: the key is judged', (_, text, verdict) => {
    expect(judgeHostKey(parseKnownHosts(text, 'f').entries, 'h', 'bare', ed1).verdict).toBe(verdict);
  });

  it('names hosts as ssh does', () => {
    expect(knownHostName('Example.com', 22)).toBe('example.com');
    expect(knownHostName('::1', 2222)).toBe('[::1]:2222');
  });

  it('matches patterns in time that grows with the text alone', () => {
    const started = performance.now();
    expect(matchesPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(2000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe.skipIf(needs('openssh-client', '/usr/bin/ssh-keygen'))('known_hosts as ssh-keygen reads it', () => {
  let folder: string;
  let real: string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'known-hosts-'));
    real = ['a', 'b', 'c'].map((name) => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(folder, name)]);
      return execFileSync('ssh-keygen', ['-y', '-f', join(folder, name)], { encoding: 'utf8' }).trim();
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has the same fingerprints', () => {
    const [, text = ''] = real[0]?.split(' ') ?? [];
    const { stdout } = spawnSync('ssh-keygen', ['-l', '-f', join(folder, 'a')], { encoding: 'utf8' });
    expect(stdout).toContain(fingerprint(text));
  });
});
