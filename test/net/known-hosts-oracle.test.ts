/** known_hosts as ssh-keygen reads it, on generated files: the same lines with the same markers and keys for any host. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint, knownHostName, matchesHost, parseKnownHosts } from '../../src/net/known-hosts.ts';
import { needs } from '../support/tools.ts';

interface Found {
  readonly line: number;
  readonly marker: 'revoked' | 'cert-authority' | null;
  readonly fingerprint: string;
}

/** `ssh-keygen -l -F`: with `-l` it reads the keys too, and passes over those that are none, as ssh does. */
function theirs(file: string, name: string): Found[] {
  const { stdout } = spawnSync('ssh-keygen', ['-l', '-F', name, '-f', file], { encoding: 'utf8' });
  return [...stdout.matchAll(/^# Host .* found: line (\d+) (REVOKED|CA)?\n.* (SHA256:\S+)/gm)].map(
    ([, line, marker, shown = '']) => ({
      line: Number(line),
      marker: marker === 'REVOKED' ? 'revoked' : marker === 'CA' ? 'cert-authority' : null,
      fingerprint: shown,
    }),
  );
}

function ours(text: string, name: string): Found[] {
  return parseKnownHosts(text, 'known_hosts')
    .entries.filter((entry) => matchesHost(entry.hosts, name))
    .map(({ line, marker, key }) => ({ line, marker, fingerprint: fingerprint(key) }));
}

const names = ['a', 'ab', 'a.example', '192.0.2.1', '2001:db8::1'];
const host = fc.constantFrom(...names);
const port = fc.constantFrom(22, 22, 2222);
const asked = fc.tuple(host, port).map(([name, number]) => knownHostName(name, number));

/** What may stand in the place of a part of a name: itself, wild, or in capitals. */
const blurred = fc
  .tuple(asked, fc.nat(12), fc.constantFrom('*', '?', '**', '*?', ''))
  .map(([name, at, wild]) =>
    at >= name.length
      ? name.toUpperCase()
      : `${name.slice(0, at)}${wild}${name.slice(at + (wild === '' ? 0 : 1))}`,
  );
const pattern = fc.oneof(
  { weight: 4, arbitrary: asked },
  { weight: 4, arbitrary: blurred },
  {
    weight: 1,
    arbitrary: fc.constantFrom('*', '?', '', '!', '*.example', '[*]:2222', '[a*]:*', '192.0.2.?', '|', '*:*'),
  },
);
const list = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), pattern), { minLength: 1, maxLength: 4 })
  .map((patterns) => patterns.map(([sign, text]) => (sign === 0 ? `!${text}` : text)).join(','));

const salt = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const hashed = fc.tuple(asked, salt, fc.integer({ min: 0, max: 7 })).map(([name, bytes, twist]) => {
  const digest = createHmac('sha1', bytes).update(name).digest('base64');
  const whole = `|1|${bytes.toString('base64')}|${digest}`;
  const twisted = [`${whole}|`, whole.replace('|1|', '|2|'), whole.slice(0, -3), `a,${whole}`];
  return twisted[twist] ?? whole;
});

const blank = fc.constantFrom(' ', ' ', '  ', '\t', ' \t ');
const keyFaults = [
  'none',
  'none',
  'none',
  'none',
  'short',
  'long',
  'other',
  'bad',
  'padded',
  'gone',
] as const;

function lineOf(keys: readonly string[]) {
  return fc
    .tuple(
      fc.constantFrom('', '', '', ' ', '\t'),
      // after a tab ssh reads no marker; we do, and so believe a revocation that ssh passes over
      fc.constantFrom(
        '',
        '',
        '',
        '',
        '@revoked ',
        '@cert-authority ',
        '@revoked  ',
        '@other ',
        '@REVOKED ',
        '# ',
        '#',
      ),
      fc.oneof({ weight: 3, arbitrary: list }, { weight: 1, arbitrary: hashed }),
      blank,
      fc.constantFrom(...keys),
      fc.constantFrom(...keyFaults),
      fc.constantFrom('', '', ' a comment', '\t# another', ' '),
      fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n', '\n# a comment\n', '\nnonsense\n'),
    )
    .map(([before, marker, hosts, between, key, fault, comment, end]) => {
      const [type = '', base64 = ''] = key.split(' ');
      const shown = {
        none: base64,
        short: base64.slice(0, 40),
        long: `${base64.replace(/=+$/, '')}AAAA`,
        other: base64,
        bad: `${base64}!`,
        padded: `${base64}=`,
        gone: '',
      }[fault];
      const said = fault === 'other' ? 'ssh-dss' : type;
      return `${before}${marker}${hosts}${between}${said}${between}${shown}${comment}${end}`;
    });
}

describe.skipIf(needs('openssh-client', '/usr/bin/ssh-keygen'))('known_hosts as ssh-keygen reads it', () => {
  let folder: string;
  let keys: string[];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'known-hosts-'));
    keys = ['ed25519', 'ecdsa', 'rsa'].map((type) => {
      const file = join(folder, type);
      execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', '', '-f', file]);
      return readFileSync(`${file}.pub`, 'utf8').trim();
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has the same lines, markers and keys for any host', () => {
    const file = join(folder, 'known_hosts');
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(lineOf(keys), { maxLength: 30, size: 'max' }),
        fc.boolean(),
        asked,
        (lines, ended, name) => {
          const text = ended ? lines.join('') : lines.join('').trimEnd();
          writeFileSync(file, text);
          const expected = theirs(file, name);
          found += expected.length;
          expect(ours(text, name)).toEqual(expected);
        },
      ),
      { numRuns: 120 },
    );
    // an oracle that says nothing would agree with anything
    expect(found).toBeGreaterThan(20);
  });

  it('has the same lines once ssh-keygen has hashed the names', () => {
    const file = join(folder, 'hashed');
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.uniqueArray(asked, { minLength: 1, maxLength: 3 }), fc.constantFrom(...keys)), {
          minLength: 1,
          maxLength: 6,
        }),
        asked,
        (lines, name) => {
          writeFileSync(file, lines.map(([hosts, key]) => `${hosts.join(',')} ${key}\n`).join(''));
          execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
          const text = readFileSync(file, 'utf8');
          expect(text).toMatch(/^\|1\|/);
          const expected = theirs(file, name);
          found += expected.length;
          expect(ours(text, name)).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
    expect(found).toBeGreaterThan(5);
  });
});
