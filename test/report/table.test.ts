import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/formats.ts';
import { width } from '../../src/report/width.ts';
import { reportCases } from '../support/report-cases.ts';
import { cause, noMore, report, row } from '../support/reports.ts';

const options = { columns: 80, color: false, verbose: false, quiet: false };
const of = (name: string) => reportCases.find((one) => one.name === name)?.report ?? report(empty);
const empty = {
  topology: { file: null, hosts: {}, endpoints: {}, services: {}, proxies: {} },
  results: [],
};

describe('the table', () => {
  it('has every row, and the sign of its status', async () => {
    const lines = (await render('table', of('incident'), options)).split('\n');
    for (const { label, status } of of('incident').results) {
      const sign = { pass: '✔', warn: '⚠', fail: '✘', error: '?', skip: '–' }[status];
      expect(
        lines.some((line) => line.startsWith(`  ${sign} ${label}`)),
        label,
      ).toBe(true);
    }
  });

  it('quiet, has only rows that do not pass, the causes and the summary', async () => {
    expect(await render('table', of('healthy'), { ...options, quiet: true })).toBe(
      '✔ 5 checks passed in 118 ms\n',
    );
    const text = await render('table', of('split-view'), { ...options, quiet: true });
    expect(text).not.toContain('✔');
    expect(text).toContain('⚠ Certificate');
  });

  it('verbose, shows the evidence, and says how much more there is', async () => {
    const text = await render('table', of('incident'), { ...options, verbose: true });
    expect(text).toContain("backend$ cat '/opt/viworks/nginx/nginx.conf'");
    expect(text).toContain('# line 12');
    expect(text).not.toContain('# line 13');
    expect(text).toContain('… 18 more lines');
  });

  it('verbose, says which of several ways to look was taken', async () => {
    const facts = { tool: '/proc/net/tcp' };
    const made = report({ ...empty, results: [row('check.port', 'Listens', 'it does', { facts })] });
    expect(await render('table', made, { ...options, verbose: true })).toMatch(
      /^ +source +\/proc\/net\/tcp$/m,
    );
    expect(await render('table', made, options)).not.toContain('/proc/net/tcp');
  });

  it('verbose, says what to type for a fix, and what that risks', async () => {
    const fix = {
      ...noMore,
      summary: 'Start it.',
      steps: [],
      rollback: '',
      risk: 'None.',
      commands: ['start it'],
    };
    const made = report({ ...empty, diagnosis: { causes: [cause('a.b', 'check.a', 'It is off', { fix })] } });
    const told = [/^ +type +start it$/m, /^ +risk +None\.$/m];
    const [brief, verbose] = [
      await render('table', made, options),
      await render('table', made, { ...options, verbose: true }),
    ];
    for (const line of told) {
      expect(brief).not.toMatch(line);
      expect(verbose).toMatch(line);
    }
  });

  it('says where a row was looked at from, unless its subject is there', async () => {
    const text = await render('table', of('incident'), options);
    expect(text).toContain('✘ WebSocket upgrade · from gateway');
    expect(text).not.toContain('from backend');
  });

  it('says when nothing was checked', async () => {
    expect(await render('table', report(empty), { ...options, quiet: true })).toBe(
      '– nothing was checked in 812 ms\n',
    );
  });

  it('takes no subject for what every object has', async () => {
    const subjects = ['endpoint', 'service', 'host', 'proxy', 'check', 'constructor'];
    const results = subjects.map((kind) => row(`${kind}.constructor.dns`, 'Label', 'fine'));
    const text = await render('table', report({ ...empty, results }), options);
    expect(text).toContain('endpoint constructor\n  ✔ Label  fine');
    expect(text).toContain('constructor constructor\n');
  });

  it('says what was waived', async () => {
    const results = [row('check.api', 'HTTP GET /', '503', { status: 'fail', waiver: { reason: 'moves' } })];
    const waived = report({ ...empty, results, status: 'pass' });
    const summary = { ...waived.summary, fail: 0, waived: 1 };
    const text = await render('table', { ...waived, summary }, options);
    expect(text).toContain('503 (waived)');
    expect(text).toContain('✔ 1 check waived');
  });

  it('keeps to its columns and shows no control character, whatever the words are', async () => {
    const words = fc.oneof(fc.string({ unit: 'binary', maxLength: 120 }), fc.string({ unit: 'grapheme' }));
    const record = fc.record({
      label: words,
      summary: words,
      title: words,
      evidence: words,
      observer: words,
    });
    await fc.assert(
      fc.asyncProperty(
        record,
        fc.integer({ min: 40, max: 130 }),
        fc.boolean(),
        async (said, columns, verbose) => {
          const status = 'fail' as const;
          const more = { status, code: 'x', expected: said.title, observed: said.label, subject: 'check.a' };
          const results = [row('check.a', said.label, said.summary, { ...more, vantage: said.observer })];
          const fix = {
            summary: said.summary,
            steps: [said.title, said.label],
            ...noMore,
            rollback: said.label,
          };
          const causes = [cause('x', 'check.a', said.title, { evidence: [said.evidence, said.label], fix })];
          const made = report({
            ...empty,
            results,
            observer: said.observer,
            title: said.title,
            diagnosis: { causes },
          });
          const text = await render('table', made, { ...options, columns, verbose });
          expect(text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}/u);
          for (const line of text.split('\n'))
            expect(width(line)).toBeLessThanOrEqual(Math.min(columns, 120));
        },
      ),
    );
  });
});
