/** A usage report seeks in rollups, however many calls there are; of single calls it sees the running ones alone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Query } from 'drizzle-orm';
import type { InArgs } from '@libsql/client';
import {
  callersOf,
  modelsByDay,
  modelsBySpan,
  pulseOf,
  runningCalls,
  totalsOf,
} from '@/db/queries/usage-report';
import { textOf } from '@/db/queries/row';
import { daysIn } from '@/lib/domain/zone';
import { openHarness, type Harness } from './account/harness';

let h: Harness;
beforeAll(async () => {
  h = await openHarness();
});
afterAll(() => h.close());

async function planOf(query: { toSQL: () => Query }): Promise<string> {
  const { sql, params } = query.toSQL();
  const { rows } = await h.database.client.execute({
    sql: `EXPLAIN QUERY PLAN ${sql}`,
    args: params as InArgs,
  });
  return rows.map((row) => textOf(row['detail'])).join('\n');
}

const days = daysIn('Asia/Kathmandu', '2026-10-23', 30);
const span = { from: days[0]?.from ?? 0, to: days.at(-1)?.to ?? 0 };
const hour = { from: 1_795_000_500, to: 1_795_004_100 };

const SEEK_SLOTS = /SEARCH usage_slots USING PRIMARY KEY \(user_id=\? AND slot>\? AND slot<\?\)/;
const SEEK_DAYS = /SEARCH usage_days USING INDEX \S+ \(user_id=\? AND day>\? AND day<\?\)/;

describe('a usage report', () => {
  it.each([
    ['days of UTC', () => modelsByDay(h.database, 'acme', '2026-10-23', '2026-11-21'), [SEEK_DAYS]],
    ['days of a zone', () => modelsBySpan(h.database, 'acme', days), [SEEK_SLOTS]],
    ['callers', () => callersOf(h.database, 'acme', span), [SEEK_DAYS, SEEK_SLOTS]],
    ['callers of an hour', () => callersOf(h.database, 'acme', hour), [SEEK_SLOTS]],
    ['totals', () => totalsOf(h.database, 'acme', span), [SEEK_DAYS, SEEK_SLOTS]],
  ])('of %s seeks the customer’s span and touches no single call', async (_, query, seeks) => {
    const plan = await planOf(query());
    for (const seek of seeks) expect(plan).toMatch(seek);
    expect(plan).not.toContain('llm_usage');
    expect(plan).not.toMatch(/SCAN (usage_|users|gateway_tokens|t\b)/);
  });

  it.each([
    ['running calls', () => runningCalls(h.database, 'acme')],
    ['pulse', () => pulseOf(h.database, 'acme', '2026-11', '2026-11-21')],
  ])('reads of its %s the index of open ones', async (_, query) => {
    const plan = await planOf(query());
    expect(plan).toMatch(/SEARCH r USING INDEX llm_usage_open \(hold_expires_at>\?\)/);
    expect(plan.match(/llm_usage/g)).toHaveLength(1);
    expect(plan).not.toMatch(/SCAN (?!CONSTANT)/);
  });
});
