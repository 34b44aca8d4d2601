/** Customers: made, changed, found and listed. */
import { and, desc, eq } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { users } from '@/db/schema';
import { nextVersion, type Change } from './change';
import { olderThan, type PageOf } from './keyset';

export type UserRow = typeof users.$inferSelect;
export type UserChange = Change<Pick<UserRow, 'plan' | 'name' | 'email' | 'suspendedAt'>>;

/** Inserts nothing, and returns nothing, when the id is taken. */
export function insertUser({ orm }: Database, row: UserRow) {
  return orm.insert(users).values(row).onConflictDoNothing().returning();
}

export function updateUser({ orm }: Database, id: string, change: UserChange, nowMs: number) {
  return orm
    .update(users)
    .set({ ...change, updatedAt: nextVersion(users.updatedAt, nowMs) })
    .where(eq(users.id, id))
    .returning();
}

export function userById({ orm }: Database, id: string) {
  return orm.select().from(users).where(eq(users.id, id));
}

/** At most `rows` customers, newest first. */
export function usersPage({ orm }: Database, page: PageOf<'plan'>) {
  const ofPlan = page.plan === undefined ? undefined : eq(users.plan, page.plan);
  return orm
    .select()
    .from(users)
    .where(and(ofPlan, olderThan(users.createdAt, users.id, page.after)))
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(page.rows);
}
