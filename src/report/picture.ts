/** Text with SGR colours (ECMA-48 8.3.117, as chalk writes them) as a picture of a terminal: one self-contained SVG. */
import { width } from './width.ts';

const cell = { width: 8.4, height: 20 };
const margin = { left: 20, top: 62, bottom: 20 };

const ink = { text: '#24292f', faint: '#6e7781', frame: '#d0d7de', bar: '#f6f8fa', paper: '#ffffff' };
/** SGR 30 to 37: readable on white. */
const colors = ['#24292f', '#cf222e', '#1a7f37', '#9a6700', '#0969da', '#8250df', '#1b7c83', '#6e7781'];

interface Pen {
  readonly color: string | null;
  readonly bold: boolean;
  readonly faint: boolean;
}
interface Run extends Pen {
  readonly text: string;
}

const plain: Pen = { color: null, bold: false, faint: false };

function apply(pen: Pen, code: number): Pen {
  if (code === 0) return plain;
  if (code === 1) return { ...pen, bold: true };
  if (code === 2) return { ...pen, faint: true };
  if (code === 22) return { ...pen, bold: false, faint: false };
  if (code === 39) return { ...pen, color: null };
  const color = colors[code >= 90 ? code - 90 : code - 30];
  return color === undefined ? pen : { ...pen, color };
}

/** The runs of each line; a colour may go on over a line's end. */
function runsOf(ansiText: string): Run[][] {
  let pen = plain;
  return ansiText
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.split(/(\x1b\[[\d;]*m)/).flatMap((part) => {
        if (part.startsWith('\x1b[')) {
          pen = part.slice(2, -1).split(';').map(Number).reduce(apply, pen);
          return [];
        }
        return part === '' ? [] : [{ text: part, ...pen }];
      }),
    );
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 has no way to write most control characters, escaped or not. */
const xml = (text: string): string =>
  text
    .replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"]/g, (character) => entities[character] ?? character);

/** Each run at the column where it belongs, stretched to its columns: fonts differ in how wide a sign is. */
function lineOf(runs: readonly Run[], index: number): string {
  let column = 0;
  const spans = runs.map(({ text, color, bold, faint }) => {
    const x = margin.left + column * cell.width;
    const columns = width(text);
    column += columns;
    if (text.trim() === '') return '';
    const style = [
      ...(color ? [` fill="${color}"`] : faint ? [` fill="${ink.faint}"`] : []),
      ...(bold ? [' font-weight="bold"'] : []),
    ].join('');
    const length = round(columns * cell.width);
    return `<tspan x="${round(x)}" textLength="${length}" lengthAdjust="spacingAndGlyphs"${style}>${xml(text)}</tspan>`;
  });
  const y = margin.top + index * cell.height;
  return spans.some(Boolean) ? `<text y="${y}">${spans.join('')}</text>` : '';
}

const round = (length: number): string => String(Math.round(length * 10) / 10);

export function terminalPicture(ansiText: string, title: string): string {
  const lines = runsOf(ansiText);
  const columns = Math.max(40, ...lines.map((runs) => width(runs.map(({ text }) => text).join(''))));
  const size = {
    width: Math.ceil(columns * cell.width + 2 * margin.left),
    height: margin.top + (lines.length - 1) * cell.height + margin.bottom,
  };
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (color, index) => `<circle cx="${20 + index * 20}" cy="18" r="6" fill="${color}"/>`,
  );
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" role="img">`,
    `<title>${xml(title)}</title>`,
    '<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}</style>',
    `<rect x=".5" y=".5" width="${size.width - 1}" height="${size.height - 1}" rx="8" fill="${ink.paper}" stroke="${ink.frame}"/>`,
    `<path d="M.5 36V8.5a8 8 0 0 1 8-8h${size.width - 17}a8 8 0 0 1 8 8V36z" fill="${ink.bar}" stroke="${ink.frame}"/>`,
    ...dots,
    `<text x="${size.width / 2}" y="23" text-anchor="middle" fill="${ink.faint}">${xml(title)}</text>`,
    `<g fill="${ink.text}" xml:space="preserve">`,
    ...lines.map(lineOf).filter(Boolean),
    '</g>',
    '</svg>',
  ].join('\n')}\n`;
}
