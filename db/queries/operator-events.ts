/** The outbox of events as the operator sees it: newest first, and those that still wait. */
import type { InArgs, InStatement, Row } from '@libsql/client';
import { numberOf, numberOrNull, textOf, textOrNull } from './row';

export interface EventPage {
  readonly user?: string | undefined;
  readonly type?: string | undefined;
  readonly waiting?: boolean | undefined;
  /** Where the page before ended: rows are numbered as they come. */
  readonly before?: number | undefined;
  readonly rows: number;
}

const COLUMNS = `rowid AS number, id, type, user_id, facts, created_at, next_attempt_at, attempts, delivered_at, last_error`;

/** At most `rows` events. The rows' own order is that of their making, so that no index is needed for it. */
export function eventsStatement({ user, type, waiting, before, rows }: EventPage): InStatement {
  const conditions: string[] = [];
  const args: Record<string, string | number> = { rows };
  const add = (condition: string, name: string, value: string | number) => {
    conditions.push(condition);
    args[name] = value;
  };
  if (user !== undefined) add('user_id = :user', 'user', user);
  if (type !== undefined) add('type = :type', 'type', type);
  if (waiting !== undefined) conditions.push(`delivered_at IS ${waiting ? '' : 'NOT '}NULL`);
  if (before !== undefined) add('rowid < :before', 'before', before);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  return {
    sql: `SELECT ${COLUMNS} FROM events ${where} ORDER BY rowid DESC LIMIT :rows`,
    args: args as InArgs,
  };
}

/** How many events wait, and for how many an attempt has failed. */
export const WAITING_EVENTS = `SELECT count(*) AS waiting, coalesce(sum(attempts > 0), 0) AS failing
FROM events WHERE delivered_at IS NULL`;

export function eventStatement(id: string): InStatement {
  return { sql: `SELECT ${COLUMNS} FROM events WHERE id = :id`, args: { id } };
}

/** Makes an event due now; nothing happens to one that was delivered. */
export function retryEventStatement(id: string, nowMs: number): InStatement {
  return {
    sql: `UPDATE events SET next_attempt_at = :now WHERE id = :id AND delivered_at IS NULL
RETURNING ${COLUMNS}`,
    args: { id, now: nowMs },
  };
}

function factsOf(text: string): Readonly<Record<string, unknown>> {
  const facts: unknown = JSON.parse(text);
  return typeof facts === 'object' && facts !== null ? (facts as Record<string, unknown>) : {};
}

export function eventFromRow(row: Row) {
  return {
    number: numberOf(row['number']),
    id: textOf(row['id']),
    type: textOf(row['type']),
    user: textOf(row['user_id']),
    facts: factsOf(textOf(row['facts'])),
    createdAt: numberOf(row['created_at']),
    nextAttemptAt: numberOf(row['next_attempt_at']),
    attempts: numberOf(row['attempts']),
    deliveredAt: numberOrNull(row['delivered_at']),
    lastError: textOrNull(row['last_error']),
  };
}

export type EventRow = ReturnType<typeof eventFromRow>;
