/** Customers, the machines provisioned for them, and the gateway tokens their agents hold. */
import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import { planLimits } from './plans';

export const users = sqliteTable(
  'users',
  {
    id: text('id').primaryKey(),
    name: text('name'),
    email: text('email'),
    plan: text('plan')
      .notNull()
      .references(() => planLimits.plan),
    /** Milliseconds since the epoch; `NULL` while the customer is active. */
    suspendedAt: integer('suspended_at'),
    /** Stripe's ids of the customer and of the subscription that pays for the plan. */
    stripeCustomerId: text('stripe_customer_id'),
    stripeSubscriptionId: text('stripe_subscription_id'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    index('users_created').on(t.createdAt, t.id),
    index('users_stripe_customer')
      .on(t.stripeCustomerId)
      .where(sql`stripe_customer_id IS NOT NULL`),
  ],
);

export const machines = sqliteTable(
  'machines',
  {
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    hostId: text('host_id').notNull(),
    region: text('region'),
    state: text('state').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [index('machines_user').on(t.userId), uniqueIndex('machines_host').on(t.hostId)],
);

export const gatewayTokens = sqliteTable(
  'gateway_tokens',
  {
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    /** SHA-256 of the token in hex; the token itself is never stored. */
    hash: text('hash').notNull(),
    /** First characters of the token, for people to tell tokens apart. */
    hint: text('hint').notNull(),
    name: text('name').notNull(),
    agent: text('agent'),
    campaign: text('campaign'),
    /** Whether request headers may override agent and campaign. */
    mayAttribute: integer('may_attribute', { mode: 'boolean' }).notNull().default(false),
    scopeModels: text('scope_models', { mode: 'json' }).$type<readonly string[]>(),
    scopeFormats: text('scope_formats', { mode: 'json' }).$type<readonly string[]>(),
    /** The token's own caps a month, below the plan's; `NULL`: the plan's alone. */
    monthlyTokens: integer('monthly_tokens'),
    monthlyCostCents: integer('monthly_cost_cents'),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('gateway_tokens_hash').on(t.hash),
    index('gateway_tokens_user').on(t.userId, t.createdAt, t.id),
    index('gateway_tokens_created').on(t.createdAt, t.id),
  ],
);
