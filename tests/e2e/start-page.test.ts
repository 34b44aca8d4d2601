/** A first visit after `npm start`: the page in every size and scheme, its snippets, and the printed curl line. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from '@/tests/support/chromium';
import {
  expectHeadingOrder,
  expectSound,
  screenshot,
  type Scheme,
  type Size,
  visit,
} from '@/tests/support/page-visits';
import { type StartedServer, startServer } from '@/tests/support/started-server';

/** The first start builds pages and bundle. */
const START_TIMEOUT_MS = 400_000;

let server: StartedServer;
let browser: Browser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchChromium()]);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const demoToken = (): string => /tg_\w+/.exec(server.printed())?.[0] ?? 'none was printed';

const open = (size: Size = 'desktop', scheme: Scheme = 'light') =>
  visit(browser, server.baseUrl, size, scheme);

describe('the start page', () => {
  for (const size of ['desktop', 'phone'] as const) {
    for (const scheme of ['light', 'dark'] as const) {
      test(`on a ${size} in ${scheme}: whole, quiet and served from here alone`, async () => {
        const seen = await open(size, scheme);
        const { page } = seen;
        await screenshot(page, `start-${size}-${scheme}`);
        expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Tollgate');
        expect(await page.getByText('Sandbox.').isVisible()).toBe(true);
        await expectSound(seen, scheme);
        await expectHeadingOrder(page);
        await seen.close();
      });
    }
  }

  test('names its own origin as base URL, and that address answers with the printed token', async () => {
    const { page, close } = await open();
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
    const { page, close } = await open();
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
