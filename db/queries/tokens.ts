/** Gateway tokens: made, changed, rotated, revoked, found and listed. Only hashes are ever stored. */
import type { InStatement } from '@libsql/client';
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { gatewayTokens } from '@/db/schema';
import { nextVersion, type Change } from './change';
import { olderThan, type PageOf } from './keyset';

export type TokenRow = typeof gatewayTokens.$inferSelect;
export type TokenChange = Change<
  Pick<
    TokenRow,
    'name' | 'agent' | 'campaign' | 'mayAttribute' | 'scopeModels' | 'scopeFormats' | 'expiresAt'
  >
>;

export function insertToken({ orm }: Database, row: TokenRow) {
  return orm.insert(gatewayTokens).values(row).returning();
}

export function updateToken({ orm }: Database, id: string, change: TokenChange, nowMs: number) {
  return orm
    .update(gatewayTokens)
    .set({ ...change, updatedAt: nextVersion(gatewayTokens.updatedAt, nowMs) })
    .where(eq(gatewayTokens.id, id))
    .returning();
}

/** Revokes for good; a token that is revoked already keeps its first instant. */
export function revokeTokenQuery({ orm }: Database, id: string, nowMs: number) {
  return orm
    .update(gatewayTokens)
    .set({
      revokedAt: sql`coalesce(${gatewayTokens.revokedAt}, ${nowMs})`,
      updatedAt: nextVersion(gatewayTokens.updatedAt, nowMs),
    })
    .where(eq(gatewayTokens.id, id))
    .returning();
}

export function tokenById({ orm }: Database, id: string) {
  return orm.select().from(gatewayTokens).where(eq(gatewayTokens.id, id));
}

/** At most `rows` tokens of one customer or of all, newest first. */
export function tokensPage({ orm }: Database, page: PageOf<'user'>) {
  const ofUser = page.user === undefined ? undefined : eq(gatewayTokens.userId, page.user);
  return orm
    .select()
    .from(gatewayTokens)
    .where(and(ofUser, olderThan(gatewayTokens.createdAt, gatewayTokens.id, page.after)))
    .orderBy(desc(gatewayTokens.createdAt), desc(gatewayTokens.id))
    .limit(page.rows);
}

const LIVE = `id = :id AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)`;

const SUCCEED = `INSERT INTO gateway_tokens (id, user_id, hash, hint, name, agent, campaign, may_attribute,
  scope_models, scope_formats, expires_at, created_at, updated_at)
SELECT :new_id, user_id, :hash, :hint, name, agent, campaign, may_attribute,
  scope_models, scope_formats, expires_at, :now, :now
FROM gateway_tokens WHERE ${LIVE}`;

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

/** One batch: a successor with the same rights, and the end of the old token. Does nothing to a token that is not live. */
export function rotateStatements({ id, newId, hash, hint, overlapMs, nowMs }: Rotation): InStatement[] {
  const ends = nowMs + overlapMs;
  return [
    { sql: SUCCEED, args: { id, new_id: newId, hash, hint, now: nowMs } },
    overlapMs === 0
      ? { sql: RETIRE_AT_ONCE, args: { id, now: nowMs } }
      : { sql: RETIRE_LATER, args: { id, now: nowMs, ends } },
  ];
}
