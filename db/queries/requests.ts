/** The rows of single calls: found and listed. */
import { and, asc, desc, eq, getTableColumns, gt, gte, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { llmUsage } from '@/db/schema';
import type { Ending } from '@/lib/domain/usage';
import { newerThan, olderThan, type PageOf } from './keyset';

export type RequestRow = typeof llmUsage.$inferSelect;
/** Without the provider's usage object, which may be kilobytes. */
export type RequestLine = Omit<RequestRow, 'usageRaw'>;

export type RequestFilter = PageOf<'user' | 'token' | 'model' | 'session'> & {
  /** `open`: not settled yet. */
  readonly ending?: Ending | 'open' | undefined;
  /** Seconds since the epoch: at or after. */
  readonly fromSeconds?: number | undefined;
  /** Seconds since the epoch: before. */
  readonly toSeconds?: number | undefined;
  /** Only calls that belong to no session. */
  readonly sessionless?: boolean;
  /** Which come first; the newest when left out. */
  readonly order?: 'newest' | 'oldest';
};

const { usageRaw: _, ...LINE } = getTableColumns(llmUsage);

/** Checked on the rows that their ids found: the plus keeps SQLite from reading all of the customer's calls for them. */
const owner = (user: string) => sql`+${llmUsage.userId} = ${user}`;

/** With `user`, only that customer's. */
export function requestById({ orm }: Database, id: string, user?: string) {
  const owned = user === undefined ? undefined : owner(user);
  return orm
    .select()
    .from(llmUsage)
    .where(and(eq(llmUsage.id, id), owned));
}

/** The providers' usage objects of those of the calls that are the customer's. */
export function usageRawOf({ orm }: Database, user: string, ids: readonly string[]) {
  return orm
    .select({ id: llmUsage.id, usageRaw: llmUsage.usageRaw })
    .from(llmUsage)
    .where(and(inArray(llmUsage.id, ids.slice()), owner(user)));
}

/** Calls are indexed by customer; naming the token's customer turns a scan into a seek. */
const ownerOf = (token: string) => sql`(SELECT user_id FROM gateway_tokens WHERE id = ${token})`;

const DAY_SECONDS = sql.raw('86400');

/**
 * The days on which a customer called a model or with a token, by the rollups; and the latest two, whose running calls aren't
 * rolled up yet. The index alone can tell: looking at each of a customer's million calls for a model it hardly used takes a minute.
 */
function onDaysOf({ user, token, model }: RequestFilter) {
  if (model === undefined && token === undefined) return undefined;
  const customer = user ?? (token === undefined ? undefined : ownerOf(token));
  if (customer === undefined) return undefined;
  const { timestamp } = llmUsage;
  const days = sql`SELECT unixepoch(day) / ${DAY_SECONDS} FROM usage_days WHERE ${and(
    sql`user_id = ${customer}`,
    model === undefined ? undefined : sql`model = ${model}`,
    token === undefined ? undefined : sql`token_id = ${token}`,
  )}`;
  const latest = sql`SELECT coalesce(unixepoch(max(day)), 0) - ${DAY_SECONDS} FROM usage_days WHERE user_id = ${customer}`;
  return or(sql`${timestamp} / ${DAY_SECONDS} IN (${days})`, sql`${timestamp} >= (${latest})`);
}

/** What `llm_usage_ending` holds; it is used only for a condition in these very words. */
const AMISS = sql`ending IN ('cancelled', 'broken', 'refused', 'expired')`;

function withEnding(ending: Ending | 'open') {
  // Every running call has a hold, and the index begins with when it ends.
  if (ending === 'open') return and(isNull(llmUsage.ending), gt(llmUsage.holdExpiresAt, 0));
  const equal = eq(llmUsage.ending, ending);
  return ending === 'complete' ? equal : and(equal, AMISS);
}

/** Everybody's running calls are fewer than one customer's settled ones: there a plus keeps SQLite off the customer's index. */
function columnsFor({ ending, session }: RequestFilter) {
  const { userId, timestamp } = llmUsage;
  return ending === 'open' && session === undefined
    ? { userId: sql`+${userId}`, timestamp: sql`+${timestamp}` }
    : { userId: sql`${userId}`, timestamp: sql`${timestamp}` };
}

/** At most `rows` calls, newest first, or oldest first. */
export function requestsPage({ orm }: Database, filter: RequestFilter) {
  const { user, token, model, session, ending, fromSeconds, toSeconds, order = 'newest' } = filter;
  const [direction, beyond] = order === 'newest' ? [desc, olderThan] : [asc, newerThan];
  const { userId, timestamp } = columnsFor(filter);
  return orm
    .select(LINE)
    .from(llmUsage)
    .where(
      and(
        user === undefined ? undefined : eq(userId, user),
        token === undefined ? undefined : and(eq(userId, ownerOf(token)), eq(llmUsage.tokenId, token)),
        model === undefined ? undefined : eq(llmUsage.model, model),
        session === undefined ? undefined : eq(llmUsage.sessionKey, session),
        // A session is short, and running calls are few: they are read whole.
        session === undefined && ending !== 'open' ? onDaysOf(filter) : undefined,
        filter.sessionless === true ? isNull(llmUsage.sessionKey) : undefined,
        ending === undefined ? undefined : withEnding(ending),
        fromSeconds === undefined ? undefined : gte(timestamp, fromSeconds),
        toSeconds === undefined ? undefined : lt(timestamp, toSeconds),
        beyond(timestamp, llmUsage.id, filter.after),
      ),
    )
    .orderBy(direction(timestamp), direction(llmUsage.id))
    .limit(filter.rows);
}
