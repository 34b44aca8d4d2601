/** Events on their way to the operator's webhook: claimed, delivered, put off, given up, and at last forgotten. */
import type { InStatement, ResultSet } from '@libsql/client';
import { textOf } from './row';

const CLAIM = `UPDATE events SET next_attempt_at = ?1, attempts = attempts + 1
WHERE id IN (
  SELECT id FROM events WHERE delivered_at IS NULL AND next_attempt_at <= ?2 ORDER BY next_attempt_at LIMIT ?3
)
RETURNING id, type, user_id, facts, created_at, attempts`;

/** Takes due events for whoever asks first: nobody else finds them due before `untilMs`. */
export function claimStatement(nowMs: number, untilMs: number, rows: number): InStatement {
  return { sql: CLAIM, args: [untilMs, nowMs, rows] };
}

export interface ClaimedEvent {
  readonly id: string;
  readonly type: string;
  readonly userId: string;
  /** JSON text. */
  readonly facts: string;
  readonly createdAtMs: number;
  readonly attempts: number;
}

export function claimedIn({ rows }: ResultSet): ClaimedEvent[] {
  return rows.map((row) => ({
    id: textOf(row['id']),
    type: textOf(row['type']),
    userId: textOf(row['user_id']),
    facts: textOf(row['facts']),
    createdAtMs: Number(row['created_at']),
    attempts: Number(row['attempts']),
  }));
}

export function deliveredStatement(id: string, nowMs: number): InStatement {
  return {
    sql: 'UPDATE events SET delivered_at = ?, last_error = NULL WHERE id = ? AND delivered_at IS NULL',
    args: [nowMs, id],
  };
}

/** Puts the next attempt off; not when somebody else has claimed it since, after this claim ran out. */
export function putOffStatement(
  event: { readonly id: string; readonly attempts: number },
  nextAttemptMs: number,
  reason: string,
): InStatement {
  return {
    sql: `UPDATE events SET next_attempt_at = ?, last_error = ?
WHERE id = ? AND attempts = ? AND delivered_at IS NULL`,
    args: [nextAttemptMs, reason, event.id, event.attempts],
  };
}

/** Later than any clock says. */
const NEVER_MS = 8_640_000_000_000_000;

/** Takes what is too old to be worth telling out of the queue. */
export function giveUpStatement(nowMs: number, createdBeforeMs: number): InStatement {
  return {
    sql: `UPDATE events SET next_attempt_at = ?1, last_error = coalesce(last_error, 'too old when there was somewhere to send it')
WHERE delivered_at IS NULL AND next_attempt_at <= ?2 AND created_at < ?3`,
    args: [NEVER_MS, nowMs, createdBeforeMs],
  };
}

/** Rows looked at in one go. They lie in the order they came, so the old ones are the first, and no index is needed. */
const PRUNED_AT_ONCE = 500;

/** Forgets the oldest; `usage.blocked` of this month is asked for by pages, so keep more than a month. */
export function pruneStatement(createdBeforeMs: number): InStatement {
  return {
    sql: `DELETE FROM events
WHERE rowid IN (SELECT rowid FROM events ORDER BY rowid LIMIT ${PRUNED_AT_ONCE}) AND created_at < ?`,
    args: [createdBeforeMs],
  };
}
