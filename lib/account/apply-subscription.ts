/** Brings a customer's plan in line with the subscription that pays for it, when its seller says that it changed. */
import { z } from 'zod';
import { allPlans, type PlanRow } from '@/db/queries/plans';
import {
  applySubscription,
  sellerEvent,
  usersNamed,
  type SubscriptionChange,
} from '@/db/queries/subscriptions';
import type { UserRow } from '@/db/queries/users';
import { withBusyRetry } from '@/db/retry';
import { GatewayError } from '@/lib/domain/errors';
import { isOpen, standingOf, type Subscription } from '@/lib/domain/subscription';
import { auditedTogether } from './audited';
import type { AccountContext } from './context';
import { parseInput } from './input';
import type { Seller } from './upgrade-ports';

/** What the seller's event names. What it says of the subscription is not believed: it may be older than what was done since. */
const ApplySubscriptionInput = z.strictObject({
  event: z.string().min(1),
  type: z.string().min(1),
  subscription: z.string().min(1),
  /** The seller's id of who pays. */
  customer: z.string().min(1).nullable(),
  /** The customer named at the sale. */
  user: z.string().min(1).nullable(),
});

export type SubscriptionOutcome =
  | {
      readonly kind: 'changed' | 'unchanged';
      readonly user: string;
      readonly plan: string;
      /** Nothing pays for the plan any more, and there is none to fall back to: the operator has to look. */
      readonly unpaid: boolean;
    }
  | { readonly kind: 'duplicate' }
  | {
      readonly kind: 'ignored';
      readonly reason:
        | 'subscription_unknown'
        | 'user_unknown'
        | 'price_unknown'
        | 'fallback_unknown'
        | 'superseded';
      readonly user: string | null;
    };

export interface ApplySubscriptionPorts {
  readonly seller: Pick<Seller, 'subscription'>;
  /** The plan of those whose subscription ended; `null` leaves them on theirs. */
  readonly fallbackPlan: string | null;
}

/** Each round is lost only to another change of the same customer. */
const MOST_ROUNDS = 8;

type Decision = SubscriptionChange | Extract<SubscriptionOutcome, { kind: 'ignored' }>;

/** Who pays this subscription already, else who was named at the sale, else the one customer of the seller's customer. */
function chooseUser(
  rows: readonly UserRow[],
  { subscription, user }: z.output<typeof ApplySubscriptionInput>,
): UserRow | undefined {
  return (
    rows.find((row) => row.stripeSubscriptionId === subscription) ??
    rows.find((row) => row.id === user) ??
    (rows.length === 1 ? rows[0] : undefined)
  );
}

/** A customer who holds another subscription that is open and newer is not moved by this one. */
async function isSuperseded(
  user: UserRow,
  subscription: Subscription,
  seller: ApplySubscriptionPorts['seller'],
) {
  const held = user.stripeSubscriptionId;
  if (held === null || held === subscription.id) return false;
  const other = await seller.subscription(held);
  return other !== null && isOpen(other) && other.createdAtMs >= subscription.createdAtMs;
}

/** Only what had given the plan can take it. */
function isWithdrawn(user: UserRow, subscription: Subscription): boolean {
  const standing = standingOf(subscription);
  return user.stripeSubscriptionId === subscription.id && (standing === 'withdrawn' || standing === 'over');
}

function decide(
  user: UserRow,
  subscription: Subscription,
  plans: readonly PlanRow[],
  fallbackPlan: string | null,
): Decision {
  const ignored = (reason: 'price_unknown' | 'fallback_unknown') =>
    ({ kind: 'ignored', reason, user: user.id }) as const;
  const held = { stripeCustomerId: subscription.customer, stripeSubscriptionId: subscription.id };
  const standing = standingOf(subscription);
  if (standing === 'granted') {
    const plan = plans.find(
      ({ stripePriceId }) => stripePriceId !== null && subscription.prices.includes(stripePriceId),
    );
    return plan === undefined ? ignored('price_unknown') : { ...held, plan: plan.plan };
  }
  const unchanged = {
    plan: user.plan,
    stripeCustomerId: user.stripeCustomerId,
    stripeSubscriptionId: user.stripeSubscriptionId,
  };
  if (!isWithdrawn(user, subscription)) return unchanged;
  if (fallbackPlan !== null && !plans.some(({ plan }) => plan === fallbackPlan))
    return ignored('fallback_unknown');
  return {
    plan: fallbackPlan ?? user.plan,
    stripeCustomerId: user.stripeCustomerId,
    stripeSubscriptionId: standing === 'over' ? null : user.stripeSubscriptionId,
  };
}

/**
 * Looks up how the subscription stands now, so that neither the order nor the number of deliveries matters, and applies that with the
 * event's id in one transaction.
 * @throws GatewayError `store_unavailable` when the customer changes all the while; what the seller throws
 */
export async function applySubscriptionEvent(
  context: AccountContext,
  input: unknown,
  { seller, fallbackPlan }: ApplySubscriptionPorts,
): Promise<SubscriptionOutcome> {
  const wanted = parseInput(ApplySubscriptionInput, input);
  const { database } = context;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const [seen, plans, rows] = await withBusyRetry(() =>
      database.orm.batch([
        sellerEvent(database, wanted.event),
        allPlans(database),
        usersNamed(database, wanted),
      ]),
    );
    if (seen.length > 0) return { kind: 'duplicate' };
    const user = chooseUser(rows, wanted);
    if (user === undefined) return { kind: 'ignored', reason: 'user_unknown', user: wanted.user };
    // Asked for after the customer was read: a change in between makes the write below miss.
    const subscription = await seller.subscription(wanted.subscription);
    if (subscription === null) return { kind: 'ignored', reason: 'subscription_unknown', user: user.id };
    if (await isSuperseded(user, subscription, seller))
      return { kind: 'ignored', reason: 'superseded', user: user.id };
    const change = decide(user, subscription, plans, fallbackPlan);
    if ('kind' in change) return change;
    const nowMs = context.nowMs();
    const event = { id: wanted.event, type: wanted.type, receivedAtMs: nowMs };
    const [kept, changed] = await auditedTogether(
      context,
      'user.change',
      [[user.id]],
      applySubscription(event, user, change, nowMs),
    );
    if (kept !== 1) continue;
    context.forget();
    const unpaid = fallbackPlan === null && isWithdrawn(user, subscription);
    return { kind: changed === 1 ? 'changed' : 'unchanged', user: user.id, plan: change.plan, unpaid };
  }
  throw new GatewayError('store_unavailable', 'The customer is being changed; try again.', {
    retryAfterMs: 1_000,
  });
}
