/** The incident report as one page that needs nothing else: no script, no font, no request. */
import { blockHtml, fieldsHtml, inline } from '../html/blocks.ts';
import { type Html, html, nothing } from '../html/escape.ts';
import { sign, sprite } from '../html/signs.ts';
import { style } from '../html/style.ts';
import type { IncidentDocument, Section } from '../incident/document.ts';
import { incidentDocument } from '../incident/incident.ts';
import { capital } from '../incident/summary.ts';
import type { Report } from '../report.ts';
import { tally } from '../words.ts';

/** Whatever might get in nevertheless can load nothing, send nothing and run nothing. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function htmlPage(report: Report): string {
  const document = incidentDocument(report);
  const { title, sections, closing } = document;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${{ html: style }}</style>
</head>
<body>
${sprite}
<a class="jump" href="#report">Skip to the report</a>
${head(document, report)}
<main id="report">
${sections.map((section, index) => sectionHtml(section, 2, `s${index + 1}`))}
</main>
<footer><p>${closing}</p></footer>
</body>
</html>
`;
  return page.html;
}

const head = ({ title, status, fields, sections }: IncidentDocument, report: Report): Html => html`<header>
<h1>${title}</h1>
<p class="verdict ${status}">${sign(status)}<span>${capital(tally(report.summary))}</span></p>
${fieldsHtml(fields)}
<nav aria-label="Contents"><ol>${sections.map(
  (section, index) => html`<li><a href="#s${index + 1}">${plainly(section)}</a></li>`,
)}</ol></nav>
</header>`;

const plainly = ({ title }: Section): Html => html`${inline(title)}`;

/** Sections below the second level are articles of their own: what is in one is seen to be one. */
function sectionHtml({ title, blocks, sections = [] }: Section, level: number, id: string): Html {
  const heading = { html: `h${Math.min(level, 6)}` };
  const inner = sections.map((section, index) => sectionHtml(section, level + 1, `${id}-${index + 1}`));
  return html`<section id="${id}" class="level${level}" aria-labelledby="${id}-title">
<${heading} id="${id}-title">${inline(title)}</${heading}>
${blocks.map(blockHtml)}
${inner.length > 0 ? html`<div class="inner">${inner}</div>` : nothing}</section>
`;
}
