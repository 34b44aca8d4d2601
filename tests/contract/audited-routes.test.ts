/** Every route of the management API that changes something leaves an entry in the audit log, by the admin token. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROUTES } from '@/lib/api/routes';
import { openManagement, type Management } from './management-harness';

let m: Management;
beforeAll(async () => {
  m = await openManagement();
});
afterAll(() => m.h.close());

const CHANGING = ROUTES.filter(({ method }) => method !== 'GET').map(
  ({ method, path }) => `${method} ${path}`,
);

/** Settles calls by their own rows; no object of the account changes. */
const CHANGES_NO_OBJECT = ['POST /api/admin/sweep', 'POST /api/cron/sweep'];

const LIMITS = { monthly_tokens: 1, monthly_cost_cents: null, rate_limit_rpm: 1, rate_limit_tpm: 1 };
const PRICE = { model: 'm', effective_from: '2026-11-01', input: 1_000, output: 1_000 };
const TOKEN = { user: 'caller', name: 'laptop' };

interface Change {
  readonly prepare?: readonly [method: string, path: string, body: object];
  /** The path where it isn't the route's own; `:id` is the id of what was prepared. */
  readonly path?: string;
  readonly body?: object;
  readonly actions: readonly string[];
}

const newToken = { prepare: ['POST', '/api/admin/tokens', TOKEN] } as const;
const oneUser = (id: string) => ({ prepare: ['POST', '/api/admin/users', { id, plan: 'pro' }] }) as const;

const CHANGES: Readonly<Record<string, Change>> = {
  'POST /api/admin/users': { body: { id: 'u1', plan: 'pro' }, actions: ['user.create'] },
  'PATCH /api/admin/users/{id}': { ...oneUser('u2'), body: { name: 'New' }, actions: ['user.change'] },
  'POST /api/admin/users/{id}/suspend': { ...oneUser('u3'), actions: ['user.suspend'] },
  'POST /api/admin/users/{id}/resume': {
    prepare: ['PATCH', '/api/admin/users/caller', { suspended: true }],
    actions: ['user.resume'],
  },
  'POST /api/admin/users/{user}/sign-in-links': {
    ...oneUser('u4'),
    path: '/api/admin/users/u4/sign-in-links',
    body: { base_url: 'https://pages.test' },
    actions: ['user.sign_in_link'],
  },
  'POST /api/admin/tokens': { body: TOKEN, actions: ['token.create'] },
  'PATCH /api/admin/tokens/{id}': { ...newToken, body: { name: 'desk' }, actions: ['token.change'] },
  'DELETE /api/admin/tokens/{id}': { ...newToken, actions: ['token.revoke'] },
  'POST /api/admin/tokens/{id}/revoke': { ...newToken, actions: ['token.revoke'] },
  'POST /api/admin/tokens/{id}/rotate': { ...newToken, actions: ['token.rotate', 'token.rotate'] },
  'POST /api/admin/plans': { body: { plan: 'p1', ...LIMITS }, actions: ['plan.create'] },
  'PATCH /api/admin/plans/{plan}': {
    path: '/api/admin/plans/pro',
    body: { price_cents: 4_900 },
    actions: ['plan.change'],
  },
  'PUT /api/admin/prices': { body: PRICE, actions: ['price.set'] },
  'DELETE /api/admin/prices': {
    prepare: ['PUT', '/api/admin/prices', { ...PRICE, model: 'old' }],
    path: '/api/admin/prices?model=old&effective_from=2026-11-01',
    actions: ['price.delete'],
  },
};

async function entries(): Promise<Record<string, unknown>[]> {
  const { json } = await m.send('GET', '/api/admin/audit?limit=200');
  return json['data'] as Record<string, unknown>[];
}

describe('routes that change something', () => {
  it('are all known here: a new one says what it leaves in the log', () => {
    expect([...Object.keys(CHANGES), ...CHANGES_NO_OBJECT].toSorted()).toEqual(CHANGING.toSorted());
  });

  it.each(Object.entries(CHANGES))('%s leaves its entries', async (route, change) => {
    const [method = '', pattern = ''] = route.split(' ');
    const made =
      change.prepare === undefined
        ? undefined
        : await m.send(change.prepare[0], change.prepare[1], { body: change.prepare[2] });
    const known = new Set((await entries()).map(({ id }) => id));
    const path = (change.path ?? pattern).replace('{id}', String(made?.json['id']));
    const answer = await m.send(method, path, change.body === undefined ? {} : { body: change.body });
    expect({ status: answer.status, error: answer.error }).toMatchObject({ error: {} });
    expect(answer.status).toBeLessThan(300);
    const added = (await entries()).filter(({ id }) => !known.has(id));
    expect(added.map(({ action }) => action)).toEqual(change.actions);
    for (const entry of added) {
      expect(entry).toMatchObject({ actor_kind: 'admin-token', actor_id: '' });
      expect(entry['before']).not.toEqual(entry['after']);
    }
  });

  it('leave none when they are refused', async () => {
    const before = await entries();
    expect((await m.send('POST', '/api/admin/users', { body: { id: 'caller', plan: 'pro' } })).status).toBe(
      409,
    );
    expect((await m.send('PATCH', '/api/admin/plans/gold', { body: { rate_limit_rpm: 1 } })).status).toBe(
      404,
    );
    expect((await m.send('POST', '/api/admin/users', { token: 'wrong', body: {} })).status).toBe(401);
    expect(await entries()).toEqual(before);
  });
});

describe('GET /api/admin/audit', () => {
  it('narrows to a customer and is the operator’s alone', async () => {
    const { json } = await m.send('GET', '/api/admin/audit?user=caller&action=token.create&limit=1');
    expect(json).toMatchObject({ data: [{ action: 'token.create', user: 'caller', before: null }] });
    expect((await m.send('GET', '/api/admin/audit', { token: m.gatewayToken })).status).toBe(401);
    expect((await m.send('GET', '/api/admin/audit?object_id=caller')).status).toBe(400);
  });
});
