/** Verbs on tokens, asked on behalf of a customer, reach that customer's tokens alone; and what a token used of its month is its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeToken } from '@/lib/account/change-token';
import { createToken, type FreshToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { getToken } from '@/lib/account/get-token';
import { listAudit } from '@/lib/account/list-audit';
import { listTokens } from '@/lib/account/list-tokens';
import { readTokenMonths } from '@/lib/account/read-token-months';
import { revokeToken } from '@/lib/account/revoke-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { admitWith, openHarness, settleCall, START_MS, type Harness } from './harness';

let h: Harness;
let theirs: FreshToken;

beforeAll(async () => {
  h = await openHarness();
  for (const id of ['acme', 'rival']) await createUser(h.account, { id, plan: 'business' });
  theirs = await createToken(h.account, { user: 'rival', name: 'theirs' });
});
afterAll(() => h.close());

const own = (more: object = {}) => createToken(h.account, { user: 'acme', name: 'laptop', ...more });
const idsOf = async (filter: object) =>
  (await listTokens(h.account, filter)).data.map(({ id }) => id).toSorted();

describe('on behalf of a customer', () => {
  it.each<[string, (id: string, user: string) => Promise<unknown>]>([
    ['shows', (id, user) => getToken(h.account, { id, user })],
    ['changes', (id, user) => changeToken(h.account, { id, user, name: 'renamed' })],
    ['rotates', (id, user) => rotateToken(h.account, { id, user, overlap_seconds: 60 })],
    ['revokes', (id, user) => revokeToken(h.account, { id, user })],
  ])('%s an own token, and of another’s says that there is none and leaves no trace', async (_, verb) => {
    const { id } = await own();
    await expect(verb(id, 'acme')).resolves.toMatchObject({ user: 'acme' });
    const before = await getToken(h.account, { id: theirs.id });
    const logged = await listAudit(h.account, { user: 'rival' });
    await expect(verb(theirs.id, 'acme')).rejects.toMatchObject({
      code: 'not_found',
      message: `There is no token "${theirs.id}".`,
    });
    expect(await getToken(h.account, { id: theirs.id })).toEqual(before);
    expect(await listAudit(h.account, { user: 'rival' })).toEqual(logged);
    expect(await idsOf({ user: 'rival' })).toEqual([theirs.id]);
  });
});

describe('the list', () => {
  it('tells live tokens from ended ones, each in one of the two', async () => {
    await createUser(h.account, { id: 'mixed', plan: 'business' });
    const make = (more: object) => createToken(h.account, { user: 'mixed', name: 't', ...more });
    const [live, expiring, revoked] = [
      await make({}),
      await make({ expires_at: new Date(START_MS + 1_000).toISOString() }),
      await make({}),
    ];
    await revokeToken(h.account, { id: revoked.id });
    expect(await idsOf({ user: 'mixed', state: 'live' })).toEqual([live.id, expiring.id].toSorted());
    h.setNow(START_MS + 1_000);
    expect(await idsOf({ user: 'mixed', state: 'live' })).toEqual([live.id]);
    expect(await idsOf({ user: 'mixed', state: 'ended' })).toEqual([expiring.id, revoked.id].toSorted());
    h.setNow(START_MS);
  });
});

describe('the month of a token', () => {
  it('is what the limiter counts: used and held apart, of this month and of the customer’s tokens alone', async () => {
    const token = await own();
    const idle = await own();
    await admitWith(h, token.token, { id: 'done' });
    await settleCall(h.store, 'done', { inputTokens: 10, outputTokens: 5 });
    await admitWith(h, token.token, { id: 'running' });
    await admitWith(h, theirs.token, { id: 'rivals' });
    const ids = [token.id, idle.id, theirs.id];
    const months = await readTokenMonths(h.account, { user: 'acme', ids });
    const { rows } = await h.database.client.execute({
      sql: 'SELECT * FROM token_months WHERE token_id = ?',
      args: [token.id],
    });
    expect([...months.keys()]).toEqual([token.id]);
    expect(months.get(token.id)).toEqual({
      requests: 1,
      tokens_used: 15,
      tokens_held: rows[0]?.['tokens_held'],
      nano_usd_used: 1_234_567,
      nano_usd_held: rows[0]?.['nano_usd_held'],
    });
    expect(months.get(token.id)?.tokens_held).toBeGreaterThan(0);
    h.setNow(Date.parse('2026-12-01T00:00:00Z'));
    expect(await readTokenMonths(h.account, { user: 'acme', ids })).toEqual(new Map());
    h.setNow(START_MS);
    expect(await readTokenMonths(h.account, { user: 'acme', ids: [] })).toEqual(new Map());
  });
});
