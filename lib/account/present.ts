/** Rows as the JSON that API, CLI and pages show: snake_case, instants in ISO 8601, `null` for unknown or none. */
import type { PlanRow } from '@/db/queries/plans';
import type { PriceOverrideRow } from '@/db/queries/price-overrides';
import type { RequestLine, RequestRow } from '@/db/queries/requests';
import type { TokenRow } from '@/db/queries/tokens';
import type { UsageFigures } from '@/db/queries/usage';
import type { UserRow } from '@/db/queries/users';
import { parsePriceOverride } from '@/lib/domain/price-table';
import type { ModelPrice, Rates } from '@/lib/domain/price';

const iso = (atMs: number): string => new Date(atMs).toISOString();
const isoOrNull = (atMs: number | null): string | null => (atMs === null ? null : iso(atMs));

export function presentUser(row: UserRow) {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    plan: row.plan,
    suspended: row.suspendedAt !== null,
    suspended_at: isoOrNull(row.suspendedAt),
    stripe_customer_id: row.stripeCustomerId,
    stripe_subscription_id: row.stripeSubscriptionId,
    created_at: iso(row.createdAt),
    updated_at: iso(row.updatedAt),
  };
}

/** Everything but the secret, which is not stored. */
export function presentToken(row: TokenRow) {
  return {
    id: row.id,
    user: row.userId,
    name: row.name,
    hint: row.hint,
    agent: row.agent,
    campaign: row.campaign,
    may_attribute: row.mayAttribute,
    scope_models: row.scopeModels,
    scope_formats: row.scopeFormats,
    monthly_tokens: row.monthlyTokens,
    monthly_cost_cents: row.monthlyCostCents,
    expires_at: isoOrNull(row.expiresAt),
    revoked: row.revokedAt !== null,
    revoked_at: isoOrNull(row.revokedAt),
    last_used_at: isoOrNull(row.lastUsedAt),
    created_at: iso(row.createdAt),
    updated_at: iso(row.updatedAt),
  };
}

export function presentPlan(row: PlanRow) {
  return {
    plan: row.plan,
    monthly_tokens: row.monthlyTokens,
    monthly_cost_cents: row.monthlyCostCents,
    rate_limit_rpm: row.rateLimitRpm,
    rate_limit_tpm: row.rateLimitTpm,
    count_cache_reads: row.countCacheReads,
    models: row.models,
    price_cents: row.priceCents,
    listed: row.listed,
    description: row.description,
    stripe_price_id: row.stripePriceId,
    // The plans of the first migration were never changed: their stamp is 0.
    updated_at: row.updatedAt === 0 ? null : iso(row.updatedAt),
  };
}

const presentRates = (rates: Rates | null) => ({
  input: rates?.input ?? null,
  output: rates?.output ?? null,
  cache_read: rates?.cacheRead ?? null,
  cache_write_5m: rates?.cacheWrite5m ?? null,
  cache_write_1h: rates?.cacheWrite1h ?? null,
});

function readPrice(row: PriceOverrideRow): { price: ModelPrice | null; problem: string | null } {
  try {
    const rates = row.rates as object;
    return {
      price: parsePriceOverride({ ...rates, model: row.model, effectiveFrom: row.effectiveFrom }),
      problem: null,
    };
  } catch (error) {
    return { price: null, problem: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Rates in nano-USD per million tokens; `web_search` in nano-USD per search.
 * A row that was written by hand and does not validate is never used: `problem` says why, its rates are `null`.
 */
export function presentPrice(row: PriceOverrideRow) {
  const { price, problem } = readPrice(row);
  return {
    model: row.model,
    effective_from: row.effectiveFrom,
    ...presentRates(price),
    web_search: price?.webSearch ?? null,
    tiers: (price?.tiers ?? []).map((tier) => ({
      above_prompt_tokens: tier.abovePromptTokens,
      ...presentRates(tier),
    })),
    version: price?.version ?? null,
    problem,
    updated_at: iso(row.updatedAt),
  };
}

/** One call without the provider's usage object: the line of a list. */
export function presentRequestLine(row: RequestLine) {
  return {
    id: row.id,
    user_id: row.userId,
    token_id: row.tokenId,
    agent: row.agent,
    campaign: row.campaign,
    session: row.sessionKey,
    session_parent: row.sessionParent,
    session_source: row.sessionSource,
    client_request_id: row.clientRequestId,
    provider: row.provider,
    model: row.model,
    reported_model: row.reportedModel,
    endpoint: row.endpoint,
    stream: row.stream,
    status: row.status,
    ending: row.ending,
    grade: row.grade,
    error_code: row.errorCode,
    input_tokens: row.inputTokens,
    cache_read_tokens: row.cacheReadTokens,
    cache_write_5m_tokens: row.cacheWrite5mTokens,
    cache_write_1h_tokens: row.cacheWrite1hTokens,
    output_tokens: row.outputTokens,
    reasoning_tokens: row.reasoningTokens,
    web_search_requests: row.webSearchRequests,
    counted_tokens: row.countedTokens,
    cost_nano_usd: row.costNanoUsd,
    cost_millicents: row.costMillicents,
    price_version: row.priceVersion,
    hold_tokens: row.holdTokens,
    hold_nano_usd: row.holdNanoUsd,
    hold_output_tokens: row.holdOutputTokens,
    hold_prompt_nano_usd: row.holdPromptNanoUsd,
    hold_expires_at: isoOrNull(row.holdExpiresAt),
    month: row.month,
    month_tokens_before: row.monthTokensBefore,
    month_nano_usd_before: row.monthNanoUsdBefore,
    owner: row.owner,
    upstream_request_id: row.upstreamRequestId,
    answer_id: row.answerId,
    attempts: row.attempts,
    started_at: iso(row.startedAt),
    first_byte_ms: row.firstByteMs,
    duration_ms: row.durationMs,
    settled_at: isoOrNull(row.settledAt),
  };
}

function parseJson(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** One call with everything kept of it; `usage_raw` is the provider's own usage object. */
export function presentRequest(row: RequestRow) {
  return { ...presentRequestLine(row), usage_raw: parseJson(row.usageRaw) };
}

export function presentFigures(figures: UsageFigures) {
  return {
    requests: figures.requests,
    refusals: figures.refusals,
    input_tokens: figures.inputTokens,
    cache_read_tokens: figures.cacheReadTokens,
    cache_write_5m_tokens: figures.cacheWrite5mTokens,
    cache_write_1h_tokens: figures.cacheWrite1hTokens,
    output_tokens: figures.outputTokens,
    reasoning_tokens: figures.reasoningTokens,
    counted_tokens: figures.countedTokens,
    cost_nano_usd: figures.costNanoUsd,
  };
}

export type UserView = ReturnType<typeof presentUser>;
export type TokenView = ReturnType<typeof presentToken>;
export type PlanView = ReturnType<typeof presentPlan>;
export type PriceView = ReturnType<typeof presentPrice>;
export type RequestLineView = ReturnType<typeof presentRequestLine>;
export type RequestView = ReturnType<typeof presentRequest>;
