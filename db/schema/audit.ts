/** Who changed what: written in the same transaction as the change. */
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

export const auditLog = sqliteTable(
  'audit_log',
  {
    id: text('id').primaryKey(),
    at: integer('at').notNull(),
    /** How they came: `admin-token`, `operator`, `customer`, `cli`, `stripe`, `system`. */
    actorKind: text('actor_kind').notNull(),
    /** Who they are in that kind's own words; empty where the kind says it all. */
    actor: text('actor').notNull(),
    /** E.g. `plan.change`. */
    action: text('action').notNull(),
    /** What was changed, `plan`, `user`, `token` or `price`, and its id; a price's is `model@first-day`. */
    objectKind: text('object_kind').notNull(),
    objectId: text('object_id').notNull(),
    /** The customer it concerns. */
    userId: text('user_id'),
    /** The row as JSON; `NULL` where there was, or is, none. Secrets' hashes are left out. */
    before: text('before', { mode: 'json' }).$type<Readonly<Record<string, unknown>>>(),
    after: text('after', { mode: 'json' }).$type<Readonly<Record<string, unknown>>>(),
  },
  (t) => [
    index('audit_log_at').on(t.at, t.id),
    index('audit_log_user').on(t.userId, t.at, t.id),
    index('audit_log_object').on(t.objectKind, t.objectId, t.at),
  ],
);
