/** Plans and what each allows. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const planLimits = sqliteTable('plan_limits', {
  plan: text('plan').primaryKey(),
  /** `NULL`: no monthly token cap. */
  monthlyTokens: integer('monthly_tokens'),
  /** `NULL`: no monthly money cap; then models without a price are allowed. */
  monthlyCostCents: integer('monthly_cost_cents'),
  rateLimitRpm: integer('rate_limit_rpm').notNull(),
  rateLimitTpm: integer('rate_limit_tpm').notNull(),
  countCacheReads: integer('count_cache_reads', { mode: 'boolean' }).notNull().default(false),
  /** JSON list of model ids the plan may use; `NULL`: all. */
  models: text('models', { mode: 'json' }).$type<readonly string[]>(),
  /** What a customer pays a month, US cents; `NULL`: not said, so that no margin is shown. */
  priceCents: integer('price_cents'),
  /** Shown to customers who compare plans. */
  listed: integer('listed', { mode: 'boolean' }).notNull().default(true),
  /** One line for who compares plans. */
  description: text('description'),
  /** The recurring Stripe price (`price_…`) that Checkout sells this plan by. */
  stripePriceId: text('stripe_price_id'),
  /** Milliseconds since the epoch; part of what makes a cached identity stale. */
  updatedAt: integer('updated_at').notNull().default(0),
});
