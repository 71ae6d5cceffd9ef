/** What to do: the fixes by priority, how to see that they worked, how to take them back. */
import { own } from '../own.ts';
import type { Cause, Priority, Report } from '../report.ts';
import { labelWords, subjectWords } from '../sections.ts';
import { type Block, code, field, fields, type Item, items, paragraph, type Section } from './document.ts';
import { hostOf, partsOf } from './subjects.ts';
import { capital } from './summary.ts';

const priorities: readonly { readonly priority: Priority; readonly says: string }[] = [
  { priority: 'P0', says: 'critical: nobody gets through' },
  { priority: 'P1', says: 'high: part of the path is missing, or it will break soon' },
  { priority: 'P2', says: 'medium: works, but not as it should' },
];

const byPriority = (report: Report, section: (causes: Cause[], priority: string) => Section): Section[] =>
  priorities.flatMap(({ priority, says }) => {
    const causes = report.diagnosis.causes.filter((cause) => cause.priority === priority);
    return causes.length > 0 ? [section(causes, `${priority} (${says})`)] : [];
  });

export function fixPlan(report: Report): Section {
  const { causes } = report.diagnosis;
  return {
    title: ['Fix plan'],
    blocks: causes.length === 0 ? [paragraph('There is nothing to mend.')] : [],
    sections: byPriority(report, (own, title) => ({
      title: [title],
      blocks: [],
      sections: own.map((cause) => ({
        title: [`${causes.indexOf(cause) + 1}. Fix ${subjectWords(cause.subject)}`],
        blocks: fixBlocks(report, cause),
      })),
    })),
  };
}

function fixBlocks(report: Report, cause: Cause): Block[] {
  const { change, commands, steps, risk } = cause.fix;
  const host = hostOf(report, cause.subject);
  const on = host === null ? '' : ` on ${host}`;
  const place = change ? placeOf(change.file, change.line) : filePlace(report, cause);
  return [
    ...fields(
      field('File', place === null ? null : [code(place), on]),
      field('Issue', [cause.title]),
      field(
        isRunbook(report, cause) ? 'Fix (runbook)' : 'Fix',
        cause.fix.summary === '' ? null : [cause.fix.summary],
      ),
      field('Risk', risk === '' ? null : [risk]),
    ),
    ...items(
      steps.map((step) => ({ words: [step] })),
      true,
    ),
    ...(change ? [{ kind: 'code', language: 'diff', text: diffOf(change) } as const] : []),
    ...(commands.length > 0
      ? [paragraph('Commands:'), { kind: 'code', language: 'sh', text: commands.join('\n') } as const]
      : []),
  ];
}

/** The configuration's own words. */
function isRunbook({ topology }: Report, { subject, code, fix }: Cause): boolean {
  const [kind, name] = partsOf(subject);
  return kind === 'service' && own(own(topology.services, name)?.runbook ?? {}, code) === fix.summary;
}

const placeOf = (file: string, line: number | null): string => (line === null ? file : `${file}:${line}`);

/** Where the finding that the cause rests on was made. */
function filePlace(report: Report, cause: Cause): string | null {
  const findings = report.results
    .filter(({ id }) => cause.because.includes(id))
    .flatMap((result) => result.findings);
  const found = findings.find(({ code, file }) => code === cause.code && file !== null);
  return found?.file ? placeOf(found.file, found.line) : null;
}

/** A unified diff of one line (diff(1)). */
function diffOf({ file, line, before, after }: NonNullable<Cause['fix']['change']>): string {
  return [
    `--- ${file}`,
    `+++ ${file}`,
    line === null ? '@@ @@' : before === null ? `@@ -${line},0 +${line} @@` : `@@ -${line} +${line} @@`,
    ...(before === null ? [] : [`-${before}`]),
    `+${after}`,
  ].join('\n');
}

export function verification(report: Report): Section {
  const { causes } = report.diagnosis;
  return {
    title: ['Verification steps'],
    blocks: causes.length === 0 ? [paragraph('There is nothing to verify.')] : [],
    sections: priorities.flatMap(({ priority }) => {
      const steps = stepsOf(causes.filter((cause) => cause.priority === priority));
      return steps.length > 0 ? [{ title: [`After the ${priority} fixes`], blocks: items(steps, true) }] : [];
    }),
  };
}

/** Each command once; doctor itself comes last, since it looks at all of it. */
function stepsOf(causes: readonly Cause[]): Item[] {
  const steps = causes.flatMap((cause) =>
    cause.verify.map((line) => {
      const [command = '', said = ''] = line.split(/ {2}→ /);
      const isOwn = command.startsWith('viworks-doctor ');
      const [, expected = said, host = null] = /^(.*) \(on ([^()]+)\)$/.exec(said) ?? [];
      return {
        command,
        expected: expected || (isOwn ? 'everything passes, exit code 0' : ''),
        isOwn,
        host,
        cause,
      };
    }),
  );
  const known = new Set<string>();
  const distinct = steps.filter(({ command, host }) => {
    const key = `${host} ${command}`;
    return !known.has(key) && known.add(key);
  });
  return [...distinct.filter(({ isOwn }) => !isOwn), ...distinct.filter(({ isOwn }) => isOwn)].map(
    ({ command, expected, host, isOwn, cause }): Item => ({
      words: [
        isOwn ? 'Run doctor again' : capital(subjectWords(cause.subject)),
        host === null ? ':' : `, on ${host}:`,
      ],
      blocks: [
        { kind: 'code', language: 'sh', text: command },
        ...fields(field('Expected', expected === '' ? null : [expected])),
      ],
    }),
  );
}

export function rollback(report: Report): Section {
  const told = report.diagnosis.causes.filter(({ fix }) => fix.rollback !== '');
  return {
    title: ['Rollback considerations'],
    blocks: told.length === 0 ? [paragraph('There is nothing to take back.')] : [],
    sections: told.map((cause) => ({
      title: [capital(subjectWords(cause.subject)), ': ', cause.fix.summary],
      blocks: fields(field('Rollback', [cause.fix.rollback]), field('Impact', [impactWords(report, cause)])),
    })),
  };
}

/** Taken back, it is as it was. */
function impactWords(report: Report, { because, explains }: Cause): string {
  const ids = explains.length > 0 ? explains : because;
  const rows = report.results.filter(({ id }) => ids.includes(id)).map((row) => labelWords(report, row));
  if (rows.length === 0) return 'As it was before.';
  const more = rows.length > 3 ? ` and ${rows.length - 3} more` : '';
  return `As it was before: ${rows.slice(0, 3).join(', ')}${more} cannot pass.`;
}
