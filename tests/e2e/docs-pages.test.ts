/** The two pages of documentation in a real browser: in every size and scheme, with and without JavaScript. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SOME_TOKEN } from '@/lib/docs/snippet';
import { connectGuide, snippetsOf } from '@/lib/docs/snippets';
import type { OpenApiDocument } from '@/lib/api/openapi';
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

const open = (path: string, size: Size = 'desktop', scheme: Scheme = 'light', options = {}) =>
  visit(browser, server.baseUrl + path, size, scheme, options);

const reader = () => ({ baseUrl: server.baseUrl, token: SOME_TOKEN, sandbox: true });

describe.each([
  { path: '/docs/connect', title: 'Connect' },
  { path: '/docs/api', title: 'API' },
])('$path', ({ path, title }) => {
  for (const size of ['desktop', 'phone'] as const) {
    for (const scheme of ['light', 'dark'] as const) {
      test(`on a ${size} in ${scheme}: whole, quiet and served from here alone`, async () => {
        const seen = await open(path, size, scheme);
        await screenshot(seen.page, `${title.toLowerCase()}-${size}-${scheme}`);
        expect(await seen.page.getByRole('heading', { level: 1 }).textContent()).toBe(title);
        await expectSound(seen, scheme);
        await seen.close();
      });
    }
  }

  test('opened up it still fits a phone', async () => {
    const seen = await open(path, 'phone');
    await seen.page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    await screenshot(seen.page, `${title.toLowerCase()}-phone-open`);
    await expectSound(seen, 'light');
    await seen.close();
  });

  test('has headings in order, landmarks with names, and a way past the navigation', async () => {
    const { page, close } = await open(path);
    await expectHeadingOrder(page);
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('banner').count()).toBe(1);
    for (const name of ['Pages', 'On this page'])
      expect(await page.getByRole('navigation', { name }).count()).toBe(1);
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the content' });
    expect(await skip.evaluate((link) => link === document.activeElement)).toBe(true);
    expect((await skip.boundingBox())?.x).toBeGreaterThanOrEqual(0);
    expect(
      await page.getByRole('link', { name: title, exact: true }).first().getAttribute('aria-current'),
    ).toBe('page');
    await close();
  });

  test('every link within it leads to something on it, and ids are its own', async () => {
    const { page, close } = await open(path);
    const [targets, ids] = await page.evaluate(() => [
      [...document.querySelectorAll('a[href^="#"]')].map((link) => link.getAttribute('href')?.slice(1) ?? ''),
      [...document.querySelectorAll('[id]')].map(({ id }) => id),
    ]);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    await close();
  });
});

describe('/docs/connect', () => {
  test('shows every snippet as the tests ran it, at the reader’s own address', async () => {
    const { page, close } = await open('/docs/connect');
    const shown = await page.locator('main pre').allTextContents();
    expect(shown).toEqual(snippetsOf(reader()).map(({ text }) => text));
    const names = await page
      .getByRole('navigation', { name: 'On this page' })
      .getByRole('link')
      .allTextContents();
    expect(names).toEqual(
      connectGuide(reader()).flatMap(({ title, guides }) => [title, ...guides.map(({ name }) => name)]),
    );
    await close();
  });

  test('takes neither address nor token from the URL', async () => {
    const { page, close } = await open('/docs/connect?base=https://evil.example&token=tg_stolen');
    const text = (await page.locator('body').innerText()) ?? '';
    expect(text).not.toMatch(/evil\.example|tg_stolen/);
    await close();
  });

  test('reads the same without JavaScript, only without buttons', async () => {
    const { page, close } = await open('/docs/connect', 'desktop', 'light', { javaScriptEnabled: false });
    expect(await page.locator('main pre').allTextContents()).toEqual(
      snippetsOf(reader()).map(({ text }) => text),
    );
    expect(await page.getByRole('button').count()).toBe(0);
    await close();
  });

  test('a button copies the text beside it, whole', async () => {
    const { page, close } = await open('/docs/connect', 'desktop', 'light', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const figure = page.locator('#codex-config');
    // The word stands for a moment only: it is waited for from before the click.
    const said = figure.getByRole('button', { name: /^Copied/ }).waitFor();
    await figure.getByRole('button').click();
    await said;
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(await figure.locator('code').textContent());
    await close();
  });
});

test('/docs/api shows every operation of openapi.json once, and every path of it', async () => {
  const document = (await (await fetch(`${server.baseUrl}/openapi.json`)).json()) as OpenApiDocument;
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.values(item).map((operation) => ({ path, operation })),
  );
  const { page, close } = await open('/docs/api');
  const ids = await page.locator('details.operation').evaluateAll((all) => all.map(({ id }) => id));
  const main = operations.filter(({ operation }) => operation['x-same-as'] === undefined);
  expect(ids.filter((id) => !id.startsWith('schema-')).toSorted()).toEqual(
    main.map(({ operation }) => operation.operationId).toSorted(),
  );
  const text = (await page.locator('main').textContent()) ?? '';
  expect(operations.filter(({ path }) => !text.includes(path))).toEqual([]);
  await close();
});

test('the three pages lead to each other', async () => {
  const { page, close } = await open('/');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Connect' }).click();
  await page.waitForURL('**/docs/connect');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'API' }).click();
  await page.waitForURL('**/docs/api');
  await page.getByRole('banner').getByRole('link', { name: 'Tollgate' }).click();
  await page.waitForURL(`${server.baseUrl}/`);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Tollgate');
  await close();
});
