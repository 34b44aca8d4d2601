/** Who a sign-in names: the customer of a token, of a link or of an identity at an issuer. Suspended ones are named by nothing. */
import type { InStatement } from '@libsql/client';
import { LIVE_TOKEN, WIDE_TOKEN } from './web-sessions';

/** A customer's token as a sign-in finds it by its hash; nothing for one that is not good. */
export function signInTokenStatement(hash: string, nowMs: number): InStatement {
  return {
    sql: `SELECT t.id, t.name, t.user_id, t.expires_at, (${WIDE_TOKEN}) AS wide
FROM gateway_tokens t JOIN users u ON u.id = t.user_id
WHERE t.hash = :hash AND ${LIVE_TOKEN} AND u.suspended_at IS NULL`,
    args: { hash, now: nowMs },
  };
}

/** The customer a link is for, while it is good. */
export function linkStatement(hash: string, nowMs: number): InStatement {
  return {
    sql: `SELECT u.id, u.name FROM sign_in_links l JOIN users u ON u.id = l.user_id
WHERE l.hash = ?1 AND l.used_at IS NULL AND l.expires_at > ?2 AND u.suspended_at IS NULL`,
    args: [hash, nowMs],
  };
}

/** The customer that an issuer's claim names by id, or by e-mail address; two rows tell that an address names nobody in particular. */
export function claimedCustomersStatement(by: 'id' | 'email', value: string): InStatement {
  const column = by === 'id' ? 'id = ?1' : 'lower(email) = lower(?1)';
  return { sql: `SELECT id, suspended_at FROM users WHERE ${column} LIMIT 2`, args: [value] };
}

export interface NewLink {
  readonly hash: string;
  readonly userId: string;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

/** Keeps a link's hash, and who made it in the audit log; the link itself is handed out and forgotten. */
export function createLinkStatements(
  { hash, userId, nowMs, expiresAtMs }: NewLink,
  entry: { readonly id: string; readonly actor: { readonly kind: string; readonly id: string } },
): InStatement[] {
  return [
    {
      sql: 'INSERT INTO sign_in_links (hash, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)',
      args: [hash, userId, nowMs, expiresAtMs],
    },
    {
      sql: `INSERT INTO audit_log (id, at, actor_kind, actor, action, object_kind, object_id, user_id, after)
VALUES (?1, ?2, ?3, ?4, 'user.sign_in_link', 'user', ?5, ?5, json_object('sign_in_link_expires_at', CAST(?6 AS INTEGER)))`,
      args: [entry.id, nowMs, entry.actor.kind, entry.actor.id, userId, expiresAtMs],
    },
  ];
}
