/** Conversations: a node each, with the rollup of its calls, kept by triggers (see `drizzle/0003_session_triggers.sql`). */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Ending } from '@/lib/domain/usage';

export const sessions = sqliteTable(
  'sessions',
  {
    /** Keys are the client's word: without the customer they mean nothing, so a forged one reaches nobody else's. */
    userId: text('user_id').notNull(),
    key: text('key').notNull(),
    /** The session that started this one; `NULL` for a root. It need not have a row. */
    parentKey: text('parent_key'),
    /** How it was recognised: `named`, `claude-code`, `codex`, …, `fingerprint`, `random`. */
    source: text('source').notNull(),
    agent: text('agent'),
    campaign: text('campaign'),
    tokenId: text('token_id'),
    /** Starts of the first and the latest call, milliseconds since the epoch. */
    firstAt: integer('first_at').notNull(),
    lastAt: integer('last_at').notNull(),
    /** When a call was last settled; apart from `lastAt`, so that a settlement moves nothing in an index. */
    endedAt: integer('ended_at'),
    /** Calls under way. */
    running: integer('running').notNull().default(0),
    /** Calls that went upstream, running ones included. */
    requests: integer('requests').notNull().default(0),
    refusals: integer('refusals').notNull().default(0),
    inputTokens: integer('input_tokens').notNull().default(0),
    cacheReadTokens: integer('cache_read_tokens').notNull().default(0),
    cacheWriteTokens: integer('cache_write_tokens').notNull().default(0),
    outputTokens: integer('output_tokens').notNull().default(0),
    reasoningTokens: integer('reasoning_tokens').notNull().default(0),
    countedTokens: integer('counted_tokens').notNull().default(0),
    costNanoUsd: integer('cost_nano_usd').notNull().default(0),
    lastModel: text('last_model'),
    lastEnding: text('last_ending').$type<Ending>(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.key] }),
    index('sessions_user_last').on(t.userId, t.lastAt, t.key),
    index('sessions_user_parent')
      .on(t.userId, t.parentKey)
      .where(sql`parent_key IS NOT NULL`),
  ],
);
