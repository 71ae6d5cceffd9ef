import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerReader, readAnswers } from '../../../src/vantage/ssh/answers.ts';
import { readScript, type ScriptLook, writeAnswers, writeScript } from '../../../src/vantage/ssh/batch.ts';
import { shellQuote, shellWords } from '../../../src/vantage/ssh/quote.ts';
import { needs } from '../../support/tools.ts';

const word = fc
  .string({ unit: 'binary', maxLength: 30 })
  .map((text) => Buffer.from(text.replaceAll('\0', '')).toString());
const words = fc.array(word, { minLength: 1, maxLength: 5 });

describe('quoting', () => {
  it('keeps every word as it is, says a real sh', () => {
    fc.assert(
      fc.property(words, (argv) => {
        const script = `printf '%s\\0' ${argv.map(shellQuote).join(' ')}`;
        const { stdout } = spawnSync('sh', ['-s'], { input: script });
        expect(stdout).toEqual(Buffer.from(`${argv.join('\0')}\0`));
      }),
      { numRuns: 50 },
    );
  });

  it('is undone by reading it back', () => {
    fc.assert(
      fc.property(words, (argv) => {
        expect(shellWords(argv.map(shellQuote).join(' '))).toEqual(argv);
      }),
    );
    expect(shellWords("'open")).toBeNull();
  });
});

describe('a script', () => {
  it('is read back by a played host', () => {
    const look = fc.oneof(
      words.map((argv) => ({ argv })),
      fc.record({ path: word, maxBytes: fc.nat(1_000_000) }),
    );
    fc.assert(
      fc.property(fc.array(look, { maxLength: 5 }), (asked) => {
        const looks = asked.map((each, id) => ({ id, ...each })) as ScriptLook[];
        expect(readScript(writeScript(looks, 'n0nce', 1000))).toEqual({ nonce: 'n0nce', looks });
      }),
    );
    expect(readScript('rm -r /')).toBeNull();
  });

  const shells = [
    ['dash', '/usr/bin/dash', ['dash']],
    ['bash', '/usr/bin/bash', ['bash', '--posix']],
    ['busybox', '/usr/bin/busybox', ['busybox', 'sh']],
  ] as const;
  describe.each(shells)('in %s', (name, program, [shell, ...options]) => {
    const missing = needs(name, program);
    const run = (looks: readonly ScriptLook[], noise = '', seconds = 2) => {
      const input = noise + writeScript(looks, 'n0nce', seconds * 1000);
      const { stdout } = spawnSync(shell, [...options, '-s'], { input, maxBuffer: 1e8 });
      return readAnswers('n0nce', stdout);
    };
    const plain = (looks: readonly ScriptLook[], noise = '') => {
      const answers = run(looks, noise);
      expect([answers.started(), answers.ended(), answers.broken()]).toEqual([true, true, false]);
      return [...answers.replies.values()].map((reply) =>
        reply.kind === 'ran'
          ? [reply.exitCode, reply.stdout.toString(), reply.stderr.toString()]
          : reply.kind,
      );
    };

    it.skipIf(missing)('every look is answered: bytes, streams and exit code apart', () => {
      expect(
        plain([
          { id: 0, argv: ['sh', '-c', 'printf "a\\0b\\n\\n"; echo err >&2; exit 3'] },
          { id: 1, argv: ['cat'] },
          { id: 2, argv: ['printf', '%s|', "it's", '$HOME', '`id`', 'é\n', ''] },
          { id: 3, argv: ['no-such-tool'] },
          { id: 4, argv: ['/etc/passwd'] },
          { id: 5, argv: ['/no/such/tool'] },
          { id: 6, path: '/no/such/file', maxBytes: 10 },
          { id: 7, path: '/dev/null', maxBytes: 10 },
          { id: 8, path: '/proc/self/cmdline', maxBytes: 4 },
          { id: 9, argv: ['sh', '-c', 'kill -9 $$'] },
        ]),
      ).toEqual([
        [3, 'a\0b\n\n', 'err\n'],
        [0, '', ''],
        [0, "it's|$HOME|`id`|é\n||", ''],
        'missing',
        'denied',
        'missing',
        'missing',
        'irregular',
        [0, 'head\0', ''],
        [137, '', expect.any(String)],
      ]);
    });

    it.skipIf(missing)('noise before it and frames of another nonce change nothing', () => {
      const noise = 'printf "motd VWD:n0nce"; echo VWD:other:0:x:3; echo VWD:n0nce:0:x:999;\n';
      expect(plain([{ id: 0, argv: ['echo', 'VWD:n0nce:END'] }], noise)).toEqual([
        [0, 'VWD:n0nce:END\n', ''],
      ]);
    });

    it.skipIf(missing)('an endless output is cut, and a look that hangs is ended', () => {
      const looks = [
        { id: 0, argv: ['cat', '/dev/zero'] },
        { id: 1, argv: ['sh', '-c', 'cat /dev/zero >&2'] },
        { id: 2, argv: ['sleep', '30'] },
        { id: 3, argv: ['echo', 'last'] },
      ];
      const replies = [...run(looks, '', 1).replies.values()];
      expect(replies.map((reply) => reply.kind === 'ran' && reply.stdout.length)).toEqual([262_145, 0, 0, 5]);
      expect(replies[2]).toMatchObject({ exitCode: 124 });
    });
  });

  // root may read everything: somebody else has to ask
  it.skipIf(process.getuid?.() !== 0)(
    'says denied of what is below a closed folder, and of programs of root alone',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'closed-'));
      const looks = [
        { id: 0, path: join(folder, 'x', 'y'), maxBytes: 1 },
        { id: 1, argv: [join(folder, 'tool')] },
        { id: 2, path: '/etc/shadow', maxBytes: 1 },
        { id: 3, path: '/no/such', maxBytes: 1 },
        { id: 4, argv: ['tool-of-root'] },
        { id: 5, argv: ['no-such-tool'] },
      ];
      const programs = mkdtempSync(join(tmpdir(), 'programs-'));
      chmodSync(programs, 0o755);
      writeFileSync(join(programs, 'tool-of-root'), '#!/bin/sh\n', { mode: 0o750 });
      const input = writeScript(looks, 'n', 1000);
      const env = { PATH: `${process.env.PATH}:${programs}` };
      const { stdout } = spawnSync('sh', ['-s'], { input, uid: 65_534, gid: 65_534, cwd: '/', env });
      rmSync(folder, { recursive: true });
      rmSync(programs, { recursive: true });
      const kinds = [...readAnswers('n', stdout).replies.values()].map((reply) => reply.kind);
      expect(kinds).toEqual(['denied', 'denied', 'denied', 'missing', 'denied', 'missing']);
    },
  );
});

describe('answers', () => {
  const reply = fc.oneof(
    fc.constantFrom('missing' as const, 'denied' as const, 'irregular' as const),
    fc.record({ exitCode: fc.nat(255), stdout: word, stderr: word }),
  );

  it('are read the same in whatever pieces they come', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 4 }), fc.nat(40), (replies, size) => {
        const bytes = writeAnswers(
          'n',
          replies.map((each, id) => ({ id, reply: each })),
        );
        const reader = answerReader('n');
        const completed: number[] = [];
        for (let at = 0; at < bytes.length; at += size + 1) {
          completed.push(...reader.push(bytes.subarray(at, at + size + 1)));
        }
        expect(completed).toEqual(replies.map((_, id) => id));
        expect(reader.ended()).toBe(true);
        for (const [id, each] of replies.entries()) {
          const read = reader.replies.get(id);
          if (typeof each === 'string') expect(read).toEqual({ kind: each });
          else if (read?.kind === 'ran') {
            expect([read.exitCode, read.stdout.toString(), read.stderr.toString()]).toEqual([
              each.exitCode,
              each.stdout,
              each.stderr,
            ]);
          } else expect.unreachable();
        }
      }),
    );
  });

  it('that are cut off anywhere are no answers', () => {
    const bytes = writeAnswers('n', [{ id: 0, reply: { exitCode: 0, stdout: 'all of it' } }]);
    const end = bytes.indexOf('VWD:n:0.\n') + 'VWD:n:0.\n'.length;
    for (let length = 0; length < end; length++) {
      expect(readAnswers('n', bytes.subarray(0, length)).replies.size).toBe(0);
    }
    expect(readAnswers('n', bytes.subarray(0, end))).toMatchObject({
      replies: new Map([[0, expect.anything()]]),
    });
  });

  it('whose length is a lie end all belief', () => {
    const lie = Buffer.from(
      'VWD:n:START\nVWD:n:0:x:4\nabc:0:2\nVWD:n:0.\nVWD:n:1:m:0\n\nVWD:n:1.\nVWD:n:END\n',
    );
    const reader = readAnswers('n', lie);
    expect([reader.broken(), reader.replies.size]).toEqual([true, 0]);
  });
});
