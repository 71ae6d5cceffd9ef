import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/formats.ts';
import { html } from '../../src/report/html/escape.ts';
import { pathPicture } from '../../src/report/html/path-picture.ts';
import type { Report } from '../../src/report/report.ts';
import { hostileWords } from '../support/hostile-words.ts';
import { incident } from '../support/report-incident.ts';
import { saying } from '../support/report-saying.ts';

const options = { columns: 80, color: false, verbose: false, quiet: false };
const page = (report: Report) => render('html', report, options);

it('escapes whatever a template is filled with, in text and in attributes', () => {
  const text = `<b title="x">'&`;
  const escaped = '&lt;b title=&quot;x&quot;&gt;&#39;&amp;';
  expect(html`<i title="${text}">${text}</i>${3}`.html).toBe(`<i title="${escaped}">${escaped}</i>3`);
  expect(html`<ul>${['<', '>'].map((item) => html`<li>${item}</li>`)}</ul>`.html).toBe(
    '<ul><li>&lt;</li><li>&gt;</li></ul>',
  );
});

/** Every tag with its attributes' names, in order. */
const tagsOf = (text: string): string[] =>
  Array.from(text.replace(/"[^"]*"/g, '').matchAll(/<[^>]*>/g), ([tag]) => tag);

describe('the page', () => {
  it('has the same tags whatever the words in it are', async () => {
    const tags = tagsOf(await page(saying('plain')));
    expect(tags.length).toBeGreaterThan(300);
    await fc.assert(
      fc.asyncProperty(hostileWords, async (words) => {
        const text = await page(saying(words));
        expect(tagsOf(text).filter((tag) => !/^<\/?(?:details|summary)/.test(tag))).toEqual(
          tags.filter((tag) => !/^<\/?(?:details|summary)/.test(tag)),
        );
        expect(text.replace(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toMatch(/&(?=#|\w+;)/);
        expect(text).not.toMatch(/[^\n\t\P{Cc}]|\p{Cf}/u);
      }),
    );
  });

  it('loads nothing and runs nothing', async () => {
    const text = await page(incident());
    expect(text).toContain(
      `http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;"`,
    );
    expect(text).not.toMatch(
      /<(?:script|link|img|iframe|object|embed|form|base)\b|\s(?:src|on\w+|style)=|@import|url\(/i,
    );
    for (const [, target] of text.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#[\w-]+$/);
  });

  it('has one main heading, none that skips a level, and links that lead somewhere', async () => {
    const text = await page(incident());
    const levels = Array.from(text.matchAll(/<h(\d)/g), ([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.reduce((before, level) => {
      expect(level).toBeLessThanOrEqual(before + 1);
      return level;
    });
    const ids = Array.from(text.matchAll(/\sid="([^"]+)"/g), ([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of text.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(target);
  });
});

describe('the picture of a path', () => {
  const path = {
    from: 'laptop',
    parts: [
      { name: 'dns', status: 'pass' },
      { name: 'a-name-that-is-longer-than-its-room', status: 'fail' },
      { name: 'api', status: 'skip' },
    ],
  } as const;
  const picture = pathPicture(path, 'agent').html;

  it('says in words what it shows', () => {
    expect(picture).toContain('<title>Path from laptop</title>');
    expect(picture).toContain(
      'dns ok, a-name-that-is-longer-than-its-room failed, api not looked at.</desc>',
    );
  });

  it('is drawn across and down, with a line and a sign a part, and cuts long names', () => {
    for (const way of ['across', 'down']) {
      const [, drawn = ''] = new RegExp(`<svg class="${way}"(.*?)</svg>`, 's').exec(picture) ?? [];
      expect(drawn.match(/class="link (\w+)"/g)).toEqual([
        'class="link pass"',
        'class="link fail"',
        'class="link skip"',
      ]);
      expect(drawn.match(/<text/g)).toHaveLength(4);
    }
    expect(picture).toContain('>a-name-that-is-l…</text>');
  });
});
