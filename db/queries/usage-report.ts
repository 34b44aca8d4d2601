/** Usage of one customer over spans of any time zone, from rollups alone: days of UTC where whole ones fit, quarters of an hour elsewhere. */
import { and, asc, between, eq, gte, lt, sql, type SQL } from 'drizzle-orm';
import { type SQLiteColumn, unionAll } from 'drizzle-orm/sqlite-core';
import type { Database } from '@/db/client';
import {
  gatewayTokens,
  planLimits,
  refusalDays,
  usageDays,
  usageMonths,
  usageSlots,
  users,
} from '@/db/schema';
import { dayOf } from '@/lib/domain/month';
import type { Span } from '@/lib/domain/zone';
import type { UsageFigures } from './usage';

const DAY_SECONDS = 86_400;

type Rollup = typeof usageDays | typeof usageSlots;

const FIGURE_NAMES = [
  'requests',
  'refusals',
  'inputTokens',
  'cacheReadTokens',
  'cacheWrite5mTokens',
  'cacheWrite1hTokens',
  'outputTokens',
  'reasoningTokens',
  'countedTokens',
  'costNanoUsd',
] as const satisfies readonly (keyof UsageFigures)[];

type Sums = Record<keyof UsageFigures, SQL.Aliased<number>>;

/** Sums of no rows are zero, not `NULL`. */
function sumsOf(columns: Readonly<Record<keyof UsageFigures, SQLiteColumn | SQL | SQL.Aliased>>): Sums {
  const sums = FIGURE_NAMES.map((name) => {
    const total = sql<number>`coalesce(sum(${columns[name]}), 0)`;
    return [name, total.mapWith(Number).as(`sum_${name}`)];
  });
  return Object.fromEntries(sums) as Sums;
}

/** Sums per UTC day and model, days in order. */
export function modelsByDay({ orm }: Database, user: string, from: string, to: string) {
  const { day, provider, model } = usageDays;
  return orm
    .select({ day, provider, model, ...sumsOf(usageDays) })
    .from(usageDays)
    .where(and(eq(usageDays.userId, user), between(day, from, to)))
    .groupBy(day, provider, model)
    .orderBy(asc(day));
}

/** Sums per span and model; `at` is the span's place in the list. Spans begin and end with quarters of an hour. */
export function modelsBySpan({ orm }: Database, user: string, spans: readonly Span[]) {
  const list = JSON.stringify(spans.map(({ from, to }) => [from, to]));
  const { userId, slot, provider, model } = usageSlots;
  const at = sql<number>`spans.key`.mapWith(Number).as('at');
  // A cross join keeps its order: each span is one seek into the customer's quarters.
  return orm
    .select({ at, provider, model, ...sumsOf(usageSlots) })
    .from(sql`json_each(${list}) AS spans`)
    .crossJoin(usageSlots)
    .where(and(eq(userId, user), gte(slot, sql`spans.value ->> 0`), lt(slot, sql`spans.value ->> 1`)))
    .groupBy(sql`spans.key`, provider, model)
    .orderBy(sql`spans.key`);
}

const OF_CALLER = ['tokenId', 'agent', 'campaign'] as const;

function partOf<T extends Rollup>(table: T) {
  const named = [...OF_CALLER, ...FIGURE_NAMES].map((name) => [name, table[name]] as const);
  return Object.fromEntries(named) as Pick<T, (typeof OF_CALLER)[number] | (typeof FIGURE_NAMES)[number]>;
}

/** Every rollup row of a span, each call in one of them: whole UTC days, and the quarters before and after them. */
function rowsOf({ orm }: Database, user: string, { from, to }: Span) {
  const firstDay = Math.ceil(from / DAY_SECONDS) * DAY_SECONDS;
  const afterDays = Math.floor(to / DAY_SECONDS) * DAY_SECONDS;
  const within = (start: number, end: number) =>
    and(eq(usageSlots.userId, user), gte(usageSlots.slot, start), lt(usageSlots.slot, end));
  const quarters = (start: number, end: number) =>
    orm.select(partOf(usageSlots)).from(usageSlots).where(within(start, end));
  // Within one day there is no whole one.
  if (afterDays <= firstDay) return quarters(from, to).as('rollup');
  const days = orm
    .select(partOf(usageDays))
    .from(usageDays)
    .where(
      and(
        eq(usageDays.userId, user),
        between(usageDays.day, dayOf(firstDay * 1_000), dayOf((afterDays - DAY_SECONDS) * 1_000)),
      ),
    );
  return unionAll(days, quarters(from, firstDay), quarters(afterDays, to)).as('rollup');
}

/** Sums per token, agent and campaign, with what the token is called; `''` stands for none. */
export function callersOf(database: Database, user: string, span: Span) {
  const rows = rowsOf(database, user, span);
  const sums = database.orm
    .select({
      tokenId: sql<string>`${rows.tokenId}`.as('by_token'),
      agent: sql<string>`${rows.agent}`.as('by_agent'),
      campaign: sql<string>`${rows.campaign}`.as('by_campaign'),
      ...sumsOf(rows),
    })
    .from(rows)
    .groupBy(rows.tokenId, rows.agent, rows.campaign)
    .as('callers');
  const { name, hint, revokedAt, expiresAt } = gatewayTokens;
  const owned = and(eq(gatewayTokens.id, sums.tokenId), eq(gatewayTokens.userId, user));
  const columns = [...OF_CALLER, ...FIGURE_NAMES].map((column) => [column, sums[column]] as const);
  return database.orm
    .select({
      ...(Object.fromEntries(columns) as Pick<typeof sums, (typeof columns)[number][0]>),
      token: { name, hint, revokedAt, expiresAt },
    })
    .from(sums)
    .leftJoin(gatewayTokens, owned);
}

/** One row: the sums of a span. */
export function totalsOf(database: Database, user: string, span: Span) {
  const rows = rowsOf(database, user, span);
  return database.orm.select(sumsOf(rows)).from(rows);
}

/**
 * Calls under way, of one customer; one row. Looks through the running calls of all customers, and only where something is held: open
 * calls are few, and their index is the only one that a customer's millions of settled ones aren't in.
 */
const RUNNING = (user: SQL): SQL<number> => sql<number>`CASE WHEN EXISTS (
    SELECT 1 FROM usage_months h WHERE h.user_id = ${user} AND h.tokens_held + h.nano_usd_held > 0
  ) THEN (
    SELECT count(*) FROM llm_usage r INDEXED BY llm_usage_open
    WHERE r.ending IS NULL AND r.hold_expires_at > 0 AND r.user_id = ${user}
  ) ELSE 0 END`;

export function runningCalls({ orm }: Database, user: string) {
  return orm
    .select({
      running: RUNNING(sql`${users.id}`)
        .mapWith(Number)
        .as('running'),
    })
    .from(users)
    .where(eq(users.id, user));
}

/** What changes whenever a page about a customer's usage would: counters, refusals of the day, customer and plan. */
export function pulseOf({ orm }: Database, user: string, month: string, day: string) {
  const refusals = sql<number>`(SELECT coalesce(sum(${refusalDays.refusals}), 0) FROM ${refusalDays}
    WHERE ${refusalDays.day} = ${day} AND ${refusalDays.userId} = ${users.id})`;
  return orm
    .select({
      month: usageMonths,
      refusals: refusals.mapWith(Number).as('refusals'),
      running: RUNNING(sql`${users.id}`)
        .mapWith(Number)
        .as('running'),
      userVersion: users.updatedAt,
      planVersion: planLimits.updatedAt,
    })
    .from(users)
    .innerJoin(planLimits, eq(planLimits.plan, users.plan))
    .leftJoin(usageMonths, and(eq(usageMonths.userId, users.id), eq(usageMonths.month, month)))
    .where(eq(users.id, user));
}
