import fc from 'fast-check';
import { expect, it } from 'vitest';
import { render } from '../../src/report/formats.ts';
import { terminalPicture } from '../../src/report/picture.ts';
import { reportCases } from '../support/report-cases.ts';

it('puts each run at its column, in its colour', () => {
  const picture = terminalPicture(
    '\u001b[32m✔\u001b[39m a \u001b[1m日本\u001b[22m\u001b[2mdim\u001b[22m\n\nb',
    'run',
  );
  expect(picture).toContain(
    '<tspan x="20" textLength="8.4" lengthAdjust="spacingAndGlyphs" fill="#1a7f37">✔</tspan>',
  );
  expect(picture).toContain(
    '<tspan x="53.6" textLength="33.6" lengthAdjust="spacingAndGlyphs" font-weight="bold">日本<',
  );
  expect(picture).toContain('fill="#6e7781">dim<');
  expect(picture.match(/<text y="(\d+)"/g)).toEqual(['<text y="62"', '<text y="102"']);
});

it('is XML whatever the text is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, title) => {
      const picture = terminalPicture(text, title);
      expect(picture).not.toMatch(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
      const tags = picture.replace(/<\/?(?:svg|title|style|rect|path|circle|text|tspan|g)\b[^<>]*>/g, '');
      expect(tags).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/);
    }),
  );
});

it('shows every word of the table', async () => {
  const [incident] = reportCases;
  const options = { columns: 80, color: true, verbose: false, quiet: false };
  const picture = terminalPicture(
    incident ? await render('table', incident.report, options) : '',
    'viworks-doctor run',
  );
  expect(picture).toContain('agent-server:8081');
  expect(picture).toContain('6 checks failed');
});
