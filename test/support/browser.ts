/** A real browser that has no network: pages come from here. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

export const chromiumProgram = '/usr/bin/chromium';

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** `deviceScaleFactor`: pixels of a picture for each pixel of the page. */
export async function openBrowser(deviceScaleFactor = 1): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'));
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: chromiumProgram,
    headless: true,
    deviceScaleFactor,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    context,
    close: async () => {
      await context.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Shown {
  readonly page: Page;
  /** What the page said on its console, threw, or asked for: nothing, when all is well. */
  readonly noise: readonly string[];
}

export async function show({ context }: Browser, html: string, width: number): Promise<Shown> {
  const page = await context.newPage();
  const noise: string[] = [];
  page.on('console', (message) => noise.push(message.text()));
  page.on('pageerror', (error) => noise.push(error.message));
  page.on('request', (request) => noise.push(request.url()));
  await page.setViewportSize({ width, height: 900 });
  await page.setContent(html);
  return { page, noise };
}
