/** The incident report in GitHub's Markdown, which is good to read as plain text too. */
import type { Block, Excerpt, Field, Item, Section, Words } from '../incident/document.ts';
import { incidentDocument } from '../incident/incident.ts';
import { codeSpan, fenced, plain, startOfLine } from '../markdown/escape.ts';
import type { Path } from '../path.ts';
import type { Report } from '../report.ts';
import { legend, statusNames, statusSigns, statusWords } from '../signs.ts';

export function markdown(report: Report): string {
  const document = incidentDocument(report);
  const blocks = [
    [`# ${plain(document.title)}`],
    fieldLines(document.fields),
    ...document.sections.flatMap((section) => sectionBlocks(section, 2)),
    ['---'],
    [`*${plain(document.closing)}*`],
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** Headings go down to the fourth level: below, a title is a line in bold. */
function sectionBlocks({ title, blocks, sections = [] }: Section, level: number): string[][] {
  const words = inline(title);
  return [
    [level > 4 ? `**${words}**` : `${'#'.repeat(level)} ${words}`],
    ...blocks.map(blockLines),
    ...sections.flatMap((section) => sectionBlocks(section, level + 1)),
  ];
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'paragraph':
      return [startOfLine(inline(block.words))];
    case 'status':
      return [
        `**Status: ${statusSigns[block.status]} ${statusNames[block.status].toUpperCase()}**, ${inline(block.words)}`,
      ];
    case 'fields':
      return fieldLines(block.fields);
    case 'list':
      return withoutEnd(
        block.items.flatMap((item, index) => itemLines(item, block.ordered ? `${index + 1}. ` : '- ')),
      );
    case 'code':
      return fenced(block.language, block.text);
    case 'excerpt':
      return fenced(block.language, excerptText(block));
    case 'evidence':
      return fenced(
        'console',
        [block.command, block.output, block.rest && `# ${block.rest}`].filter(Boolean).join('\n'),
      );
    case 'legend':
      return [legend.map((status) => `${statusSigns[status]} ${statusWords[status]}`).join(' · ')];
    case 'paths':
      return fenced('text', block.paths.map(pathText).join('\n'));
  }
}

const fieldLines = (fields: readonly Field[]): string[] =>
  fields.map(
    ({ name, words, status }) =>
      `- **${plain(name)}:** ${status ? `${statusSigns[status]} ` : ''}${inline(words)}`,
  );

function itemLines({ words, status, blocks = [] }: Item, lead: string): string[] {
  const line = status ? `${statusSigns[status]} ${inline(words)}` : startOfLine(inline(words));
  const inner = blocks.flatMap((block) => ['', ...blockLines(block)]);
  const indent = ' '.repeat(lead.length);
  return [
    lead + line,
    ...inner.map((text) => (text === '' ? '' : indent + text)),
    ...(inner.length > 0 ? [''] : []),
  ];
}

const withoutEnd = (lines: string[]): string[] => (lines.at(-1) === '' ? lines.slice(0, -1) : lines);

const inline = (words: Words): string =>
  words
    .map((run) =>
      typeof run === 'string'
        ? plain(run)
        : 'code' in run
          ? codeSpan(run.code)
          : run.strong && `**${plain(run.strong)}**`,
    )
    .join('');

/** The number of each line before it; a line at fault is pointed at, and says why. */
function excerptText({ firstLine, lines, marks }: Excerpt): string {
  const digits = String(firstLine + lines.length).length;
  return lines
    .map((text, index) => {
      const line = firstLine + index;
      const says = marks.filter((mark) => mark.line === line).map((mark) => mark.says);
      const lead = `${says.length > 0 ? '>' : ' '} ${String(line).padStart(digits)} | ${text}`;
      return says.length > 0 ? `${lead}  # ❌ ${says.join('; ')}` : lead;
    })
    .join('\n');
}

const links = { pass: '─✔', warn: '─⚠', fail: '─✘', error: '─?', skip: '──' } as const;

const pathText = ({ from, parts }: Path): string =>
  [from, ...parts.map(({ name, status }) => `${links[status]} ${name}`)].join(' ');
