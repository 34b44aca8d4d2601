/** The management API route by route: what each answers, in the shapes that scripts rely on. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { admitWith, settleCall, START_MS } from '../db/account/harness';
import { CRON, openManagement, type Management } from './management-harness';

let m: Management;
beforeAll(async () => {
  m = await openManagement();
});
afterAll(() => m.h.close());
beforeEach(() => m.reset());

describe('users', () => {
  it('are created, shown, changed, suspended, resumed and listed', async () => {
    const made = await m.send('POST', '/api/admin/users', { body: { id: 'acme', plan: 'starter' } });
    expect(made).toMatchObject({
      status: 201,
      json: { id: 'acme', plan: 'starter', suspended: false, created_at: '2026-11-21T12:00:00.000Z' },
    });
    expect((await m.send('GET', '/api/admin/users/acme')).json).toEqual(made.json);
    expect(await m.send('POST', '/api/admin/users', { body: { id: 'acme', plan: 'starter' } })).toMatchObject(
      {
        status: 409,
      },
    );
    expect(await m.send('POST', '/api/admin/users', { body: { id: 'b', plan: 'gold' } })).toMatchObject({
      status: 400,
    });
    expect(
      (await m.send('PATCH', '/api/admin/users/acme', { body: { plan: 'pro', id: 'ignored' } })).json,
    ).toMatchObject({ id: 'acme', plan: 'pro' });
    expect((await m.send('POST', '/api/admin/users/acme/suspend')).json).toMatchObject({ suspended: true });
    expect((await m.send('POST', '/api/admin/users/acme/resume', { body: {} })).json).toMatchObject({
      suspended: false,
      suspended_at: null,
    });
    const list = await m.send('GET', '/api/admin/users?limit=1');
    expect(list.json).toMatchObject({ has_more: true, next_cursor: expect.any(String) as string });
    const next = await m.send('GET', `/api/admin/users?limit=1&cursor=${String(list.json['next_cursor'])}`);
    expect(next.json).toMatchObject({ has_more: false, next_cursor: null, data: [{ id: 'acme' }] });
    expect((await m.send('GET', '/api/admin/usage')).json['data']).toHaveLength(2);
    expect((await m.send('GET', '/api/admin/users/acme/usage')).json).toMatchObject({
      user: 'acme',
      plan: 'pro',
      days: [],
    });
    expect((await m.send('GET', '/api/admin/users/auth0%7C1')).status).toBe(404);
  });

  it('changes are m.logged without what was changed', async () => {
    await m.send('PATCH', '/api/admin/users/acme', { body: { email: 'private@acme.test' } });
    expect(m.logged).toMatchObject([
      { event: 'management_change', fields: { method: 'PATCH', clientAddress: '192.0.2.1' } },
    ]);
    expect(JSON.stringify(m.logged)).not.toContain('private');
  });
});

describe('tokens', () => {
  it('are created once, and changed, rotated and revoked by id', async () => {
    const made = await m.send('POST', '/api/admin/tokens', { body: { user: 'acme', name: 'laptop' } });
    expect(made).toMatchObject({
      status: 201,
      json: { user: 'acme', name: 'laptop', token: expect.stringMatching(/^tg_1/) as string },
    });
    const { token, ...shown } = made.json;
    const id = String(made.json['id']);
    expect((await m.send('GET', `/api/admin/tokens/${id}`)).json).toEqual(shown);
    expect((await m.send('GET', '/api/admin/tokens?user=acme')).json).toMatchObject({
      data: [shown],
      has_more: false,
    });
    expect(
      (await m.send('PATCH', `/api/admin/tokens/${id}`, { body: { scope_models: ['m'] } })).json,
    ).toMatchObject({ scope_models: ['m'] });
    const caps = { monthly_tokens: 5_000, monthly_cost_cents: 12 };
    expect((await m.send('PATCH', `/api/admin/tokens/${id}`, { body: caps })).json).toMatchObject(caps);
    const rotated = await m.send('POST', `/api/admin/tokens/${id}/rotate`, { body: { overlap_seconds: 60 } });
    expect(rotated).toMatchObject({ status: 201, json: { replaces: id, scope_models: ['m'], ...caps } });
    expect(rotated.json['token']).not.toBe(token);
    expect((await m.send('POST', `/api/admin/tokens/${id}/revoke`)).json).toMatchObject({
      id,
      revoked: true,
    });
    expect((await m.send('DELETE', `/api/admin/tokens/${String(rotated.json['id'])}`)).json).toMatchObject({
      revoked: true,
    });
    expect(await m.send('POST', `/api/admin/tokens/${id}/rotate`)).toMatchObject({
      status: 409,
      error: { code: 'conflict' },
    });
    expect(
      await m.send('POST', '/api/admin/tokens', {
        body: { user: 'acme', name: 'x', scope_formats: ['morse'] },
      }),
    ).toMatchObject({
      status: 400,
      error: { fields: [{ field: 'scope_formats' }] },
    });
    const everything = JSON.stringify(m.logged);
    for (const secret of [token, rotated.json['token']]) expect(everything).not.toContain(secret);
  });
});

describe('plans and prices', () => {
  it('are created, shown, changed and listed', async () => {
    const body = {
      plan: 'tiny',
      monthly_tokens: 1_000,
      monthly_cost_cents: null,
      rate_limit_rpm: 5,
      rate_limit_tpm: 500,
    };
    const made = await m.send('POST', '/api/admin/plans', { body });
    expect(made).toMatchObject({ status: 201, json: { ...body, count_cache_reads: false, models: null } });
    expect((await m.send('GET', '/api/admin/plans/tiny')).json).toEqual(made.json);
    expect(
      (await m.send('PATCH', '/api/admin/plans/tiny', { body: { monthly_tokens: null } })).json,
    ).toMatchObject({ monthly_tokens: null });
    expect(await m.send('POST', '/api/admin/plans', { body })).toMatchObject({ status: 409 });
    expect((await m.send('GET', '/api/admin/plans')).json['data']).toHaveLength(4);
  });

  it('prices are set, listed and deleted', async () => {
    const body = { model: 'm', effective_from: '2026-11-01', input: 3_000_000_000, output: 15_000_000_000 };
    const set = await m.send('PUT', '/api/admin/prices', { body });
    expect(set).toMatchObject({
      status: 200,
      json: { ...body, cache_read: 3_000_000_000, version: 'override/m@2026-11-01' },
    });
    expect((await m.send('GET', '/api/admin/prices')).json).toMatchObject({
      data: [set.json],
      has_more: false,
    });
    expect((await m.send('DELETE', '/api/admin/prices?model=m&effective_from=2026-11-01')).json).toEqual(
      set.json,
    );
    expect(await m.send('PUT', '/api/admin/prices', { body: { ...body, input: 3 } })).toMatchObject({
      status: 400,
    });
    expect(await m.send('DELETE', '/api/admin/prices?model=m')).toMatchObject({
      error: { fields: [{ field: 'effective_from' }] },
    });
  });
});

describe('calls, usage and sweeping', () => {
  it('a call is shown and listed, and counts in the caller’s usage', async () => {
    await admitWith(m.h, m.gatewayToken, { id: 'req_settled' });
    await settleCall(m.h.store, 'req_settled', { inputTokens: 10, outputTokens: 5 });
    await admitWith(m.h, m.gatewayToken, { id: 'req_open' });
    expect((await m.send('GET', '/api/admin/requests/req_settled')).json).toMatchObject({
      user_id: 'caller',
      ending: 'complete',
      stream: false,
      usage_raw: { input_tokens: 10 },
      started_at: '2026-11-21T12:00:00.000Z',
    });
    expect((await m.send('GET', '/api/admin/requests?user=caller&ending=open')).json).toMatchObject({
      data: [{ id: 'req_open', ending: null }],
    });
    expect(await m.send('GET', '/api/admin/requests?ending=lost')).toMatchObject({ status: 400 });
    const peeked: unknown[] = [];
    const limiter = {
      peek: async (...args: unknown[]) => {
        peeked.push(args);
        const window = { limit: 20, remaining: 19, resetsAtMs: START_MS };
        return { requests: window, tokens: window };
      },
    };
    const usage = await m.send('GET', '/api/user/usage?from=2026-11-21&user=acme', {
      token: m.gatewayToken,
      deps: { limiter },
    });
    expect(usage).toMatchObject({
      status: 200,
      json: {
        user: 'caller',
        plan: 'starter',
        month: { tokens: { used: 15, held: 150 } },
        minute: { requests: { limit: 20, remaining: 19, resets_at: '2026-11-21T12:00:00.000Z' } },
        days: [{ day: '2026-11-21', requests: 1, counted_tokens: 15 }],
        models: [{ model: 'claude-sonnet-4-5', provider: 'anthropic' }],
        from: '2026-11-21',
        to: '2026-11-21',
      },
    });
    expect(peeked).toEqual([['caller', { rpm: 20, tpm: 40_000 }]]);
    expect(await m.send('GET', '/api/user/usage?from=2020-01-01', { token: m.gatewayToken })).toMatchObject({
      status: 400,
    });
  });

  it('sweeping answers what it settled, for the operator and for cron', async () => {
    const deps = { isDeadOwner: () => true };
    expect((await m.send('POST', '/api/admin/sweep')).json).toEqual({ expired: 0, ids: [] });
    expect((await m.send('POST', '/api/admin/sweep', { deps })).json).toEqual({
      expired: 1,
      ids: ['req_open'],
    });
    for (const method of ['GET', 'POST']) {
      expect((await m.send(method, '/api/cron/sweep', { token: CRON, deps })).json).toEqual({
        expired: 0,
        ids: [],
      });
    }
  });
});
