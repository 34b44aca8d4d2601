/** Signed-in browsers: opened, checked together with the credential behind them, listed and ended. */
import type { InStatement, Row } from '@libsql/client';
import { textOf } from './row';

export type SessionMethod = 'token' | 'link' | 'oidc' | 'admin-token';

export interface NewWebSession {
  readonly id: string;
  readonly kind: 'customer' | 'operator';
  readonly userId: string | null;
  readonly subject: string;
  readonly method: SessionMethod;
  readonly credential: string;
  readonly mayChange: boolean;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

/** What sessions are checked against: the instant, and hashes of what the operator has configured now. */
export interface SessionCheck {
  readonly nowMs: number;
  /** Sessions not seen since then are over. */
  readonly idleSinceMs: number;
  /** `null`: no such sign-in is configured, and its sessions are over. */
  readonly adminTokenHash: string | null;
  readonly oidcHash: string | null;
}

/** A token that may do anything its customer may: a narrowed one must not make a wider one. */
export const WIDE_TOKEN = `t.scope_models IS NULL AND t.scope_formats IS NULL AND t.monthly_tokens IS NULL
  AND t.monthly_cost_cents IS NULL AND t.expires_at IS NULL`;

export const LIVE_TOKEN = 't.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > :now)';

/** Holds for sessions whose credential is still good; a gone token leaves `t` empty, and NULL is not true. */
const LIVE = `s.ended_at IS NULL AND s.expires_at > :now AND s.last_seen_at > :idle_since
  AND (s.kind = 'operator' OR u.id IS NOT NULL)
  AND CASE s.method
    WHEN 'token' THEN t.id IS NOT NULL AND ${LIVE_TOKEN}
    WHEN 'admin-token' THEN s.credential = :admin
    WHEN 'oidc' THEN s.credential = :oidc
    ELSE true END`;

const COLUMNS = `s.id, s.kind, s.user_id, s.subject, s.method, s.created_at, s.last_seen_at, s.expires_at,
  s.may_change AND u.suspended_at IS NULL AND (s.method <> 'token' OR (${WIDE_TOKEN})) AS may_change`;

const JOINS = `web_sessions s LEFT JOIN users u ON u.id = s.user_id
  LEFT JOIN gateway_tokens t ON t.id = CASE WHEN s.method = 'token' THEN s.credential END`;

const checkArgs = (check: SessionCheck) => ({
  now: check.nowMs,
  idle_since: check.idleSinceMs,
  admin: check.adminTokenHash,
  oidc: check.oidcHash,
});

/** The one read of every page: the session, if it and the credential behind it still hold. */
export function liveSessionStatement(id: string, check: SessionCheck): InStatement {
  return {
    sql: `SELECT ${COLUMNS} FROM ${JOINS} WHERE s.id = :id AND ${LIVE}`,
    args: { id, ...checkArgs(check) },
  };
}

/** Whose sessions are meant: a customer's, or those of an operator of that name. */
export type SessionOwner =
  | { readonly kind: 'customer'; readonly userId: string }
  | { readonly kind: 'operator'; readonly subject: string };

/** Operators have no customer, which the index on `user_id` finds too. */
const ownedBy = (owner: SessionOwner) =>
  owner.kind === 'customer'
    ? { sql: `s.user_id = :owner AND s.kind = 'customer'`, owner: owner.userId }
    : { sql: `s.user_id IS NULL AND s.kind = 'operator' AND s.subject = :owner`, owner: owner.subject };

/** The open sessions of one owner, latest seen first. */
export function liveSessionsStatement(owner: SessionOwner, check: SessionCheck, rows: number): InStatement {
  const owned = ownedBy(owner);
  return {
    sql: `SELECT ${COLUMNS} FROM ${JOINS} WHERE ${owned.sql} AND ${LIVE} ORDER BY s.last_seen_at DESC, s.id DESC LIMIT :rows`,
    args: { owner: owned.owner, rows, ...checkArgs(check) },
  };
}

const INSERT_COLUMNS =
  'id, kind, user_id, subject, method, credential, may_change, created_at, last_seen_at, expires_at';

export function openSessionStatement(session: NewWebSession): InStatement {
  const { id, kind, userId, subject, method, credential, mayChange, nowMs, expiresAtMs } = session;
  return {
    sql: `INSERT INTO web_sessions (${INSERT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)`,
    args: [id, kind, userId, subject, method, credential, mayChange ? 1 : 0, nowMs, expiresAtMs],
  };
}

export interface LinkUse {
  readonly sessionId: string;
  readonly hash: string;
  readonly nowMs: number;
  readonly expiresAtMs: number;
}

/** Opens the session a link stands for and marks the link used; the first result has a row when it was good, once. */
export function useLinkStatements({ sessionId, hash, nowMs, expiresAtMs }: LinkUse): InStatement[] {
  return [
    {
      sql: `INSERT INTO web_sessions (${INSERT_COLUMNS})
SELECT :id, 'customer', u.id, coalesce(u.email, u.name, u.id), 'link', l.hash, 1, :now, :now, :expires
FROM sign_in_links l JOIN users u ON u.id = l.user_id
WHERE l.hash = :hash AND l.used_at IS NULL AND l.expires_at > :now AND u.suspended_at IS NULL
RETURNING id, kind, user_id, subject, method, may_change, created_at, last_seen_at, expires_at`,
      args: { id: sessionId, hash, now: nowMs, expires: expiresAtMs },
    },
    {
      sql: `UPDATE sign_in_links SET used_at = ?1
WHERE hash = ?2 AND used_at IS NULL AND EXISTS (SELECT 1 FROM web_sessions WHERE id = ?3)`,
      args: [nowMs, hash, sessionId],
    },
  ];
}

export function touchSessionStatement(id: string, nowMs: number): InStatement {
  return {
    sql: 'UPDATE web_sessions SET last_seen_at = max(last_seen_at, ?2) WHERE id = ?1',
    args: [id, nowMs],
  };
}

export function endSessionStatement(id: string, nowMs: number): InStatement {
  return {
    sql: 'UPDATE web_sessions SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL',
    args: [id, nowMs],
  };
}

/** Ends an owner's sessions; with `sameCredentialAs`, only those opened with what that session was opened with. */
export function endSessionsStatement(
  owner: SessionOwner,
  sameCredentialAs: string | null,
  nowMs: number,
): InStatement {
  const owned = ownedBy(owner);
  return {
    sql: `UPDATE web_sessions AS s SET ended_at = :now WHERE ${owned.sql} AND s.ended_at IS NULL
AND (:same IS NULL OR s.credential = (SELECT credential FROM web_sessions WHERE id = :same))`,
    args: { owner: owned.owner, now: nowMs, same: sameCredentialAs },
  };
}

/** Links that nobody used yet stop working. */
export function endLinksStatement(userId: string, nowMs: number): InStatement {
  return {
    sql: 'UPDATE sign_in_links SET expires_at = ?2 WHERE user_id = ?1 AND used_at IS NULL AND expires_at > ?2',
    args: [userId, nowMs],
  };
}

/** Drops what ended long ago, so that the tables hold what is of use. */
export function forgetSessionsStatements(beforeMs: number): InStatement[] {
  return [
    { sql: 'DELETE FROM web_sessions WHERE expires_at < ?1', args: [beforeMs] },
    { sql: 'DELETE FROM sign_in_links WHERE expires_at < ?1', args: [beforeMs] },
  ];
}

export interface WebSessionRow {
  readonly id: string;
  readonly kind: 'customer' | 'operator';
  readonly userId: string | null;
  readonly subject: string;
  readonly method: SessionMethod;
  readonly mayChange: boolean;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
}

export function webSessionFromRow(row: Row): WebSessionRow {
  return {
    id: textOf(row['id']),
    kind: row['kind'] === 'operator' ? 'operator' : 'customer',
    userId: typeof row['user_id'] === 'string' ? row['user_id'] : null,
    subject: textOf(row['subject']),
    method: row['method'] as SessionMethod,
    mayChange: row['may_change'] === 1,
    createdAtMs: Number(row['created_at']),
    lastSeenAtMs: Number(row['last_seen_at']),
    expiresAtMs: Number(row['expires_at']),
  };
}
