/** A session as JSON: who, when, and the sums of its calls. */
import type { SessionRow } from '@/db/queries/sessions';

const iso = (ms: number) => new Date(ms).toISOString();

export function presentSession(row: SessionRow) {
  return {
    key: row.key,
    parent: row.parentKey,
    source: row.source,
    user_id: row.userId,
    token_id: row.tokenId,
    token_name: row.tokenName,
    agent: row.agent,
    campaign: row.campaign,
    first_at: iso(row.firstAt),
    last_at: iso(row.lastAt),
    ended_at: row.endedAt === null ? null : iso(row.endedAt),
    running: row.running,
    requests: row.requests,
    refusals: row.refusals,
    input_tokens: row.inputTokens,
    cache_read_tokens: row.cacheReadTokens,
    cache_write_tokens: row.cacheWriteTokens,
    output_tokens: row.outputTokens,
    reasoning_tokens: row.reasoningTokens,
    counted_tokens: row.countedTokens,
    cost_nano_usd: row.costNanoUsd,
    last_model: row.lastModel,
    last_ending: row.lastEnding,
  };
}

export type SessionView = ReturnType<typeof presentSession>;
