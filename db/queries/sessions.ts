/** Conversations and their rollups: found, listed, and walked down the tree. */
import { and, asc, desc, eq, gte, isNull, lt, sql } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { sessions } from '@/db/schema';
import { olderThan, type PageOf } from './keyset';

export type SessionRow = typeof sessions.$inferSelect;

export type SessionFilter = PageOf<'agent' | 'campaign' | 'source'> & {
  /** Keys belong to a customer: without one no session is ever looked up. */
  readonly user: string;
  /** Only sessions nobody started. */
  readonly rootsOnly: boolean;
  /** Milliseconds since the epoch, of the last call: at or after, and before. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
};

export function sessionByKey({ orm }: Database, user: string, key: string) {
  return orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, user), eq(sessions.key, key)));
}

/** At most `rows` sessions, latest activity first. */
export function sessionsPage({ orm }: Database, filter: SessionFilter) {
  const { user, agent, campaign, source, rootsOnly, fromMs, toMs, after, rows } = filter;
  return orm
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.userId, user),
        agent === undefined ? undefined : eq(sessions.agent, agent),
        campaign === undefined ? undefined : eq(sessions.campaign, campaign),
        source === undefined ? undefined : eq(sessions.source, source),
        rootsOnly ? isNull(sessions.parentKey) : undefined,
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
  const below = sql`(WITH RECURSIVE below(key, depth) AS (
    SELECT key, 1 FROM sessions WHERE user_id = ${user} AND parent_key = ${key}
    UNION
    SELECT s.key, below.depth + 1 FROM below JOIN sessions s ON s.user_id = ${user} AND s.parent_key = below.key
    WHERE below.depth < ${DEEPEST}
  ) SELECT key FROM below WHERE key <> ${key})`;
  return orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, user), sql`${sessions.key} IN ${below}`))
    .orderBy(asc(sessions.firstAt), asc(sessions.key))
    .limit(rows);
}
