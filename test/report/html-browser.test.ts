/** The HTML report in a real browser: on a phone and a desk, in the light and in the dark, and on paper. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../src/report/formats.ts';
import type { Report } from '../../src/report/report.ts';
import { type Browser, chromiumProgram, openBrowser, type Shown, show } from '../support/browser.ts';
import { demoReport } from '../support/demo-report.ts';
import { reportCases } from '../support/report-cases.ts';
import { saying } from '../support/report-saying.ts';
import { needs } from '../support/tools.ts';

const options = { columns: 80, color: false, verbose: false, quiet: false };
const pageOf = (report: Report) => render('html', report, options);
const hostile = saying(
  `</p><script>alert(1)</script><img src="https://example.com/a.png">${'long'.repeat(60)}`,
);
const reports = [...reportCases, { name: 'saying what would act', report: hostile }];
const poorContrasts = readFileSync(new URL('../support/poor-contrasts.js', import.meta.url), 'utf8')
  .trim()
  .replace(/;$/, '');

const paper = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');

describe.skipIf(needs('chromium', chromiumProgram))('in Chromium', () => {
  let browser: Browser;
  let shown: Shown | null = null;
  let incident: Report;
  beforeAll(async () => {
    browser = await openBrowser();
    incident = await demoReport();
  });
  afterAll(() => browser?.close());
  const open = async (report: Report, width: number) => {
    await shown?.page.close();
    shown = await show(browser, await pageOf(report), width);
    return shown;
  };

  it.each(reports)(
    '$name: asks for nothing, says nothing, and is no wider than the screen',
    async ({ report }) => {
      for (const width of [360, 768, 1280]) {
        const { page, noise } = await open(report, width);
        expect(noise).toEqual([]);
        await page.evaluate('document.querySelectorAll("details").forEach((one) => one.open = true)');
        const { scrollWidth, clientWidth } = await page
          .locator('html')
          .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
        expect(clientWidth).toBe(width);
        expect(scrollWidth).toBe(clientWidth);
        expect(await page.locator('script, img, link').count()).toBe(0);
      }
    },
  );

  it.each(['light', 'dark'] as const)('has enough contrast in the %s', async (colorScheme) => {
    const { page } = await open(incident, 1280);
    await page.emulateMedia({ colorScheme });
    const { looked, poor } = await page.evaluate<{ looked: number; poor: string[] }>(
      `(${poorContrasts})(4.5)`,
    );
    expect(poor).toEqual([]);
    expect(looked).toBeGreaterThan(300);
    expect(await paper(page)).toBe(colorScheme === 'dark' ? 'rgb(15, 19, 24)' : 'rgb(245, 246, 248)');
  });

  it('draws the path across on a desk, and down on a phone', async () => {
    for (const { width, way, other } of [
      { width: 1280, way: '.across', other: '.down' },
      { width: 360, way: '.down', other: '.across' },
    ]) {
      const { page } = await open(incident, width);
      expect(await page.locator(`.path ${way}`).first().isVisible()).toBe(true);
      expect(await page.locator(`.path ${other}`).first().isVisible()).toBe(false);
      const sizes = await page
        .locator(`.path ${way} text`)
        .evaluateAll((texts) => texts.map((text) => text.getBoundingClientRect().height));
      for (const size of sizes) expect(size).toBeGreaterThan(11);
    }
  });

  it('has landmarks, and names for pictures and sections', async () => {
    const { page } = await open(incident, 1280);
    for (const role of ['banner', 'main', 'contentinfo', 'navigation'] as const)
      expect(await page.getByRole(role).count(), role).toBe(1);
    expect(
      await page.getByRole('img', { name: /^Path from laptop: dns ok.*agent-server:8081 failed/ }).count(),
    ).toBe(1);
    expect(await page.getByRole('region', { name: 'Executive summary' }).count()).toBe(1);
  });

  it('can be walked with the keyboard: to the report, and into the evidence', async () => {
    const { page } = await open(incident, 1280);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the report');
    expect(await page.locator(':focus').isVisible()).toBe(true);
    const details = page.locator('details').first();
    await details.locator('summary').focus();
    await page.keyboard.press('Enter');
    expect(await details.evaluate((element) => element.hasAttribute('open'))).toBe(true);
  });

  it('prints on pages, with all of the evidence, in the light', async () => {
    const { page } = await open(incident, 1280);
    const closed = await page
      .locator('details pre')
      .first()
      .evaluate((pre) => pre.checkVisibility({ contentVisibilityAuto: true }));
    expect(closed).toBe(false);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const seen = await page
      .locator('details pre')
      .evaluateAll((pres) => pres.map((pre) => pre.getBoundingClientRect().height > 10));
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).not.toContain(false);
    expect(await paper(page)).toBe('rgb(255, 255, 255)');
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g) ?? [];
    expect(pages.length).toBeGreaterThan(2);
  });
});
