/** Gateway tokens: shown once, changed, rotated with and without overlap, revoked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeToken } from '@/lib/account/change-token';
import { createToken, type FreshToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { getToken } from '@/lib/account/get-token';
import { listTokens } from '@/lib/account/list-tokens';
import { revokeToken } from '@/lib/account/revoke-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { isWellFormed } from '@/lib/domain/token';
import { sha256Hex } from '@/lib/std/sha256';
import { admitCall, openHarness, principalOf, START_MS, type Harness } from './harness';

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
  await createUser(h.account, { id: 'acme', plan: 'starter' });
});
afterAll(() => h.close());

const fresh = (more: object = {}): Promise<FreshToken> =>
  createToken(h.account, { user: 'acme', name: 'laptop', ...more });

/** Whether a call with this token would be let through now, asking a store with nothing cached. */
async function works(token: string, atMs = START_MS): Promise<boolean> {
  h.store.forget();
  const identity = await h.store.findIdentity(principalOf(token));
  if (identity === null || identity.revoked) return false;
  return identity.expiresAtMs === null || identity.expiresAtMs > atMs;
}

describe('making', () => {
  it('shows the secret once and stores only its hash', async () => {
    const made = await fresh({
      agent: 'coder',
      campaign: 'q4',
      may_attribute: true,
      scope_models: ['claude-sonnet-4-5'],
      scope_formats: ['anthropic'],
      monthly_tokens: 5_000,
      monthly_cost_cents: 0,
      expires_at: '2027-01-01',
    });
    expect(isWellFormed(made.token)).toBe(true);
    const { token, ...shown } = made;
    expect(shown).toMatchObject({
      user: 'acme',
      name: 'laptop',
      hint: `${token.slice(0, 10)}…`,
      agent: 'coder',
      campaign: 'q4',
      may_attribute: true,
      scope_models: ['claude-sonnet-4-5'],
      scope_formats: ['anthropic'],
      monthly_tokens: 5_000,
      monthly_cost_cents: 0,
      expires_at: '2027-01-01T00:00:00.000Z',
      revoked: false,
      last_used_at: null,
    });
    expect(await getToken(h.account, { id: made.id })).toEqual(shown);
    const { rows } = await h.database.client.execute('SELECT * FROM gateway_tokens');
    expect(JSON.stringify(rows)).not.toContain(token.slice(0, 20));
    expect(JSON.stringify(rows)).toContain(sha256Hex(token));
    expect(await h.store.findIdentity(principalOf(token))).toMatchObject({
      userId: 'acme',
      agent: 'coder',
      mayAttribute: true,
      scopeModels: ['claude-sonnet-4-5'],
      tokenCaps: { monthlyTokens: 5_000, monthlyCostCents: 0 },
    });
  });

  it('refuses an unknown user, an unknown format, a past expiry and empty scopes', async () => {
    await expect(createToken(h.account, { user: 'nobody', name: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(fresh({ scope_formats: ['morse'] })).rejects.toMatchObject({
      message: 'scope_formats: "morse" is not a format; formats are anthropic, gemini',
    });
    await expect(fresh({ expires_at: '2026-11-21T12:00:00Z' })).rejects.toMatchObject({
      fields: [{ field: 'expires_at' }],
    });
    await expect(fresh({ expires_at: 'tomorrow' })).rejects.toMatchObject({
      fields: [{ field: 'expires_at' }],
    });
    await expect(fresh({ scope_models: [] })).rejects.toMatchObject({ fields: [{ field: 'scope_models' }] });
    await expect(fresh({ name: 'two\nlines' })).rejects.toMatchObject({ fields: [{ field: 'name' }] });
    for (const cap of [-1, 1.5, '5'])
      await expect(fresh({ monthly_tokens: cap })).rejects.toMatchObject({
        fields: [{ field: 'monthly_tokens' }],
      });
    await expect(fresh({ token: 'tg_mine' })).rejects.toMatchObject({ fields: [{ field: 'token' }] });
  });

  it('lists by user or all, without a secret', async () => {
    await createUser(h.account, { id: 'other', plan: 'pro' });
    await createToken(h.account, { user: 'other', name: 'theirs' });
    const page = await listTokens(h.account, { user: 'other' });
    expect(page.data).toMatchObject([{ user: 'other', name: 'theirs' }]);
    expect(page.data[0]).not.toHaveProperty('token');
    expect(page.data[0]).not.toHaveProperty('hash');
    expect((await listTokens(h.account, {})).data.length).toBeGreaterThan(1);
    await expect(listTokens(h.account, { user: 'nobody' })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('changing', () => {
  it('changes what is given, and reaches a process that was not told', async () => {
    const { id, token } = await fresh({ agent: 'coder' });
    const before = await h.store.findIdentity(principalOf(token));
    const changed = await changeToken(h.account, {
      id,
      name: 'desk',
      agent: null,
      scope_models: ['m'],
      expires_at: '2027-02-03T04:05:06Z',
    });
    expect(changed).toMatchObject({
      name: 'desk',
      agent: null,
      scope_models: ['m'],
      expires_at: '2027-02-03T04:05:06.000Z',
    });
    expect(await changeToken(h.account, { id, scope_models: null, expires_at: null })).toMatchObject({
      name: 'desk',
      scope_models: null,
      expires_at: null,
    });
    if (before === null) throw new Error('the token is unknown');
    expect(await admitCall(h.store, principalOf(token), before, { id: 'call-changed' })).toMatchObject({
      kind: 'stale',
    });
    await expect(changeToken(h.account, { id })).rejects.toMatchObject({ code: 'body_invalid' });
    await expect(changeToken(h.account, { id: 'tok_no', name: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('rotating', () => {
  it('replaces the secret at once', async () => {
    const old = await fresh({ agent: 'coder', scope_formats: ['gemini'], may_attribute: true });
    const next = await rotateToken(h.account, { id: old.id });
    expect(next).toMatchObject({
      replaces: old.id,
      agent: 'coder',
      scope_formats: ['gemini'],
      may_attribute: true,
      name: 'laptop',
    });
    expect(next.token).not.toBe(old.token);
    expect(next.id).not.toBe(old.id);
    expect([await works(old.token), await works(next.token)]).toEqual([false, true]);
    expect(await getToken(h.account, { id: old.id })).toMatchObject({ revoked: true });
  });

  it('lets the old one work through the overlap, and no longer', async () => {
    const old = await fresh();
    const next = await rotateToken(h.account, { id: old.id, overlap_seconds: 60 });
    expect([await works(old.token), await works(next.token)]).toEqual([true, true]);
    expect(await getToken(h.account, { id: old.id })).toMatchObject({
      revoked: false,
      expires_at: new Date(START_MS + 60_000).toISOString(),
    });
    expect(next.expires_at).toBeNull();
    const identity = await h.store.findIdentity(principalOf(old.token));
    if (identity === null) throw new Error('the token is unknown');
    const call = { id: 'call-late', startedAtMs: START_MS + 60_000 };
    expect(await admitCall(h.store, principalOf(old.token), identity, call)).not.toMatchObject({
      kind: 'admitted',
    });
  });

  it('never lengthens the life of the old one', async () => {
    const old = await fresh({ expires_at: '2026-11-21T12:00:10Z' });
    const next = await rotateToken(h.account, { id: old.id, overlap_seconds: 3_600 });
    expect(await getToken(h.account, { id: old.id })).toMatchObject({ expires_at: old.expires_at });
    expect(next.expires_at).toBe(old.expires_at);
  });

  it('happens once when two ask at a time, and not to a dead token', async () => {
    const old = await fresh();
    const both = await Promise.allSettled([
      rotateToken(h.account, { id: old.id }),
      rotateToken(h.account, { id: old.id }),
    ]);
    expect(both.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(rotateToken(h.account, { id: old.id })).rejects.toMatchObject({ code: 'conflict' });
    await expect(rotateToken(h.account, { id: 'tok_no' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(rotateToken(h.account, { id: old.id, overlap_seconds: -1 })).rejects.toMatchObject({
      code: 'body_invalid',
    });
  });
});

describe('revoking', () => {
  it('ends a token on the next call of a process that was not told, and twice is once', async () => {
    const { id, token } = await fresh();
    const before = await h.store.findIdentity(principalOf(token));
    const revoked = await revokeToken(h.account, { id });
    expect(revoked).toMatchObject({ id, revoked: true, revoked_at: new Date(START_MS).toISOString() });
    h.setNow(START_MS + 1_000);
    expect(await revokeToken(h.account, { id })).toMatchObject({ revoked_at: revoked.revoked_at });
    h.setNow(START_MS);
    if (before === null) throw new Error('the token is unknown');
    const result = await admitCall(h.store, principalOf(token), before, { id: 'call-revoked' });
    expect(result).toMatchObject({ kind: 'stale', identity: { revoked: true } });
    await expect(revokeToken(h.account, { id: 'tok_no' })).rejects.toMatchObject({ code: 'not_found' });
  });
});
