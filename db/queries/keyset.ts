/** Keyset paging, newest first: a page starts after the last row of the one before, so inserts never shift it. */
import { sql, type SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';

/** Where a page ended: the sort columns of its last row. */
export interface Position {
  readonly at: number;
  readonly id: string;
}

/** Which page of a list, narrowed by some columns where they are given. */
export type PageOf<Filter extends string> = { readonly [K in Filter]?: string | undefined } & {
  readonly after: Position | undefined;
  readonly rows: number;
};

/** Rows older than `position`; a row value, because SQLite can seek an index to it. */
export function olderThan(
  at: SQLiteColumn | SQL,
  id: SQLiteColumn,
  position: Position | undefined,
): SQL | undefined {
  return position === undefined ? undefined : sql`(${at}, ${id}) < (${position.at}, ${position.id})`;
}

/** Rows newer than `position`, for lists that go forward in time. */
export function newerThan(
  at: SQLiteColumn | SQL,
  id: SQLiteColumn,
  position: Position | undefined,
): SQL | undefined {
  return position === undefined ? undefined : sql`(${at}, ${id}) > (${position.at}, ${position.id})`;
}
