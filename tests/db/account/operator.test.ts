/** What the operator is shown equals the sums of the calls' own rows, sorted and paged without losing anybody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changePlan } from '@/lib/account/change-plan';
import { changeUser } from '@/lib/account/change-user';
import { createPlan } from '@/lib/account/create-plan';
import { createUser } from '@/lib/account/create-user';
import { listCustomers } from '@/lib/account/list-customers';
import { listPlanUse } from '@/lib/account/list-plan-use';
import type { CustomerLine } from '@/lib/account/operator-views';
import { customerPage, overviewView, planPreview, planUsePage } from '@/lib/account/operator-views';
import { previewPlan } from '@/lib/account/preview-plan';
import { readOverview } from '@/lib/account/read-overview';
import { openHarness, START_MS, type Harness } from './harness';
import { writeCalls } from './operator-figures';

const DOLLAR = 1_000_000_000;
const LAST_MONTH_MS = Date.parse('2026-10-05T00:00:00Z');

/** Of `small`: 1,000 tokens and $10 a month, sold for $20. */
const SPENDS: readonly (readonly [user: string, nanoUsd: number, tokens: number])[] = [
  ['below', 7.99 * DOLLAR, 100],
  ['near', 1 * DOLLAR, 800],
  ['close', 9.5 * DOLLAR, 100],
  ['full', 3 * DOLLAR, 1_000],
  ['idle', 0, 0],
];

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
  const limits = { rate_limit_rpm: 10, rate_limit_tpm: 1_000 };
  await createPlan(h.account, {
    plan: 'small',
    monthly_tokens: 1_000,
    monthly_cost_cents: 1_000,
    price_cents: 2_000,
    ...limits,
  });
  await createPlan(h.account, { plan: 'open', monthly_tokens: null, monthly_cost_cents: null, ...limits });
  h.setNow(LAST_MONTH_MS);
  for (const [user] of SPENDS)
    await createUser(h.account, { id: user, plan: 'small', name: `Name of ${user}` });
  await createUser(h.account, { id: 'contract', plan: 'open', email: 'Boss@Contract.test' });
  h.setNow(START_MS);
  await createUser(h.account, { id: 'newcomer', plan: 'small' });
  const calls = SPENDS.filter(([, nano]) => nano > 0).flatMap(([user, nanoUsd, tokens]) => [
    { user, at: START_MS, nanoUsd, input: tokens, output: 0 },
    { user, at: START_MS, nanoUsd: 0, input: 50, output: 0, ending: 'refused' as const, error: 'forbidden' },
  ]);
  await writeCalls(h, [
    ...calls,
    { user: 'contract', at: START_MS, nanoUsd: 40 * DOLLAR, input: 5_000, output: 0 },
    { user: 'below', at: LAST_MONTH_MS, nanoUsd: 25 * DOLLAR, input: 10, output: 0 },
  ]);
});
afterAll(() => h.close());

async function everyone(input: Record<string, unknown> = {}): Promise<CustomerLine[]> {
  const seen: CustomerLine[] = [];
  let cursor: string | null = null;
  do {
    const page = await listCustomers(h.account, {
      limit: 2,
      ...input,
      ...(cursor === null ? {} : { cursor }),
    });
    expect(customerPage.parse(page)).toEqual(page);
    seen.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return seen;
}

const ids = async (input: Record<string, unknown> = {}) => (await everyone(input)).map(({ user }) => user);

describe('the table of customers', () => {
  it('has for each the sums of the calls’ own rows', async () => {
    const { rows } = await h.database.client.execute(
      `SELECT user_id, sum(cost_nano_usd) AS nano, sum(counted_tokens) AS tokens, sum(ending <> 'refused') AS calls
       FROM llm_usage WHERE month = '2026-11' GROUP BY user_id`,
    );
    const sums = new Map(rows.map((row) => [row['user_id'], row]));
    const shown = await everyone();
    expect(shown).toHaveLength(7);
    for (const line of shown) {
      const sum = sums.get(line.user);
      expect(line).toMatchObject({
        spend_nano_usd: sum?.['nano'] ?? 0,
        tokens_used: sum?.['tokens'] ?? 0,
        requests: sum?.['calls'] ?? 0,
      });
    }
  });

  it('sets the plan’s price against the cost, and knows of no margin without a price', async () => {
    const shown = await everyone();
    const of = (user: string) => shown.find((line) => line.user === user);
    expect(of('close')).toMatchObject({
      price_cents: 2_000,
      margin_nano_usd: 10.5 * DOLLAR,
      margin_percent: 52,
    });
    expect(of('idle')).toMatchObject({ margin_nano_usd: 20 * DOLLAR, margin_percent: 100 });
    expect(of('contract')).toMatchObject({ price_cents: null, margin_nano_usd: null, margin_percent: null });
  });

  it('names the nearest cap, and what threshold it has reached', async () => {
    const shown = await everyone();
    expect(Object.fromEntries(shown.map(({ user, cap }) => [user, cap]))).toEqual({
      below: { cap: 'cost', level: 'none', percent: 79 },
      near: { cap: 'tokens', level: 'near', percent: 80 },
      close: { cap: 'cost', level: 'close', percent: 95 },
      full: { cap: 'tokens', level: 'reached', percent: 100 },
      idle: { cap: 'tokens', level: 'none', percent: 0 },
      newcomer: { cap: 'tokens', level: 'none', percent: 0 },
      contract: { cap: null, level: 'none', percent: null },
    });
  });

  it('takes a cap that stops calls for reached, although it is not used up', async () => {
    await createUser(h.account, { id: 'stopped', plan: 'small' });
    await writeCalls(h, [
      { user: 'stopped', at: START_MS, nanoUsd: 0, input: 700, output: 0 },
      { user: 'stopped', at: START_MS, ending: 'refused', error: 'monthly_tokens_used_up', nanoUsd: 0 },
    ]);
    expect(await everyone({ search: 'stopped' })).toMatchObject([{ cap: { level: 'reached', percent: 70 } }]);
    expect((await ids({ sort: 'cap' })).slice(0, 2).toSorted()).toEqual(['full', 'stopped']);
  });

  it('comes in every order, page by page, none twice and none left out', async () => {
    const byCap = ['full', 'stopped', 'close', 'near', 'below', 'newcomer', 'idle', 'contract'];
    const all = byCap.toSorted();
    expect(await ids()).toEqual([
      'contract',
      'close',
      'below',
      'full',
      'near',
      'stopped',
      'newcomer',
      'idle',
    ]);
    expect(await ids({ sort: 'spend', order: 'asc' })).toEqual((await ids()).toReversed());
    // Without a price there is no margin: last, whichever way it is turned.
    expect(await ids({ sort: 'margin' })).toEqual([
      'close',
      'below',
      'full',
      'near',
      'idle',
      'newcomer',
      'stopped',
      'contract',
    ]);
    expect((await ids({ sort: 'margin', order: 'desc' })).at(-1)).toBe('contract');
    expect((await ids({ sort: 'cap' })).slice(2)).toEqual(byCap.slice(2));
    expect(await ids({ sort: 'name' })).toEqual([
      'contract',
      'below',
      'close',
      'full',
      'idle',
      'near',
      'newcomer',
      'stopped',
    ]);
    for (const sort of ['spend', 'margin', 'cap', 'name'])
      for (const order of ['asc', 'desc'])
        for (const limit of [1, 3, 200]) expect((await ids({ sort, order, limit })).toSorted()).toEqual(all);
  });

  it('is searched by part of id, name or e-mail address, whatever the case, and taken literally', async () => {
    expect(await ids({ search: 'NAME OF n' })).toEqual(['near']);
    expect(await ids({ search: 'boss@' })).toEqual(['contract']);
    expect(await ids({ search: '%' })).toEqual([]);
    expect(await ids({ plan: 'open' })).toEqual(['contract']);
  });

  it('shows a past month with those who were there', async () => {
    const shown = await everyone({ month: '2026-10' });
    expect(shown.map(({ user }) => user)).not.toContain('newcomer');
    expect(shown.find(({ user }) => user === 'below')).toMatchObject({
      month: '2026-10',
      spend_nano_usd: 25 * DOLLAR,
      margin_nano_usd: -5 * DOLLAR,
      margin_percent: -25,
    });
  });

  it('takes no cursor of another order, and no month that is none', async () => {
    const { next_cursor: cursor } = await listCustomers(h.account, { limit: 1 });
    for (const bad of [
      { cursor, sort: 'name' },
      { cursor, month: '2026-10' },
      { cursor: 'x' },
      { month: '2026-13' },
    ])
      await expect(listCustomers(h.account, bad)).rejects.toMatchObject({ code: 'body_invalid' });
  });
});

describe('the month at a glance', () => {
  it('is the sum of the table', async () => {
    await changeUser(h.account, { id: 'idle', suspended: true });
    const lines = await everyone();
    const totals = await readOverview(h.account, {});
    expect(overviewView.parse(totals)).toEqual(totals);
    const sum = (of: (line: CustomerLine) => number) => lines.reduce((all, line) => all + of(line), 0);
    expect(totals).toEqual({
      month: '2026-11',
      spend_nano_usd: sum((line) => line.spend_nano_usd),
      held_nano_usd: 0,
      income_cents: sum((line) => line.price_cents ?? 0),
      margin_nano_usd: sum((line) => line.margin_nano_usd ?? 0),
      margin_percent: 84,
      customers: 8,
      active_customers: lines.filter((line) => line.requests > 0).length,
      suspended_customers: 1,
      customers_without_price: 1,
      requests: sum((line) => line.requests),
      counted_tokens: sum((line) => line.tokens_used),
      caps: { near: 1, close: 1, reached: 2 },
    });
  });

  it('has no margin where no plan has a price', async () => {
    const other = await openHarness();
    await createUser(other.account, { id: 'a', plan: 'starter' });
    expect(await readOverview(other.account, {})).toMatchObject({ margin_nano_usd: null, income_cents: 0 });
    other.close();
  });
});

describe('plans', () => {
  it('are listed with their customers and with who is over a cap', async () => {
    const page = await listPlanUse(h.account, {});
    expect(planUsePage.parse(page)).toEqual(page);
    expect(page.data.find(({ plan }) => plan === 'small')).toMatchObject({
      customers: 7,
      over: { tokens: 1, cost: 0, any: 1 },
    });
    expect(page.data.find(({ plan }) => plan === 'open')).toMatchObject({ customers: 1, over: { any: 0 } });
    expect(page.data.find(({ plan }) => plan === 'pro')).toMatchObject({ customers: 0, spend_nano_usd: 0 });
  });

  it('tell beforehand whom other caps would stop, and change nothing by it', async () => {
    const before = await listPlanUse(h.account, {});
    const preview = await previewPlan(h.account, {
      plan: 'small',
      monthly_tokens: 700,
      monthly_cost_cents: 300,
    });
    expect(planPreview.parse(preview)).toEqual(preview);
    expect(preview).toMatchObject({
      customers: 7,
      over_now: { tokens: 1, cost: 0, any: 1 },
      over_then: { tokens: 3, cost: 3, any: 5 },
    });
    expect(await previewPlan(h.account, { plan: 'small', monthly_tokens: null })).toMatchObject({
      monthly_cost_cents: 1_000,
      over_then: { tokens: 0, cost: 0, any: 0 },
    });
    expect(await listPlanUse(h.account, {})).toEqual(before);
    await changePlan(h.account, { plan: 'small', monthly_tokens: 700, monthly_cost_cents: 300 });
    const changed = (await listPlanUse(h.account, {})).data.find(({ plan }) => plan === 'small');
    expect(changed?.over).toEqual(preview.over_then);
    await expect(previewPlan(h.account, { plan: 'none' })).rejects.toMatchObject({ code: 'not_found' });
  });
});
