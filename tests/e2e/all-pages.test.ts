/** Every page there is, signed in as who may see it: whole in both colour schemes and sizes, accessible, quiet, and obeying its own policy. */
import type { BrowserContext } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFaults } from '@/tests/support/axe';
import { appRoutes } from '@/tests/support/app-routes';
import { ADMIN_TOKEN } from '@/tests/support/gateway-verbs';
import { PAGE_ROUTES } from '@/tests/support/page-routes';
import { expectHeadingOrder, expectSound, screenshot, watch } from '@/tests/support/page-visits';
import { type Pages, startPages, START_TIMEOUT_MS } from '@/tests/support/pages';

let pages: Pages;
const people: Record<string, string | null> = { open: null };
let ids: Record<string, string>;

beforeAll(async () => {
  pages = await startPages();
  const { token, user, tokenId } = await pages.customer({ plan: 'starter', token: { agent: 'claude-code' } });
  for (const session of ['a first task', 'a second task']) await pages.call(token, { session });
  await pages.call(token, { model: 'no-such-model' });
  await pages.use(user, { tokens: 820_000, nanoUsd: 6_000_000_000 });
  people['customer'] = token;
  people['operator'] = ADMIN_TOKEN;
  ids = { key: 'a first task', id: tokenId, user };
}, START_TIMEOUT_MS);

afterAll(() => pages?.stop());

test('every page of the route tree is visited here', () => {
  const found = appRoutes().filter(({ kind }) => kind === 'page');
  expect(found.map((route) => route.path)).toEqual(Object.keys(PAGE_ROUTES).toSorted());
});

const LOOKS = [
  { size: 'desktop', scheme: 'light' },
  { size: 'desktop', scheme: 'dark' },
  { size: 'phone', scheme: 'light' },
  { size: 'phone', scheme: 'dark' },
] as const;

describe.each(['open', 'customer', 'operator'] as const)('the pages of: %s', (who) => {
  const mine = Object.entries(PAGE_ROUTES).filter(([, route]) => route.who === who);

  test.each(LOOKS)(
    'are sound and accessible ($size, $scheme)',
    async ({ size, scheme }) => {
      const token = people[who] ?? null;
      const context: BrowserContext =
        token === null
          ? await pages.context({ size, scheme })
          : await pages.signedIn(token, { size, scheme });
      const faults: Record<string, readonly string[]> = {};
      for (const [path, { fill }] of mine) {
        const page = await context.newPage();
        const seen = watch(page);
        await page.goto(fill(ids), { waitUntil: 'networkidle' });
        await screenshot(
          page,
          `${path.replaceAll(/[^a-z]+/g, '-').replaceAll(/^-|-$/g, '') || 'home'}-${size}-${scheme}`,
        );
        await expectSound({ page, ...seen }, scheme);
        await expectHeadingOrder(page);
        const found = await accessibilityFaults(page);
        if (found.length > 0) faults[path] = found;
        await page.close();
      }
      expect(faults).toEqual({});
      await context.close();
    },
    START_TIMEOUT_MS,
  );
});

test('no bundle sent to browsers holds code of the database', async () => {
  const { readdirSync, readFileSync } = await import('node:fs');
  const chunks = readdirSync('.next/static', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.js'),
  );
  expect(chunks.length).toBeGreaterThan(5);
  const telling = /libsql|drizzle|usage_months|gateway_tokens|TURSO_/;
  expect(chunks.filter((file) => telling.test(readFileSync(`.next/static/${file}`, 'utf8')))).toEqual([]);
});
