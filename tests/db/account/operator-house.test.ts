/** Providers, refusals, activity, prices and events as the operator sees them: equal to the calls' own rows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUser } from '@/lib/account/create-user';
import { createToken } from '@/lib/account/create-token';
import { listEvents } from '@/lib/account/list-events';
import { listPriceTable } from '@/lib/account/list-price-table';
import type { OperatorPorts } from '@/lib/account/operator-ports';
import {
  activityView,
  eventsPage,
  priceTableView,
  providersView,
  refusalsView,
} from '@/lib/account/operator-views';
import { readActivity } from '@/lib/account/read-activity';
import { readProviders } from '@/lib/account/read-providers';
import { readRefusals } from '@/lib/account/read-refusals';
import { retryEvent } from '@/lib/account/retry-event';
import { setPrice } from '@/lib/account/set-price';
import { PRICE_TABLE } from '@/lib/domain/price-table';
import { NOTHING_CONFIGURED } from '@/tests/support/operator';
import { openHarness, START_MS, type Harness } from './harness';
import { type Call, writeCalls } from './operator-figures';

const DOLLAR = 1_000_000_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const TODAY = '2026-11-21';

const ports: OperatorPorts = {
  ...NOTHING_CONFIGURED,
  providers: [
    { name: 'anthropic', displayName: 'Anthropic', formats: ['anthropic-messages'] },
    { name: 'openai', displayName: 'OpenAI', formats: ['openai-chat'] },
  ],
  models: [
    {
      provider: 'anthropic',
      model: 'claude-sonnet-4-5',
      priceModel: 'claude-sonnet-4-5',
      configured: true,
      reported: false,
    },
    {
      provider: 'bedrock',
      model: 'claude-sonnet-4-5',
      priceModel: 'claude-sonnet-4-5',
      configured: false,
      reported: false,
    },
    { provider: 'openai', model: 'brand-new', priceModel: 'brand-new', configured: true, reported: false },
    { provider: 'openrouter', model: 'any', priceModel: 'any', configured: true, reported: true },
    { provider: 'vertex', model: 'elsewhere', priceModel: 'elsewhere', configured: false, reported: false },
  ],
  reach: async () => [{ name: 'openai', reachable: false, latency_ms: 3_000, last_error: 'dns' }],
};

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
  h.setNow(START_MS - 100 * DAY_MS);
  for (const id of ['acme', 'bolt', 'calm'])
    await createUser(h.account, { id, plan: 'business', name: `${id} Ltd` });
  h.setNow(START_MS);
});
afterAll(() => h.close());

describe('providers', () => {
  const calls: readonly Call[] = [
    { user: 'acme', at: START_MS - HOUR_MS, nanoUsd: 3 * DOLLAR, firstByteMs: 100 },
    { user: 'bolt', at: START_MS, nanoUsd: 1 * DOLLAR, firstByteMs: 301, grade: 'estimated' },
    { user: 'bolt', at: START_MS, nanoUsd: 0, ending: 'broken' },
    { user: 'bolt', at: START_MS, nanoUsd: 0, ending: 'refused', error: 'upstream_400' },
    {
      user: 'bolt',
      at: START_MS,
      provider: '',
      model: '',
      nanoUsd: 0,
      ending: 'refused',
      error: 'model_unknown',
    },
    {
      user: 'bolt',
      at: START_MS - 3 * DAY_MS,
      provider: 'gone',
      model: 'old',
      nanoUsd: null,
      grade: 'unpriced',
    },
    { user: 'bolt', at: START_MS - 40 * DAY_MS, provider: 'anthropic', nanoUsd: 99 * DOLLAR },
  ];
  beforeAll(() => writeCalls(h, calls));

  it('have the sums of their calls, of the asked-for time alone', async () => {
    const view = await readProviders(h.account, {}, ports);
    expect(providersView.parse(view)).toEqual(view);
    expect(view.providers.map(({ provider }) => provider)).toEqual(['anthropic', 'openai']);
    expect(view.providers[0]).toMatchObject({
      display_name: 'Anthropic',
      configured: true,
      reachable: null,
      requests: 3,
      refusals: 1,
      broken: 1,
      error_percent: 33.33,
      first_byte_ms: 201,
      duration_ms: 900,
      estimated: 1,
      cost_nano_usd: 4 * DOLLAR,
    });
    expect(view.providers[0]?.steps).toEqual([
      { at: '2026-11-21T11:00:00.000Z', requests: 1, broken: 0, cost_nano_usd: 3 * DOLLAR },
      { at: '2026-11-21T12:00:00.000Z', requests: 2, broken: 1, cost_nano_usd: 1 * DOLLAR },
    ]);
    expect(view.models).toMatchObject([{ provider: 'anthropic', model: 'claude-sonnet-4-5', requests: 3 }]);
  });

  it('that are silent are shown as such, those no longer configured with what they did', async () => {
    const view = await readProviders(h.account, { range: '7d' }, ports);
    expect(view.providers.find(({ provider }) => provider === 'openai')).toMatchObject({
      requests: 0,
      error_percent: null,
      first_byte_ms: null,
      reachable: false,
      last_error: 'dns',
      steps: [],
    });
    expect(view.providers.find(({ provider }) => provider === 'gone')).toMatchObject({
      configured: false,
      unpriced: 1,
    });
    for (const range of ['7d', '30d']) {
      const { providers } = await readProviders(h.account, { range }, ports);
      for (const one of providers)
        expect(one.steps.reduce((sum, { requests }) => sum + requests, 0)).toBe(one.requests);
    }
  });

  it('are told without anything configured, as on the command line', async () => {
    expect(
      (await readProviders(h.account, { range: '30d' })).providers.map(({ provider }) => provider),
    ).toEqual(['anthropic', 'gone']);
    await expect(readProviders(h.account, { range: '1y' })).rejects.toMatchObject({ code: 'body_invalid' });
  });
});

describe('refusals', () => {
  beforeAll(async () => {
    const refused = { ending: 'refused', nanoUsd: 0 } as const;
    await writeCalls(h, [
      { user: 'acme', at: START_MS - DAY_MS, error: 'forbidden', ...refused },
      { user: 'acme', at: START_MS - DAY_MS, error: 'forbidden', ...refused },
      { user: 'acme', at: START_MS, error: 'upstream_400', ...refused },
      { user: 'calm', at: START_MS - 60 * DAY_MS, error: 'forbidden', ...refused },
    ]);
  });

  it('add up alike by reason, by day and by customer', async () => {
    const view = await readRefusals(h.account, { days: '30' });
    expect(refusalsView.parse(view)).toEqual(view);
    const { rows } = await h.database.client.execute(
      `SELECT count(*) AS n FROM llm_usage WHERE ending = 'refused' AND timestamp >= unixepoch('2026-10-23')`,
    );
    const sum = (list: readonly { refusals: number }[]) => list.reduce((all, row) => all + row.refusals, 0);
    expect(rows[0]?.['n']).toBe(5);
    expect([view.refusals, sum(view.reasons), sum(view.days), sum(view.customers)]).toEqual([5, 5, 5, 5]);
    expect(view.reasons).toMatchObject([
      { reason: 'forbidden', refusals: 2, customers: 1, last_day: '2026-11-20' },
      { reason: 'upstream_400', refusals: 2, customers: 2, meaning: 'the provider found the request wrong' },
      { reason: 'model_unknown', refusals: 1, customers: 1 },
    ]);
    expect(view.customers[0]).toEqual({
      user: 'acme',
      name: 'acme Ltd',
      refusals: 3,
      main_reason: 'forbidden',
      of_main_reason: 2,
    });
  });

  it('are narrowed to a customer, a reason and days', async () => {
    expect(await readRefusals(h.account, { user: 'bolt' })).toMatchObject({ refusals: 2 });
    expect(await readRefusals(h.account, { reason: 'forbidden', days: 90 })).toMatchObject({ refusals: 3 });
    expect(await readRefusals(h.account, { days: 1 })).toMatchObject({ refusals: 3, from: TODAY, to: TODAY });
    expect(await readRefusals(h.account, { user: 'nobody' })).toMatchObject({ refusals: 0, days: [] });
    await expect(readRefusals(h.account, { days: 93 })).rejects.toMatchObject({ code: 'body_invalid' });
  });
});

describe('suspicious activity', () => {
  it('is found in the rollups of the day, and only what breaks a rule', async () => {
    const other = await openHarness();
    other.setNow(START_MS - 100 * DAY_MS);
    for (const id of ['steady', 'jumper', 'hammer', 'newborn', 'maker'])
      await createUser(other.account, { id, plan: 'business' });
    const back = await createToken(other.account, { user: 'steady', name: 'back' });
    const busy = await createToken(other.account, { user: 'steady', name: 'busy' });
    const older = [1, 5, 14].map((days) => START_MS - days * DAY_MS);
    await writeCalls(other, [
      ...older.flatMap((at): Call[] => [
        { user: 'steady', at, token: busy.id, nanoUsd: 20 * DOLLAR },
        { user: 'jumper', at, nanoUsd: 14 * DOLLAR },
      ]),
      // Before the fortnight: a day that must not count.
      { user: 'jumper', at: START_MS - 15 * DAY_MS, nanoUsd: 900 * DOLLAR, model: 'gpt-new' },
      { user: 'steady', at: START_MS - 41 * DAY_MS, token: back.id, nanoUsd: 0 },
      { user: 'steady', at: START_MS, token: back.id, nanoUsd: 0 },
      { user: 'steady', at: START_MS, token: busy.id, nanoUsd: 5 * DOLLAR },
      { user: 'jumper', at: START_MS, nanoUsd: 9 * DOLLAR },
      { user: 'jumper', at: START_MS, nanoUsd: 1 * DOLLAR, model: 'gpt-new' },
      { user: 'steady', at: START_MS, nanoUsd: 6 * DOLLAR, model: 'shiny' },
      { user: 'newborn', at: START_MS, nanoUsd: 2 * DOLLAR, model: 'first-ever' },
      ...Array.from({ length: 12 }, (): Call => ({
        user: 'hammer',
        at: START_MS,
        ending: 'refused',
        error: 'forbidden',
        nanoUsd: 0,
      })),
    ]);
    other.setNow(START_MS);
    for (let i = 0; i < 10; i++) await createToken(other.account, { user: 'maker', name: `t${i}` });
    const view = await readActivity(other.account, {});
    expect(activityView.parse(view)).toEqual(view);
    expect(view.findings.map(({ rule, user, subject }) => [rule, user, subject])).toEqual([
      ['spend_jump', 'newborn', null],
      ['spend_jump', 'jumper', null],
      ['refusals', 'hammer', null],
      ['token_returns', 'steady', back.id],
      ['new_model', 'steady', 'shiny'],
      ['many_tokens', 'maker', null],
    ]);
    expect(view.findings[1]).toMatchObject({ value: 10 * DOLLAR, usual: 3 * DOLLAR, times: 3.3 });
    expect(view.findings[3]).toMatchObject({ value: 40, unit: 'days' });
    expect(await readActivity(other.account, { day: '2026-11-18' })).toEqual({
      day: '2026-11-18',
      findings: [],
    });
    await expect(readActivity(other.account, { day: '2026-11-22' })).rejects.toMatchObject({
      code: 'body_invalid',
    });
    other.close();
  });
});

describe('the price table', () => {
  it('says what holds today, since when and by whom', async () => {
    const before = await listPriceTable(h.account, { search: 'claude-sonnet-4-5' }, ports);
    expect(priceTableView.parse(before)).toEqual(before);
    const listed = PRICE_TABLE.find(({ model }) => model === 'claude-sonnet-4-5');
    const line = before.prices.find(({ model }) => model === 'claude-sonnet-4-5');
    expect(line).toMatchObject({
      source: 'repository',
      input: listed?.input,
      version: listed?.version,
      effective_from: listed?.effectiveFrom,
      providers: ['anthropic', 'bedrock'],
      age_days: Math.floor((START_MS - Date.parse(listed?.effectiveFrom ?? '')) / DAY_MS),
    });
    const rates = { input: 1_000_000, output: 2_000_000 };
    await setPrice(h.account, { model: 'claude-sonnet-4-5', effective_from: '2026-11-20', ...rates });
    await setPrice(h.account, { model: 'claude-sonnet-4-5', effective_from: '2026-12-01', ...rates });
    const after = await listPriceTable(h.account, { source: 'override' }, ports);
    expect(after.prices).toMatchObject([
      { model: 'claude-sonnet-4-5', ...rates, age_days: 1, source: 'override', effective_from: '2026-11-20' },
    ]);
    expect(after.models).toBe(before.models);
    expect(after.overrides).toHaveLength(2);
  });

  it('counts a model that only an override knows, and leaves out one that holds later', async () => {
    const { models } = await listPriceTable(h.account, {}, ports);
    await setPrice(h.account, { model: 'own', effective_from: TODAY, input: 1_000, output: 1_000 });
    await setPrice(h.account, { model: 'later', effective_from: '2027-01-01', input: 1_000, output: 1_000 });
    const view = await listPriceTable(h.account, {}, ports);
    expect(view.models).toBe(models + 1);
    expect(view.prices.map(({ model }) => model)).toContain('own');
    expect(new Set(view.prices.map(({ model }) => model)).size).toBe(view.prices.length);
  });

  it('names what was called without a price, and what could be', async () => {
    const { unpriced } = await listPriceTable(h.account, {}, ports);
    expect(unpriced).toEqual([
      { provider: 'gone', model: 'old', why: 'called', calls: 1, last_call_at: '2026-11-18T12:00:00.000Z' },
      { provider: 'openai', model: 'brand-new', why: 'listed', calls: 0, last_call_at: null },
    ]);
    await setPrice(h.account, { model: 'brand-new', effective_from: TODAY, input: 1_000, output: 1_000 });
    const after = await listPriceTable(h.account, {}, ports);
    expect(after.unpriced.map(({ model }) => model)).toEqual(['old']);
  });
});

describe('events', () => {
  const put = (id: string, at: number, more: { attempts?: number; delivered?: number | null } = {}) =>
    h.database.client.execute({
      sql: `INSERT INTO events (id, type, user_id, key, facts, created_at, next_attempt_at, attempts, delivered_at, last_error)
        VALUES (:id, 'usage.blocked', 'acme', :id, '{"cap":"tokens"}', :at, :next, :attempts, :delivered, NULL)`,
      args: { id, at, next: at + DAY_MS, attempts: more.attempts ?? 0, delivered: more.delivered ?? null },
    });

  it('come newest first, page by page, with what became of them', async () => {
    await h.database.client.execute('DELETE FROM events');
    await put('evt_old', START_MS - 4 * DAY_MS, { attempts: 9 });
    await put('evt_sent', START_MS - 2 * HOUR_MS, { attempts: 1, delivered: START_MS });
    await put('evt_failing', START_MS - HOUR_MS, { attempts: 2 });
    await put('evt_new', START_MS);
    const seen: [string, string][] = [];
    let cursor: string | null = null;
    do {
      const page = await listEvents(h.account, { limit: 1, ...(cursor === null ? {} : { cursor }) });
      expect(eventsPage.parse(page)).toEqual(page);
      expect(page).toMatchObject({ waiting: 3, failing: 2 });
      seen.push(...page.data.map(({ id, state }): [string, string] => [id, state]));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual([
      ['evt_new', 'waiting'],
      ['evt_failing', 'failing'],
      ['evt_sent', 'delivered'],
      ['evt_old', 'given_up'],
    ]);
    expect((await listEvents(h.account, { state: 'delivered' })).data.map(({ id }) => id)).toEqual([
      'evt_sent',
    ]);
    expect((await listEvents(h.account, { user: 'bolt' })).data).toEqual([]);
  });

  it('are due at once when they are tried again, unless they were delivered or are too old', async () => {
    const now = new Date(START_MS).toISOString();
    expect(await retryEvent(h.account, { id: 'evt_failing' })).toMatchObject({
      next_attempt_at: now,
      attempts: 2,
    });
    for (const id of ['evt_sent', 'evt_old'])
      await expect(retryEvent(h.account, { id })).rejects.toMatchObject({ code: 'conflict' });
    await expect(retryEvent(h.account, { id: 'evt_none' })).rejects.toMatchObject({ code: 'not_found' });
  });
});
