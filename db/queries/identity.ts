/** Who a principal is: one row that joins user, token and plan. */
import type { InStatement, Row } from '@libsql/client';
import type { MonthlyCaps, Plan } from '@/lib/domain/plan';
import type { Identity, Principal } from '@/lib/gateway/ports';
import { PROVISIONED } from './audit';
import { textOf } from './row';

const USER_COLUMNS = `u.id AS user_id, u.suspended_at,
  p.plan, p.monthly_tokens, p.monthly_cost_cents, p.rate_limit_rpm, p.rate_limit_tpm, p.count_cache_reads, p.models`;

/** Changes with user, token or plan; admission compares it with what the caller was read with. */
export const VERSION = `u.updated_at || '/' || coalesce(t.updated_at, '') || '/' || p.plan || '/' || p.updated_at`;

const BY_TOKEN = `SELECT ${USER_COLUMNS}, t.id AS token_id, t.revoked_at, t.expires_at, t.agent, t.campaign, t.may_attribute,
  t.scope_models, t.scope_formats, t.monthly_tokens AS token_monthly_tokens, t.monthly_cost_cents AS token_monthly_cost_cents,
  ${VERSION} AS version
FROM gateway_tokens t JOIN users u ON u.id = t.user_id JOIN plan_limits p ON p.plan = u.plan WHERE t.hash = ?1`;

const BY_JWT = `SELECT ${USER_COLUMNS}, ${VERSION} AS version
FROM users u LEFT JOIN gateway_tokens t ON t.id IS NULL JOIN plan_limits p ON p.plan = coalesce(?2, u.plan) WHERE u.id = ?1`;

/** A signed `plan` claim is the operator's word that this customer exists. */
const PROVISION = `INSERT INTO users (id, plan, created_at, updated_at)
SELECT ?1, p.plan, ?3, ?3 FROM plan_limits p WHERE p.plan = ?2 ON CONFLICT (id) DO NOTHING`;

/** The statements that read an identity; its row is the last result. */
export function identityStatements(principal: Principal, nowMs: number): InStatement[] {
  if (principal.kind === 'token') return [{ sql: BY_TOKEN, args: [principal.hash] }];
  const read = { sql: BY_JWT, args: [principal.userId, principal.plan] };
  if (principal.plan === null) return [read];
  return [
    { sql: PROVISION, args: [principal.userId, principal.plan, nowMs] },
    { sql: PROVISIONED, args: [principal.userId] },
    read,
  ];
}

function parseList(value: unknown): readonly string[] | null {
  if (typeof value !== 'string') return null;
  const list: unknown = JSON.parse(value);
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : null;
}

const asNumber = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const asText = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The plan in a row that carries `plan_limits` columns under their own names. */
function planFromRow(row: Row): Plan {
  return {
    plan: textOf(row['plan']),
    monthlyTokens: asNumber(row['monthly_tokens']),
    monthlyCostCents: asNumber(row['monthly_cost_cents']),
    rateLimitRpm: Number(row['rate_limit_rpm']),
    rateLimitTpm: Number(row['rate_limit_tpm']),
    countCacheReads: row['count_cache_reads'] === 1,
    models: parseList(row['models']),
  };
}

/** A token's own caps; `null` where it has none. */
function tokenCapsFromRow(row: Row): MonthlyCaps | null {
  const monthlyTokens = asNumber(row['token_monthly_tokens']);
  const monthlyCostCents = asNumber(row['token_monthly_cost_cents']);
  return monthlyTokens === null && monthlyCostCents === null ? null : { monthlyTokens, monthlyCostCents };
}

/** Builds the identity from its row; `null` for no row. A JWT brings agent, campaign and expiry itself. */
export function identityFromRow(principal: Principal, row: Row | undefined): Identity | null {
  if (row === undefined) return null;
  const plan = planFromRow(row);
  const jwt = principal.kind === 'jwt' ? principal : null;
  return {
    userId: jwt === null ? textOf(row['user_id']) : jwt.userId,
    tokenId: asText(row['token_id']),
    suspended: row['suspended_at'] !== null,
    revoked: row['revoked_at'] !== null && row['revoked_at'] !== undefined,
    expiresAtMs: jwt === null ? asNumber(row['expires_at']) : jwt.expiresAtMs,
    agent: jwt === null ? asText(row['agent']) : jwt.agent,
    campaign: jwt === null ? asText(row['campaign']) : jwt.campaign,
    mayAttribute: row['may_attribute'] === 1,
    scopeModels: parseList(row['scope_models']),
    scopeFormats: parseList(row['scope_formats']),
    plan,
    tokenCaps: tokenCapsFromRow(row),
    version: textOf(row['version']),
  };
}
