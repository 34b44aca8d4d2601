/** Gateway tokens: made, changed, rotated, revoked, found and listed. Only hashes are ever stored. */
import type { InStatement } from '@libsql/client';
import { and, desc, eq, gt, inArray, isNotNull, isNull, lte, or, sql } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { gatewayTokens, tokenMonths } from '@/db/schema';
import { monthOf } from '@/lib/domain/month';
import { nextVersion, type Change } from './change';
import { olderThan, type PageOf } from './keyset';

export type TokenRow = typeof gatewayTokens.$inferSelect;
export type TokenChange = Change<
  Pick<
    TokenRow,
    | 'name'
    | 'agent'
    | 'campaign'
    | 'mayAttribute'
    | 'scopeModels'
    | 'scopeFormats'
    | 'monthlyTokens'
    | 'monthlyCostCents'
    | 'expiresAt'
  >
>;

export function insertToken({ orm }: Database, row: TokenRow) {
  return orm.insert(gatewayTokens).values(row).returning();
}

/** Checked on the rows that their ids found, whatever index the customer's tokens have. */
const owner = (user: string) => sql`+${gatewayTokens.userId} = ${user}`;

/** The token of that id; with `user`, only that customer's. */
const named = (id: string, user: string | undefined) =>
  and(eq(gatewayTokens.id, id), user === undefined ? undefined : owner(user));

export function updateToken(
  { orm }: Database,
  id: string,
  change: TokenChange,
  nowMs: number,
  user?: string,
) {
  return orm
    .update(gatewayTokens)
    .set({ ...change, updatedAt: nextVersion(gatewayTokens.updatedAt, nowMs) })
    .where(named(id, user))
    .returning();
}

/** Revokes for good; a token that is revoked already keeps its first instant. */
export function revokeTokenQuery({ orm }: Database, id: string, nowMs: number, user?: string) {
  return orm
    .update(gatewayTokens)
    .set({
      revokedAt: sql`coalesce(${gatewayTokens.revokedAt}, ${nowMs})`,
      updatedAt: nextVersion(gatewayTokens.updatedAt, nowMs),
    })
    .where(named(id, user))
    .returning();
}

export function tokenById({ orm }: Database, id: string, user?: string) {
  return orm.select().from(gatewayTokens).where(named(id, user));
}

/** `live`: neither revoked nor expired at that instant; `ended`: one of both. */
export interface TokenState {
  readonly state: 'live' | 'ended';
  readonly nowMs: number;
}

function inState({ state, nowMs }: TokenState) {
  const { revokedAt, expiresAt } = gatewayTokens;
  return state === 'live'
    ? and(isNull(revokedAt), or(isNull(expiresAt), gt(expiresAt, nowMs)))
    : or(isNotNull(revokedAt), lte(expiresAt, nowMs));
}

/** At most `rows` tokens of one customer or of all, newest first. */
export function tokensPage({ orm }: Database, page: PageOf<'user'> & { readonly state?: TokenState }) {
  const ofUser = page.user === undefined ? undefined : eq(gatewayTokens.userId, page.user);
  const ofState = page.state === undefined ? undefined : inState(page.state);
  return orm
    .select()
    .from(gatewayTokens)
    .where(and(ofUser, ofState, olderThan(gatewayTokens.createdAt, gatewayTokens.id, page.after)))
    .orderBy(desc(gatewayTokens.createdAt), desc(gatewayTokens.id))
    .limit(page.rows);
}

/** Counters of one month of those of the tokens that the customer has; none for a token without calls. */
export function tokenMonthsOf({ orm }: Database, user: string, ids: readonly string[], month: string) {
  return orm
    .select({ months: tokenMonths })
    .from(gatewayTokens)
    .innerJoin(tokenMonths, and(eq(tokenMonths.tokenId, gatewayTokens.id), eq(tokenMonths.month, month)))
    .where(and(inArray(gatewayTokens.id, ids.slice()), owner(user)));
}

const LIVE = `id = :id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)`;

const SUCCEED = `INSERT INTO gateway_tokens (id, user_id, hash, hint, name, agent, campaign, may_attribute,
  scope_models, scope_formats, monthly_tokens, monthly_cost_cents, expires_at, created_at, updated_at)
SELECT :new_id, user_id, :hash, :hint, name, agent, campaign, may_attribute,
  scope_models, scope_formats, monthly_tokens, monthly_cost_cents, expires_at, :now, :now
FROM gateway_tokens WHERE ${LIVE}`;

/**
 * What the old token used of this month counts as the successor's, or rotating would start its caps afresh; `requests` stay with who made them.
 * Running calls still settle on the old one, and in an overlap it goes on beside the successor: each rotation lets at most what the cap
 * had left be spent once more (a whole cap in a month that begins within the overlap). The plan's caps hold for both together.
 */
const CARRY_OVER = `INSERT INTO token_months (token_id, month, tokens_committed, nano_usd_committed)
SELECT :new_id, month, tokens_committed, nano_usd_committed FROM token_months
WHERE token_id = :id AND month = :month AND EXISTS (SELECT 1 FROM gateway_tokens WHERE id = :new_id)`;

const RETIRE_AT_ONCE = `UPDATE gateway_tokens SET revoked_at = :now, updated_at = max(:now, updated_at + 1) WHERE ${LIVE}`;

const RETIRE_LATER = `UPDATE gateway_tokens SET expires_at = min(coalesce(expires_at, :ends), :ends),
  updated_at = max(:now, updated_at + 1) WHERE ${LIVE}`;

export interface Rotation {
  readonly id: string;
  readonly newId: string;
  readonly hash: string;
  readonly hint: string;
  /** How long the old token still works; 0 revokes it. */
  readonly overlapMs: number;
  readonly nowMs: number;
}

/** One batch: a successor with the same rights and what was used of its caps, and the end of the old token. Does nothing to a token that is not live. */
export function rotateStatements({ id, newId, hash, hint, overlapMs, nowMs }: Rotation): InStatement[] {
  const ends = nowMs + overlapMs;
  return [
    { sql: SUCCEED, args: { id, new_id: newId, hash, hint, now: nowMs } },
    { sql: CARRY_OVER, args: { id, new_id: newId, month: monthOf(nowMs) } },
    overlapMs === 0
      ? { sql: RETIRE_AT_ONCE, args: { id, now: nowMs } }
      : { sql: RETIRE_LATER, args: { id, now: nowMs, ends } },
  ];
}
