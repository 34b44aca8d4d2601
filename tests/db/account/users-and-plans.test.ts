/** Users and plans: made, listed, changed; and that a change reaches a process that nobody told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changePlan } from '@/lib/account/change-plan';
import { changeUser } from '@/lib/account/change-user';
import { createPlan } from '@/lib/account/create-plan';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { getPlan } from '@/lib/account/get-plan';
import { getUser } from '@/lib/account/get-user';
import { listPlans } from '@/lib/account/list-plans';
import { listUsers } from '@/lib/account/list-users';
import { admitCall, openHarness, principalOf, START_MS, type Harness } from './harness';

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
});
afterAll(() => h.close());

describe('users', () => {
  it('are made with the id given, or one of our own', async () => {
    const acme = await createUser(h.account, {
      id: 'acme',
      plan: 'starter',
      name: 'Acme',
      email: 'ops@acme.test',
    });
    expect(acme).toEqual({
      id: 'acme',
      name: 'Acme',
      email: 'ops@acme.test',
      plan: 'starter',
      suspended: false,
      suspended_at: null,
      stripe_customer_id: null,
      stripe_subscription_id: null,
      created_at: '2026-11-21T12:00:00.000Z',
      updated_at: '2026-11-21T12:00:00.000Z',
    });
    expect(await getUser(h.account, { id: 'acme' })).toEqual(acme);
    expect((await createUser(h.account, { plan: 'pro' })).id).toMatch(/^usr_[0-9a-z]{26}$/);
  });

  it('are refused with the field and the allowed values named', async () => {
    await expect(createUser(h.account, { id: 'acme', plan: 'starter' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(createUser(h.account, { id: 'x', plan: 'gold' })).rejects.toMatchObject({
      code: 'body_invalid',
      message: 'plan: "gold" is not a plan; plans are business, pro, starter',
    });
    await expect(createUser(h.account, { id: 'a b', pland: 'pro' })).rejects.toMatchObject({
      code: 'body_invalid',
      fields: [{ field: 'id' }, { field: 'plan', message: 'is required' }, { field: 'pland' }],
    });
    await expect(createUser(h.account, [])).rejects.toMatchObject({ code: 'body_invalid' });
    await expect(getUser(h.account, { id: 'nobody' })).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no user "nobody".',
    });
  });

  it('change, and change their version even within one millisecond', async () => {
    const forgotten = h.forgotten();
    const first = await changeUser(h.account, { id: 'acme', name: null, email: null });
    const second = await changeUser(h.account, { id: 'acme', plan: 'pro' });
    expect(first).toMatchObject({ name: null, email: null, plan: 'starter' });
    expect(second).toMatchObject({ name: null, plan: 'pro' });
    expect(Date.parse(second.updated_at)).toBe(Date.parse(first.updated_at) + 1);
    expect(h.forgotten()).toBe(forgotten + 2);
    await expect(changeUser(h.account, { id: 'acme' })).rejects.toMatchObject({ code: 'body_invalid' });
    await expect(changeUser(h.account, { id: 'acme', plan: 'gold' })).rejects.toMatchObject({
      code: 'body_invalid',
    });
    await expect(changeUser(h.account, { id: 'nobody', name: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('stay suspended since the first time', async () => {
    const once = await changeUser(h.account, { id: 'acme', suspended: true });
    h.setNow(START_MS + 5_000);
    const twice = await changeUser(h.account, { id: 'acme', suspended: true });
    expect(twice).toMatchObject({ suspended: true, suspended_at: once.suspended_at });
    expect(await changeUser(h.account, { id: 'acme', suspended: false })).toMatchObject({
      suspended: false,
      suspended_at: null,
    });
    h.setNow(START_MS);
  });

  it('come in pages, newest first, none twice and none left out while more arrive', async () => {
    for (let i = 0; i < 7; i++) {
      h.setNow(START_MS + 10_000 + Math.floor(i / 2));
      await createUser(h.account, { id: `page-${i}`, plan: 'business' });
    }
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listUsers(h.account, {
        plan: 'business',
        limit: '3',
        ...(cursor === undefined ? {} : { cursor }),
      });
      seen.push(...page.data.map((user) => user.id));
      expect(page.has_more).toBe(page.next_cursor !== null);
      cursor = page.next_cursor ?? undefined;
      h.setNow(START_MS + 20_000 + seen.length);
      await createUser(h.account, { plan: 'business' });
    } while (cursor !== undefined);
    expect(seen).toEqual(['page-6', 'page-5', 'page-4', 'page-3', 'page-2', 'page-1', 'page-0']);
    h.setNow(START_MS);
  });

  it('take no cursor but their own, and no limit out of bounds', async () => {
    for (const bad of [
      '',
      'x',
      '!!!!',
      Buffer.from('["a",1]').toString('base64url'),
      `${Buffer.from('[1,"a"]').toString('base64url')}=`,
    ]) {
      await expect(listUsers(h.account, { cursor: bad })).rejects.toMatchObject({
        fields: [{ field: 'cursor' }],
      });
    }
    for (const limit of ['0', '201', 'ten', '1.5']) {
      await expect(listUsers(h.account, { limit })).rejects.toMatchObject({ fields: [{ field: 'limit' }] });
    }
  });
});

describe('plans', () => {
  it('are made, shown and listed', async () => {
    const tiny = await createPlan(h.account, {
      plan: 'tiny',
      monthly_tokens: 1_000,
      monthly_cost_cents: null,
      rate_limit_rpm: 5,
      rate_limit_tpm: 500,
      models: ['claude-haiku-4-5'],
    });
    expect(tiny).toEqual({
      plan: 'tiny',
      monthly_tokens: 1_000,
      monthly_cost_cents: null,
      rate_limit_rpm: 5,
      rate_limit_tpm: 500,
      count_cache_reads: false,
      models: ['claude-haiku-4-5'],
      price_cents: null,
      listed: true,
      description: null,
      stripe_price_id: null,
      updated_at: '2026-11-21T12:00:00.000Z',
    });
    expect(await getPlan(h.account, { plan: 'tiny' })).toEqual(tiny);
    expect((await listPlans(h.account, {})).data.map((plan) => plan.plan)).toEqual([
      'business',
      'pro',
      'starter',
      'tiny',
    ]);
  });

  it('are refused when incomplete, absurd or there already', async () => {
    const good = {
      plan: 'other',
      monthly_tokens: 1,
      monthly_cost_cents: 1,
      rate_limit_rpm: 1,
      rate_limit_tpm: 1,
    };
    const bad: [string, object][] = [
      ['monthly_cost_cents', { monthly_cost_cents: undefined }],
      ['monthly_cost_cents', { monthly_cost_cents: 900_000_001 }],
      ['monthly_tokens', { monthly_tokens: -1 }],
      ['monthly_tokens', { monthly_tokens: '5' }],
      ['rate_limit_rpm', { rate_limit_rpm: 0 }],
      ['rate_limit_tpm', { rate_limit_tpm: 1.5 }],
      ['models', { models: [] }],
      ['plan', { plan: '../x' }],
    ];
    for (const [field, change] of bad) {
      await expect(createPlan(h.account, { ...good, ...change })).rejects.toMatchObject({
        fields: [{ field }],
      });
    }
    await expect(createPlan(h.account, { ...good, plan: 'pro' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(changePlan(h.account, { plan: 'gold', rate_limit_rpm: 1 })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(changePlan(h.account, { plan: 'pro' })).rejects.toMatchObject({ code: 'body_invalid' });
  });

  it('change only what is given; null lifts a cap', async () => {
    const changed = await changePlan(h.account, { plan: 'tiny', monthly_tokens: null, models: null });
    expect(changed).toMatchObject({
      monthly_tokens: null,
      models: null,
      rate_limit_rpm: 5,
      rate_limit_tpm: 500,
    });
  });
});

describe('a change reaches a process that was not told', () => {
  it.each([
    ['suspending the user', () => changeUser(h.account, { id: 'victim', suspended: true })],
    ['resuming the user', () => changeUser(h.account, { id: 'victim', suspended: false })],
    ['moving the user to another plan', () => changeUser(h.account, { id: 'victim', plan: 'pro' })],
    ['changing the plan', () => changePlan(h.account, { plan: 'pro', monthly_tokens: 7 })],
  ])('%s makes the cached identity stale', async (name, change) => {
    if (name === 'suspending the user') await createUser(h.account, { id: 'victim', plan: 'starter' });
    const { token } = await createToken(h.account, { user: 'victim', name });
    const principal = principalOf(token);
    const before = await h.store.findIdentity(principal);
    await change();
    if (before === null) throw new Error('the token is unknown');
    const result = await admitCall(h.store, principal, before, { id: `call-${name}` });
    expect(result.kind).toBe('stale');
    if (result.kind === 'stale') expect(result.identity?.version).not.toBe(before.version);
  });
});
