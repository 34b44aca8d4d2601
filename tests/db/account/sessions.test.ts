/** Sessions: rollups that follow the rows, a tree per customer, and no way from one customer's key to another's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { getSession } from '@/lib/account/get-session';
import { listRequests } from '@/lib/account/list-requests';
import { listSessions } from '@/lib/account/list-sessions';
import type { SessionRef } from '@/lib/gateway/sessions';
import { admitWith, openHarness, settleCall, START_MS, type Harness } from './harness';

const ROOT: SessionRef = { key: 'run-1', parent: null, source: 'claude-code' };
const CHILD: SessionRef = { key: 'run-1/a', parent: 'run-1', source: 'claude-code' };
let h: Harness;
let other = '';

beforeAll(async () => {
  h = await openHarness();
  await createUser(h.account, { id: 'acme', plan: 'business' });
  await createUser(h.account, { id: 'rival', plan: 'business' });
  const { token } = await createToken(h.account, { user: 'acme', name: 'laptop', agent: 'coder' });
  ({ token: other } = await createToken(h.account, { user: 'rival', name: 'laptop' }));
  await admitWith(h, token, { id: 'one', session: ROOT });
  await settleCall(h.store, 'one', {
    inputTokens: 10,
    outputTokens: 5,
    cacheReadTokens: 90,
    cacheWrite1hTokens: 4,
  });
  await admitWith(h, token, {
    id: 'two',
    session: ROOT,
    startedAtMs: START_MS + 1_000,
    model: 'claude-haiku-4-5',
  });
  await settleCall(h.store, 'two', { inputTokens: 1, outputTokens: 2 }, 'cancelled');
  await admitWith(h, token, { id: 'three', session: CHILD, startedAtMs: START_MS + 2_000 });
  await admitWith(h, other, { id: 'theirs', session: ROOT, startedAtMs: START_MS + 9_000 });
});
afterAll(() => h.close());

describe('a session', () => {
  it('sums the calls settled in it and knows the last of them', async () => {
    expect(await getSession(h.account, { user: 'acme', key: 'run-1' })).toMatchObject({
      key: 'run-1',
      parent: null,
      source: 'claude-code',
      agent: 'coder',
      running: 0,
      requests: 2,
      refusals: 0,
      input_tokens: 11,
      cache_read_tokens: 90,
      cache_write_tokens: 4,
      output_tokens: 7,
      counted_tokens: 18,
      cost_nano_usd: 2 * 1_234_567,
      last_model: 'claude-haiku-4-5',
      last_ending: 'cancelled',
      first_at: new Date(START_MS).toISOString(),
      last_at: new Date(START_MS + 1_000).toISOString(),
      ended_at: new Date(START_MS + 1_345).toISOString(),
    });
  });

  it('shows what it started, running calls counted as running', async () => {
    const { below } = await getSession(h.account, { user: 'acme', key: 'run-1' });
    expect(below).toMatchObject([
      { key: 'run-1/a', parent: 'run-1', running: 1, requests: 1, last_ending: null },
    ]);
  });

  it('is a tree as deep as agents nest, summed over all of it, and no circle holds it up', async () => {
    const child = (key: string, parent: string): SessionRef => ({ key, parent, source: 'named' });
    await createUser(h.account, { id: 'deep', plan: 'business' });
    const { token } = await createToken(h.account, { user: 'deep', name: 'laptop' });
    for (const [at, session] of [child('a', 'c'), child('b', 'a'), child('c', 'b')].entries()) {
      await admitWith(h, token, { id: session.key, session, startedAtMs: START_MS + at });
      await settleCall(h.store, session.key, { inputTokens: 1, outputTokens: 2 });
    }
    const { below, total } = await getSession(h.account, { user: 'deep', key: 'a' });
    expect(below.map(({ key, parent }) => [key, parent])).toEqual([
      ['b', 'a'],
      ['c', 'b'],
    ]);
    expect(total).toMatchObject({
      requests: 3,
      input_tokens: 3,
      output_tokens: 6,
      cost_nano_usd: 3 * 1_234_567,
    });
  });

  it('of one customer is not another’s, though both use the same key', async () => {
    const theirs = await getSession(h.account, { user: 'rival', key: 'run-1' });
    expect(theirs).toMatchObject({ user_id: 'rival', requests: 1, below: [] });
    await expect(getSession(h.account, { user: 'rival', key: 'run-1/a' })).rejects.toMatchObject({
      code: 'not_found',
    });
    const { data } = await listRequests(h.account, { user: 'rival', session: 'run-1' });
    expect(data.map(({ id }) => id)).toEqual(['theirs']);
    await expect(listRequests(h.account, { session: 'run-1' })).rejects.toMatchObject({
      code: 'body_invalid',
    });
  });

  it('counts a call that was refused after it was admitted as a refusal, not as a request', async () => {
    await admitWith(h, other, { id: 'refused', session: { key: 'r', parent: null, source: 'named' } });
    await settleCall(h.store, 'refused', {}, 'refused');
    expect(await getSession(h.account, { user: 'rival', key: 'r' })).toMatchObject({
      requests: 0,
      refusals: 1,
      running: 0,
    });
  });
});

describe('the list of sessions', () => {
  it('goes from the latest activity back, page by page', async () => {
    const first = await listSessions(h.account, { user: 'acme', limit: 1 });
    expect(first).toMatchObject({ has_more: true, data: [{ key: 'run-1/a' }] });
    const second = await listSessions(h.account, { user: 'acme', limit: 1, cursor: first.next_cursor });
    expect(second).toMatchObject({ has_more: false, data: [{ key: 'run-1' }] });
  });

  it('can leave out what sessions started', async () => {
    const { data } = await listSessions(h.account, { user: 'acme', roots: 'true' });
    expect(data.map(({ key }) => key)).toEqual(['run-1']);
  });
});
