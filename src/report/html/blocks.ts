/** Parts of the incident report as HTML. */
import type { Block, Evidence, Excerpt, Field, Item, Words } from '../incident/document.ts';
import { legend, statusNames, statusWords } from '../signs.ts';
import { counted } from '../words.ts';
import { type Html, html, joined, nothing } from './escape.ts';
import { pathPicture } from './path-picture.ts';
import { picture, sign } from './signs.ts';

/** Longer code is folded. */
const longCode = 10;

export const inline = (words: Words): Html[] =>
  words.map((run) => {
    if (typeof run === 'string') return html`${run}`;
    return 'code' in run ? html`<code>${run.code}</code>` : html`<strong>${run.strong}</strong>`;
  });

export function blockHtml(block: Block): Html {
  switch (block.kind) {
    case 'paragraph':
      return html`<p>${inline(block.words)}</p>`;
    case 'status':
      return html`<p class="status ${block.status}">${sign(block.status)}<span><b>${statusNames[block.status]}</b> ${inline(block.words)}</span></p>`;
    case 'fields':
      return fieldsHtml(block.fields);
    case 'list':
      return block.ordered
        ? html`<ol>${block.items.map(itemHtml)}</ol>`
        : html`<ul class="${block.items.every(({ status }) => status) ? 'signed' : 'plain'}">${block.items.map(itemHtml)}</ul>`;
    case 'code':
      return codeHtml(block.language, block.text);
    case 'excerpt':
      return excerptHtml(block);
    case 'evidence':
      return evidenceHtml(block);
    case 'legend':
      return html`<p class="legend">${legend.map(
        (status) => html`<span>${picture(status)}${statusWords[status]}</span>`,
      )}</p>`;
    case 'paths':
      return html`${block.paths.map((path) => pathPicture(path, block.name))}`;
  }
}

export const fieldsHtml = (fields: readonly Field[]): Html =>
  html`<dl>${fields.map(
    ({ name, words, status }) =>
      html`<div><dt>${name}</dt><dd>${status ? sign(status) : nothing}<span>${inline(words)}</span></dd></div>`,
  )}</dl>`;

const itemHtml = ({ words, status, blocks = [] }: Item): Html =>
  status
    ? html`<li class="${status}">${sign(status)}<span>${inline(words)}${blocks.map(blockHtml)}</span></li>`
    : html`<li>${inline(words)}${blocks.map(blockHtml)}</li>`;

function codeHtml(language: string, text: string): Html {
  const lines = text.split('\n');
  const shown = html`<pre class="${language}"><code>${
    language === 'diff' ? joined(lines.map(diffLine), html`\n`) : text
  }</code></pre>`;
  return lines.length > longCode
    ? html`<details><summary>${counted(lines.length, 'line')}</summary>${shown}</details>`
    : shown;
}

function diffLine(line: string): Html {
  if (/^(?:---|\+\+\+|@@)/.test(line)) return html`<span class="head">${line}</span>`;
  if (line.startsWith('-')) return html`<del>${line}</del>`;
  return line.startsWith('+') ? html`<ins>${line}</ins>` : html`${line}`;
}

function excerptHtml({ firstLine, lines, marks }: Excerpt): Html {
  const shown = lines.map((text, index) => {
    const line = firstLine + index;
    const says = marks.filter((mark) => mark.line === line).map((mark) => mark.says);
    const number = html`<span class="number">${String(line).padStart(String(firstLine + lines.length).length)}</span>`;
    return says.length > 0
      ? html`<mark>${number}${text}<em>${says.join('; ')}</em></mark>`
      : html`${number}${text}`;
  });
  return html`<pre class="excerpt"><code>${joined(shown, html`\n`)}</code></pre>`;
}

const evidenceHtml = ({ command, output, rest }: Evidence): Html =>
  html`<details class="evidence"><summary><code>${command}</code></summary><pre><code>${output}</code></pre>${
    rest === '' ? nothing : html`<p class="rest">${rest}</p>`
  }</details>`;
