/** A paid subscription as far as plans depend on it, whoever sells it. */

/** What a seller says of a subscription, as it stands now. */
export interface Subscription {
  readonly id: string;
  /** The seller's id of who pays. */
  readonly customer: string;
  readonly status: string;
  /** What is paid for. */
  readonly prices: readonly string[];
  /** The customer of ours that it was bought for, as was noted at the sale. */
  readonly user: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
}

/**
 * `granted`: paid for. `kept`: a payment is late or asked for again; what was granted stays. `withdrawn`: no longer paid for, but may
 * come back. `over`: it never comes back. `waiting`: nothing was ever paid.
 */
export type Standing = 'granted' | 'kept' | 'withdrawn' | 'over' | 'waiting';

/** Stripe's words for a subscription's status. */
const STANDINGS: Readonly<Record<string, Standing>> = {
  active: 'granted',
  trialing: 'granted',
  past_due: 'kept',
  unpaid: 'withdrawn',
  paused: 'withdrawn',
  canceled: 'over',
  incomplete_expired: 'over',
  incomplete: 'waiting',
};

/** A status nobody knows yet changes nothing. */
export function standingOf({ status }: Pick<Subscription, 'status'>): Standing {
  return STANDINGS[status] ?? 'kept';
}

/** Whether it may still be paid for: then its owner changes it instead of buying another. */
export function isOpen(subscription: Pick<Subscription, 'status'>): boolean {
  return standingOf(subscription) !== 'over' && standingOf(subscription) !== 'waiting';
}
