/** Logs: sessions filtered and searched, calls in either order, downloads that are bounded, and choices that come from rollups. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { exportRequests, exportSessions, MOST_EXPORTED_ROWS } from '@/lib/account/export-logs';
import { getRequest } from '@/lib/account/get-request';
import { getSession } from '@/lib/account/get-session';
import { listChoices } from '@/lib/account/list-choices';
import { listRequests } from '@/lib/account/list-requests';
import { listSessions } from '@/lib/account/list-sessions';
import { readUsageObjects } from '@/lib/account/read-usage-objects';
import type { SessionRef } from '@/lib/gateway/sessions';
import { admitWith, openHarness, settleCall, START_MS, type Harness } from './harness';

/** Keys as clients could make them, each of which a page must be able to name. */
const STRANGE_KEYS = [
  'a/b/c',
  '50%_off%2F',
  '..',
  '.',
  'Zoë 日本語 🦊',
  '?x=1#y',
  `${'k'.repeat(200)}/${'s'.repeat(200)}`,
];

let h: Harness;
let laptop: { id: string; token: string };
let server: { id: string; token: string };

const at = (key: string, parent: string | null = null): SessionRef => ({ key, parent, source: 'named' });

beforeAll(async () => {
  h = await openHarness();
  for (const id of ['acme', 'rival']) await createUser(h.account, { id, plan: 'business' });
  laptop = await createToken(h.account, { user: 'acme', name: 'laptop', agent: 'Coder', campaign: 'q4' });
  server = await createToken(h.account, { user: 'acme', name: 'server', agent: 'ÜBER' });
  const theirs = await createToken(h.account, { user: 'rival', name: 'theirs', agent: 'spy' });
  const calls: readonly [string, string, SessionRef | null, string, 'complete' | 'broken' | null][] = [
    ['one', laptop.token, at('alpha'), 'claude-haiku-4-5', 'complete'],
    ['two', laptop.token, at('alpha/sub', 'alpha'), 'claude-sonnet-4-5', 'broken'],
    ['three', server.token, at('beta'), 'claude-sonnet-4-5', null],
    ['loose', server.token, null, 'claude-sonnet-4-5', 'complete'],
    ['theirs', theirs.token, at('alpha'), 'claude-sonnet-4-5', 'complete'],
    ['theirs-loose', theirs.token, null, 'claude-sonnet-4-5', 'complete'],
  ];
  for (const [index, [id, token, session, model, ending]] of calls.entries()) {
    const call = { id, model, startedAtMs: START_MS + index * 60_000 };
    await admitWith(h, token, session === null ? call : { ...call, session });
    if (ending !== null) await settleCall(h.store, id, { inputTokens: 10, outputTokens: 5 }, ending);
  }
});
afterAll(() => h.close());

const keysOf = async (filter: object) => {
  const { data } = await listSessions(h.account, { user: 'acme', ...filter });
  return data.map(({ key }) => key);
};

describe('sessions', () => {
  it.each<[object, readonly string[]]>([
    [{}, ['beta', 'alpha/sub', 'alpha']],
    [{ search: 'SUB' }, ['alpha/sub']],
    [{ search: 'cOdEr' }, ['alpha/sub', 'alpha']],
    [{ search: 'Q4' }, ['alpha/sub', 'alpha']],
    [{ search: 'haiku' }, ['alpha']],
    [{ search: 'über' }, ['beta']],
    [{ search: '%' }, []],
    [{ search: 'alph_' }, []],
    [{ agent: 'Coder', ending: 'complete' }, ['alpha']],
    [{ campaign: 'q4' }, ['alpha/sub', 'alpha']],
    [{ ending: 'broken' }, ['alpha/sub']],
    [{ running: 'true' }, ['beta']],
    [{ roots: 'true' }, ['beta', 'alpha']],
    [{ from: new Date(START_MS + 60_000).toISOString() }, ['beta', 'alpha/sub']],
    [{ to: new Date(START_MS + 60_000).toISOString() }, ['alpha']],
  ])('are narrowed by %j', async (filter, keys) => {
    expect(await keysOf(filter)).toEqual(keys);
  });

  it('are narrowed by the token of their latest call, and say what it is called', async () => {
    const { data } = await listSessions(h.account, { user: 'acme', token: server.id });
    expect(data).toMatchObject([{ key: 'beta', token_id: server.id, token_name: 'server' }]);
  });

  it('refuse a search that is empty or endless, and an ending that there is none of', async () => {
    for (const filter of [{ search: ' ' }, { search: 'x'.repeat(101) }, { ending: 'open' }])
      await expect(keysOf(filter)).rejects.toMatchObject({ code: 'body_invalid' });
  });

  it('never show another customer’s, whatever is searched for', async () => {
    for (const filter of [{ search: 'spy' }, { agent: 'spy' }, { token: 'tok_of_rival' }])
      expect(await keysOf(filter)).toEqual([]);
    const { data } = await listSessions(h.account, { user: 'rival', search: 'alpha' });
    expect(data).toMatchObject([{ key: 'alpha', user_id: 'rival', token_name: 'theirs' }]);
  });

  it.each(STRANGE_KEYS)('are found by a key of any make: %s', async (key) => {
    const id = `strange-${STRANGE_KEYS.indexOf(key)}`;
    await createUser(h.account, { id, plan: 'business' });
    const { token } = await createToken(h.account, { user: id, name: 'x' });
    await admitWith(h, token, { id, session: at(key) });
    expect(await getSession(h.account, { user: id, key })).toMatchObject({ key, user_id: id });
    const { data } = await listRequests(h.account, { user: id, session: key });
    expect(data.map((call) => call.id)).toEqual([id]);
    expect((await listSessions(h.account, { user: id, search: key.slice(0, 60) })).data).toHaveLength(1);
  });
});

describe('calls', () => {
  const idsOf = async (filter: object) => {
    const page = await listRequests(h.account, { user: 'acme', ...filter });
    return { ids: page.data.map(({ id }) => id), next: page.next_cursor };
  };

  it('come newest or oldest first, page by page without a gap or a repeat', async () => {
    const all = ['one', 'two', 'three', 'loose'];
    for (const [order, wanted] of [
      ['oldest', all],
      ['newest', all.toReversed()],
    ] as const) {
      const seen: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await idsOf({ order, limit: 3, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.ids);
        cursor = page.next;
      } while (cursor !== null);
      expect(seen).toEqual(wanted);
    }
  });

  it('without a session can be asked for alone', async () => {
    expect((await idsOf({ sessionless: 'true' })).ids).toEqual(['loose']);
  });

  it('are shown to their own customer alone', async () => {
    expect(await getRequest(h.account, { id: 'one', user: 'acme' })).toMatchObject({ id: 'one' });
    await expect(getRequest(h.account, { id: 'theirs', user: 'acme' })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect(await getRequest(h.account, { id: 'theirs' })).toMatchObject({ user_id: 'rival' });
  });
});

describe('providers’ usage objects', () => {
  it('are given as they came, of the customer’s calls alone', async () => {
    const ids = ['one', 'three', 'theirs'];
    const objects = await readUsageObjects(h.account, { user: 'acme', ids });
    expect([...objects]).toEqual([['one', '{"input_tokens":10}']]);
    expect(await readUsageObjects(h.account, { user: 'acme', ids: [] })).toEqual(new Map());
  });
});

describe('downloads', () => {
  it('hold exactly what the list shows, of one customer', async () => {
    const sessions = await exportSessions(h.account, { user: 'acme', roots: true });
    expect(sessions.truncated).toBe(false);
    expect(sessions.data).toEqual((await listSessions(h.account, { user: 'acme', roots: true })).data);
    const calls = await exportRequests(h.account, { user: 'acme', sessionless: true });
    expect(calls.data).toEqual((await listRequests(h.account, { user: 'acme', sessionless: true })).data);
    await expect(exportRequests(h.account, {})).rejects.toMatchObject({ code: 'body_invalid' });
  });

  it('end at the bound and say so', async () => {
    await createUser(h.account, { id: 'busy', plan: 'business' });
    await h.database.client.execute({
      sql: `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO sessions (user_id, key, source, first_at, last_at) SELECT 'busy', 'k' || i, 'named', i, i FROM n`,
      args: [MOST_EXPORTED_ROWS],
    });
    const { data, truncated } = await exportSessions(h.account, { user: 'busy' });
    expect([data.length, truncated]).toEqual([MOST_EXPORTED_ROWS, true]);
    expect(data[0]?.key).toBe(`k${MOST_EXPORTED_ROWS}`);
  });

  it('of many calls hold each once, newest first, and leave others their turn meanwhile', async () => {
    const calls = 2_500;
    await h.database.client.execute({
      sql: `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO llm_usage (id, user_id, timestamp, started_at, month, provider, model, endpoint, stream, status, ending, grade, settled_at)
SELECT format('many%05d', i), 'busy', 1000 + i / 7, 1000 * (1000 + i / 7), '1970-01', '', '', 'messages', 0, 403, 'refused', 'exact', 0 FROM n`,
      args: [calls],
    });
    let turns = 0;
    const turning = setInterval(() => (turns += 1));
    const { data, truncated } = await exportRequests(h.account, { user: 'busy' });
    clearInterval(turning);
    expect(turns).toBeGreaterThan(0);
    expect(truncated).toBe(false);
    const ids = Array.from({ length: calls }, (_, index) => `many${String(calls - index).padStart(5, '0')}`);
    expect(data.map(({ id }) => id)).toEqual(ids);
  });
});

describe('choices', () => {
  it('are the customer’s own names of the last 90 days, without "none"', async () => {
    expect(await listChoices(h.account, { user: 'acme' })).toEqual({
      agents: ['Coder', 'ÜBER'],
      campaigns: ['q4'],
      models: ['claude-haiku-4-5', 'claude-sonnet-4-5'],
      tokens: expect.arrayContaining([expect.objectContaining({ id: laptop.id, name: 'laptop' })]),
    });
    h.setNow(START_MS + 91 * 86_400_000);
    expect(await listChoices(h.account, { user: 'acme' })).toMatchObject({ agents: [], models: [] });
    h.setNow(START_MS);
  });
});
