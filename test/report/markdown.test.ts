import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/formats.ts';
import { codeSpan, fenced, plain, startOfLine } from '../../src/report/markdown/escape.ts';
import type { Report } from '../../src/report/report.ts';
import { hostileWords } from '../support/hostile-words.ts';
import { incident } from '../support/report-incident.ts';
import { saying } from '../support/report-saying.ts';

const options = { columns: 80, color: false, verbose: false, quiet: false };
const markdown = (report: Report) => render('markdown', report, options);

describe('words', () => {
  const cases = [
    { text: 'port 8080, and *no* more', becomes: 'port 8080, and \\*no\\* more' },
    { text: 'run_server_loop() of __init__', becomes: 'run_server_loop() of \\__init_\\_' },
    { text: '<b>&amp; & <script>', becomes: '\\<b>\\&amp; & \\<script>' },
    { text: '[click](here) | ![image]', becomes: '\\[click](here) \\| !\\[image]' },
    { text: 'see https://example.com/a.', becomes: 'see `https://example.com/a`.' },
    { text: '(www.example.com)', becomes: '(`www.example.com`)' },
    { text: 'root@host, @everybody', becomes: '`root@host`, `@everybody`' },
    { text: 'fixes #12 for $5', becomes: 'fixes `#12` for `$5`' },
    { text: 'set `tls = { cert }`, `to` and x`y`', becomes: 'set `tls = { cert }`, `to` and `` x`y` ``' },
    { text: 'a ``b` c', becomes: 'a ``` ``b` ``` c' },
    { text: '~/.ssh ~~gone~~ \\*', becomes: '`~/.ssh` `~~gone~~` `\\*`' },
  ];
  it.each(cases)('$text', ({ text, becomes }) => expect(plain(text)).toBe(becomes));

  const starts = [
    { text: '# heading', becomes: '\\# heading' },
    { text: '- item', becomes: '\\- item' },
    { text: '1. item', becomes: '1\\. item' },
    { text: '12) item', becomes: '12\\) item' },
    { text: '    code', becomes: 'code' },
    { text: '> quote', becomes: '\\> quote' },
    { text: '=====', becomes: '\\=====' },
    { text: '3 checks', becomes: '3 checks' },
  ];
  it.each(starts)('at the start of a line: $text', ({ text, becomes }) =>
    expect(startOfLine(text)).toBe(becomes),
  );

  it('in code, are fenced by more backticks than there are in them', () => {
    expect(codeSpan('a``b`')).toBe('``` a``b` ```');
    expect(codeSpan('')).toBe('');
    expect(fenced('text', 'a\n````\nb')).toEqual(['`````text', 'a', '````', 'b', '`````']);
  });
});

/** Lines by what they are; what is fenced is nothing but a fence. */
function shapeOf(text: string): string[] {
  let fence: string | null = null;
  return text.split('\n').flatMap((line) => {
    const [, indent = '', ticks = ''] = /^( *)(`{3,})/.exec(line) ?? [];
    if (fence !== null) {
      if (ticks.length < fence.length || line.trim() !== ticks) return [];
      fence = null;
      return [`${indent}fence`];
    }
    if (ticks !== '') {
      fence = ticks;
      return [];
    }
    if (line === '') return [];
    return [/^ *(?:#{1,6} |[-+*] |\d+[.)] |---$|[>|=~<]|\*\*|\*)/.exec(line)?.[0] ?? 'words'];
  });
}

/** What is left of the text where Markdown is read: no fenced lines, no code, no escaped characters. */
function readAsMarkdown(text: string): string {
  let fence: string | null = null;
  const lines = text.split('\n').filter((line) => {
    const [, ticks] = /^ *(`{3,})/.exec(line) ?? [];
    if (fence !== null) {
      if (ticks && ticks.length >= fence.length && line.trim() === ticks) fence = null;
      return false;
    }
    fence = ticks ?? null;
    return fence === null;
  });
  return lines
    .join('\n')
    .replace(/\\[!-/:-@[-`{-~]|(?<!`)(`+)(?!`)(?:.*?[^`])\1(?!`)/g, (match) =>
      match.startsWith('`') ? 'code' : '.',
    );
}

describe('the report', () => {
  it('has the same shape whatever the words in it are, and none of them acts', async () => {
    const shape = shapeOf(await markdown(saying('plain')));
    await fc.assert(
      fc.asyncProperty(hostileWords, async (words) => {
        const text = await markdown(saying(words));
        expect(shapeOf(text)).toEqual(shape);
        expect(readAsMarkdown(text)).not.toMatch(/[<`[$@]|:\/\/|www\.|#\d|~~|&#?\w+;/i);
        expect(text).not.toMatch(/[^\n\t\P{Cc}]|\p{Cf}/u);
      }),
    );
  });

  it('ends each line where its words end, and has no two empty lines in a row outside of code', async () => {
    const text = await markdown(incident());
    expect(text).not.toMatch(/[^\n] +\n/);
    expect(text.endsWith('*\n')).toBe(true);
    expect(text.replace(/^```[\s\S]*?^```$/gm, 'code')).not.toMatch(/\n{3}/);
  });

  it('shows a change as a diff, and the commands apart', async () => {
    const base = incident();
    const [root] = base.diagnosis.causes;
    if (!root) throw new Error('the incident has a cause');
    const change = { file: '/etc/nginx.conf', line: 42, before: 'proxy_pass a;', after: 'proxy_pass b;' };
    const fix = { ...root.fix, change, commands: ['nginx -t', 'nginx -s reload'], risk: 'low' };
    const text = await markdown({ ...base, diagnosis: { causes: [{ ...root, fix }] } });
    expect(text).toContain(
      '```diff\n--- /etc/nginx.conf\n+++ /etc/nginx.conf\n@@ -42 +42 @@\n-proxy_pass a;\n+proxy_pass b;\n```',
    );
    expect(text).toContain('- **File:** `/etc/nginx.conf:42` on backend');
    expect(text).toContain('```sh\nnginx -t\nnginx -s reload\n```');
    expect(text).toContain('- **Risk:** low');
  });
});
