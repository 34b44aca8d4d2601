/** The admission statement: one atomic INSERT that checks who is calling and every cap, and makes the durable row with its hold. */
import type { InStatement, Row } from '@libsql/client';
import type { Statement } from '@/db/prepared';
import { type MonthState, monthOf } from '@/lib/domain/month';
import { NANO_USD_PER_CENT, type Plan } from '@/lib/domain/plan';
import { VERSION } from './identity';
import type { Admission, Refusal } from '@/lib/gateway/ports';

/**
 * `room` is what the month still allows; the output allowance is clamped to it and must stay at or above its floor.
 * The version comparison makes a cached identity safe: any change of user, token or plan since it was read inserts nothing.
 */
const ADMIT = `INSERT INTO llm_usage (
  id, user_id, timestamp, started_at, month, token_id, agent, campaign,
  session_key, session_parent, session_source, client_request_id, provider, model, endpoint, stream,
  hold_tokens, hold_nano_usd, hold_output_tokens, hold_prompt_nano_usd, hold_expires_at,
  month_tokens_before, month_nano_usd_before, owner
)
SELECT :id, user_id, :started_at / 1000, :started_at, :month, :token_id, :agent, :campaign,
  :session, :session_parent, :session_source, :client_request_id, :provider, :model,
  :endpoint, :stream, :prompt_tokens + output, :prompt_nano + (output * :output_rate + 999999) / 1000000, output,
  :prompt_nano, :hold_expires_at, tokens_before, nano_before, :owner
FROM (
  SELECT user_id, tokens_before, nano_before, tokens_room, nano_room, CAST(min(
    :output_tokens,
    coalesce(tokens_room - :prompt_tokens, :output_tokens),
    CASE WHEN nano_room IS NULL OR :output_rate = 0 THEN :output_tokens
      ELSE (nano_room - :prompt_nano) * 1000000 / :output_rate END
  ) AS INTEGER) AS output
  FROM (
    SELECT u.id AS user_id,
      coalesce(m.tokens_committed + m.tokens_held, 0) AS tokens_before,
      coalesce(m.nano_usd_committed + m.nano_usd_held, 0) AS nano_before,
      p.monthly_tokens - coalesce(m.tokens_committed + m.tokens_held, 0) AS tokens_room,
      p.monthly_cost_cents * ${NANO_USD_PER_CENT} - coalesce(m.nano_usd_committed + m.nano_usd_held, 0) AS nano_room
    FROM users u
    JOIN plan_limits p ON p.plan = coalesce(:plan_claim, u.plan)
    LEFT JOIN gateway_tokens t ON t.id = :token_id
    LEFT JOIN usage_months m ON m.user_id = u.id AND m.month = :month
    WHERE u.id = :user_id AND u.suspended_at IS NULL
      AND (:token_id IS NULL OR (t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > :started_at)))
      AND ${VERSION} = :version
  )
)
WHERE output >= :min_output
  AND (nano_room IS NULL OR :prompt_nano + (output * :output_rate + 999999) / 1000000 <= nano_room)
  AND (tokens_room IS NULL OR :prompt_tokens + output <= tokens_room)
RETURNING hold_output_tokens, hold_tokens + month_tokens_before, hold_nano_usd + month_nano_usd_before,
  (SELECT tokens_committed FROM usage_months m WHERE m.user_id = llm_usage.user_id AND m.month = llm_usage.month),
  (SELECT nano_usd_committed FROM usage_months m WHERE m.user_id = llm_usage.user_id AND m.month = llm_usage.month)`;

/** libSQL binds a JavaScript number as REAL; money and time must stay integers inside the arithmetic above. */
const int = (value: number): bigint => BigInt(Math.trunc(value));

export function admitStatement(admission: Admission, owner: string): Statement {
  return {
    sql: ADMIT,
    args: {
      id: admission.id,
      user_id: admission.userId,
      started_at: int(admission.startedAtMs),
      month: monthOf(admission.startedAtMs),
      token_id: admission.tokenId,
      agent: admission.agent,
      campaign: admission.campaign,
      session: admission.session?.key ?? null,
      session_parent: admission.session?.parent ?? null,
      session_source: admission.session?.source ?? null,
      client_request_id: admission.clientRequestId,
      provider: admission.provider,
      model: admission.model,
      endpoint: admission.endpoint,
      stream: admission.stream ? 1 : 0,
      prompt_tokens: int(admission.promptTokens),
      prompt_nano: int(admission.promptNanoUsd),
      output_tokens: int(admission.outputTokens),
      min_output: int(admission.minOutputTokens),
      output_rate: int(admission.outputNanoUsdPerMillion),
      hold_expires_at: int(admission.holdExpiresAtMs),
      plan_claim: admission.principal.kind === 'jwt' ? admission.principal.plan : null,
      version: admission.identity.version,
      owner,
    },
  };
}

export interface AdmittedRow {
  readonly outputTokens: number;
  /** Committed plus held of the month, this hold included. */
  readonly tokensTaken: number;
  readonly nanoUsdTaken: number;
  /** Committed alone. */
  readonly tokensUsed: number;
  readonly nanoUsdUsed: number;
}

/** Reads the admission's RETURNING row. A month's first call finds no committed figures yet. */
export function admittedFromRow(row: readonly unknown[]): AdmittedRow {
  const [outputTokens, tokensTaken, nanoUsdTaken, tokensUsed, nanoUsdUsed] = row.map((value) =>
    Number(value ?? 0),
  );
  return {
    outputTokens: outputTokens ?? 0,
    tokensTaken: tokensTaken ?? 0,
    nanoUsdTaken: nanoUsdTaken ?? 0,
    tokensUsed: tokensUsed ?? 0,
    nanoUsdUsed: nanoUsdUsed ?? 0,
  };
}

const MONTH = `SELECT tokens_committed, tokens_held, nano_usd_committed, nano_usd_held FROM usage_months WHERE user_id = ?1 AND month = ?2`;

export function monthStatement(userId: string, atMs: number): InStatement {
  return { sql: MONTH, args: [userId, monthOf(atMs)] };
}

/** Month figures against a plan; a month without calls has no row and is all zero. */
export function monthFromRow(row: Row | undefined, plan: Plan): MonthState {
  return {
    tokensLimit: plan.monthlyTokens,
    tokensUsed: Number(row?.['tokens_committed'] ?? 0),
    tokensHeld: Number(row?.['tokens_held'] ?? 0),
    costLimitNanoUsd: plan.monthlyCostCents === null ? null : plan.monthlyCostCents * NANO_USD_PER_CENT,
    costUsedNanoUsd: Number(row?.['nano_usd_committed'] ?? 0),
    costHeldNanoUsd: Number(row?.['nano_usd_held'] ?? 0),
  };
}

const REFUSAL = `INSERT INTO llm_usage (
  id, user_id, timestamp, started_at, month, token_id, agent, campaign, session_key, provider, model, endpoint, stream,
  status, ending, grade, cost_nano_usd, error_code, duration_ms, settled_at, session_parent, session_source, client_request_id
) VALUES (?1, ?2, ?3 / 1000, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 'refused', 'exact', 0, ?14, ?15, ?3 + ?15, ?16, ?17, ?18)`;

/** A call that was refused before it held anything. */
export function refusalStatement(refusal: Refusal): Statement {
  const {
    id,
    userId,
    startedAtMs,
    tokenId,
    agent,
    campaign,
    session,
    endpoint,
    status,
    errorCode,
    durationMs,
  } = refusal;
  return {
    sql: REFUSAL,
    args: [
      id,
      userId,
      int(startedAtMs),
      monthOf(startedAtMs),
      tokenId,
      agent,
      campaign,
      session?.key ?? null,
      refusal.provider ?? '',
      refusal.model ?? '',
      endpoint,
      refusal.stream ? 1 : 0,
      status,
      errorCode,
      int(durationMs),
      session?.parent ?? null,
      session?.source ?? null,
      refusal.clientRequestId,
    ],
  };
}

const TOUCH = `UPDATE gateway_tokens SET last_used_at = ?2 WHERE id = ?1`;

/** Keeps when a token was last seen; does not touch `updated_at`, so cached identities stay good. */
export function touchTokenStatement(tokenId: string, atMs: number): Statement {
  return { sql: TOUCH, args: [tokenId, atMs] };
}
