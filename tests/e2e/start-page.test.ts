/** A first visit after `npm start`: the page in every size and scheme, its snippets, and the printed curl line. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '@/tests/support/chromium';
import { type StartedServer, startServer } from '@/tests/support/started-server';

/** The first start builds pages and bundle. */
const START_TIMEOUT_MS = 400_000;
const SCREENSHOTS = path.resolve('tests/e2e/screenshots');
const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 812 } } as const;

let server: StartedServer;
let browser: Browser;

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  [server, browser] = await Promise.all([startServer(), launchChromium()]);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const demoToken = (): string => /tg_\w+/.exec(server.printed())?.[0] ?? 'none was printed';

/** Opens the start page and keeps what it asked for and complained about. */
async function visit(size: keyof typeof SIZES, colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme });
  const page = await context.newPage();
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
  await page.goto(server.baseUrl, { waitUntil: 'networkidle' });
  return { page, requested, complaints, close: () => context.close() };
}

describe('the start page', () => {
  for (const size of ['desktop', 'phone'] as const) {
    for (const scheme of ['light', 'dark'] as const) {
      test(`on a ${size} in ${scheme}: whole, quiet and served from here alone`, async () => {
        const { page, requested, complaints, close } = await visit(size, scheme);
        await page.screenshot({
          path: path.join(SCREENSHOTS, `start-${size}-${scheme}.png`),
          fullPage: true,
        });
        expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Tollgate');
        expect(await page.getByText('Sandbox.').isVisible()).toBe(true);
        const [ground, ink] = await page.evaluate(() => {
          const { backgroundColor, color } = getComputedStyle(document.body);
          return [backgroundColor, color];
        });
        expect(brightness(ground) > brightness(ink)).toBe(scheme === 'light');
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        expect(complaints).toEqual([]);
        expect(requested.filter((url) => new URL(url).origin !== server.baseUrl)).toEqual([]);
        await close();
      });
    }
  }

  test('names its own origin as base URL, and that address answers with the printed token', async () => {
    const { page, close } = await visit('desktop', 'light');
    const snippets = (await page.locator('pre').allTextContents()).join('\n');
    const { origin } = new URL(page.url());
    const base = /ANTHROPIC_BASE_URL=(\S+)/.exec(snippets)?.[1];
    expect(base).toBe(origin);
    expect(snippets).toContain(`baseURL: '${origin}'`);
    const response = await fetch(`${base}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${demoToken()}`, 'anthropic-version': '2023-06-01' },
      body: JSON.stringify({
        model: 'claude-sonnet-4-5',
        max_tokens: 32,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollgate-provider')).toBe('sandbox');
    expect(await response.json()).toMatchObject({ type: 'message', role: 'assistant' });
    await close();
  });

  test('lists endpoints that exist', async () => {
    const { page, close } = await visit('desktop', 'light');
    const cells = await page.locator('td:first-child').allTextContents();
    const endpoints = cells.flatMap((cell) => [...cell.matchAll(/\b(GET|POST) (\/\S+)/g)]);
    expect(endpoints.length).toBeGreaterThan(6);
    for (const [, method = '', place = ''] of endpoints) {
      const response = await fetch(server.baseUrl + place, { method, headers: { 'x-api-key': demoToken() } });
      await response.arrayBuffer();
      // Posts have no body here: a complaint about that is an answer, an unknown path is not.
      expect({ place, found: ![404, 405].includes(response.status) }).toEqual({ place, found: true });
    }
    await close();
  });
});

test('the printed curl line works as it stands', async () => {
  const printed = /^curl [\s\S]*?\\\n.*$/m.exec(server.printed())?.[0] ?? 'false';
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    printed.replace(/^curl /, 'curl --silent --fail '),
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'message', content: [{ type: 'text' }] });
});

/** Of a computed `rgb(…)` colour, 0 to 765. */
function brightness(color = ''): number {
  return [...color.matchAll(/\d+/g)].slice(0, 3).reduce((sum, [channel]) => sum + Number(channel), 0);
}
