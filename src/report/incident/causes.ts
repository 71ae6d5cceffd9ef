/** Why: the root cause, then the others, each with what shows it and what it explains. */
import type { Cause, Report } from '../report.ts';
import { subjectWords } from '../sections.ts';
import { type Block, code, field, fields, items, paragraph, type Section, strong } from './document.ts';
import { isWaived, rowItem } from './subjects.ts';

export function rootCauseAnalysis(report: Report): Section {
  const [root, ...others] = report.diagnosis.causes;
  if (!root) {
    return { title: ['Root cause analysis'], blocks: [paragraph('There is no cause to name.')] };
  }
  return {
    title: ['Root cause analysis'],
    blocks: [],
    sections: [
      {
        title: [report.status === 'fail' ? 'Primary root cause: ' : 'First cause: ', root.title],
        blocks: causeBlocks(report, root),
      },
      ...(others.length > 0
        ? [
            {
              title: ['Secondary issues'],
              blocks: items(
                others.map((cause) => ({ words: [strong(cause.title)], blocks: causeBlocks(report, cause) })),
                true,
              ),
            },
          ]
        : []),
    ],
  };
}

function causeBlocks(report: Report, cause: Cause): Block[] {
  const stopped = report.results.filter(({ id }) => cause.explains.includes(id));
  return [
    ...fields(
      field('Cause', [code(cause.code), ` of ${subjectWords(cause.subject)}, ${cause.priority}`]),
      field('Confidence', [
        cause.confidence === 'certain' ? 'certain: seen directly' : 'likely: inferred from what was seen',
      ]),
      field('Waived', isWaived(report, cause) ? ['known, and accepted for now'] : null),
      field('To get deeper', cause.next === null ? null : [cause.next]),
    ),
    ...(cause.evidence.length > 0
      ? [paragraph('What shows it:'), ...items(cause.evidence.map((line) => ({ words: [line] })))]
      : []),
    ...(stopped.length > 0
      ? [
          paragraph('What cannot pass while it stands:'),
          ...items(stopped.map((row) => rowItem(report, row, subjectWords(row.subject)))),
        ]
      : []),
  ];
}
