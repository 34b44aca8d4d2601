/** Plans: made, changed, found and listed. */
import { asc, eq } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { planLimits } from '@/db/schema';
import { nextVersion, type Change } from './change';

export type PlanRow = typeof planLimits.$inferSelect;
export type PlanChange = Change<Omit<PlanRow, 'plan' | 'updatedAt'>>;

/** Inserts nothing, and returns nothing, when the name is taken. */
export function insertPlan({ orm }: Database, row: PlanRow) {
  return orm.insert(planLimits).values(row).onConflictDoNothing().returning();
}

export function updatePlan({ orm }: Database, plan: string, change: PlanChange, nowMs: number) {
  return orm
    .update(planLimits)
    .set({ ...change, updatedAt: nextVersion(planLimits.updatedAt, nowMs) })
    .where(eq(planLimits.plan, plan))
    .returning();
}

export function planByName({ orm }: Database, plan: string) {
  return orm.select().from(planLimits).where(eq(planLimits.plan, plan));
}

/** Every plan, by name: there are a handful. */
export function allPlans({ orm }: Database) {
  return orm.select().from(planLimits).orderBy(asc(planLimits.plan));
}
