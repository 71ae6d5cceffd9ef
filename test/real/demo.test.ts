/** The shipped demo, live: its incident report on standard output and as a page. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { doctor } from './doctor.ts';

const folder = mkdtempSync(join(tmpdir(), 'demo-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('writes the incident report in Markdown, and the same as a page', async () => {
  const args = ['demo', '--timeout', '3s', '-q', '-f', 'markdown', '-f', 'html=report.html'];
  const { code, stdout, stderr } = await doctor(args, { cwd: folder });
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  const titles = Array.from(stdout.matchAll(/^## (.*)$/gm), ([, title]) => title);
  expect(titles).toHaveLength(9);
  expect(stdout).toContain(
    'The root cause: **agent-server listens on port 8081 and never accepts a connection**',
  );
  expect(stdout).toContain(
    '-proxy_pass http://viworks-backend-agent-new:8080;\n+proxy_pass http://viworks-backend-agent-new:8081;',
  );
  const page = readFileSync(join(folder, 'report.html'), 'utf8');
  const headings = Array.from(page.matchAll(/<h2[^>]*>(.*?)<\/h2>/g), ([, title]) => title);
  expect(headings).toEqual(titles);
});
