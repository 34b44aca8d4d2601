/** The rows of single calls: found and listed. */
import { and, desc, eq, getTableColumns, gte, isNull, lt, sql } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { llmUsage } from '@/db/schema';
import type { Ending } from '@/lib/domain/usage';
import { olderThan, type PageOf } from './keyset';

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
};

const { usageRaw: _, ...LINE } = getTableColumns(llmUsage);

export function requestById({ orm }: Database, id: string) {
  return orm.select().from(llmUsage).where(eq(llmUsage.id, id));
}

function ofToken(token: string) {
  // Calls are indexed by customer; naming the token's customer turns a scan into a seek.
  const owner = sql`(SELECT user_id FROM gateway_tokens WHERE id = ${token})`;
  return and(eq(llmUsage.userId, owner), eq(llmUsage.tokenId, token));
}

/** At most `rows` calls, newest first. */
export function requestsPage({ orm }: Database, filter: RequestFilter) {
  const { user, token, model, session, ending, fromSeconds, toSeconds } = filter;
  return orm
    .select(LINE)
    .from(llmUsage)
    .where(
      and(
        user === undefined ? undefined : eq(llmUsage.userId, user),
        token === undefined ? undefined : ofToken(token),
        model === undefined ? undefined : eq(llmUsage.model, model),
        session === undefined ? undefined : eq(llmUsage.sessionKey, session),
        ending === undefined
          ? undefined
          : ending === 'open'
            ? isNull(llmUsage.ending)
            : eq(llmUsage.ending, ending),
        fromSeconds === undefined ? undefined : gte(llmUsage.timestamp, fromSeconds),
        toSeconds === undefined ? undefined : lt(llmUsage.timestamp, toSeconds),
        olderThan(llmUsage.timestamp, llmUsage.id, filter.after),
      ),
    )
    .orderBy(desc(llmUsage.timestamp), desc(llmUsage.id))
    .limit(filter.rows);
}
