/** What `explain` prints: a page for a code, or for a cause of a report; and the list of all codes. */
import { catalogue } from '../diagnosis/catalogue.ts';
import type { Entry } from '../diagnosis/entry.ts';
import { generalWords, type Words } from '../diagnosis/fix.ts';
import type { Cause } from '../report/report.ts';
import { cut, pad, width, wrap } from '../report/width.ts';

const columns = 80;
const margin = 10;

/** The headings of the list, and the beginnings of the codes under them. */
const groups: Readonly<Record<string, readonly string[]>> = {
  Name: ['dns'],
  'Port, host and this machine': ['port', 'firewall', 'host', 'observer'],
  TLS: ['tls'],
  HTTP: ['http'],
  WebSocket: ['websocket'],
  SSH: ['ssh'],
  'On the host': ['netstat', 'process', 'systemd', 'container', 'config', 'journal', 'command'],
  Service: ['service'],
  Proxy: ['proxy'],
  'Doctor itself': ['doctor'],
};

const families = Object.values(groups).flat();
const familyOf = (code: string): string => code.slice(0, code.indexOf('.'));

/** Every code, or those of one beginning (`tls`), a line each; null: as long as it is. */
export function codesText(lineWidth: number | null, family?: string): string {
  const shown = Object.entries(groups).flatMap(([heading, members]) => {
    const codes = Object.keys(catalogue)
      .filter((code) => members.includes(familyOf(code)) && (family ?? familyOf(code)) === familyOf(code))
      .sort((a, b) => families.indexOf(familyOf(a)) - families.indexOf(familyOf(b)));
    return codes.length > 0 ? [[heading, ...codes.map((code) => codeLine(code, lineWidth))]] : [];
  });
  const hint = 'viworks-doctor explain CODE says more; with --report FILE, in the words of that report.';
  return `${[...shown, wrap(hint, columns)].map((block) => block.join('\n')).join('\n\n')}\n`;
}

const codeWidth = Math.max(...Object.keys(catalogue).map((code) => code.length));

function codeLine(code: string, lineWidth: number | null): string {
  const entry = catalogue[code] as Entry;
  const line = `  ${pad(code, codeWidth)}  ${entry.priority}  ${generalWords(entry).title}`;
  return lineWidth === null ? line : cut(line, Math.max(lineWidth, columns), '…');
}

/** What a code means, in general: where a value is not known, its name stands in capitals. */
export function codePage(code: string, entry: Entry): string {
  const words = generalWords(entry);
  return page([
    ...heading(code, `usual priority ${entry.priority}`, words.title),
    ...field('means', entry.means),
    ...points('shows', entry.shows),
    ...points('why', entry.why),
    ...mending(words),
    ...relations(code),
  ]);
}

/** The same in the words of a report's cause: what was seen, and a fix with its files, lines and commands. */
export function causePage(cause: Cause): string {
  const entry = Object.hasOwn(catalogue, cause.code) ? catalogue[cause.code] : undefined;
  const title = cause.confidence === 'likely' ? `likely: ${cause.title}` : cause.title;
  return page([
    ...heading(cause.code, `${cause.priority}, ${cause.subject}`, title),
    ...field('means', entry?.means ?? ''),
    ...points('seen', cause.evidence),
    ...field('deeper', cause.next ?? ''),
    ...mending(cause),
    ...points('because', cause.because),
    ...points('stops', cause.explains),
  ]);
}

const page = (lines: readonly string[]): string => `${lines.join('\n').trimEnd()}\n`;

function heading(code: string, aside: string, title: string): string[] {
  const space = Math.max(2, columns - width(code) - width(aside));
  return [`${code}${' '.repeat(space)}${aside}`, ...wrap(title, columns), ''];
}

function mending({ fix, verify }: Words): string[] {
  const { summary, steps, change, commands, risk, rollback } = fix;
  return [
    ...field('fix', summary, false),
    ...steps.flatMap((step, index) =>
      hanging('', steps.length === 1 ? step : `${index + 1}. ${step}`, steps.length === 1 ? 0 : 3),
    ),
    '',
    ...(change ? block('change', changeLines(change)) : []),
    ...block('type', commands),
    ...field('risk', risk),
    ...field('undo', rollback),
    ...block('verify', verify),
  ];
}

const changeLines = ({ file, line, before, after }: NonNullable<Cause['fix']['change']>): string[] => [
  line === null ? file : `${file}:${line}`,
  ...(before ?? '').split('\n').flatMap((text) => (text === '' ? [] : `- ${text}`)),
  ...after.split('\n').map((text) => `+ ${text}`),
];

function relations(code: string): string[] {
  const produced = (one: string): string[] => [
    ...new Set((catalogue[one]?.produces ?? []).flatMap(({ codes }) => codes)),
  ];
  const causes = Object.keys(catalogue).filter((other) => other !== code && produced(other).includes(code));
  return [...field('brings', produced(code).join(', ')), ...field('from', causes.join(', '))];
}

// ── Lines ────────────────────────────────────────────────────────────────────────────────────────────────

/** A word in the margin, and text beside it; nothing where there is none. */
const field = (name: string, text: string, spaced = true): string[] =>
  text === '' ? [] : [...hanging(name, text, 0), ...(spaced ? [''] : [])];

const points = (name: string, texts: readonly string[]): string[] =>
  texts.length === 0
    ? []
    : [...texts.flatMap((text, index) => hanging(index === 0 ? name : '', `· ${text}`, 2)), ''];

/** What is to be copied is not broken, however long it is. */
const block = (name: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [...lines.map((line, index) => pad(index === 0 ? name : '', margin) + line), ''];

function hanging(name: string, text: string, indent: number): string[] {
  const [first = '', ...rest] = wrap(text, columns - margin);
  const more = rest.length === 0 ? [] : wrap(rest.join(' '), columns - margin - indent);
  return [pad(name, margin) + first, ...more.map((line) => ' '.repeat(margin + indent) + line)];
}
