/** The admission statement: one atomic INSERT that checks who is calling and every cap, and makes the durable row with its hold. */
import type { InStatement, Row } from '@libsql/client';
import type { Statement } from '@/db/prepared';
import { type MonthFigures, monthOf, type MonthState } from '@/lib/domain/month';
import { type MonthlyCaps, NANO_USD_PER_CENT } from '@/lib/domain/plan';
import { VERSION } from './identity';
import type { Admission, Identity, Refusal } from '@/lib/gateway/ports';

/** The smaller of two rooms; `NULL` is one without a cap. */
const tighter = (plan: string, token: string): string =>
  `coalesce(min(${plan}, ${token}), ${plan}, ${token})`;

/**
 * `room` is what the month still allows, by the plan's caps and by the token's own (`k` is read only where it has any);
 * the output allowance is clamped to it and must stay at or above its floor.
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
      ${tighter(
        'p.monthly_tokens - coalesce(m.tokens_committed + m.tokens_held, 0)',
        't.monthly_tokens - coalesce(k.tokens_committed + k.tokens_held, 0)',
      )} AS tokens_room,
      ${tighter(
        `p.monthly_cost_cents * ${NANO_USD_PER_CENT} - coalesce(m.nano_usd_committed + m.nano_usd_held, 0)`,
        `t.monthly_cost_cents * ${NANO_USD_PER_CENT} - coalesce(k.nano_usd_committed + k.nano_usd_held, 0)`,
      )} AS nano_room
    FROM users u
    JOIN plan_limits p ON p.plan = coalesce(:plan_claim, u.plan)
    LEFT JOIN gateway_tokens t ON t.id = :token_id
    LEFT JOIN usage_months m ON m.user_id = u.id AND m.month = :month
    LEFT JOIN token_months k ON k.month = :month
      AND k.token_id = CASE WHEN t.monthly_tokens IS NULL AND t.monthly_cost_cents IS NULL THEN NULL ELSE t.id END
    WHERE u.id = :user_id AND u.suspended_at IS NULL
      AND (:token_id IS NULL OR (t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > :started_at)))
      AND ${VERSION} = :version
  )
)
WHERE output >= :min_output
  AND (nano_room IS NULL OR :prompt_nano + (output * :output_rate + 999999) / 1000000 <= nano_room)
  AND (tokens_room IS NULL OR :prompt_tokens + output <= tokens_room)
RETURNING hold_output_tokens, hold_tokens, hold_nano_usd, month_tokens_before, month_nano_usd_before,
  (SELECT tokens_committed FROM usage_months m WHERE m.user_id = llm_usage.user_id AND m.month = llm_usage.month),
  (SELECT nano_usd_committed FROM usage_months m WHERE m.user_id = llm_usage.user_id AND m.month = llm_usage.month),
  (SELECT tokens_committed FROM token_months k WHERE k.token_id = :capped_token AND k.month = llm_usage.month),
  (SELECT tokens_held FROM token_months k WHERE k.token_id = :capped_token AND k.month = llm_usage.month),
  (SELECT nano_usd_committed FROM token_months k WHERE k.token_id = :capped_token AND k.month = llm_usage.month),
  (SELECT nano_usd_held FROM token_months k WHERE k.token_id = :capped_token AND k.month = llm_usage.month)`;

/** The token whose own month is to be read beside the customer's; `null` where it has no caps. */
const cappedToken = ({ tokenId, tokenCaps }: Identity): string | null =>
  tokenCaps === null ? null : tokenId;

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
      capped_token: cappedToken(admission.identity),
      owner,
    },
  };
}

/**
 * Reads the admission's RETURNING row: output tokens held, and the month with this hold in it. RETURNING sees the counters as they
 * were before the hold's triggers ran; a month's first call finds none yet.
 */
export function admittedFromRow(
  row: readonly unknown[],
  { plan, tokenCaps }: Identity,
): { outputTokens: number; month: MonthState } {
  const figure = (column: number): number => Number(row[column] ?? 0);
  const [outputTokens, tokens, nanoUsd] = [figure(0), figure(1), figure(2)];
  const ofPlan = figuresOf(plan, {
    tokensUsed: figure(5),
    tokensHeld: figure(3) + tokens - figure(5),
    costUsedNanoUsd: figure(6),
    costHeldNanoUsd: figure(4) + nanoUsd - figure(6),
  });
  if (tokenCaps === null) return { outputTokens, month: ofPlan };
  const token = figuresOf(tokenCaps, {
    tokensUsed: figure(7),
    tokensHeld: figure(8) + tokens,
    costUsedNanoUsd: figure(9),
    costHeldNanoUsd: figure(10) + nanoUsd,
  });
  return { outputTokens, month: { ...ofPlan, token } };
}

type Counters = Omit<MonthFigures, 'tokensLimit' | 'costLimitNanoUsd'>;

/** Counters against caps. */
function figuresOf({ monthlyTokens, monthlyCostCents }: MonthlyCaps, counters: Counters): MonthFigures {
  const costLimitNanoUsd = monthlyCostCents === null ? null : monthlyCostCents * NANO_USD_PER_CENT;
  return { tokensLimit: monthlyTokens, costLimitNanoUsd, ...counters };
}

const MONTH = `SELECT m.tokens_committed, m.tokens_held, m.nano_usd_committed, m.nano_usd_held,
  k.tokens_committed AS token_tokens_committed, k.tokens_held AS token_tokens_held,
  k.nano_usd_committed AS token_nano_usd_committed, k.nano_usd_held AS token_nano_usd_held
FROM (SELECT 1) LEFT JOIN usage_months m ON m.user_id = ?1 AND m.month = ?2
LEFT JOIN token_months k ON k.token_id = ?3 AND k.month = ?2`;

export function monthStatement(identity: Identity, atMs: number): InStatement {
  return { sql: MONTH, args: [identity.userId, monthOf(atMs), cappedToken(identity)] };
}

/** Month figures against the plan's caps and the token's own; a month without calls is all zero. */
export function monthFromRow(row: Row | undefined, { plan, tokenCaps }: Identity): MonthState {
  const counters = (prefix: string): Counters => ({
    tokensUsed: Number(row?.[`${prefix}tokens_committed`] ?? 0),
    tokensHeld: Number(row?.[`${prefix}tokens_held`] ?? 0),
    costUsedNanoUsd: Number(row?.[`${prefix}nano_usd_committed`] ?? 0),
    costHeldNanoUsd: Number(row?.[`${prefix}nano_usd_held`] ?? 0),
  });
  const ofPlan = figuresOf(plan, counters(''));
  return tokenCaps === null ? ofPlan : { ...ofPlan, token: figuresOf(tokenCaps, counters('token_')) };
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
