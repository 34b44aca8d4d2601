/** Visits to pages in a real browser: what a page asked for and complained about is kept, and its looks are measured. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { expect } from 'vitest';

const SCREENSHOTS = path.resolve('tests/e2e/screenshots');

export const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 812 } } as const;
export type Size = keyof typeof SIZES;
export type Scheme = 'light' | 'dark';

export interface Visit {
  readonly page: Page;
  /** URLs of everything the page loaded. */
  readonly requested: readonly string[];
  /** Errors and warnings on the console, uncaught errors, and answers of 400 and above. */
  readonly complaints: readonly string[];
  readonly close: () => Promise<void>;
}

/** Keeps what a page asks for and complains about, from here on. */
export function watch(page: Page): Pick<Visit, 'requested' | 'complaints'> {
  const requested: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requested.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return { requested, complaints };
}

export async function visit(
  browser: Browser,
  url: string,
  size: Size,
  colorScheme: Scheme,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme, ...options });
  const page = await context.newPage();
  const seen = watch(page);
  await page.goto(url, { waitUntil: 'networkidle' });
  return { page, ...seen, close: () => context.close() };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

/** Whole, quiet, in the asked-for colours, no wider than the window, and served from its own origin alone. */
export async function expectSound(
  { page, requested, complaints }: Omit<Visit, 'close'>,
  scheme: Scheme,
): Promise<void> {
  const [ground, ink] = await page.evaluate(() => {
    const { backgroundColor, color } = getComputedStyle(document.body);
    return [backgroundColor, color];
  });
  expect(brightness(ground) > brightness(ink)).toBe(scheme === 'light');
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
  const { origin } = new URL(page.url());
  expect(requested.filter((url) => new URL(url).origin !== origin)).toEqual([]);
}

/** One first-level heading, and no level left out on the way down. */
export async function expectHeadingOrder(page: Page): Promise<void> {
  const levels = await page
    .locator('h1, h2, h3, h4, h5, h6')
    .evaluateAll((headings) => headings.map(({ tagName }) => Number(tagName.slice(1))));
  expect(levels[0]).toBe(1);
  expect(levels.filter((level) => level === 1)).toHaveLength(1);
  const jumps = levels.filter((level, index) => level > (levels[index - 1] ?? level) + 1);
  expect(jumps).toEqual([]);
}

/** Of a computed `rgb(…)` colour, 0 to 765. */
function brightness(color = ''): number {
  return [...color.matchAll(/\d+/g)].slice(0, 3).reduce((sum, [channel]) => sum + Number(channel), 0);
}
