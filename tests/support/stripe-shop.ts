/** A gateway that sells plans through a fake Stripe, with a fresh customer and a paid subscription for each test. */
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { textOf } from '@/db/queries/row';
import { startGateway, type InProcessGateway } from '@/tests/support/gateway';
import { keepLog } from '@/tests/support/kept-log';
import {
  deliverStripe,
  startStripe,
  stripeEvent,
  subscriptionObject,
  type FakeSubscription,
  type StripeUpstream,
} from '@/tests/support/stripe-upstream';

export interface StripeShop {
  readonly stripe: StripeUpstream;
  readonly gateway: InProcessGateway;
  readonly log: ReturnType<typeof keepLog>;
  /** The customer of this test, on the plan `free`. */
  readonly user: string;
  /** What he has paid for: `gold`. */
  readonly subscription: FakeSubscription;
  deliver(payload: string, signature?: string): ReturnType<typeof deliverStripe>;
  /** A body that says the subscription changed. */
  updated(of?: FakeSubscription): string;
  deleted(of?: FakeSubscription): string;
  /** The customer's plan and Stripe's ids, as stored. */
  row(): Promise<Record<string, unknown>>;
  /** From which plan to which Stripe has moved the customer, by the audit log. */
  changes(): Promise<string[]>;
  /** How many rows remember the event. */
  kept(payload: string): Promise<number>;
}

export async function makePlan(to: InProcessGateway, plan: string, price: string | null): Promise<void> {
  const limits = {
    monthly_tokens: 1_000,
    monthly_cost_cents: 100,
    rate_limit_rpm: 60,
    rate_limit_tpm: 1_000,
  };
  const { status } = await to.admin('POST', '/api/admin/plans', { plan, ...limits, stripe_price_id: price });
  expect(status).toBe(201);
}

/** Opens the shop for the tests of this file; plans are `free`, `silver` and `gold`. */
export function useStripeShop(): StripeShop {
  const log = keepLog();
  let stripe: StripeUpstream;
  let gateway: InProcessGateway;
  let customers = 0;
  let user: string;
  let subscription: FakeSubscription;

  beforeAll(async () => {
    stripe = await startStripe();
    gateway = await startGateway({ ...stripe.variables, STRIPE_FALLBACK_PLAN: 'free' }, { log });
    await makePlan(gateway, 'free', null);
    await makePlan(gateway, 'silver', 'price_silver');
    await makePlan(gateway, 'gold', 'price_gold');
  });
  afterAll(async () => {
    await gateway.stop();
    await stripe.stop();
  });
  beforeEach(async () => {
    stripe.script();
    customers += 1;
    user = `buyer-${customers}`;
    await gateway.admin('POST', '/api/admin/users', { id: user, plan: 'free', email: `${user}@example.com` });
    log.forget();
    subscription = {
      id: `sub_${customers}`,
      customer: `cus_${customers}`,
      status: 'active',
      price: 'price_gold',
      metadata: { user, plan: 'gold' },
      created: 1_795_000_000 + customers,
    };
    stripe.set(subscription);
  });

  async function query(sql: string, arg: string): Promise<Record<string, unknown>[]> {
    const { rows } = await gateway.server.database.client.execute({ sql, args: [arg] });
    return rows.map((row) => ({ ...row }));
  }

  return {
    log,
    get stripe() {
      return stripe;
    },
    get gateway() {
      return gateway;
    },
    get user() {
      return user;
    },
    get subscription() {
      return subscription;
    },
    deliver: (payload, signature) => deliverStripe(gateway.url, payload, signature),
    updated: (of = subscription) => stripeEvent('customer.subscription.updated', subscriptionObject(of)),
    deleted: (of = subscription) => stripeEvent('customer.subscription.deleted', subscriptionObject(of)),
    async row() {
      const columns = 'plan, stripe_customer_id AS customer, stripe_subscription_id AS subscription';
      const [row] = await query(`SELECT ${columns} FROM users WHERE id = ?`, user);
      return row ?? {};
    },
    async changes() {
      const rows = await query(
        `SELECT before ->> '$.plan' || ' to ' || (after ->> '$.plan') AS change FROM audit_log
WHERE object_kind = 'user' AND object_id = ? AND actor_kind = 'stripe' ORDER BY rowid`,
        user,
      );
      return rows.map(({ change }) => textOf(change as string));
    },
    async kept(payload) {
      const { id } = JSON.parse(payload) as { id: string };
      const [row] = await query('SELECT count(*) AS kept FROM stripe_events WHERE id = ?', id);
      return Number(row?.['kept']);
    },
  };
}
