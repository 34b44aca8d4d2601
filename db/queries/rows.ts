/** Reads raw result rows where no drizzle query is behind them. */
import type { ResultSet } from '@libsql/client';

/** The first column of every row, where it is text. */
export function firstTexts({ rows }: ResultSet): string[] {
  return rows.flatMap((row) => (typeof row[0] === 'string' ? [row[0]] : []));
}
