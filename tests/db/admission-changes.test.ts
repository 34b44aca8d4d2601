/** A change of plan, user or token is seen by the very next admission, whatever a process has cached. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changePlan } from '@/lib/account/change-plan';
import { changeToken } from '@/lib/account/change-token';
import { changeUser } from '@/lib/account/change-user';
import { revokeToken } from '@/lib/account/revoke-token';
import { type Harness, openHarness, START_MS } from '@/tests/db/account/harness';
import { admit, type Caller, MODEST, newCaller } from '@/tests/db/admission-callers';
import { readBooks } from '@/tests/support/ledger';

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

describe('a change behind a cached identity', () => {
  type Change = (caller: Caller) => Promise<unknown>;
  const changes: readonly (readonly [string, Change])[] = [
    ['another plan', async ({ user }) => changeUser(harness.account, { id: user, plan: 'starter' })],
    ['a lower cap of the plan', ({ plan }) => changePlan(harness.account, { plan, monthly_tokens: 1 })],
    ['a cap of the token', ({ tokenId }) => changeToken(harness.account, { id: tokenId, monthly_tokens: 1 })],
    ['a suspension', ({ user }) => changeUser(harness.account, { id: user, suspended: true })],
    ['a revocation', ({ tokenId }) => revokeToken(harness.account, { id: tokenId })],
    [
      'narrowed scopes',
      ({ tokenId }) => changeToken(harness.account, { id: tokenId, scope_models: ['claude-haiku-4-5'] }),
    ],
  ];

  it.each(changes)('%s takes effect at the very next admission, which inserts nothing', async (_, change) => {
    const caller = await newCaller(harness, { tokens: 1_000_000, cents: 1_000 });
    expect(await admit(harness, caller, MODEST, `${caller.user}-1`, START_MS)).toMatchObject({
      kind: 'admitted',
    });
    const before = await readBooks(harness.database.client, caller.user);
    await change(caller);
    const result = await admit(harness, caller, MODEST, `${caller.user}-2`, START_MS);
    expect(result.kind).toBe('stale');
    expect(await readBooks(harness.database.client, caller.user)).toEqual(before);
    if (result.kind !== 'stale' || result.identity === null) throw new Error('the new identity is missing');
    expect(result.identity.version).not.toBe(caller.identity.version);
    // Decided again with what the database says now: blocked callers still insert nothing.
    const again = await admit(
      harness,
      { ...caller, identity: result.identity },
      MODEST,
      `${caller.user}-3`,
      START_MS,
    );
    const blocked = result.identity.suspended || result.identity.revoked;
    const { plan, tokenCaps } = result.identity;
    const short = plan.monthlyTokens === 1 || tokenCaps?.monthlyTokens === 1;
    expect(again.kind).toBe(blocked ? 'stale' : short ? 'refused' : 'admitted');
  });

  it('an expiry that passes takes effect at the very next admission, without any write', async () => {
    const caller = await newCaller(harness, { tokens: 1_000_000, cents: null });
    const expiresAt = new Date(START_MS + 1_000).toISOString();
    await changeToken(harness.account, { id: caller.tokenId, expires_at: expiresAt });
    harness.store.forget();
    const identity = await harness.store.findIdentity(caller.principal);
    if (identity === null) throw new Error('the caller was not found');
    const renewed = { ...caller, identity };
    expect(await admit(harness, renewed, MODEST, `${caller.user}-1`, START_MS + 999)).toMatchObject({
      kind: 'admitted',
    });
    const before = await readBooks(harness.database.client, caller.user);
    expect((await admit(harness, renewed, MODEST, `${caller.user}-2`, START_MS + 1_000)).kind).toBe('stale');
    expect(await readBooks(harness.database.client, caller.user)).toEqual(before);
  });
});
