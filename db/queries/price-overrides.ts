/** The operator's price overrides as rows: set, deleted and listed. */
import { and, asc, desc, eq } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { modelPrices } from '@/db/schema';

export type PriceOverrideRow = typeof modelPrices.$inferSelect;

/** Sets the price of a model from a day on, in place of one set for the same day. */
export function upsertPrice({ orm }: Database, row: PriceOverrideRow) {
  return orm
    .insert(modelPrices)
    .values(row)
    .onConflictDoUpdate({
      target: [modelPrices.model, modelPrices.effectiveFrom],
      set: { rates: row.rates, updatedAt: row.updatedAt },
    })
    .returning();
}

export function removePrice({ orm }: Database, model: string, effectiveFrom: string) {
  return orm
    .delete(modelPrices)
    .where(and(eq(modelPrices.model, model), eq(modelPrices.effectiveFrom, effectiveFrom)))
    .returning();
}

/** Every override, by model and newest day first: there are a handful. */
export function allPrices({ orm }: Database, model: string | undefined) {
  return orm
    .select()
    .from(modelPrices)
    .where(model === undefined ? undefined : eq(modelPrices.model, model))
    .orderBy(asc(modelPrices.model), desc(modelPrices.effectiveFrom));
}
