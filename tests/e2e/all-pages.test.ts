/** Every page there is, signed in as who may see it: whole in both colour schemes and sizes, accessible, quiet, and obeying its own policy. */
import { readdirSync, readFileSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults } from '@/tests/support/axe';
import { appRoutes } from '@/tests/support/app-routes';
import { ADMIN_TOKEN } from '@/tests/support/gateway-verbs';
import { answerTo } from '@/tests/support/page-calls';
import { PAGE_ROUTES, type PageIds } from '@/tests/support/page-routes';
import { expectHeadingOrder, expectSound, screenshot, SIZES, watch } from '@/tests/support/page-visits';
import { type Pages, startPages, START_TIMEOUT_MS } from '@/tests/support/pages';

const AUDIENCES = ['open', 'customer', 'operator'] as const;
type Audience = (typeof AUDIENCES)[number];

const LOOKS = [
  { size: 'desktop', scheme: 'light' },
  { size: 'desktop', scheme: 'dark' },
  { size: 'phone', scheme: 'light' },
  { size: 'phone', scheme: 'dark' },
] as const;

const SESSION = 'a-first-task';

let pages: Pages;
let ids: PageIds;
let browsers: Record<Audience, BrowserContext>;

/** Something of everything, so that no page is looked at empty: calls, refusals, caps near, an override, an event. */
async function fill(): Promise<{ token: string }> {
  const { token, user, tokenId } = await pages.customer({
    plan: 'starter',
    token: { name: 'laptop', agent: 'claude-code', campaign: 'autumn' },
  });
  ids = { key: SESSION, id: tokenId, user };
  const capped = { user, name: 'ci', monthly_tokens: 500, scope_models: ['claude-haiku-4-5'] };
  await pages.admin('POST', '/api/admin/tokens', capped);
  const { body: gone } = await pages.admin('POST', '/api/admin/tokens', { user, name: 'lost' });
  await pages.admin('POST', `/api/admin/tokens/${String(gone['id'])}/revoke`);
  await pages.admin('PUT', '/api/admin/prices', { model: 'gpt-5', input: 2e9, output: 9e9 });
  const call = (session: string, model?: string, parent?: string) =>
    answerTo(pages, token, {
      ...(model === undefined ? {} : { model }),
      headers: {
        'x-tollgate-session': session,
        ...(parent === undefined ? {} : { 'x-tollgate-parent-session': parent }),
      },
    });
  await Promise.all([
    call(SESSION),
    call(SESSION, 'claude-haiku-4-5'),
    call(`${SESSION}/sub-agent`, 'claude-haiku-4-5', SESSION),
    call('a-second-task-with-a-key-that-is-far-too-long-for-any-column-of-any-table-on-a-phone'),
    call('a-refused-task', 'no-such-model'),
  ]);
  const suspended = await pages.customer({ plan: 'pro' });
  await pages.admin('POST', `/api/admin/users/${suspended.user}/suspend`);
  await pages.use(user, { tokens: 820_000, nanoUsd: 6_000_000_000 });
  return { token };
}

beforeAll(async () => {
  pages = await startPages();
  const { token } = await fill();
  browsers = {
    open: await pages.context(),
    customer: await pages.signedIn(token),
    operator: await pages.signedIn(ADMIN_TOKEN),
  };
}, START_TIMEOUT_MS);

afterAll(() => pages?.stop());

test('every page of the route tree is visited here', () => {
  const found = appRoutes().filter(({ kind }) => kind === 'page');
  expect(found.map((route) => route.path)).toEqual(Object.keys(PAGE_ROUTES).toSorted());
});

/** Colours fade from one scheme into the other: neither eyes nor axe are to judge them half-way, so they are put to their end. */
const settleColours = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const animation of document.getAnimations())
      if (animation.effect?.getComputedTiming().endTime !== Infinity) animation.finish();
  });

const nameOf = (path: string): string => path.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '') || 'home';

describe.each(AUDIENCES)('the pages of: %s', (who) => {
  const mine = Object.entries(PAGE_ROUTES).filter(([, route]) => route.who === who);

  test.each(mine)('%s is sound and accessible in every size and scheme', async (path, route) => {
    const page = await browsers[who].newPage();
    const seen = watch(page);
    const faults: Record<string, readonly string[]> = {};
    await page.goto(route.fill(ids), { waitUntil: 'networkidle' });
    for (const { size, scheme } of LOOKS) {
      await page.setViewportSize(SIZES[size]);
      await page.emulateMedia({ colorScheme: scheme });
      await settleColours(page);
      await screenshot(page, `${nameOf(path)}-${size}-${scheme}`);
      await expectSound({ page, ...seen }, scheme);
      const found = await accessibilityFaults(page, scheme === 'dark' ? 'colours' : 'everything');
      if (found.length > 0) faults[`${size}, ${scheme}`] = found;
    }
    expect(faults).toEqual({});
    await expectHeadingOrder(page);
    expect(await page.title()).toMatch(/Tollgate$/);
    await page.close();
  });
});

test('no bundle sent to browsers holds code of the database', () => {
  const chunks = readdirSync('.next/static', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  expect(chunks.length).toBeGreaterThan(5);
  const telling = /libsql|drizzle|usage_months|gateway_tokens|TURSO_/;
  expect(chunks.filter((file) => telling.test(readFileSync(`.next/static/${file}`, 'utf8')))).toEqual([]);
});
