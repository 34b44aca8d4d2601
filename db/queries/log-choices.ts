/** What a customer's calls can be filtered by: the names seen in the daily rollups, never in the rows of single calls. */
import { and, asc, eq, gte, ne } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { Database } from '@/db/client';
import { usageDays } from '@/db/schema';

export interface ChoicesOf {
  readonly user: string;
  /** First UTC day looked at, `YYYY-MM-DD`. */
  readonly from: string;
  /** Names at most, by alphabet. */
  readonly rows: number;
}

function distinct({ orm }: Database, column: SQLiteColumn, { user, from, rows }: ChoicesOf) {
  // `''` stands for "none" in rollups.
  return orm
    .selectDistinct({ name: column })
    .from(usageDays)
    .where(and(eq(usageDays.userId, user), gte(usageDays.day, from), ne(column, '')))
    .orderBy(asc(column))
    .limit(rows);
}

export const agentsUsed = (database: Database, of: ChoicesOf) => distinct(database, usageDays.agent, of);
export const campaignsUsed = (database: Database, of: ChoicesOf) =>
  distinct(database, usageDays.campaign, of);
export const modelsUsed = (database: Database, of: ChoicesOf) => distinct(database, usageDays.model, of);
