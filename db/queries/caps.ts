/** What a customer's caps are judged by: counters, rollups, word of refusals, and prompts he has put away. */
import { and, between, eq, sql, type SQL } from 'drizzle-orm';
import { alias, type SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Database } from '@/db/client';
import { dismissals, events, planLimits, usageDays, usageMonths, users } from '@/db/schema';
import { NANO_USD_PER_CENT } from '@/lib/domain/plan';

const tokensBlocked = alias(events, 'tokens_blocked');
const costBlocked = alias(events, 'cost_blocked');

/** Key of the event of a month's first refusal; the trigger `llm_usage_blocked` writes it. A changed cap starts afresh. */
const blockedKey = (month: string, cap: 'tokens' | 'cost', limit: SQL | SQLiteColumn): SQL =>
  sql`'blocked/' || ${users.id} || '/' || ${month} || '/' || ${cap} || '/' || ${limit}`;

/** The customer with plan, counters of `month` and when calls were first refused for each of today's caps. */
export function capsOfUser({ orm }: Database, user: string, month: string) {
  const costLimit = sql`(${planLimits.monthlyCostCents} * ${sql.raw(String(NANO_USD_PER_CENT))})`;
  return orm
    .select({
      user: users,
      plan: planLimits,
      month: usageMonths,
      tokensBlockedAt: tokensBlocked.createdAt,
      costBlockedAt: costBlocked.createdAt,
    })
    .from(users)
    .innerJoin(planLimits, eq(planLimits.plan, users.plan))
    .leftJoin(usageMonths, and(eq(usageMonths.userId, users.id), eq(usageMonths.month, month)))
    .leftJoin(tokensBlocked, eq(tokensBlocked.key, blockedKey(month, 'tokens', planLimits.monthlyTokens)))
    .leftJoin(costBlocked, eq(costBlocked.key, blockedKey(month, 'cost', costLimit)))
    .where(eq(users.id, user));
}

/** What counts against the caps, by UTC day. */
export function countedByDay({ orm }: Database, user: string, from: string, to: string) {
  return orm
    .select({
      day: usageDays.day,
      tokens: sql<number>`sum(${usageDays.countedTokens})`,
      nanoUsd: sql<number>`sum(${usageDays.costNanoUsd})`,
      cacheReadTokens: sql<number>`sum(${usageDays.cacheReadTokens})`,
    })
    .from(usageDays)
    .where(and(eq(usageDays.userId, user), between(usageDays.day, from, to)))
    .groupBy(usageDays.day);
}

/** Counters of one month. */
export function countersOf({ orm }: Database, user: string, month: string) {
  return orm
    .select()
    .from(usageMonths)
    .where(and(eq(usageMonths.userId, user), eq(usageMonths.month, month)));
}

export function dismissalsOf({ orm }: Database, user: string, month: string) {
  return orm
    .select({ cap: dismissals.cap, threshold: dismissals.threshold })
    .from(dismissals)
    .where(and(eq(dismissals.userId, user), eq(dismissals.month, month)));
}

/** Putting a prompt away twice keeps the first instant. */
export function insertDismissal({ orm }: Database, row: typeof dismissals.$inferInsert) {
  return orm.insert(dismissals).values(row).onConflictDoNothing();
}
