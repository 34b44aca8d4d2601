/** From the first prompt to a larger plan in a real browser: what each threshold says, and both ways to where plans are sold. */
import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatsFor } from '@/app/formats';
import { monthResetsAtMs } from '@/lib/domain/month';
import type { Customer } from '@/tests/support/gateway-verbs';
import { type OtherSite, startOtherSite } from '@/tests/support/other-site';
import { expectSound, watch } from '@/tests/support/page-visits';
import { type Pages, startPages, START_TIMEOUT_MS } from '@/tests/support/pages';
import {
  checkoutCompleted,
  deliverStripe,
  signByHand,
  startStripe,
  type StripeUpstream,
} from '@/tests/support/stripe-upstream';
import { useVisitors } from '@/tests/support/visitors';

const SMALL = { monthly_tokens: 1_000_000, monthly_cost_cents: 1_000 };
const RATES = { rate_limit_rpm: 1_000, rate_limit_tpm: 10_000_000 };
const formats = formatsFor('en-GB', 'UTC');

let pages: Pages;
let stripe: StripeUpstream;
let seller: OtherSite;

beforeAll(async () => {
  [stripe, seller] = await Promise.all([startStripe(), startOtherSite()]);
  pages = await startPages({
    ...stripe.variables,
    TOLLGATE_UPGRADE_URL: `${seller.url}/upgrade?from=tollgate`,
  });
  const plans = [
    { plan: 'small', ...SMALL, price_cents: 1_000 },
    { plan: 'silver', monthly_tokens: 2_000_000, monthly_cost_cents: 4_000, price_cents: 2_500 },
    {
      plan: 'gold',
      monthly_tokens: 5_000_000,
      monthly_cost_cents: null,
      price_cents: 9_900,
      description: 'For whole teams.',
      stripe_price_id: 'price_gold',
    },
  ];
  for (const plan of plans)
    expect((await pages.admin('POST', '/api/admin/plans', { ...RATES, ...plan })).status).toBe(201);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await pages?.stop();
  await stripe?.stop();
  await seller?.stop();
});

const visitors = useVisitors(() => pages);

/** What the gateway says to a call. */
async function call({ token }: Customer): Promise<{ status: number; text: string }> {
  const response = await fetch(`${pages.baseUrl}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': token, 'anthropic-version': '2023-06-01', 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-sonnet-4-5',
      max_tokens: 64,
      messages: [{ role: 'user', content: 'Hello' }],
    }),
  });
  return { status: response.status, text: await response.text() };
}

const background = (alert: Locator): Promise<string> =>
  alert.evaluate((element) => getComputedStyle(element).backgroundColor);

const planCard = (page: Page, name: string): Locator => page.getByRole('article', { name });

describe.each([
  {
    cap: 'tokens',
    what: 'tokens',
    left: '50,000 tokens are left.',
    onSilver: '2,000,000 tokens. You would have used 50% of it',
    onGold: '5,000,000 tokens. You would have used 20% of it',
    percent: (share: number) => ({ tokens: share * 10_000 }),
  },
  {
    cap: 'money',
    what: 'budget',
    left: '$0.50 are left.',
    onSilver: '$40.00. You would have used 25% of it',
    onGold: 'no cap on cost.',
    percent: (share: number) => ({ nanoUsd: share * 100_000_000 }),
  },
])('near the cap on $cap', ({ what, left, onSilver, onGold, percent }) => {
  const reset = () => formats.instant(monthResetsAtMs(Date.now()));

  test(
    'nothing at 79 %, a calm word at 80, a clear one at 95, and at 100 what is refused until when and what plans give',
    async () => {
      const customer = await pages.customer({ plan: 'small' });
      const page = await visitors.page(customer.token);
      const seen = watch(page);
      const at = async (share: number): Promise<void> => {
        await pages.use(customer.user, percent(share));
        await page.goto('/usage', { waitUntil: 'networkidle' });
      };
      const prompts = page.getByRole('note').filter({ hasText: `this month’s ${what}` });
      const dismiss = page.getByRole('button', { name: `Dismiss the note about this month’s ${what}` });

      await at(79);
      expect(await prompts.count()).toBe(0);
      expect((await call(customer)).status).toBe(200);

      await at(80);
      const calm = await prompts.innerText();
      expect(calm).toContain(`80% of this month’s ${what} ${what === 'tokens' ? 'are' : 'is'} used.`);
      expect(calm).toContain('At the pace of the last 7 days');
      const grounds = [await background(prompts)];
      await dismiss.click();
      await prompts.waitFor({ state: 'detached' });
      await page.reload({ waitUntil: 'networkidle' });
      expect(await prompts.count()).toBe(0);
      await at(94);
      expect(await prompts.count()).toBe(0);

      await at(95);
      const clear = await prompts.innerText();
      expect(clear).toContain(`95% of this month’s ${what} ${what === 'tokens' ? 'are' : 'is'} used.`);
      expect(clear).toContain(left);
      expect(clear).toContain('Calls that could need more than is left are refused already.');
      grounds.push(await background(prompts));
      await dismiss.click();
      await prompts.waitFor({ state: 'detached' });

      await at(100);
      const blocked = await prompts.innerText();
      expect(blocked).toContain(`All of this month’s ${what} ${what === 'tokens' ? 'are' : 'is'} used.`);
      expect(blocked).toContain(`Calls that cost anything are refused until ${reset()}`);
      const plans = prompts.getByRole('listitem');
      expect(await plans.filter({ hasText: /^silver/ }).innerText()).toContain(onSilver);
      expect(await plans.filter({ hasText: /^gold/ }).innerText()).toContain(onGold);
      grounds.push(await background(prompts));
      expect(new Set(grounds).size).toBe(3);
      const refused = await call(customer);
      expect(refused.status).toBe(429);
      // The gateway says the same as the page.
      expect(refused.text).toContain(new Date(monthResetsAtMs(Date.now())).toISOString().slice(0, 10));

      // Put away it is small, but never gone.
      await page.getByRole('button', { name: /^Make it small/ }).click();
      const small = page.getByText(
        `All of this month’s ${what} ${what === 'tokens' ? 'are' : 'is'} used. Calls are refused until ${reset()}.`,
      );
      await small.waitFor();
      await page.reload({ waitUntil: 'networkidle' });
      expect(await small.isVisible()).toBe(true);
      expect(await prompts.count()).toBe(0);
      await page.setViewportSize({ width: 375, height: 812 });
      await expectSound({ page, ...seen }, 'light');
    },
    START_TIMEOUT_MS,
  );
});

test('both caps are told of, the more pressing first, and a prompt can be put away without JavaScript', async () => {
  const customer = await pages.customer({ plan: 'small' });
  await pages.use(customer.user, { tokens: 812_000, nanoUsd: 9_700_000_000 });
  const page = await visitors.page(customer.token, { javaScriptEnabled: false });
  await page.goto('/usage');
  const titles = () => page.getByRole('note').locator('p.font-semibold').allTextContents();
  const near = async () => (await titles()).filter((title) => title.includes('this month’s'));
  expect(await near()).toEqual([
    '97% of this month’s budget is used.',
    '81% of this month’s tokens are used.',
  ]);
  await page.getByRole('button', { name: /^Dismiss .* budget/ }).click();
  await page.getByText('97% of this month’s budget is used.').waitFor({ state: 'detached' });
  expect(await near()).toEqual(['81% of this month’s tokens are used.']);
});

test('the comparison lays this customer’s own month over every plan', async () => {
  const customer = await pages.customer({ plan: 'small' });
  await pages.use(customer.user, { tokens: 1_000_000, nanoUsd: 6_000_000_000 });
  const page = await visitors.page(customer.token);
  await page.goto('/plans');
  const [small, silver, gold] = await Promise.all(
    ['small', 'silver', 'gold'].map((name) => planCard(page, name).innerText()),
  );
  expect(small).toContain('Your plan');
  expect(small).toContain('You have used 1,000,000 this month: 100%.');
  expect(silver).toMatch(/Fits your use[\s\S]*\$25 a month[\s\S]*You have used 1,000,000 this month: 50%\./);
  expect(silver).toContain('You have used $6.00 this month: 15%.');
  expect(gold).toMatch(/\$99 a month[\s\S]*For whole teams\.[\s\S]*No cap/);
  expect(await planCard(page, 'small').getByRole('link').count()).toBe(0);
});

test('where the operator sells plans, the button leads there with who asks, from which plan and to which', async () => {
  const customer = await pages.customer({ plan: 'small' });
  await pages.use(customer.user, { tokens: 960_000 });
  const page = await visitors.page(customer.token);
  await page.goto('/usage');
  await page.getByRole('note').getByRole('link', { name: 'Compare plans' }).click();
  await page.waitForURL('**/plans');
  await planCard(page, 'silver').getByRole('link', { name: 'Change to silver' }).click();
  await page.waitForURL(`${seller.url}/**`);
  const { pathname, searchParams } = new URL(page.url());
  expect(pathname).toBe('/upgrade');
  expect(Object.fromEntries(searchParams)).toEqual({
    from: 'tollgate',
    user: customer.user,
    plan: 'small',
    to: 'silver',
  });
});

describe('where Stripe sells plans', () => {
  /** Stripe's pages, as far as it matters here: a way on and a way back. */
  beforeEach(() => {
    stripe.script(({ method, path, query }) => {
      if (method !== 'GET' || !/^\/(pay\/|portal$)/.test(path)) return null;
      const link = (name: string, to: string | null) =>
        `<a href="${(to ?? '').replaceAll('&', '&amp;')}">${name}</a>`;
      return {
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: `<!doctype html><html lang="en"><title>Pay</title><link rel="icon" href="data:,">
${link('Pay', query.get('success_url'))} ${link('Back', query.get('cancel_url'))}</html>`,
      };
    });
  });

  test(
    'a customer at the cap buys the larger plan: the signed webhook brings it, and the next call goes through',
    async () => {
      const customer = await pages.customer({ plan: 'small' });
      await pages.use(customer.user, { tokens: 1_000_000 });
      expect((await call(customer)).status).toBe(429);
      const page = await visitors.page(customer.token);
      const toStripe = async (): Promise<URLSearchParams> => {
        await planCard(page, 'gold').getByRole('link', { name: 'Change to gold' }).click();
        await page.waitForURL(`${stripe.url}/pay/**`);
        return new URL(page.url()).searchParams;
      };

      await page.goto('/usage');
      await page.getByRole('note').getByRole('link', { name: 'See larger plans' }).click();
      await page.waitForURL('**/plans');
      const order = await toStripe();
      expect(order.get('client_reference_id')).toBe(customer.user);
      expect(order.get('line_items[0][price]')).toBe('price_gold');
      await page.getByRole('link', { name: 'Back' }).click();
      await page.getByRole('status').filter({ hasText: 'Nothing was bought.' }).waitFor();
      await toStripe();
      await page.getByRole('link', { name: 'Pay' }).click();
      await page.getByRole('status').filter({ hasText: 'Thank you.' }).waitFor();
      // Coming back proves nothing: anybody can open that address.
      expect(await planCard(page, 'small').innerText()).toContain('Your plan');
      expect((await call(customer)).status).toBe(429);

      const subscription = {
        id: 'sub_bought',
        customer: 'cus_bought',
        status: 'active',
        price: 'price_gold',
        metadata: { user: customer.user, plan: 'gold' },
        created: Math.floor(Date.now() / 1_000),
      };
      stripe.set(subscription);
      const event = checkoutCompleted(subscription, customer.user);
      const forged = signByHand(event, Date.now(), 'whsec_of_somebody_else');
      expect((await deliverStripe(pages.baseUrl, event, forged)).status).toBe(400);
      expect((await call(customer)).status).toBe(429);
      expect((await deliverStripe(pages.baseUrl, event)).status).toBe(200);

      expect((await call(customer)).status).toBe(200);
      await page.reload();
      const bought = planCard(page, 'gold');
      expect(await bought.innerText()).toContain('Your plan');
      await page.goto('/usage');
      await page.getByText('of 5,000,000').waitFor();
      expect(await page.getByText('this month’s tokens').count()).toBe(0);

      await page.goto('/plans');
      await bought.getByRole('link', { name: 'Manage your subscription' }).click();
      await page.waitForURL(`${stripe.url}/portal?**`);
      expect(new URL(page.url()).searchParams.get('customer')).toBe('cus_bought');
    },
    START_TIMEOUT_MS,
  );

  test('a page that can’t be reached is said to be so, and nothing is bought', async () => {
    const customer = await pages.customer({ plan: 'small' });
    const page = await visitors.page(customer.token);
    await page.goto('/plans');
    stripe.script(() => ({ status: 500 }));
    await planCard(page, 'gold').getByRole('link', { name: 'Change to gold' }).click();
    await page.getByText('The payment page can’t be reached right now.').waitFor();
    expect(await planCard(page, 'small').innerText()).toContain('Your plan');
  });
});
