/** Caps as a customer sees them: the same thresholds as the trigger's events, from counters alone, with prompts and plans to compare. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InArgs } from '@libsql/client';
import type { Query } from 'drizzle-orm';
import { capsOfUser, countedByDay, countersOf, dismissalsOf } from '@/db/queries/caps';
import { textOf } from '@/db/queries/row';
import { sellerEvent, usersNamed } from '@/db/queries/subscriptions';
import { capsView, comparisonView } from '@/lib/account/cap-views';
import { changePlan } from '@/lib/account/change-plan';
import { changeUser } from '@/lib/account/change-user';
import { comparePlans } from '@/lib/account/compare-plans';
import { createPlan } from '@/lib/account/create-plan';
import { createUser } from '@/lib/account/create-user';
import { dismissPrompt } from '@/lib/account/dismiss-prompt';
import { readCaps } from '@/lib/account/read-caps';
import type { UpgradePorts } from '@/lib/account/upgrade-ports';
import { openHarness, START_MS, type Harness } from './harness';

const NOWHERE: UpgradePorts = { upgradeUrl: null, seller: null };
const MONTH = '2026-11';
const DAY_MS = 86_400_000;

let h: Harness;
beforeEach(async () => {
  h = await openHarness();
  const minute = { rate_limit_rpm: 60, rate_limit_tpm: 1_000 };
  await createPlan(h.account, { plan: 'small', monthly_tokens: 10_000, monthly_cost_cents: 100, ...minute });
  await createPlan(h.account, {
    plan: 'large',
    monthly_tokens: 100_000,
    monthly_cost_cents: null,
    ...minute,
  });
  await createUser(h.account, { id: 'acme', plan: 'small' });
});
afterEach(() => h.close());

let rows = 0;

/** A call as the gateway leaves it: admitted, then settled; triggers move every counter. */
async function spend(
  tokens: number,
  nanoUsd = 0,
  { atMs = START_MS, cacheReads = 0 }: { atMs?: number; cacheReads?: number } = {},
): Promise<void> {
  rows += 1;
  const id = `req_${rows}`;
  const month = new Date(atMs).toISOString().slice(0, 7);
  await h.database.client.batch([
    {
      sql: `INSERT INTO llm_usage (id, user_id, timestamp, started_at, month, provider, model, endpoint, stream, hold_tokens)
VALUES (?, 'acme', ?, ?, ?, 'anthropic', 'm', 'messages', 0, 7)`,
      args: [id, Math.floor(atMs / 1_000), atMs, month],
    },
    {
      sql: `UPDATE llm_usage SET ending = 'complete', grade = 'exact', counted_tokens = ?, cost_nano_usd = ?, cache_read_tokens = ?
WHERE id = ?`,
      args: [tokens, nanoUsd, cacheReads, id],
    },
  ]);
}

/** A call that a cap refused. */
async function refuse(code: 'monthly_tokens_used_up' | 'monthly_cost_used_up'): Promise<void> {
  rows += 1;
  await h.database.client.execute({
    sql: `INSERT INTO llm_usage (id, user_id, timestamp, started_at, month, provider, model, endpoint, stream, ending, error_code)
VALUES (?, 'acme', ?, ?, ?, '', '', 'messages', 0, 'refused', ?)`,
    args: [`req_${rows}`, START_MS / 1_000, START_MS, MONTH, code],
  });
}

async function eventKeys(): Promise<string[]> {
  const { rows: found } = await h.database.client.execute('SELECT key FROM events ORDER BY rowid');
  return found.map((row) => textOf(row['key']));
}

const caps = async (ports = NOWHERE) => capsView.parse(await readCaps(h.account, { user: 'acme' }, ports));

describe('thresholds', () => {
  it.each([
    [7_999, 'none', null],
    [8_000, 'near', 80],
    [9_499, 'near', 80],
    [9_500, 'close', 95],
    [9_999, 'close', 95],
    [10_000, 'reached', 100],
    [12_000, 'reached', 100],
  ] as const)(
    'of %i of 10,000 tokens are %s on the page and %s in the event',
    async (used, level, threshold) => {
      await spend(used);
      expect((await caps()).tokens).toMatchObject({ used, level, threshold, prompt: threshold });
      const expected = threshold === null ? [] : [`threshold/acme/${MONTH}/tokens/${threshold}/10000`];
      expect(await eventKeys()).toEqual(expected);
    },
  );

  it.each([
    [799_999_999, 'none', null],
    [800_000_000, 'near', 80],
    [949_999_999, 'near', 80],
    [950_000_000, 'close', 95],
    [1_000_000_000, 'reached', 100],
  ] as const)(
    'of %i of 1e9 nano-dollars are %s on the page and %s in the event',
    async (used, level, threshold) => {
      await spend(1, used);
      expect((await caps()).cost).toMatchObject({ used, level, threshold, unit: 'nano_usd' });
      const expected = threshold === null ? [] : [`threshold/acme/${MONTH}/cost/${threshold}/1000000000`];
      expect(await eventKeys()).toEqual(expected);
    },
  );

  it('come as one event each while use creeps up, and as one for a leap over several', async () => {
    for (let i = 0; i < 10; i += 1) await spend(1_000);
    await spend(1, 1_000_000_000);
    expect(await eventKeys()).toEqual([
      `threshold/acme/${MONTH}/tokens/80/10000`,
      `threshold/acme/${MONTH}/tokens/100/10000`,
      `threshold/acme/${MONTH}/cost/100/1000000000`,
    ]);
  });
});

describe('readCaps', () => {
  it('of a customer without any use is empty, not missing', async () => {
    const shown = await caps();
    expect(shown).toMatchObject({ plan: 'small', month: MONTH, resets_at: '2026-12-01T00:00:00.000Z' });
    expect(shown.tokens).toMatchObject({ limit: 10_000, used: 0, held: 0, remaining: 10_000, percent: 0 });
    expect(shown.tokens).toMatchObject({ per_day: 0, projected: 0, reaches_at: null, blocked_until: null });
    await expect(readCaps(h.account, { user: 'nobody' }, NOWHERE)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('projects the last seven days, other months’ included', async () => {
    await h.database.client.execute({
      sql: 'UPDATE users SET created_at = ?',
      args: [START_MS - 90 * DAY_MS],
    });
    for (let back = 0; back < 7; back += 1) await spend(650, 65, { atMs: START_MS - back * DAY_MS });
    await spend(1_000_000, 0, { atMs: START_MS - 30 * DAY_MS });
    const { tokens, cost } = await caps();
    expect(tokens).toMatchObject({ used: 4_550, per_day: 700, projected: 4_550 + 9.5 * 700 });
    expect(tokens.reaches_at).toBe(new Date(START_MS + Math.ceil((5_450 * DAY_MS) / 700)).toISOString());
    expect(cost).toMatchObject({ used: 455, per_day: 70, reaches_at: null });
  });

  it('shows what is refused until when, and no more once the cap is another', async () => {
    await spend(8_500);
    await refuse('monthly_tokens_used_up');
    expect((await caps()).tokens).toMatchObject({
      level: 'reached',
      threshold: 100,
      blocked_at: new Date(START_MS).toISOString(),
      blocked_until: '2026-12-01T00:00:00.000Z',
    });
    expect((await caps()).cost.level).toBe('none');
    await changeUser(h.account, { id: 'acme', plan: 'large' });
    expect((await caps()).tokens).toMatchObject({ level: 'none', blocked_at: null, blocked_until: null });
    await changeUser(h.account, { id: 'acme', plan: 'small' });
    h.setNow(Date.parse('2026-12-02T00:00:00Z'));
    expect((await caps()).tokens).toMatchObject({ used: 0, level: 'none', blocked_at: null });
  });

  it('tells a refusal for money apart', async () => {
    await refuse('monthly_cost_used_up');
    const { tokens, cost } = await caps();
    expect([tokens.level, cost.level]).toEqual(['none', 'reached']);
  });

  it('names the upgrade page with user and plan', async () => {
    const { upgrade } = await caps({ upgradeUrl: 'https://example.com/pay?a=1', seller: null });
    expect(upgrade).toEqual({ url: 'https://example.com/pay?a=1&user=acme&plan=small', checkout: false });
  });
});

describe('a prompt that was put away', () => {
  it('comes again with the next threshold, the other cap, and the next month', async () => {
    await spend(8_100, 810_000_000);
    expect((await caps()).tokens.prompt).toBe(80);
    const dismissal = { user: 'acme', cap: 'tokens', threshold: 80 };
    expect(await dismissPrompt(h.account, dismissal)).toEqual({ ...dismissal, month: MONTH });
    await dismissPrompt(h.account, dismissal);
    const put = await caps();
    expect(put.tokens).toMatchObject({ threshold: 80, dismissed: [80], prompt: null });
    expect(put.cost).toMatchObject({ dismissed: [], prompt: 80 });
    await spend(1_400);
    expect((await caps()).tokens).toMatchObject({ threshold: 95, dismissed: [80], prompt: 95 });
    h.setNow(START_MS + 10 * DAY_MS);
    await spend(8_100, 0, { atMs: START_MS + 10 * DAY_MS });
    expect((await caps()).tokens).toMatchObject({ dismissed: [], prompt: 80 });
  });

  it('is of a known customer, cap and threshold', async () => {
    const dismiss = (change: object) =>
      dismissPrompt(h.account, { user: 'acme', cap: 'tokens', threshold: 80, ...change });
    await expect(dismiss({ user: 'nobody' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(dismiss({ threshold: 81 })).rejects.toMatchObject({ code: 'body_invalid' });
    await expect(dismiss({ cap: 'requests' })).rejects.toMatchObject({ code: 'body_invalid' });
  });
});

describe('comparePlans', () => {
  const compare = async (ports = NOWHERE) =>
    comparisonView.parse(await comparePlans(h.account, { user: 'acme' }, ports));
  const planIn = (shown: Awaited<ReturnType<typeof compare>>, name: string) => {
    const found = shown.plans.find(({ plan }) => plan === name);
    if (found === undefined) throw new Error(`${name} is not compared`);
    return found;
  };

  it('lays this month, its projection and the last month over each plan', async () => {
    await h.database.client.execute({
      sql: 'UPDATE users SET created_at = ?',
      args: [START_MS - 90 * DAY_MS],
    });
    await spend(9_100, 500_000_000);
    await spend(50_000, 0, { atMs: START_MS - 30 * DAY_MS });
    const shown = await compare();
    expect(shown).toMatchObject({ month: MONTH, last_month: '2026-10', subscribed: false });
    expect(planIn(shown, 'small')).toMatchObject({
      current: true,
      fits: 'no',
      tokens: { limit: 10_000, used: 9_100, last_month: 50_000, projected: 22_400, percent: 91, fits: 'no' },
      can_checkout: false,
    });
    expect(planIn(shown, 'large')).toMatchObject({
      current: false,
      fits: 'yes',
      tokens: { percent: 9, projected_percent: 22, fits: 'yes' },
      cost: { limit: null, percent: null, fits: 'yes' },
    });
  });

  it('of a customer who used nothing can’t say what fits', async () => {
    expect(planIn(await compare(), 'small')).toMatchObject({ fits: 'unknown', tokens: { projected: null } });
  });

  it('counts cache reads as each plan would', async () => {
    await changePlan(h.account, { plan: 'large', count_cache_reads: true });
    await spend(1_000, 0, { cacheReads: 5_000 });
    const shown = await compare();
    expect(planIn(shown, 'small').tokens.used).toBe(1_000);
    expect(planIn(shown, 'large').tokens.used).toBe(6_000);
  });

  it('shows what is listed and what the customer is on, and sells what has a price', async () => {
    await h.database.client.execute(
      "UPDATE plan_limits SET listed = 0, price_cents = 1 WHERE plan IN ('small', 'starter')",
    );
    await h.database.client.execute(
      "UPDATE plan_limits SET price_cents = 500, stripe_price_id = 'price_1' WHERE plan = 'large'",
    );
    const seller = {} as NonNullable<UpgradePorts['seller']>;
    const shown = await compare({ upgradeUrl: 'https://example.com/', seller });
    const names = shown.plans.map(({ plan }) => plan);
    expect(names.slice(0, 2)).toEqual(['small', 'large']);
    expect(names).not.toContain('starter');
    expect(planIn(shown, 'large')).toMatchObject({
      price_cents: 500,
      can_checkout: true,
      upgrade_url: 'https://example.com/?user=acme&plan=small&to=large',
    });
    expect(planIn(shown, 'small')).toMatchObject({ can_checkout: false, upgrade_url: null });
  });
});

describe('what caps are read from', () => {
  it.each([
    ['caps', () => capsOfUser(h.database, 'acme', MONTH)],
    ['days', () => countedByDay(h.database, 'acme', '2026-11-15', '2026-11-21')],
    ['counters', () => countersOf(h.database, 'acme', MONTH)],
    ['dismissals', () => dismissalsOf(h.database, 'acme', MONTH)],
    ['seller’s events', () => sellerEvent(h.database, 'evt_1')],
    ['customers of a seller', () => usersNamed(h.database, { user: 'acme', customer: 'cus_1' })],
  ])('%s are sought, never scanned, and never among single calls', async (_, query) => {
    const { sql, params } = (query() as { toSQL: () => Query }).toSQL();
    const { rows: steps } = await h.database.client.execute({
      sql: `EXPLAIN QUERY PLAN ${sql}`,
      args: params as InArgs,
    });
    const plan = steps.map((row) => JSON.stringify(row['detail'])).join('\n');
    expect(plan).toMatch(/SEARCH/);
    expect(plan).not.toMatch(/SCAN|TEMP B-TREE|llm_usage/);
  });
});
