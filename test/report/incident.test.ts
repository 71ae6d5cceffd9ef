/** The incident report as data: nothing is left out, and no more is said than is known. */
import { describe, expect, it } from 'vitest';
import type { Block, Section, Words } from '../../src/report/incident/document.ts';
import { incidentDocument } from '../../src/report/incident/incident.ts';
import type { Report } from '../../src/report/report.ts';
import { labelWords } from '../../src/report/sections.ts';
import { demoReport } from '../support/demo-report.ts';
import { reportCases } from '../support/report-cases.ts';
import { topology } from '../support/report-parts.ts';
import { bad, cause, evidence, report, row } from '../support/reports.ts';

const said = (words: Words): string =>
  words.map((run) => (typeof run === 'string' ? run : 'code' in run ? run.code : run.strong)).join('');

function linesOfBlock(block: Block): string[] {
  if (block.kind === 'paragraph' || block.kind === 'status') return [said(block.words)];
  if (block.kind === 'fields') return block.fields.map(({ name, words }) => `${name}: ${said(words)}`);
  if (block.kind === 'list')
    return block.items.flatMap(({ words, blocks = [] }) => [said(words), ...blocks.flatMap(linesOfBlock)]);
  if (block.kind === 'evidence') return [block.command, block.output, block.rest];
  return [];
}

const linesOf = ({ title, blocks, sections = [] }: Section): string[] => [
  said(title),
  ...blocks.flatMap(linesOfBlock),
  ...sections.flatMap(linesOf),
];

function chapter(of: Report, name: string): string[] {
  const section = incidentDocument(of).sections.find(({ title }) => said(title) === name);
  return section ? linesOf(section) : [];
}
const text = (of: Report, name: string) => chapter(of, name).join('\n');

describe('leaves nothing out', () => {
  const all = [
    ...reportCases.map(({ name, report }) => ({ name, of: async () => report })),
    { name: 'demo', of: demoReport },
  ];

  it.each(all)(
    'of $name: each row is in the state and in the findings, each cause in every chapter',
    async ({ of }) => {
      const whole = await of();
      for (const result of whole.results) {
        const row = `${labelWords(whole, result)}`;
        expect(
          chapter(whole, 'Current state summary').some((line) => line.startsWith(row)),
          row,
        ).toBe(true);
        expect(
          chapter(whole, 'Detailed findings').some((line) => line.startsWith(row)),
          row,
        ).toBe(true);
      }
      for (const { title } of whole.diagnosis.causes)
        for (const name of ['Executive summary', 'Root cause analysis', 'Fix plan', 'Conclusion'])
          expect(text(whole, name), name).toContain(title);
    },
  );
});

describe('says no more than is known', () => {
  const of = (status: 'fail' | 'error' | 'warn', more: Parameters<typeof cause>[3] = {}): Report =>
    report({
      topology,
      results: [row('endpoint.agent.dns', 'Name resolves', 'so', bad(status, 'dns.no-answer'))],
      diagnosis: {
        causes: [
          cause('dns.no-answer', 'endpoint.agent', 'the cause', { because: ['endpoint.agent.dns'], ...more }),
        ],
      },
    });
  const cases = [
    {
      when: 'it fails',
      of: of('fail'),
      summary: 'The root cause: the cause (P0).',
      end: 'The P0 cause keeps everybody out',
    },
    {
      when: 'it was inferred',
      of: of('fail', { confidence: 'likely' }),
      summary: 'The likely root cause, inferred and not seen directly: the cause (P0).',
      end: 'the cause (P0, likely)',
    },
    {
      when: 'it could not be looked at',
      of: of('error', { priority: 'P2' }),
      summary: 'What kept doctor from looking: the cause (P2).',
      end: '1 check could not look. Give doctor a way in, and run it again.',
    },
    {
      when: 'it works yet',
      of: of('warn', { priority: 'P1' }),
      summary: 'Nothing fails now; to be mended before it does: the cause (P1).',
      end: 'Nobody is kept out now.',
    },
  ];
  it.each(cases)('where $when', ({ of, summary, end }) => {
    expect(text(of, 'Executive summary')).toContain(summary);
    expect(text(of, 'Conclusion')).toContain(end);
  });

  it('calls nothing fine that was not looked at', () => {
    const results = [row('endpoint.agent.dns', 'Name resolves', '', { status: 'skip' })];
    const unseen = report({ topology, results });
    expect(text(unseen, 'Executive summary')).not.toContain('as it should be');
    expect(text(unseen, 'Executive summary')).toContain('1 check was not looked at');
    expect(text(unseen, 'Conclusion')).toContain('this is no all-clear');
    expect(text(unseen, 'Detailed findings')).not.toContain('connectivity confirmed');
    const nothing = report({ topology, results: [] });
    expect(text(nothing, 'Conclusion')).toContain('this is no all-clear');
  });

  it('counts no cause whose rows are all waived', () => {
    const waived = of('fail');
    const results = waived.results.map((result) => ({ ...result, waiver: { reason: 'moves' } }));
    const summary = { ...waived.summary, fail: 0, waived: 1 };
    const accepted: Report = { ...waived, status: 'pass', results, summary };
    expect(text(accepted, 'Conclusion')).toContain('What does not pass is waived');
    expect(text(accepted, 'Executive summary')).not.toContain('root cause');
    expect(text(accepted, 'Current state summary')).toContain('so (waived)');
  });
});

describe('evidence', () => {
  const shown = (...pieces: ReturnType<typeof evidence>[]) =>
    chapter(
      report({
        topology,
        results: [
          row('service.agent-server.process', 'Process', 'none', {
            ...bad('fail', 'process.missing'),
            kind: 'process',
            vantage: 'backend',
            facts: { matches: [{ pid: 7, user: 'root', args: 'own' }] },
            evidence: pieces,
          }),
        ],
      }),
      'Detailed findings',
    );

  it('is what is about the row, and says how much is left out', () => {
    const lines = shown(
      evidence('execute', 'ps -e', ' 7 own\n 17 other\n 70 third\n', { vantage: 'backend' }),
    );
    expect(lines).toContain('backend$ ps -e');
    expect(lines).toContain(' 7 own');
    expect(lines).toContain('2 other lines are left out');
  });

  it('shows what there is instead where nothing is about the row, without threads of the kernel', () => {
    const output = ' 2 0 root S [kthreadd]\n 17 1 root S other\n';
    expect(shown(evidence('execute', 'ps -e', output, { vantage: 'backend' }))).toContain(
      ' 17 1 root S other',
    );
  });

  it('is capped in lines and columns, and leaves out how doctor finds its way', () => {
    const output = Array.from({ length: 40 }, () => 'y'.repeat(300)).join('\n');
    const lines = shown(
      evidence('execute', 'journalctl -n 40', output, { truncated: true }),
      evidence('execute', "sh -c 'ls -l /proc/[0-9]*/exe'", 'plumbing'),
      evidence('readFile', 'cat /proc/net/tcp', 'sockets'),
    );
    const [long = ''] = lines.filter((line) => line.includes('yyy'));
    expect(long.split('\n')).toHaveLength(16);
    expect(Math.max(...long.split('\n').map((line) => line.length))).toBe(160);
    expect(lines).toContain('24 or more other lines are left out');
    expect(lines.join()).not.toMatch(/plumbing|sockets/);
  });
});
