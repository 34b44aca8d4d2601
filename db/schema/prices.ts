/** The operator's price overrides; they win over the table in the repository. */
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const modelPrices = sqliteTable(
  'model_prices',
  {
    model: text('model').notNull(),
    effectiveFrom: text('effective_from').notNull(),
    /** A `ModelPrice` without model, effectiveFrom and version, as JSON; validated when read. */
    rates: text('rates', { mode: 'json' }).notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.model, t.effectiveFrom] })],
);
