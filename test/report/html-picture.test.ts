/** The README's pictures of the HTML report are of the page as it is now. UPDATE=1 takes them anew, in Chromium. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/formats.ts';
import { openBrowser } from '../support/browser.ts';
import { demoReport } from '../support/demo-report.ts';
import { textOf, withText } from '../support/png.ts';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const readme = readFileSync(at('README.md'), 'utf8');
const width = 880;

/** The page, and what of it a picture shows: up to the path of the endpoint. */
async function shownPart(): Promise<{ page: string; source: string }> {
  const options = { columns: 80, color: false, verbose: false, quiet: false };
  const page = await render('html', await demoReport(), options);
  const [start = ''] = page.split('</figure>');
  return { page, source: createHash('sha256').update(start).digest('hex') };
}

async function picture(page: string, colorScheme: 'light' | 'dark'): Promise<Buffer> {
  const browser = await openBrowser(1.6);
  try {
    const shown = await browser.context.newPage();
    await shown.emulateMedia({ colorScheme });
    await shown.setViewportSize({ width, height: 900 });
    await shown.setContent(page);
    const end = await shown.locator('figure').first().boundingBox();
    const height = Math.ceil((end?.y ?? 0) + (end?.height ?? 0) + 24);
    return await shown.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height } });
  } finally {
    await browser.close();
  }
}

describe.each(['light', 'dark'] as const)('the picture of the HTML report, in the %s', (scheme) => {
  const file = `.github/report-${scheme}.png`;
  it('is current, small, and in the README', async () => {
    const { page, source } = await shownPart();
    if (process.env.UPDATE) writeFileSync(at(file), withText(await picture(page, scheme), 'Source', source));
    const png = readFileSync(at(file));
    expect(textOf(png, 'Source')).toBe(source);
    expect(png.length).toBeLessThan(300_000);
    expect(readme).toContain(file);
  });
});
