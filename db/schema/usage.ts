/** One row per call, and the counters that triggers keep from those rows (see `drizzle/0001_usage_triggers.sql`). */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Ending, Grade } from '@/lib/domain/usage';
import { users } from './users';

export const llmUsage = sqliteTable(
  'llm_usage',
  {
    /** Our request id, as in `x-request-id`. */
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    /** Start of the call, seconds since the epoch. */
    timestamp: integer('timestamp').notNull(),
    /** Start of the call, milliseconds since the epoch. */
    startedAt: integer('started_at').notNull(),
    month: text('month').notNull(),
    tokenId: text('token_id'),
    agent: text('agent'),
    campaign: text('campaign'),
    sessionKey: text('session_key'),
    sessionParent: text('session_parent'),
    sessionSource: text('session_source'),
    /** The id the client gave the request; its word. */
    clientRequestId: text('client_request_id'),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    reportedModel: text('reported_model'),
    endpoint: text('endpoint').notNull(),
    stream: integer('stream', { mode: 'boolean' }).notNull(),
    /** HTTP status of the answer; `NULL` while running or when none came. */
    status: integer('status'),
    /** `NULL` until settled. */
    ending: text('ending').$type<Ending>(),
    grade: text('grade').$type<Grade>(),
    inputTokens: integer('input_tokens'),
    cacheReadTokens: integer('cache_read_tokens'),
    cacheWrite5mTokens: integer('cache_write_5m_tokens'),
    cacheWrite1hTokens: integer('cache_write_1h_tokens'),
    outputTokens: integer('output_tokens'),
    reasoningTokens: integer('reasoning_tokens'),
    webSearchRequests: integer('web_search_requests'),
    /** Integer nano-USD; `NULL` when unpriced. */
    costNanoUsd: integer('cost_nano_usd'),
    costMillicents: integer('cost_millicents').generatedAlwaysAs(sql`(cost_nano_usd / 10000)`, {
      mode: 'virtual',
    }),
    priceVersion: text('price_version'),
    /** The provider's own usage object, JSON. */
    usageRaw: text('usage_raw'),
    /** Tokens committed against the monthly token cap at settlement. */
    countedTokens: integer('counted_tokens').notNull().default(0),
    /** Worst case held while the call runs. */
    holdTokens: integer('hold_tokens').notNull().default(0),
    holdNanoUsd: integer('hold_nano_usd').notNull().default(0),
    /** Output tokens held: what the caller's `max_tokens` was clamped to, if it was. */
    holdOutputTokens: integer('hold_output_tokens').notNull().default(0),
    /** The prompt's share of `holdNanoUsd`; what the sweeper commits for a call nobody settled. */
    holdPromptNanoUsd: integer('hold_prompt_nano_usd').notNull().default(0),
    holdExpiresAt: integer('hold_expires_at'),
    /** Committed plus held figures of the month just before this call was admitted. */
    monthTokensBefore: integer('month_tokens_before'),
    monthNanoUsdBefore: integer('month_nano_usd_before'),
    /** Process that runs the call, `place:pid:start`: lets a sweeper on the same host settle a dead process's rows at once. */
    owner: text('owner'),
    upstreamRequestId: text('upstream_request_id'),
    /** Id under which the provider keeps the answer, for who may read it again. */
    answerId: text('answer_id'),
    errorCode: text('error_code'),
    attempts: integer('attempts').notNull().default(0),
    firstByteMs: integer('first_byte_ms'),
    durationMs: integer('duration_ms'),
    settledAt: integer('settled_at'),
  },
  (t) => [
    index('llm_usage_user_timestamp').on(t.userId, t.timestamp, t.id),
    index('llm_usage_month').on(t.month, t.userId),
    index('llm_usage_timestamp').on(t.timestamp, t.id),
    index('llm_usage_session').on(t.userId, t.sessionKey, t.timestamp, t.id),
    index('llm_usage_answer')
      .on(t.answerId)
      .where(sql`answer_id IS NOT NULL`),
    // Most calls are complete: what went wrong is found without passing them by.
    index('llm_usage_ending')
      .on(t.userId, t.ending, t.timestamp, t.id)
      .where(sql`ending IN ('cancelled', 'broken', 'refused', 'expired')`),
    index('llm_usage_open')
      .on(t.holdExpiresAt)
      .where(sql`ending IS NULL`),
  ],
);

/** Committed and held figures per customer and month: what the caps are checked against. */
export const usageMonths = sqliteTable(
  'usage_months',
  {
    userId: text('user_id').notNull(),
    month: text('month').notNull(),
    tokensCommitted: integer('tokens_committed').notNull().default(0),
    tokensHeld: integer('tokens_held').notNull().default(0),
    nanoUsdCommitted: integer('nano_usd_committed').notNull().default(0),
    nanoUsdHeld: integer('nano_usd_held').notNull().default(0),
    requests: integer('requests').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.userId, t.month] })],
);

/** The same per token: what a token's own caps are checked against. */
export const tokenMonths = sqliteTable(
  'token_months',
  {
    tokenId: text('token_id').notNull(),
    month: text('month').notNull(),
    tokensCommitted: integer('tokens_committed').notNull().default(0),
    tokensHeld: integer('tokens_held').notNull().default(0),
    nanoUsdCommitted: integer('nano_usd_committed').notNull().default(0),
    nanoUsdHeld: integer('nano_usd_held').notNull().default(0),
    requests: integer('requests').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.tokenId, t.month] })],
);

const figures = {
  requests: integer('requests').notNull().default(0),
  refusals: integer('refusals').notNull().default(0),
  inputTokens: integer('input_tokens').notNull().default(0),
  cacheReadTokens: integer('cache_read_tokens').notNull().default(0),
  cacheWrite5mTokens: integer('cache_write_5m_tokens').notNull().default(0),
  cacheWrite1hTokens: integer('cache_write_1h_tokens').notNull().default(0),
  outputTokens: integer('output_tokens').notNull().default(0),
  reasoningTokens: integer('reasoning_tokens').notNull().default(0),
  countedTokens: integer('counted_tokens').notNull().default(0),
  costNanoUsd: integer('cost_nano_usd').notNull().default(0),
};

/** Settled calls rolled up per customer, UTC day and dimension, for pages. `''` stands for "none". */
export const usageDays = sqliteTable(
  'usage_days',
  {
    userId: text('user_id').notNull(),
    day: text('day').notNull(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    tokenId: text('token_id').notNull(),
    agent: text('agent').notNull(),
    campaign: text('campaign').notNull(),
    ...figures,
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.day, t.provider, t.model, t.tokenId, t.agent, t.campaign] }),
    index('usage_days_day').on(t.day, t.userId),
  ],
);

/**
 * The same per quarter of an hour: every time zone's days are made of whole quarters, and so are "the last hours".
 * Without a rowid, so that a customer's span lies together on disk.
 */
export const usageSlots = sqliteTable(
  'usage_slots',
  {
    userId: text('user_id').notNull(),
    /** Start of the quarter, seconds since the epoch. */
    slot: integer('slot').notNull(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    tokenId: text('token_id').notNull(),
    agent: text('agent').notNull(),
    campaign: text('campaign').notNull(),
    ...figures,
  },
  (t) => [primaryKey({ columns: [t.userId, t.slot, t.provider, t.model, t.tokenId, t.agent, t.campaign] })],
);

/** Settled calls of all customers per hour: how providers are doing, and what is bought from them. */
export const providerHours = sqliteTable(
  'provider_hours',
  {
    /** Start of the hour, seconds since the epoch. */
    hour: integer('hour').notNull(),
    provider: text('provider').notNull(),
    model: text('model').notNull(),
    requests: integer('requests').notNull().default(0),
    refusals: integer('refusals').notNull().default(0),
    broken: integer('broken').notNull().default(0),
    cancelled: integer('cancelled').notNull().default(0),
    expired: integer('expired').notNull().default(0),
    /** Calls whose figures are not the provider's last word. */
    estimated: integer('estimated').notNull().default(0),
    unpriced: integer('unpriced').notNull().default(0),
    /** Every token of the prompt, cached or not. */
    promptTokens: integer('prompt_tokens').notNull().default(0),
    outputTokens: integer('output_tokens').notNull().default(0),
    costNanoUsd: integer('cost_nano_usd').notNull().default(0),
    /** Sum over the calls that had a first byte, and how many those were. */
    firstByteMs: integer('first_byte_ms').notNull().default(0),
    firstBytes: integer('first_bytes').notNull().default(0),
    durationMs: integer('duration_ms').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.hour, t.provider, t.model] })],
);

/** Refused calls per UTC day, customer and reason (our error code, or `upstream_400` and the like). */
export const refusalDays = sqliteTable(
  'refusal_days',
  {
    day: text('day').notNull(),
    userId: text('user_id').notNull(),
    reason: text('reason').notNull(),
    refusals: integer('refusals').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.day, t.userId, t.reason] })],
);
