/** What the operator's pages ask never reads single calls, and no customer's quarters of an hour. */
import type { InArgs, InStatement } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  customerNamesStatement,
  dayRefusalsStatement,
  daySpendStatement,
  newModelsStatement,
  newTokensStatement,
  returnedTokensStatement,
} from '@/db/queries/operator-activity';
import {
  CUSTOMER_SORTS,
  customersStatement,
  customerTotalsStatement,
  planUseStatement,
} from '@/db/queries/operator-customers';
import {
  eventsStatement,
  eventStatement,
  retryEventStatement,
  WAITING_EVENTS,
} from '@/db/queries/operator-events';
import {
  byProviderModelStatement,
  byProviderStatement,
  byProviderStepStatement,
  unpricedModelsStatement,
} from '@/db/queries/operator-providers';
import { refusalsByCustomerStatement, refusalsByDayStatement } from '@/db/queries/operator-refusals';
import { openHarness, type Harness } from './account/harness';

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
});
afterAll(() => h.close());

async function planOf(statement: InStatement): Promise<string> {
  const { sql, args } = typeof statement === 'string' ? { sql: statement, args: {} } : statement;
  const explained = { sql: `EXPLAIN QUERY PLAN ${sql}`, args: args as InArgs };
  const { rows } = await h.database.client.execute(explained);
  return rows.map((row) => JSON.stringify(row['detail'] ?? '').slice(1, -1)).join('\n');
}

const month = '2026-11';
const filter = { month, untilMs: 1, search: 'a', plan: 'pro' };
const hours = { fromHour: 0, toHour: 3_600 };
const days = { from: '2026-11-01', to: '2026-11-21' };
const day = days.to;

const pages = CUSTOMER_SORTS.flatMap((sort) =>
  (['asc', 'desc'] as const).map((order): [string, InStatement] => [
    `customers by ${sort}, ${order}`,
    customersStatement({ ...filter, sort, order, after: { value: 1, id: 'a' }, rows: 51 }),
  ]),
);

const EVERY: readonly (readonly [string, InStatement])[] = [
  ...pages,
  ['the month', customerTotalsStatement(filter)],
  ['plans', planUseStatement(month)],
  ['other caps', planUseStatement(month, { plan: 'pro', monthlyTokens: 1, monthlyCostCents: null })],
  ['providers', byProviderStatement(hours)],
  ['models', byProviderModelStatement(hours, 10)],
  ['steps', byProviderStepStatement(hours, 3_600)],
  ['unpriced models', unpricedModelsStatement(hours, 10)],
  ['refusals by day', refusalsByDayStatement({ ...days, user: 'a', reason: 'b' })],
  ['refusals by customer', refusalsByCustomerStatement(days)],
  ['spend of a day', daySpendStatement(day, days.from, 1)],
  ['refusals of a day', dayRefusalsStatement(day, 1)],
  ['returned tokens', returnedTokensStatement(day, days.from)],
  ['new models', newModelsStatement(day, 1, 0.5)],
  ['new tokens', newTokensStatement(1, 2, 3)],
  ['names', customerNamesStatement(['a'])],
  ['events', eventsStatement({ user: 'a', type: 'b', waiting: true, before: 9, rows: 51 })],
  ['all events', eventsStatement({ rows: 51 })],
  ['an event', eventStatement('evt_1')],
  ['another try', retryEventStatement('evt_1', 1)],
  ['waiting events', WAITING_EVENTS],
];

describe('no page of the operator', () => {
  it.each(EVERY)('reads calls or quarters of an hour for %s', async (_, statement) => {
    expect(await planOf(statement)).not.toMatch(/\b(llm_usage|usage_slots)\b/);
  });

  it.each(EVERY)('reads a whole rollup for %s', async (_, statement) => {
    const plan = await planOf(statement);
    expect(plan).not.toMatch(
      /SCAN (usage_days|usage_months|provider_hours|refusal_days|sessions|audit_log|[abdemrs])\b/,
    );
  });
});

describe('what is read', () => {
  it('of a month is one look-up per customer', async () => {
    expect(await planOf(customerTotalsStatement(filter))).toContain(
      'SEARCH m USING INDEX sqlite_autoindex_usage_months_1 (user_id=? AND month=?)',
    );
  });

  it('of hours and days is the span alone', async () => {
    expect(await planOf(byProviderStatement(hours))).toMatch(
      /SEARCH provider_hours USING PRIMARY KEY \(hour>\? AND hour<\?\)/,
    );
    expect(await planOf(refusalsByDayStatement(days))).toMatch(
      /SEARCH r USING PRIMARY KEY \(day>\? AND day<\?\)/,
    );
  });

  it('of a silent token is its customer’s days, from an index that holds all that is asked', async () => {
    const plan = await planOf(returnedTokensStatement(day, days.from));
    expect(plan).toMatch(/SEARCH b USING COVERING INDEX \S+ \(user_id=\? AND day>\? AND day<\?\)/);
    expect(plan).toMatch(/SEARCH e USING COVERING INDEX \S+ \(user_id=\? AND day<\?\)/);
  });

  it('of events is their own order: nothing is sorted', async () => {
    expect(await planOf(eventsStatement({ rows: 51 }))).toBe('SCAN events');
    expect(await planOf(eventsStatement({ before: 9, rows: 51 }))).toMatch(
      /SEARCH events USING INTEGER PRIMARY KEY \(rowid<\?\)/,
    );
  });
});
