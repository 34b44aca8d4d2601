/** Refused calls by reason, day and customer, from the counters per day. */
import type { InArgs, InStatement, Row } from '@libsql/client';
import { numberOf, textOf, textOrNull } from './row';

export interface RefusalSpan {
  /** UTC days, both included. */
  readonly from: string;
  readonly to: string;
  readonly user?: string | undefined;
  readonly reason?: string | undefined;
}

function within({ from, to, user, reason }: RefusalSpan) {
  const conditions = ['r.day BETWEEN :from AND :to'];
  const args: Record<string, string> = { from, to };
  if (user !== undefined) {
    conditions.push('r.user_id = :user');
    args['user'] = user;
  }
  if (reason !== undefined) {
    conditions.push('r.reason = :reason');
    args['reason'] = reason;
  }
  return { where: conditions.join(' AND '), args };
}

export function refusalsByDayStatement(span: RefusalSpan): InStatement {
  const { where, args } = within(span);
  return {
    sql: `SELECT r.day, r.reason, sum(r.refusals) AS refusals FROM refusal_days r WHERE ${where}
GROUP BY r.day, r.reason ORDER BY r.day, r.reason`,
    args: args as InArgs,
  };
}

/** One row per customer and reason: sums by either are made of these, so that the days are read once for both. */
export function refusalsByCustomerStatement(span: RefusalSpan): InStatement {
  const { where, args } = within(span);
  return {
    sql: `SELECT c.*, u.name FROM (
  SELECT r.user_id, r.reason, sum(r.refusals) AS refusals, max(r.day) AS last_day FROM refusal_days r WHERE ${where}
  GROUP BY r.user_id, r.reason) c LEFT JOIN users u ON u.id = c.user_id ORDER BY c.user_id, c.reason`,
    args: args as InArgs,
  };
}

export function refusalDayFromRow(row: Row) {
  return { day: textOf(row['day']), reason: textOf(row['reason']), refusals: numberOf(row['refusals']) };
}

export function refusedCustomerFromRow(row: Row) {
  return {
    user: textOf(row['user_id']),
    name: textOrNull(row['name']),
    reason: textOf(row['reason']),
    refusals: numberOf(row['refusals']),
    lastDay: textOf(row['last_day']),
  };
}

export type RefusedCustomer = ReturnType<typeof refusedCustomerFromRow>;
