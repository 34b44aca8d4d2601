/** Price overrides: set, replaced, listed and deleted; what is stored is what the gateway reads. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRICE_OVERRIDES, overridesFromRows } from '@/db/queries/prices';
import { deletePrice } from '@/lib/account/delete-price';
import { listPrices } from '@/lib/account/list-prices';
import { setPrice } from '@/lib/account/set-price';
import { openHarness, type Harness } from './harness';

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
});
afterAll(() => h.close());

const RATES = { input: 3_000_000_000, output: 15_000_000_000 };

async function asGatewayReads() {
  const bad: string[] = [];
  const { rows } = await h.database.client.execute(PRICE_OVERRIDES);
  return { good: overridesFromRows(rows, (model) => bad.push(model)), bad };
}

describe('price overrides', () => {
  it('hold from today on unless said, and cache rates left out are the input rate', async () => {
    const forgotten = h.forgotten();
    const price = await setPrice(h.account, {
      model: 'my-model',
      ...RATES,
      cache_read: 300_000_000,
      tiers: [{ above_prompt_tokens: 200_000, input: 6_000_000_000, output: 22_500_000_000 }],
    });
    expect(price).toEqual({
      model: 'my-model',
      effective_from: '2026-11-21',
      ...RATES,
      cache_read: 300_000_000,
      cache_write_5m: 3_000_000_000,
      cache_write_1h: 3_000_000_000,
      web_search: 0,
      tiers: [
        {
          above_prompt_tokens: 200_000,
          input: 6_000_000_000,
          output: 22_500_000_000,
          cache_read: 6_000_000_000,
          cache_write_5m: 6_000_000_000,
          cache_write_1h: 6_000_000_000,
        },
      ],
      version: 'override/my-model@2026-11-21',
      problem: null,
      updated_at: '2026-11-21T12:00:00.000Z',
    });
    expect(h.forgotten()).toBe(forgotten + 1);
    expect((await asGatewayReads()).good).toMatchObject([
      { model: 'my-model', input: 3_000_000_000, cacheRead: 300_000_000 },
    ]);
  });

  it('for one day replace each other; for another stand beside', async () => {
    await setPrice(h.account, { model: 'my-model', effective_from: '2026-11-21', ...RATES, input: 0 });
    await setPrice(h.account, { model: 'my-model', effective_from: '2027-01-01', ...RATES });
    await setPrice(h.account, { model: 'another', ...RATES });
    const { data } = await listPrices(h.account, {});
    expect(data.map((price) => [price.model, price.effective_from, price.input])).toEqual([
      ['another', '2026-11-21', 3_000_000_000],
      ['my-model', '2027-01-01', 3_000_000_000],
      ['my-model', '2026-11-21', 0],
    ]);
    expect((await listPrices(h.account, { model: 'another' })).data).toHaveLength(1);
  });

  it.each([
    ['input', { input: 3 }],
    ['input', { input: 3.5 }],
    ['output', { output: -1 }],
    ['effective_from', { effective_from: 'today' }],
    ['cache_reed', { cache_reed: 5_000 }],
    ['', { input: 10_000_000_000_001 }],
  ])('with a wrong %s are refused', async (field, change) => {
    await expect(setPrice(h.account, { model: 'm', ...RATES, ...change })).rejects.toMatchObject({
      code: 'body_invalid',
      fields: [{ field }],
    });
  });

  it('are deleted, and say so when there is none', async () => {
    expect(await deletePrice(h.account, { model: 'another', effective_from: '2026-11-21' })).toMatchObject({
      model: 'another',
    });
    await expect(
      deletePrice(h.account, { model: 'another', effective_from: '2026-11-21' }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  it('written by hand and wrong are shown with the problem, not used', async () => {
    await h.database.client.execute(
      `INSERT INTO model_prices VALUES ('broken', '2026-01-01', '{"input":"three"}', 0)`,
    );
    const { data } = await listPrices(h.account, { model: 'broken' });
    expect(data).toMatchObject([{ model: 'broken', input: null, version: null }]);
    expect(data[0]?.problem).toContain('input');
    expect((await asGatewayReads()).bad).toEqual(['broken']);
  });
});
