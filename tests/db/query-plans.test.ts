/** What pages and lists ask is answered from an index or a rollup, however many calls there are. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Query } from 'drizzle-orm';
import type { InArgs } from '@libsql/client';
import { admitStatement, monthStatement } from '@/db/queries/admit';
import { requestById, requestsPage } from '@/db/queries/requests';
import { sessionByKey, sessionsBelow, sessionsPage } from '@/db/queries/sessions';
import { tokensPage } from '@/db/queries/tokens';
import { usageByDay, usageByModel, userMonth, userMonthsPage } from '@/db/queries/usage';
import { usersPage } from '@/db/queries/users';
import type { Admission, Identity } from '@/lib/gateway/ports';
import { openHarness, type Harness } from './account/harness';

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
});
afterAll(() => h.close());

async function planOf({ toSQL }: { toSQL: () => Query }): Promise<string[]> {
  const { sql, params } = toSQL();
  const { rows } = await h.database.client.execute({
    sql: `EXPLAIN QUERY PLAN ${sql}`,
    args: params as InArgs,
  });
  return rows.map((row) => JSON.stringify(row['detail'] ?? '').slice(1, -1));
}

const bound = (query: { toSQL: () => Query }) => ({ toSQL: () => query.toSQL() });
const after = { at: 1_795_000_000, id: 'req_1' };
const user = 'acme';
const span = { user, from: '2026-11-01', to: '2026-11-30' };

describe('lists of calls', () => {
  const rows = 51;
  const filters = [
    { user },
    { user, after },
    { user, token: 'tok_1' },
    { user, model: 'm' },
    { user, ending: 'complete' as const },
    { user, fromSeconds: 1, toSeconds: 2 },
    { user, token: 'tok_1', model: 'm', ending: 'broken' as const, fromSeconds: 1, toSeconds: 2, after },
    { token: 'tok_1' },
    { token: 'tok_1', after },
  ];

  it.each(filters)('seek the customer and read in order: %j', async (filter) => {
    const plan = await planOf(bound(requestsPage(h.database, { after: undefined, ...filter, rows })));
    const reads = plan.filter((step) => step.includes('llm_usage'));
    expect(reads).toHaveLength(1);
    expect(reads[0]).toMatch(/^SEARCH llm_usage USING INDEX llm_usage_user_timestamp \(user_id=\?/);
    expect(plan.join('\n')).not.toMatch(/SCAN|TEMP B-TREE/);
  });

  it.each(['broken', 'cancelled', 'refused', 'expired'] as const)(
    'seek what is %s, in order',
    async (ending) => {
      const plan = await planOf(bound(requestsPage(h.database, { user, ending, after, rows })));
      expect(plan).toEqual([
        expect.stringMatching(
          /^SEARCH llm_usage USING INDEX llm_usage_ending \(user_id=\? AND ending=\? AND \(timestamp,id\)/,
        ),
      ]);
    },
  );

  it.each([
    { user, model: 'm' },
    { user, token: 'tok_1' },
    { token: 'tok_1', model: 'm' },
  ])('leave out the days on which nothing of the kind was called: %j', async (filter) => {
    const page = requestsPage(h.database, { ...filter, after: undefined, rows });
    const plan = (await planOf(bound(page))).join('\n');
    expect(plan).toMatch(/LIST SUBQUERY[^]*SEARCH usage_days USING COVERING INDEX \S+ \(user_id=\?\)/);
  });

  it.each([{ user }, { user, token: 'tok_1', model: 'm', fromSeconds: 1, after }, {}])(
    'that are running seek everybody’s running ones, which are few: %j',
    async (filter) => {
      const open = { after: undefined, ...filter, ending: 'open' as const, rows };
      const plan = (await planOf(bound(requestsPage(h.database, open)))).join('\n');
      expect(plan).toMatch(/^SEARCH llm_usage USING INDEX llm_usage_open \(hold_expires_at>\?\)/);
      expect(plan).not.toContain('SCAN');
    },
  );

  it('of a session seek the customer’s session', async () => {
    const filter = { user, session: 'ses_1', after: undefined, rows };
    const plan = await planOf(bound(requestsPage(h.database, filter)));
    expect(plan.join('\n')).toMatch(
      /^SEARCH llm_usage USING INDEX llm_usage_session \(user_id=\? AND session_key=\?/,
    );
    expect(plan.join('\n')).not.toMatch(/SCAN|TEMP B-TREE/);
  });

  it('seek to the cursor instead of counting up to it', async () => {
    const plan = await planOf(bound(requestsPage(h.database, { user, after, rows })));
    expect(plan.join('\n')).toContain('(timestamp,id)<(?,?)');
  });

  it('seek single calls', async () => {
    expect((await planOf(bound(requestById(h.database, 'req_1')))).join('\n')).toMatch(
      /^SEARCH llm_usage USING INDEX/,
    );
  });
});

describe('usage', () => {
  it.each([
    ['days', () => usageByDay(h.database, span)],
    ['models', () => usageByModel(h.database, span)],
    ['one month', () => userMonth(h.database, user, '2026-11')],
    ['everybody’s month', () => userMonthsPage(h.database, { month: '2026-11', after, rows: 51 })],
  ])('by %s never touches single calls', async (name, query) => {
    const plan = (await planOf(bound(query()))).join('\n');
    expect(plan).not.toContain('llm_usage');
    expect(plan).not.toMatch(/SCAN (usage_days|usage_months)/);
    if (name === 'days' || name === 'models')
      expect(plan).toMatch(/SEARCH usage_days USING INDEX \S+ \(user_id=\? AND day>\? AND day<\?\)/);
  });
});

describe('lists of users and tokens', () => {
  it.each([
    ['users', () => usersPage(h.database, { after, rows: 51 }), 'users_created'],
    ['tokens', () => tokensPage(h.database, { after, rows: 51 }), 'gateway_tokens_created'],
    ['tokens of a user', () => tokensPage(h.database, { user, after, rows: 51 }), 'gateway_tokens_user'],
  ])('%s read in order from an index', async (_, query, index) => {
    const plan = (await planOf(bound(query()))).join('\n');
    expect(plan).toContain(`USING INDEX ${index}`);
    expect(plan).not.toMatch(/TEMP B-TREE/);
  });
});

describe('sessions', () => {
  const rows = 51;
  const filters = [
    { rootsOnly: false },
    { rootsOnly: true, after },
    { rootsOnly: false, agent: 'coder', source: 'codex', fromMs: 1, toMs: 2 },
  ];

  it.each(filters)('are listed from their own table, in order: %j', async (filter) => {
    const plan = await planOf(bound(sessionsPage(h.database, { user, after: undefined, ...filter, rows })));
    expect(plan.join('\n')).toMatch(/^SEARCH sessions USING INDEX sessions_user_last \(user_id=\?/);
    expect(plan.join('\n')).not.toMatch(/SCAN|TEMP B-TREE|llm_usage/);
  });

  it('and those they started are sought', async () => {
    const own = await planOf(bound(sessionByKey(h.database, user, 'k')));
    const below = await planOf(bound(sessionsBelow(h.database, user, 'k', rows)));
    expect(own.join('\n')).toMatch(/^SEARCH sessions USING INDEX .*\(user_id=\? AND key=\?\)/);
    expect(below.join('\n')).toMatch(
      /SEARCH sessions USING .*INDEX sessions_user_parent \(user_id=\? AND parent_key=\?\)/,
    );
    expect(below.join('\n')).not.toMatch(/SCAN (sessions|s)\b/);
    const steps = below.filter((step) => step.includes('sessions_user_parent'));
    expect(steps).toHaveLength(2);
    for (const step of steps) expect(step).toContain('(user_id=? AND parent_key=?)');
  });
});

describe('admission', () => {
  const identity = { userId: user, tokenId: 'tok_1', tokenCaps: { monthlyTokens: 1 } } as Identity;
  const figures = {
    promptTokens: 1,
    promptNanoUsd: 1,
    outputTokens: 1,
    minOutputTokens: 1,
    outputNanoUsdPerMillion: 1,
    startedAtMs: 1,
    holdExpiresAtMs: 1,
  };
  const admission = { ...figures, identity, principal: { kind: 'token', hash: '' } } as Admission;

  it.each([
    ['the statement that holds', admitStatement(admission, 'o').sql],
    ['a month of a capped token', (monthStatement(identity, 0) as { sql: string }).sql],
  ])('looks up rows by their primary keys alone: %s', async (_, sql) => {
    const plan = await planOf({ toSQL: () => ({ sql, params: [] }) });
    const reads = plan.filter((step) => /^(SEARCH|SCAN) /.test(step));
    expect(reads.join('\n')).toMatch(/^SEARCH k USING PRIMARY KEY \(token_id=\? AND month=\?\) LEFT-JOIN$/m);
    const searches = reads.filter((step) => !/^SCAN (CONSTANT ROW|\(subquery-\d+\))$/.test(step));
    for (const step of searches)
      expect(step).toMatch(/^SEARCH \w+ USING (INDEX sqlite_autoindex_\w+_1|PRIMARY KEY) /);
  });
});
