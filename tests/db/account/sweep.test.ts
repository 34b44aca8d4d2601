/** Sweeping: what nobody will settle is settled once, at its prompt's estimate; what runs is left alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { getRequest } from '@/lib/account/get-request';
import { readUsage } from '@/lib/account/read-usage';
import { sweepCalls } from '@/lib/account/sweep-calls';
import { admitWith, openHarness, settleCall, START_MS, type Harness } from './harness';

const OWNER = 'host:1:1';
const nobodyDied = { isDead: () => false };
let h: Harness;
let token = '';

beforeAll(async () => {
  h = await openHarness();
  await createUser(h.account, { id: 'acme', plan: 'starter' });
  ({ token } = await createToken(h.account, { user: 'acme', name: 'laptop' }));
});
afterAll(() => h.close());

describe('sweeping', () => {
  it('leaves running calls alone, settles those of dead processes, and does it once', async () => {
    await admitWith(h, token, { id: 'running' });
    const asked: string[] = [];
    const nobody = (owner: string): boolean => {
      asked.push(owner);
      return false;
    };
    expect(await sweepCalls(h.account, {}, { isDead: nobody })).toEqual({ expired: 0, ids: [] });
    expect(asked).toEqual([OWNER]);
    const isDead = (owner: string): boolean => owner === OWNER;
    expect(await sweepCalls(h.account, {}, { isDead })).toEqual({ expired: 1, ids: ['running'] });
    expect(await sweepCalls(h.account, {}, { isDead })).toEqual({ expired: 0, ids: [] });
    expect(await getRequest(h.account, { id: 'running' })).toMatchObject({
      ending: 'expired',
      grade: 'estimated',
      counted_tokens: 100,
      cost_nano_usd: 300_000,
      input_tokens: null,
    });
    const { month } = await readUsage(h.account, { user: 'acme' }, { peekMinute: null });
    expect(month).toMatchObject({
      tokens: { used: 100, held: 0 },
      cost: { used_nano_usd: 300_000, held_nano_usd: 0 },
    });
  });

  it('commits the whole hold of an answer that the provider keeps: its reader can still have all of it', async () => {
    await admitWith(h, token, { id: 'background' });
    await h.store.keepAnswer('background', 'resp_1');
    await sweepCalls(h.account, {}, { isDead: (owner) => owner === OWNER });
    expect(await getRequest(h.account, { id: 'background' })).toMatchObject({
      ending: 'expired',
      grade: 'estimated',
      counted_tokens: 150,
      cost_nano_usd: 1_050_000,
    });
  });

  it('settles calls whose hold expired, whoever ran them', async () => {
    await admitWith(h, token, { id: 'expired', holdExpiresAtMs: START_MS });
    await admitWith(h, token, { id: 'not-yet', holdExpiresAtMs: START_MS + 1 });
    expect(await sweepCalls(h.account, {}, nobodyDied)).toEqual({ expired: 1, ids: ['expired'] });
  });

  it('keeps its word when the process settles late after all', async () => {
    await settleCall(h.store, 'expired', { inputTokens: 1 });
    expect(await getRequest(h.account, { id: 'expired' })).toMatchObject({
      ending: 'expired',
      input_tokens: null,
    });
  });
});
