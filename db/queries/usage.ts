/** Usage as pages show it, from the counters and rollups alone: never from the rows of single calls. */
import { and, asc, between, desc, eq, sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Database } from '@/db/client';
import { planLimits, usageDays, usageMonths, users } from '@/db/schema';
import { olderThan, type PageOf } from './keyset';

const total = (column: SQLiteColumn): SQL<number> => sql<number>`sum(${column})`;

const FIGURES = {
  requests: total(usageDays.requests),
  refusals: total(usageDays.refusals),
  inputTokens: total(usageDays.inputTokens),
  cacheReadTokens: total(usageDays.cacheReadTokens),
  cacheWrite5mTokens: total(usageDays.cacheWrite5mTokens),
  cacheWrite1hTokens: total(usageDays.cacheWrite1hTokens),
  outputTokens: total(usageDays.outputTokens),
  reasoningTokens: total(usageDays.reasoningTokens),
  countedTokens: total(usageDays.countedTokens),
  costNanoUsd: total(usageDays.costNanoUsd),
};

/** Sums over settled calls; a count a provider did not report adds nothing. */
export type UsageFigures = { readonly [K in keyof typeof FIGURES]: number };

/** A span of UTC days, both included, `YYYY-MM-DD`. */
export interface DaySpan {
  readonly user: string;
  readonly from: string;
  readonly to: string;
}

const within = ({ user, from, to }: DaySpan): SQL | undefined =>
  and(eq(usageDays.userId, user), between(usageDays.day, from, to));

/** One row per day that has calls, in order. */
export function usageByDay({ orm }: Database, span: DaySpan) {
  return orm
    .select({ day: usageDays.day, ...FIGURES })
    .from(usageDays)
    .where(within(span))
    .groupBy(usageDays.day)
    .orderBy(asc(usageDays.day));
}

/** One row per model, dearest first. */
export function usageByModel({ orm }: Database, span: DaySpan) {
  return orm
    .select({ model: usageDays.model, provider: usageDays.provider, ...FIGURES })
    .from(usageDays)
    .where(within(span))
    .groupBy(usageDays.provider, usageDays.model)
    .orderBy(desc(FIGURES.costNanoUsd), asc(usageDays.model));
}

const OF_USERS = { user: users, plan: planLimits, month: usageMonths };

/** One customer with plan and counters of `month` (`YYYY-MM`); `month` is `null` before the first call. */
export function userMonth({ orm }: Database, user: string, month: string) {
  return orm
    .select(OF_USERS)
    .from(users)
    .innerJoin(planLimits, eq(planLimits.plan, users.plan))
    .leftJoin(usageMonths, and(eq(usageMonths.userId, users.id), eq(usageMonths.month, month)))
    .where(eq(users.id, user));
}

/** At most `rows` customers, newest first, as `userMonth` gives them. */
export function userMonthsPage({ orm }: Database, page: PageOf<never> & { month: string }) {
  return orm
    .select(OF_USERS)
    .from(users)
    .innerJoin(planLimits, eq(planLimits.plan, users.plan))
    .leftJoin(usageMonths, and(eq(usageMonths.userId, users.id), eq(usageMonths.month, page.month)))
    .where(olderThan(users.createdAt, users.id, page.after))
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(page.rows);
}
