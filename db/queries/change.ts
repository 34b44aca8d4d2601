/** What every change of a stored row has in common. */
import { sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';

/** New values of some columns; `undefined` leaves a column as it is. */
export type Change<Row> = { readonly [K in keyof Row]?: Row[K] | undefined };

/** A version stamp that changes on every change, also on two within a millisecond: cached identities depend on it. */
export function nextVersion(column: SQLiteColumn, nowMs: number): SQL<number> {
  return sql<number>`max(${nowMs}, ${column} + 1)`;
}
