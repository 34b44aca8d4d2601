/** Settlement of calls: by the gateway with figures, by the sweeper without. Triggers move the counters. */
import type { InStatement } from '@libsql/client';
import type { Statement } from '@/db/prepared';
import type { Settlement } from '@/lib/gateway/ports';

const SETTLE = `UPDATE llm_usage SET
  ending = ?2, grade = ?3, status = ?4,
  input_tokens = ?5, cache_read_tokens = ?6, cache_write_5m_tokens = ?7, cache_write_1h_tokens = ?8,
  output_tokens = ?9, reasoning_tokens = ?10, web_search_requests = ?11,
  counted_tokens = ?12, cost_nano_usd = ?13, price_version = ?14, usage_raw = ?15, reported_model = ?16,
  upstream_request_id = ?17, error_code = ?18, attempts = ?19, first_byte_ms = ?20, duration_ms = ?21,
  answer_id = coalesce(?22, answer_id),
  settled_at = started_at + ?21, hold_expires_at = NULL
WHERE id = ?1 AND ending IS NULL`;

/** Settles one row; a row that is settled already stays as it is. */
export function settleStatement(s: Settlement): Statement {
  const { usage } = s;
  return {
    sql: SETTLE,
    args: [
      s.id,
      s.ending,
      s.grade,
      s.status,
      usage.inputTokens,
      usage.cacheReadTokens,
      usage.cacheWrite5mTokens,
      usage.cacheWrite1hTokens,
      usage.outputTokens,
      usage.reasoningTokens,
      usage.webSearchRequests,
      s.countedTokens,
      s.costNanoUsd,
      s.priceVersion,
      s.usageRaw,
      s.reportedModel,
      s.upstreamRequestId,
      s.errorCode,
      s.attempts,
      s.firstByteMs,
      s.durationMs,
      s.answerId,
    ],
  };
}

/**
 * Nobody can say what a dead process's calls used. The prompt was sent, so its estimate is committed;
 * the output allowance is given back. Counts stay unknown. An answer that the provider keeps is still being worked on
 * and can be read whole later: it is committed in full, or dying processes would make answers free.
 */
const SWEEP = `UPDATE llm_usage SET
  ending = 'expired', grade = 'estimated',
  counted_tokens = CASE WHEN answer_id IS NULL THEN hold_tokens - hold_output_tokens ELSE hold_tokens END,
  cost_nano_usd = CASE WHEN answer_id IS NULL THEN hold_prompt_nano_usd ELSE hold_nano_usd END,
  error_code = 'expired', duration_ms = max(0, ?1 - started_at), settled_at = ?1, hold_expires_at = NULL
WHERE ending IS NULL AND (hold_expires_at <= ?1 OR owner IN (SELECT value FROM json_each(?2)))
RETURNING id`;

/** Settles every open row whose hold expired or whose owner is known to be dead. */
export function sweepStatement(nowMs: number, deadOwners: readonly string[]): InStatement {
  return { sql: SWEEP, args: [nowMs, JSON.stringify(deadOwners)] };
}

/** Processes that have open calls. */
export const OPEN_OWNERS = `SELECT DISTINCT owner FROM llm_usage WHERE ending IS NULL AND owner IS NOT NULL`;

const RENEW = `UPDATE llm_usage SET hold_expires_at = ?1 WHERE ending IS NULL AND id IN (SELECT value FROM json_each(?2))`;

/** Pushes back the expiry of calls that really are running, so that a long stream isn't swept under its process. */
export function renewStatement(ids: readonly string[], expiresAtMs: number): InStatement {
  return { sql: RENEW, args: [expiresAtMs, JSON.stringify(ids)] };
}
