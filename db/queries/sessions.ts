/** Conversations and their rollups: found, listed, and walked down the tree. */
import { and, asc, desc, eq, getTableColumns, gt, gte, isNull, lt, or, sql } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { sessions } from '@/db/schema';
import type { Ending } from '@/lib/domain/usage';
import { containing } from './containing';
import { olderThan, type PageOf } from './keyset';

const COLUMNS = {
  ...getTableColumns(sessions),
  /** What the token is called now. */
  tokenName: sql<string | null>`(SELECT name FROM gateway_tokens WHERE id = ${sessions.tokenId})`,
};

export type SessionRow = typeof sessions.$inferSelect & { readonly tokenName: string | null };

export type SessionFilter = PageOf<'agent' | 'campaign' | 'source' | 'token'> & {
  /** Keys belong to a customer: without one no session is ever looked up. */
  readonly user: string;
  /** Text that key, agent, campaign or latest model holds, whatever the case. */
  readonly search?: string | undefined;
  /** Of the last call; a session with a call under way has none. */
  readonly ending?: Ending | undefined;
  /** Only sessions with a call under way. */
  readonly runningOnly?: boolean;
  /** Only sessions nobody started. */
  readonly rootsOnly: boolean;
  /** Milliseconds since the epoch, of the last call: at or after, and before. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
};

export function sessionByKey({ orm }: Database, user: string, key: string) {
  return orm
    .select(COLUMNS)
    .from(sessions)
    .where(and(eq(sessions.userId, user), eq(sessions.key, key)));
}

function matching(search: string | undefined) {
  if (search === undefined) return undefined;
  const { key, agent, campaign, lastModel } = sessions;
  return or(...[key, agent, campaign, lastModel].map((column) => containing(column, search)));
}

/** At most `rows` sessions, latest activity first. */
export function sessionsPage({ orm }: Database, filter: SessionFilter) {
  const { user, agent, campaign, source, token, ending, fromMs, toMs, after, rows } = filter;
  return orm
    .select(COLUMNS)
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, user),
        agent === undefined ? undefined : eq(sessions.agent, agent),
        campaign === undefined ? undefined : eq(sessions.campaign, campaign),
        source === undefined ? undefined : eq(sessions.source, source),
        token === undefined ? undefined : eq(sessions.tokenId, token),
        ending === undefined ? undefined : and(eq(sessions.lastEnding, ending), lt(sessions.running, 1)),
        filter.runningOnly === true ? gt(sessions.running, 0) : undefined,
        matching(filter.search),
        filter.rootsOnly ? isNull(sessions.parentKey) : undefined,
        fromMs === undefined ? undefined : gte(sessions.lastAt, fromMs),
        toMs === undefined ? undefined : lt(sessions.lastAt, toMs),
        olderThan(sessions.lastAt, sessions.key, after),
      ),
    )
    .orderBy(desc(sessions.lastAt), desc(sessions.key))
    .limit(rows);
}

/** Deepest level walked: a forged parent can make a circle, and no agent nests like that. */
const DEEPEST = 8;

/** Everything a session started, and what that started, each with its parent, in order of their start. */
export function sessionsBelow({ orm }: Database, user: string, key: string, rows: number) {
  // CROSS JOIN keeps the order: each session found is looked up in the index, rather than all of the customer's held against it.
  const below = sql`(WITH RECURSIVE below(key, depth) AS (
    SELECT key, 1 FROM sessions WHERE user_id = ${user} AND parent_key = ${key}
    UNION
    SELECT s.key, below.depth + 1 FROM below CROSS JOIN sessions s ON s.user_id = ${user} AND s.parent_key = below.key
    WHERE below.depth < ${DEEPEST}
  ) SELECT key FROM below WHERE key <> ${key})`;
  return orm
    .select(COLUMNS)
    .from(sessions)
    .where(and(eq(sessions.userId, user), sql`${sessions.key} IN ${below}`))
    .orderBy(asc(sessions.firstAt), asc(sessions.key))
    .limit(rows);
}
