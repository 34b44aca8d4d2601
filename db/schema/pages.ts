/** Who is signed in to the pages, and what they were told. */
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** A signed-in browser. Its cookie names the row; ending the row signs it out. */
export const webSessions = sqliteTable(
  'web_sessions',
  {
    id: text('id').primaryKey(),
    kind: text('kind').$type<'customer' | 'operator'>().notNull(),
    /** The customer whose pages are shown; `NULL` for operators. */
    userId: text('user_id'),
    /** Who it is, as pages and the audit log show it: a token's name, an e-mail address. */
    subject: text('subject').notNull(),
    method: text('method').$type<'token' | 'link' | 'oidc' | 'admin-token'>().notNull(),
    /** What it was opened with: a token's id, a link's hash, the admin token's hash. When that ends, it ends. */
    credential: text('credential').notNull(),
    /** Whether it may change anything: a narrowed token opens the pages for reading alone. */
    mayChange: integer('may_change', { mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
    lastSeenAt: integer('last_seen_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    endedAt: integer('ended_at'),
  },
  (t) => [
    index('web_sessions_user').on(t.userId, t.createdAt),
    index('web_sessions_expires').on(t.expiresAt),
  ],
);

/** Links that sign a customer in once; only the hash of their secret is stored. */
export const signInLinks = sqliteTable(
  'sign_in_links',
  {
    hash: text('hash').primaryKey(),
    userId: text('user_id').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
  },
  (t) => [index('sign_in_links_expires').on(t.expiresAt)],
);

/** What all instances must agree on and nobody configured, such as the key that signs cookies. */
export const settings = sqliteTable('settings', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** Prompts a customer has put away: each threshold of each cap comes once a month. */
export const dismissals = sqliteTable(
  'dismissals',
  {
    userId: text('user_id').notNull(),
    month: text('month').notNull(),
    cap: text('cap').$type<'tokens' | 'cost'>().notNull(),
    threshold: integer('threshold').notNull(),
    dismissedAt: integer('dismissed_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.month, t.cap, t.threshold] })],
);

/** Events on their way to the operator's webhook; triggers write them with the change they tell of. */
export const events = sqliteTable(
  'events',
  {
    id: text('id').primaryKey(),
    type: text('type').notNull(),
    userId: text('user_id').notNull(),
    /** One event per key, however often its cause repeats. */
    key: text('key').notNull().unique(),
    facts: text('facts', { mode: 'json' }).$type<Readonly<Record<string, unknown>>>().notNull(),
    createdAt: integer('created_at').notNull(),
    nextAttemptAt: integer('next_attempt_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
    deliveredAt: integer('delivered_at'),
    lastError: text('last_error'),
  },
  (t) => [
    index('events_user').on(t.userId, t.createdAt),
    index('events_due')
      .on(t.nextAttemptAt)
      .where(sql`delivered_at IS NULL`),
  ],
);

/** Stripe's events that were acted on: it delivers at least once. */
export const stripeEvents = sqliteTable('stripe_events', {
  id: text('id').primaryKey(),
  type: text('type').notNull(),
  receivedAt: integer('received_at').notNull(),
});
