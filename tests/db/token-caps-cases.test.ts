/** Caps of a token's own, case by case: whose cap is told, what siblings and successors may do, and when a change holds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeToken } from '@/lib/account/change-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';
import type { AdmissionResult } from '@/lib/gateway/ports';
import { type Harness, openHarness, principalOf, START_MS } from '@/tests/db/account/harness';
import {
  admit,
  type Caller,
  MODEST,
  monthOf,
  newCaller,
  newToken,
  settleAs,
} from '@/tests/db/admission-callers';
import { expectSettledBooks } from '@/tests/support/ledger';

const NEXT_MONTH_MS = Date.parse('2026-12-01T00:00:00.000Z');

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness();
});
afterAll(() => harness.close());

describe("a token's own caps", () => {
  it('above the plan’s leave the plan’s to bind', async () => {
    const caller = await newCaller(harness, { tokens: 120, cents: null }, { monthly_tokens: 1_000_000 });
    expect(await admit(harness, caller, MODEST, `${caller.user}-1`, START_MS)).toMatchObject({
      kind: 'admitted',
      outputTokens: 20,
    });
    expect(await admit(harness, caller, MODEST, `${caller.user}-2`, START_MS)).toMatchObject({
      kind: 'refused',
      scope: 'plan',
      cap: 'tokens',
    });
  });

  it('start afresh with the month', async () => {
    const caller = await newCaller(harness, { tokens: null, cents: null }, { monthly_tokens: 150 });
    const { user } = caller;
    expect((await admit(harness, caller, MODEST, `${user}-1`, NEXT_MONTH_MS - 1)).kind).toBe('admitted');
    expect((await admit(harness, caller, MODEST, `${user}-2`, NEXT_MONTH_MS - 1)).kind).toBe('refused');
    expect((await admit(harness, caller, MODEST, `${user}-3`, NEXT_MONTH_MS)).kind).toBe('admitted');
  });

  it('stop no sibling, and hold from the next call on when they are set, lowered, lifted', async () => {
    const caller = await newCaller(harness, { tokens: 10_000, cents: null });
    const sibling = await newToken(harness, caller);
    let calls = 0;
    const ask = async (by: Caller): Promise<AdmissionResult> => {
      const result = await admit(harness, by, MODEST, `${caller.user}-${(calls += 1)}`, START_MS);
      if (result.kind !== 'stale' || result.identity === null) return result;
      return ask({ ...by, identity: result.identity });
    };
    const cap = (monthly_tokens: number | null) =>
      changeToken(harness.account, { id: caller.tokenId, monthly_tokens });
    expect((await ask(caller)).kind).toBe('admitted');
    await cap(200);
    expect(await ask(caller)).toMatchObject({
      kind: 'refused',
      scope: 'token',
      month: { tokensLimit: 10_000, tokensHeld: 150, token: { tokensLimit: 200, tokensHeld: 150 } },
    });
    expect((await ask(sibling)).kind).toBe('admitted');
    await cap(300);
    expect((await ask(caller)).kind).toBe('admitted');
    await cap(null);
    const free = await ask(caller);
    expect(free.kind).toBe('admitted');
    if (free.kind === 'admitted') expect(free.month).not.toHaveProperty('token');
  });

  it('tell the one that is used up before one that only running calls hold', async () => {
    const caller = await newCaller(harness, { tokens: 200, cents: null }, { monthly_cost_cents: 1 });
    const { user } = caller;
    const free = { ...MODEST, promptNano: 0, rate: 0 };
    const dear = { ...free, prompt: 0, promptNano: NANO_USD_PER_CENT, output: 0, floor: 0 };
    expect((await admit(harness, caller, dear, `${user}-1`, START_MS)).kind).toBe('admitted');
    await settleAs(harness, `${user}-1`, 0, NANO_USD_PER_CENT);
    expect((await admit(harness, caller, free, `${user}-2`, START_MS)).kind).toBe('admitted');
    // The plan's tokens are held, the token's money is gone: no waiting helps.
    expect(await admit(harness, caller, MODEST, `${user}-3`, START_MS)).toMatchObject({
      kind: 'refused',
      scope: 'token',
      cap: 'cost',
    });
    // Without money to pay only the held tokens are in the way.
    expect(await admit(harness, caller, free, `${user}-4`, START_MS)).toMatchObject({
      kind: 'refused',
      scope: 'plan',
      cap: 'tokens',
    });
  });

  it('are inherited by a successor together with what was used of them this month', async () => {
    const caller = await newCaller(
      harness,
      { tokens: null, cents: null },
      { monthly_tokens: 1_000, monthly_cost_cents: 7 },
    );
    const { user } = caller;
    const { client } = harness.database;
    for (const call of ['1', '2'])
      expect((await admit(harness, caller, MODEST, `${user}-${call}`, START_MS)).kind).toBe('admitted');
    await settleAs(harness, `${user}-1`, 130, 900_000);
    const next = await rotateToken(harness.account, { id: caller.tokenId, overlap_seconds: 60 });
    expect(next).toMatchObject({ monthly_tokens: 1_000, monthly_cost_cents: 7 });
    const carried = { tokensUsed: 130, tokensHeld: 0, costUsedNanoUsd: 900_000, costHeldNanoUsd: 0 };
    expect(await monthOf(harness, 'token', next.id)).toEqual(carried);
    // The call that was running settles where it started.
    await settleAs(harness, `${user}-2`, 100, 500_000);
    expect(await monthOf(harness, 'token', next.id)).toEqual(carried);
    expect(await monthOf(harness, 'token', caller.tokenId)).toMatchObject({
      tokensUsed: 230,
      costUsedNanoUsd: 1_400_000,
    });
    const principal = principalOf(next.token);
    const identity = await harness.store.findIdentity(principal);
    if (identity === null) throw new Error('the successor was not found');
    const successor = { ...caller, tokenId: next.id, principal, identity };
    const tooMuch = { ...MODEST, prompt: 871, output: 0, floor: 0 };
    expect(await admit(harness, successor, tooMuch, `${user}-3`, START_MS)).toMatchObject({
      kind: 'refused',
      scope: 'token',
      month: { token: { tokensLimit: 1_000, tokensUsed: 130 } },
    });
    await expectSettledBooks(client, user, [{ tokenId: next.id, tokens: 130, nanoUsd: 900_000 }]);
    // A second rotation carries the sum on, and one that does nothing carries nothing.
    const last = await rotateToken(harness.account, { id: next.id });
    expect(await monthOf(harness, 'token', last.id)).toEqual(carried);
    const months = async () =>
      (await client.execute('SELECT count(*) AS n FROM token_months')).rows[0]?.['n'];
    const before = await months();
    await expect(rotateToken(harness.account, { id: next.id })).rejects.toMatchObject({ code: 'conflict' });
    expect(await months()).toBe(before);
  });
});
