/** The style of the HTML report: calm, one column, light and dark, for a phone and for paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --page: #f5f6f8; --ink: #1b2430; --faint: #566173; --line: #dfe3e9; --code: #f0f2f5;
  --pass: #177245; --warn: #8a5a00; --fail: #c02434; --error: #6f42b8; --skip: #667080;
  --pass-tint: #e7f4ec; --warn-tint: #fbf2dc; --fail-tint: #fdecee; --error-tint: #f2ecfb; --skip-tint: #eef0f3;
  --link: #0b5cad;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171c23; --page: #0f1318; --ink: #e4e8ee; --faint: #a3adbb; --line: #2c343f; --code: #1f262f;
    --pass: #5cc98d; --warn: #e0b04a; --fail: #ff8189; --error: #c0a2f5; --skip: #9aa5b4;
    --pass-tint: #16281f; --warn-tint: #2b2415; --fail-tint: #311a1e; --error-tint: #241d33; --skip-tint: #20262e;
    --link: #7fb6f0;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 60rem; background: var(--page); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  overflow-wrap: anywhere;
}
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .86em; }
:not(pre) > code { background: var(--code); border-radius: 4px; padding: .1em .35em; }
pre { --side: 1rem; margin: .75rem 0; padding: .8rem var(--side); background: var(--code); border-radius: 8px; white-space: pre-wrap; line-height: 1.5; }
pre code { font-size: 13px; }
a { color: var(--link); }
h1, h2, h3, h4, h5 { line-height: 1.25; text-wrap: balance; }
h1 { margin: 0 0 .75rem; font-size: 1.8rem; letter-spacing: -.015em; }
h2 { margin: 0 0 1rem; font-size: 1.3rem; letter-spacing: -.01em; }
h3 { margin: 0 0 .6rem; font-size: 1.08rem; }
h4, h5 { margin: 0 0 .4rem; font-size: 1rem; }
h5 { color: var(--faint); }
p { margin: .6rem 0; }
header, .level2 { background: var(--paper); border: 1px solid var(--line); border-radius: 14px; padding: 1.6rem 1.75rem; margin: 0 0 1.25rem; }
.inner { display: grid; gap: 1.4rem; margin-top: 1.2rem; }
.level3 { border-top: 1px solid var(--line); padding-top: 1.2rem; min-width: 0; }
.level4 { border-left: 3px solid var(--line); padding-left: 1rem; min-width: 0; }
.level3 > .inner { gap: 1.1rem; margin-top: .9rem; }
dl { margin: .75rem 0; display: grid; gap: .3rem; }
dl > div { display: grid; grid-template-columns: 9.5rem 1fr; gap: .25rem 1rem; }
dt { color: var(--faint); }
dd { margin: 0; display: flex; gap: .5rem; min-width: 0; }
dd > span, li > span, .status > span, .verdict > span { min-width: 0; }
ul, ol { margin: .6rem 0; padding-left: 1.35rem; }
li { margin: .3rem 0; }
.signed { list-style: none; padding: 0; }
.signed > li { display: flex; gap: .6rem; }
.sprite { position: absolute; }
.sign { flex: none; width: 1.05rem; height: 1.05rem; margin-top: .27rem; color: var(--skip); }
.sign.pass { color: var(--pass); } .sign.warn { color: var(--warn); } .sign.fail { color: var(--fail); } .sign.error { color: var(--error); }
symbol circle { fill: currentColor; }
symbol path { fill: none; stroke: var(--paper); stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.status, .verdict { display: flex; gap: .6rem; padding: .6rem .9rem; border-radius: 10px; background: var(--skip-tint); }
.status.pass, .verdict.pass { background: var(--pass-tint); } .status.warn, .verdict.warn { background: var(--warn-tint); }
.status.fail, .verdict.fail { background: var(--fail-tint); } .status.error, .verdict.error { background: var(--error-tint); }
.status b { text-transform: uppercase; letter-spacing: .04em; font-size: .84em; margin-right: .35rem; }
.verdict { font-size: 1.05rem; font-weight: 600; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.jump { position: absolute; left: -999rem; }
.jump:focus { position: static; }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; color: var(--faint); font-size: .92rem; }
.legend > span { display: flex; gap: .45rem; }
nav ol { display: flex; flex-wrap: wrap; gap: .4rem; margin: 1.1rem 0 0; padding: 0; list-style: none; }
nav li { margin: 0; }
nav a { display: block; padding: .2rem .75rem; border: 1px solid var(--line); border-radius: 99px; text-decoration: none; font-size: .88rem; }
nav a:hover { border-color: currentColor; }
details { margin: .5rem 0; border: 1px solid var(--line); border-radius: 8px; }
summary { padding: .45rem .8rem; cursor: pointer; color: var(--faint); }
summary code { background: none; padding: 0; color: var(--ink); }
details[open] > summary { border-bottom: 1px solid var(--line); }
details > pre { margin: 0; border-radius: 0 0 8px 8px; }
.rest { margin: 0; padding: .4rem 1rem; color: var(--faint); font-size: .85rem; }
.excerpt .number { color: var(--faint); margin-right: 1.2em; user-select: none; }
mark { display: inline-block; width: 100%; background: var(--fail-tint); color: inherit; box-shadow: inset 3px 0 var(--fail); margin: 0 calc(-1 * var(--side)); padding: 0 var(--side); box-sizing: content-box; }
mark em { color: var(--fail); font-style: normal; font-weight: 600; margin-left: 1.5em; }
mark em::before { content: "\\2190 \\20"; }
.diff del, .diff ins { text-decoration: none; display: inline-block; width: 100%; margin: 0 calc(-1 * var(--side)); padding: 0 var(--side); box-sizing: content-box; }
.diff del { background: var(--fail-tint); } .diff ins { background: var(--pass-tint); }
.diff .head { color: var(--faint); }
.path { margin: 1.2rem 0; }
.path svg { display: block; width: 100%; height: auto; }
.path .down { display: none; max-width: 20rem; }
.path text { fill: var(--ink); font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.path .down text { font-size: 14px; }
.path figcaption { color: var(--faint); font-size: .88rem; margin-top: .4rem; }
.link { stroke: var(--line); stroke-width: 2.5; stroke-linecap: round; fill: none; }
.link.pass { stroke: var(--pass); } .link.warn { stroke: var(--warn); }
.link.fail { stroke: var(--fail); stroke-dasharray: 2 7; } .link.error, .link.skip { stroke: var(--skip); stroke-dasharray: 2 7; }
.node > circle:first-child { fill: var(--skip); }
.node.pass > circle:first-child { fill: var(--pass); } .node.warn > circle:first-child { fill: var(--warn); }
.node.fail > circle:first-child { fill: var(--fail); } .node.error > circle:first-child { fill: var(--error); }
.node.start > circle:first-child { fill: none; stroke: var(--faint); stroke-width: 2; } .node .dot { fill: var(--faint); }
.node path { fill: none; stroke: var(--paper); stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.node.fail text { fill: var(--fail); font-weight: 700; }
footer { color: var(--faint); font-size: .88rem; text-align: center; }
@media (max-width: 40rem) {
  body { padding: .75rem .6rem 2rem; font-size: 15px; }
  header, .level2 { padding: 1.1rem 1rem; border-radius: 12px; }
  h1 { font-size: 1.45rem; }
  dl { gap: .55rem; }
  dl > div { grid-template-columns: 1fr; gap: 0; }
  dt { font-size: .85rem; }
  .level4 { padding-left: .75rem; }
  pre { --side: .75rem; }
  pre code { font-size: 12px; }
  .path .across { display: none; }
  .path .down { display: block; }
}
@media print {
  @page { margin: 16mm 14mm; }
  :root {
    color-scheme: light;
    --paper: #ffffff; --page: #ffffff; --ink: #000000; --faint: #444b55; --line: #c8ccd2; --code: #f4f5f7;
    --pass: #177245; --warn: #8a5a00; --fail: #c02434; --error: #6f42b8; --skip: #667080;
    --pass-tint: #e7f4ec; --warn-tint: #fbf2dc; --fail-tint: #fdecee; --error-tint: #f2ecfb; --skip-tint: #eef0f3;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  header, .level2 { border: 0; padding: 0; margin: 0 0 1.6rem; }
  h1, h2, h3, h4, h5, summary { break-after: avoid; }
  pre, li, dl > div, figure, .status { break-inside: avoid; }
  nav, .jump { display: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
  summary { list-style: none; }
  .path .across { display: block; }
  .path .down { display: none; }
}
`;
