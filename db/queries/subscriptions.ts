/** What a seller's word of a subscription changes, and its events that were acted on. */
import type { InStatement } from '@libsql/client';
import { eq, or } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { stripeEvents, users } from '@/db/schema';
import type { UserRow } from './users';

/** The event, if it was acted on. */
export function sellerEvent({ orm }: Database, id: string) {
  return orm.select({ id: stripeEvents.id }).from(stripeEvents).where(eq(stripeEvents.id, id));
}

/** Customers who may be meant: by our id, or by the seller's. */
export function usersNamed({ orm }: Database, names: { user: string | null; customer: string | null }) {
  // No row has an empty id.
  const { user, customer } = names;
  return orm
    .select()
    .from(users)
    .where(or(eq(users.id, user ?? ''), eq(users.stripeCustomerId, customer ?? '')));
}

export interface SellerEventRow {
  readonly id: string;
  readonly type: string;
  readonly receivedAtMs: number;
}

export type SubscriptionChange = Pick<UserRow, 'plan' | 'stripeCustomerId' | 'stripeSubscriptionId'>;

/**
 * Keeps the event and changes the customer, both only while the customer's row is the one that was decided on: of deliveries that
 * run at once, one gets through, and the others look again.
 */
export function applySubscription(
  event: SellerEventRow,
  user: Pick<UserRow, 'id' | 'updatedAt'>,
  change: SubscriptionChange,
  nowMs: number,
): InStatement[] {
  return [
    {
      sql: `INSERT INTO stripe_events (id, type, received_at)
SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM users WHERE id = ? AND updated_at = ?) ON CONFLICT DO NOTHING`,
      args: [event.id, event.type, event.receivedAtMs, user.id, user.updatedAt],
    },
    {
      sql: `UPDATE users SET plan = ?1, stripe_customer_id = ?2, stripe_subscription_id = ?3, updated_at = max(?4, updated_at + 1)
WHERE id = ?5 AND updated_at = ?6
AND (plan IS NOT ?1 OR stripe_customer_id IS NOT ?2 OR stripe_subscription_id IS NOT ?3)`,
      args: [
        change.plan,
        change.stripeCustomerId,
        change.stripeSubscriptionId,
        nowMs,
        user.id,
        user.updatedAt,
      ],
    },
  ];
}
