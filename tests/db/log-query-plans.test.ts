/** What /logs and /tokens ask is sought in an index and read in its order, whatever filters are chosen together. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Query } from 'drizzle-orm';
import type { InArgs } from '@libsql/client';
import { agentsUsed, campaignsUsed, modelsUsed } from '@/db/queries/log-choices';
import { requestById, requestsPage, type RequestFilter, usageRawOf } from '@/db/queries/requests';
import { sessionByKey, sessionsBelow, sessionsPage, type SessionFilter } from '@/db/queries/sessions';
import { tokenById, tokenMonthsOf, tokensPage } from '@/db/queries/tokens';
import { openHarness, type Harness } from './account/harness';

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
});
afterAll(() => h.close());

interface Built {
  toSQL: () => Query;
}

async function planOf(query: Built): Promise<string> {
  const { sql, params } = query.toSQL();
  const { rows } = await h.database.client.execute({
    sql: `EXPLAIN QUERY PLAN ${sql}`,
    args: params as InArgs,
  });
  return rows.map((row) => JSON.stringify(row['detail'] ?? '').slice(1, -1)).join('\n');
}

/** Every choice of some of the filters, each beside what is always asked. */
function* choicesOf<F extends object>(always: F, filters: readonly Partial<F>[]): Generator<F> {
  for (let chosen = 0; chosen < 2 ** filters.length; chosen++) {
    yield Object.assign({}, always, ...filters.filter((_, index) => (chosen & (1 << index)) !== 0));
  }
}

/** The plans, each with the first choice that gives it. */
async function plansOf<F>(choices: Iterable<F>, query: (choice: F) => Built): Promise<Map<string, F>> {
  const plans = new Map<string, F>();
  for (const choice of choices) {
    const plan = await planOf(query(choice));
    if (!plans.has(plan)) plans.set(plan, choice);
  }
  return plans;
}

const user = 'acme';
const after = { at: 1_795_000_000, id: 'k' };
const SCANS = /SCAN|TEMP B-TREE|AUTOMATIC/;

describe('the list of sessions', () => {
  const always: SessionFilter = { user, rootsOnly: false, after: undefined, rows: 51 };
  const filters: readonly Partial<SessionFilter>[] = [
    { search: 'Ab%_' },
    { agent: 'coder' },
    { campaign: 'q4' },
    { token: 'tok_1' },
    { ending: 'broken' },
    { runningOnly: true },
    { rootsOnly: true },
    { fromMs: 1 },
    { toMs: 2 },
    { after },
  ];

  it('is read in order from the customer’s sessions alone, with each of 1,024 choices of filters', async () => {
    const plans = await plansOf(choicesOf(always, filters), (filter) => sessionsPage(h.database, filter));
    expect(plans.size).toBeGreaterThan(1);
    for (const [plan, filter] of plans) {
      const where = JSON.stringify(filter);
      expect(plan, where).toMatch(/^SEARCH sessions USING INDEX sessions_user_last \(user_id=\?/);
      expect(plan, where).not.toMatch(SCANS);
      expect(plan, where).not.toContain('llm_usage');
    }
  });

  it('seeks to the cursor', async () => {
    expect(await planOf(sessionsPage(h.database, { ...always, after }))).toContain('(last_at,key)<(?,?)');
  });
});

describe('lists of calls', () => {
  const always: RequestFilter = { user, after: undefined, rows: 51 };
  const filters: readonly Partial<RequestFilter>[] = [
    { token: 'tok_1' },
    { model: 'm' },
    { ending: 'complete' },
    { ending: 'broken' },
    { ending: 'open' },
    { sessionless: true },
    { fromSeconds: 1 },
    { toSeconds: 2 },
    { after },
    { order: 'oldest' },
  ];

  it('of a customer are read in order from an index of theirs, running ones from theirs, with each of 1,024 choices of filters', async () => {
    const plans = await plansOf(choicesOf(always, filters), (filter) => requestsPage(h.database, filter));
    for (const [plan, filter] of plans) {
      const where = JSON.stringify(filter);
      if (filter.ending === 'open') {
        expect(plan, where).toContain('SEARCH llm_usage USING INDEX llm_usage_open (hold_expires_at>?)');
        expect(plan, where).not.toMatch(/SCAN|AUTOMATIC/);
        continue;
      }
      expect(plan, where).toMatch(
        /^SEARCH llm_usage USING INDEX llm_usage_(user_timestamp|session|ending) \(user_id=\?/m,
      );
      expect(plan, where).not.toMatch(SCANS);
    }
  });

  it('of a session are read in order from the session’s part of the index, either way', async () => {
    const ofSession = [{ after }, { order: 'oldest' as const }];
    const choices = choicesOf({ ...always, session: 'k' }, ofSession);
    const plans = await plansOf(choices, (filter) => requestsPage(h.database, filter));
    for (const plan of plans.keys()) {
      expect(plan).toMatch(/^SEARCH llm_usage USING INDEX llm_usage_session \(user_id=\? AND session_key=\?/);
      expect(plan).not.toMatch(SCANS);
    }
    const onward = requestsPage(h.database, { ...always, session: 'k', order: 'oldest', after });
    expect(await planOf(onward)).toContain('(timestamp,id)>(?,?)');
  });
});

describe('single things', () => {
  it.each<[string, () => Built]>([
    ['a call of the customer', () => requestById(h.database, 'req_1', user)],
    ['usage of calls', () => usageRawOf(h.database, user, ['req_1', 'req_2'])],
    ['a session', () => sessionByKey(h.database, user, 'k')],
    ['a token of the customer', () => tokenById(h.database, 'tok_1', user)],
    ['tokens’ months', () => tokenMonthsOf(h.database, user, ['tok_1', 'tok_2'], '2026-11')],
    ['agents', () => agentsUsed(h.database, { user, from: '2026-08-01', rows: 9 })],
    ['campaigns', () => campaignsUsed(h.database, { user, from: '2026-08-01', rows: 9 })],
    ['models', () => modelsUsed(h.database, { user, from: '2026-08-01', rows: 9 })],
  ])('%s: sought, not scanned', async (name, query) => {
    const plan = await planOf(query());
    expect(plan).toContain('SEARCH');
    expect(plan).not.toContain('SCAN');
    // Found by their keys; whose they are is looked at on the row.
    if (name.includes('customer') || name.includes('of calls') || name.includes('months'))
      expect(plan).toMatch(/^SEARCH (llm_usage|gateway_tokens) USING INDEX sqlite_autoindex_\w+_1 \(id=\?\)/);
    if (!name.includes('call')) expect(plan).not.toContain('llm_usage');
  });

  it('sessions below one are sought', async () => {
    expect(await planOf(sessionsBelow(h.database, user, 'k', 51))).not.toMatch(
      /SCAN (sessions|s)\b|llm_usage/,
    );
  });

  it.each(['live', 'ended'] as const)('%s tokens of a customer are read in order', async (state) => {
    const page = { user, state: { state, nowMs: 1 }, after, rows: 51 };
    const plan = await planOf(tokensPage(h.database, page));
    expect(plan).toContain('USING INDEX gateway_tokens_user (user_id=?');
    expect(plan).not.toMatch(SCANS);
  });
});
