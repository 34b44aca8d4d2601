/** The audit log as it is read: newest first, in pages, narrowed to a customer, an object, an action, a person or a span. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changePlan } from '@/lib/account/change-plan';
import { changeUser } from '@/lib/account/change-user';
import type { Actor } from '@/lib/account/context';
import { createPlan } from '@/lib/account/create-plan';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { listAudit } from '@/lib/account/list-audit';
import { fieldChanges } from '@/lib/account/present-audit';
import { setPrice } from '@/lib/account/set-price';
import { auditView } from '@/lib/account/views';
import { openHarness, START_MS, type Harness } from './harness';

const DAY_MS = 86_400_000;
const LIMITS = { monthly_tokens: 1, monthly_cost_cents: 5, rate_limit_rpm: 1, rate_limit_tpm: 1 };

let h: Harness;
const as = (kind: Actor['kind'], id = '') => ({ ...h.account, actor: { kind, id } });

beforeAll(async () => {
  h = await openHarness();
  await createUser(as('cli'), { id: 'acme', plan: 'starter' });
  await createUser(as('cli'), { id: 'pro', plan: 'starter' });
  h.setNow(START_MS + 1_000);
  await changePlan(as('operator', 'ada'), { plan: 'pro', price_cents: 4_900 });
  await createToken(as('customer', 'acme'), { user: 'acme', name: 'laptop' });
  h.setNow(START_MS + DAY_MS);
  await changeUser(as('operator', 'bob'), { id: 'acme', plan: 'pro' });
  await changeUser(as('stripe', 'evt_1'), { id: 'pro', plan: 'business' });
  await setPrice(as('operator', 'ada'), { model: 'm', input: 1_000, output: 1_000 });
});
afterAll(() => h.close());

async function seen(input: object): Promise<string[]> {
  const { data } = await listAudit(h.account, input);
  for (const entry of data) expect(auditView.parse(entry)).toEqual(entry);
  return data.map((entry) => `${entry.action} ${entry.object_id}`).toSorted();
}

describe('the audit log', () => {
  it.each<[object, string[]]>([
    [{ user: 'acme' }, ['token.create', 'user.change acme', 'user.create acme']],
    [{ user: 'pro' }, ['user.change pro', 'user.create pro']],
    [{ object_kind: 'plan' }, ['plan.change pro']],
    [{ object_kind: 'user', object_id: 'pro' }, ['user.change pro', 'user.create pro']],
    [{ object_kind: 'price', object_id: 'm@2026-11-22' }, ['price.set m@2026-11-22']],
    [{ action: 'user.create' }, ['user.create acme', 'user.create pro']],
    [{ actor_kind: 'operator' }, ['plan.change pro', 'price.set m@2026-11-22', 'user.change acme']],
    [{ actor_kind: 'operator', actor_id: 'ada' }, ['plan.change pro', 'price.set m@2026-11-22']],
    [{ actor_kind: 'stripe' }, ['user.change pro']],
    [{ from: '2026-11-22', user: 'acme' }, ['user.change acme']],
    [{ to: '2026-11-21', user: 'acme' }, ['token.create', 'user.create acme']],
    [{ to: '2026-11-21T12:00:01Z', actor_kind: 'cli' }, ['user.create acme', 'user.create pro']],
    [{ user: 'nobody' }, []],
  ])('is narrowed by %j', async (filter, wanted) => {
    const found = (await seen(filter)).map((line) => line.replace(/(token\.\w+) .*/, '$1'));
    expect(found).toEqual(wanted);
  });

  it('comes in pages, newest first, none twice and none left out', async () => {
    const ids: string[] = [];
    const stamps: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listAudit(h.account, { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...page.data.map(({ id }) => id));
      stamps.push(...page.data.map(({ at }) => at));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(new Set(ids).size).toBe(7);
    expect(ids).toHaveLength(7);
    expect(stamps).toEqual(stamps.toSorted().toReversed());
  });

  it('shows instants as instants, and which fields differ', async () => {
    const { data } = await listAudit(h.account, { object_kind: 'plan', object_id: 'pro' });
    const [entry] = data;
    if (entry === undefined) throw new Error('the change of the plan is not there');
    expect(entry).toMatchObject({ at: '2026-11-21T12:00:01.000Z', user: null, before: { updated_at: 0 } });
    expect(entry.after).toMatchObject({ updated_at: '2026-11-21T12:00:01.000Z', listed: true });
    expect(fieldChanges(entry)).toEqual([{ field: 'price_cents', before: null, after: 4_900 }]);
    const [made] = (await listAudit(h.account, { action: 'user.create' })).data;
    if (made === undefined) throw new Error('the new user is not there');
    expect(fieldChanges(made)).toEqual([]);
  });

  it.each([
    ['object_id', { object_id: 'pro' }],
    ['object_kind', { object_kind: 'machine' }],
    ['action', { action: 'user.delete' }],
    ['actor_kind', { actor_kind: 'nobody' }],
    ['from', { from: 'yesterday' }],
    ['who', { who: 'ada' }],
  ])('refuses a wrong %s', async (field, input) => {
    await expect(listAudit(h.account, input)).rejects.toMatchObject({ fields: [{ field }] });
  });
});

describe('what pages need of a plan', () => {
  it('is taken, shown, changed and taken back', async () => {
    const more = {
      price_cents: 0,
      listed: false,
      description: 'For trying out',
      stripe_price_id: 'price_1Ab',
    };
    expect(await createPlan(h.account, { plan: 'free', ...LIMITS, ...more })).toMatchObject(more);
    expect(
      await changePlan(h.account, {
        plan: 'free',
        price_cents: null,
        description: null,
        stripe_price_id: null,
      }),
    ).toMatchObject({ price_cents: null, listed: false, description: null, stripe_price_id: null });
    expect(await changePlan(h.account, { plan: 'free', listed: true })).toMatchObject({ listed: true });
  });

  it.each([
    ['price_cents', { price_cents: -1 }],
    ['price_cents', { price_cents: 4.9 }],
    ['price_cents', { price_cents: 900_000_001 }],
    ['listed', { listed: 'yes' }],
    ['description', { description: 'two\nlines' }],
    ['description', { description: '' }],
    ['stripe_price_id', { stripe_price_id: 'prod_1' }],
    ['stripe_price_id', { stripe_price_id: 'price_1/../x' }],
  ])('with a wrong %s is refused: %j', async (field, change) => {
    await expect(changePlan(h.account, { plan: 'pro', ...change })).rejects.toMatchObject({
      fields: [{ field }],
    });
    await expect(createPlan(h.account, { plan: 'other', ...LIMITS, ...change })).rejects.toMatchObject({
      fields: [{ field }],
    });
  });
});
