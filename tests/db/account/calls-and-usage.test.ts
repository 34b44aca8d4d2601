/** Calls and usage: what the gateway wrote is what the account shows, to the token and the nano-dollar. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changePlan } from '@/lib/account/change-plan';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { getRequest } from '@/lib/account/get-request';
import { listRequests } from '@/lib/account/list-requests';
import { readUsage, type ReadUsagePorts } from '@/lib/account/read-usage';
import { usageByUser } from '@/lib/account/usage-by-user';
import { admitWith, openHarness, settleCall, START_MS, type Harness } from './harness';

const DAY_MS = 86_400_000;
const noMinute: ReadUsagePorts = { peekMinute: null };
let h: Harness;
let tokenId = '';

beforeAll(async () => {
  h = await openHarness();
  await createUser(h.account, { id: 'acme', plan: 'starter' });
  const { id, token } = await createToken(h.account, {
    user: 'acme',
    name: 'laptop',
    agent: 'coder',
    campaign: 'q4',
  });
  tokenId = id;
  await admitWith(h, token, { id: 'a-yesterday', startedAtMs: START_MS - DAY_MS });
  await settleCall(h.store, 'a-yesterday', { inputTokens: 10, outputTokens: 5, cacheReadTokens: 90 });
  await admitWith(h, token, { id: 'b-today', model: 'claude-haiku-4-5' });
  await settleCall(h.store, 'b-today', { inputTokens: 20, outputTokens: 7, reasoningTokens: 3 }, 'cancelled');
  await admitWith(h, token, { id: 'c-open', startedAtMs: START_MS + 1_500 });
});
afterAll(() => h.close());

describe('a call', () => {
  it('shows everything kept of it once settled', async () => {
    expect(await getRequest(h.account, { id: 'a-yesterday' })).toMatchObject({
      id: 'a-yesterday',
      user_id: 'acme',
      token_id: tokenId,
      agent: 'coder',
      campaign: 'q4',
      session: null,
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      reported_model: 'claude-sonnet-4-5-20250929',
      endpoint: 'messages',
      stream: false,
      status: 200,
      ending: 'complete',
      grade: 'exact',
      input_tokens: 10,
      cache_read_tokens: 90,
      cache_write_5m_tokens: null,
      cache_write_1h_tokens: null,
      output_tokens: 5,
      reasoning_tokens: null,
      web_search_requests: null,
      counted_tokens: 15,
      cost_nano_usd: 1_234_567,
      cost_millicents: 123,
      price_version: 'table/claude-sonnet-4-5@2025-09-29',
      usage_raw: { input_tokens: 10 },
      started_at: '2026-11-20T12:00:00.000Z',
      settled_at: '2026-11-20T12:00:00.345Z',
      first_byte_ms: 12,
      duration_ms: 345,
      hold_tokens: 150,
      hold_output_tokens: 50,
      hold_nano_usd: 300_000 + 750_000,
      upstream_request_id: 'up_1',
      attempts: 1,
      error_code: null,
    });
    await expect(getRequest(h.account, { id: 'nope' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('that runs has no ending and unknown counts', async () => {
    expect(await getRequest(h.account, { id: 'c-open' })).toMatchObject({
      ending: null,
      grade: null,
      status: null,
      input_tokens: null,
      cost_nano_usd: null,
      cost_millicents: null,
      usage_raw: null,
      settled_at: null,
      started_at: '2026-11-21T12:00:01.500Z',
      hold_expires_at: '2026-11-21T12:10:01.500Z',
    });
  });

  it.each([
    [{}, ['c-open', 'b-today', 'a-yesterday']],
    [{ user: 'acme' }, ['c-open', 'b-today', 'a-yesterday']],
    [{ user: 'nobody' }, []],
    [{ model: 'claude-haiku-4-5' }, ['b-today']],
    [{ ending: 'complete' }, ['a-yesterday']],
    [{ ending: 'open', user: 'acme' }, ['c-open']],
    [{ token: 'tok_no' }, []],
    [{ from: '2026-11-21' }, ['c-open', 'b-today']],
    [{ to: '2026-11-20' }, ['a-yesterday']],
    [{ from: '2026-11-20T12:00:00Z', to: '2026-11-21T12:00:00Z' }, ['a-yesterday']],
    [{ from: '2026-11-21T13:00:01+01:00' }, ['c-open']],
  ])('is listed by %j', async (filter, ids) => {
    const page = await listRequests(h.account, filter);
    expect(page.data.map((call) => call.id)).toEqual(ids);
    for (const call of page.data) expect(call).not.toHaveProperty('usage_raw');
  });

  it('is listed by token, and one page after another', async () => {
    const first = await listRequests(h.account, { token: tokenId, limit: 2 });
    expect(first).toMatchObject({ has_more: true, data: [{ id: 'c-open' }, { id: 'b-today' }] });
    const second = await listRequests(h.account, { token: tokenId, limit: 2, cursor: first.next_cursor });
    expect(second).toMatchObject({ has_more: false, next_cursor: null, data: [{ id: 'a-yesterday' }] });
    await expect(listRequests(h.account, { ending: 'lost' })).rejects.toMatchObject({
      fields: [{ field: 'ending' }],
    });
    await expect(listRequests(h.account, { from: 'monday' })).rejects.toMatchObject({
      fields: [{ field: 'from' }],
    });
  });
});

describe('usage', () => {
  it('shows the month, the minute, days and models', async () => {
    const asked: unknown[] = [];
    const usage = await readUsage(
      h.account,
      { user: 'acme' },
      {
        peekMinute: async (...args) => {
          asked.push(args);
          const window = { limit: 1, remaining: 11.7, resetsAtMs: START_MS + 30_000 };
          return { requests: window, tokens: { ...window, remaining: -3 } };
        },
      },
    );
    expect(asked).toEqual([['acme', { rpm: 20, tpm: 40_000 }]]);
    const zero = {
      refusals: 0,
      cache_write_5m_tokens: 0,
      cache_write_1h_tokens: 0,
      requests: 1,
      cost_nano_usd: 1_234_567,
    };
    const sonnet = {
      ...zero,
      input_tokens: 10,
      cache_read_tokens: 90,
      output_tokens: 5,
      reasoning_tokens: 0,
      counted_tokens: 15,
    };
    const haiku = {
      ...zero,
      input_tokens: 20,
      cache_read_tokens: 0,
      output_tokens: 7,
      reasoning_tokens: 3,
      counted_tokens: 27,
    };
    expect(usage).toEqual({
      user: 'acme',
      plan: 'starter',
      month: {
        tokens: { limit: 1_000_000, used: 42, held: 150, remaining: 999_808 },
        cost: {
          limit_nano_usd: 10_000_000_000,
          used_nano_usd: 2_469_134,
          held_nano_usd: 1_050_000,
          remaining_nano_usd: 9_996_480_866,
        },
        resets_at: '2026-12-01T00:00:00.000Z',
      },
      minute: {
        requests: { limit: 20, remaining: 11, resets_at: '2026-11-21T12:00:30.000Z' },
        tokens: { limit: 40_000, remaining: 0, resets_at: '2026-11-21T12:00:30.000Z' },
      },
      days: [
        { day: '2026-11-20', ...sonnet },
        { day: '2026-11-21', ...haiku },
      ],
      models: [
        { model: 'claude-haiku-4-5', provider: 'anthropic', ...haiku },
        { model: 'claude-sonnet-4-5', provider: 'anthropic', ...sonnet },
      ],
      from: '2026-11-01',
      to: '2026-11-21',
    });
  });

  it('is narrowed to a span of days, at most 400 of them', async () => {
    const yesterday = await readUsage(
      h.account,
      { user: 'acme', from: '2026-11-20', to: '2026-11-20' },
      noMinute,
    );
    expect(yesterday.days.map((row) => row.day)).toEqual(['2026-11-20']);
    expect(yesterday.models.map((row) => row.model)).toEqual(['claude-sonnet-4-5']);
    const october = await readUsage(h.account, { user: 'acme', to: '2026-10-31' }, noMinute);
    expect(october).toMatchObject({ from: '2026-10-01', to: '2026-10-31', days: [], models: [] });
    await readUsage(h.account, { user: 'acme', from: '2025-01-01', to: '2026-02-04' }, noMinute);
    for (const [from, to] of [
      ['2025-01-01', '2026-02-05'],
      ['2026-11-21', '2026-11-20'],
      ['2026-11-31', '2026-12-01'],
      ['yesterday', '2026-12-01'],
    ]) {
      await expect(readUsage(h.account, { user: 'acme', from, to }, noMinute)).rejects.toMatchObject({
        fields: [{ field: 'from' }],
      });
    }
    await expect(readUsage(h.account, { user: 'nobody' }, noMinute)).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('is shown without the minute when the limiter cannot be asked', async () => {
    const down = () => Promise.reject(new Error('down'));
    for (const peekMinute of [null, async () => null, down]) {
      const { minute, month } = await readUsage(h.account, { user: 'acme' }, { peekMinute });
      expect(minute.requests).toEqual({ limit: 20, remaining: null, resets_at: null });
      expect(month.tokens.used).toBe(42);
    }
  });

  it('shows no limits where there are none, and never less than nothing left', async () => {
    await changePlan(h.account, { plan: 'starter', monthly_tokens: null, monthly_cost_cents: 0 });
    const { month } = await readUsage(h.account, { user: 'acme' }, noMinute);
    expect(month.tokens).toMatchObject({ limit: null, remaining: null, used: 42 });
    expect(month.cost).toMatchObject({ limit_nano_usd: 0, remaining_nano_usd: 0 });
  });

  it('of a new user is all zero, and the operator sees everybody', async () => {
    h.setNow(START_MS + 1);
    await createUser(h.account, { id: 'newcomer', plan: 'pro' });
    h.setNow(START_MS);
    const { data } = await usageByUser(h.account, {});
    expect(data).toMatchObject([
      {
        user: 'newcomer',
        plan: 'pro',
        requests: 0,
        tokens: { limit: 5_000_000, used: 0, held: 0, remaining: 5_000_000 },
      },
      { user: 'acme', plan: 'starter', month: '2026-11', requests: 2, tokens: { used: 42, held: 150 } },
    ]);
    expect((await usageByUser(h.account, { month: '2026-10' })).data).toMatchObject([
      { requests: 0 },
      { requests: 0 },
    ]);
    expect(await usageByUser(h.account, { limit: 1 })).toMatchObject({
      has_more: true,
      data: [{ user: 'newcomer' }],
    });
    await expect(usageByUser(h.account, { month: '2026-13' })).rejects.toMatchObject({
      fields: [{ field: 'month' }],
    });
  });
});
