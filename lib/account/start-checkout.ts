/** Opens the page where a customer buys a plan; one who has a subscription already changes it in the seller's portal. */
import { z } from 'zod';
import { planByName } from '@/db/queries/plans';
import { withBusyRetry } from '@/db/retry';
import { GatewayError } from '@/lib/domain/errors';
import { isOpen } from '@/lib/domain/subscription';
import type { CheckoutView } from './cap-views';
import type { AccountContext } from './context';
import { demandUser, found } from './demand';
import { reference } from './fields';
import { inputError, parseInput } from './input';
import type { UpgradePorts } from './upgrade-ports';

/** `return_to`: the page with the plans, to which the browser comes back with `checkout=done` or `checkout=cancelled`. */
const StartCheckoutInput = z.strictObject({
  user: reference,
  plan: reference,
  return_to: z.url({ protocol: /^https?$/ }),
});

/** Clicks within an hour are one order, unless the customer changed meanwhile. */
const ONE_ORDER_MS = 3_600_000;

function returning(page: string, checkout: 'done' | 'cancelled'): string {
  const url = new URL(page);
  url.searchParams.set('checkout', checkout);
  return url.href;
}

/**
 * Two subscriptions would be two bills, so who has one that is open goes to the portal.
 * @throws GatewayError `body_invalid`, `not_found`; `conflict` where the plan can't be bought; what the seller throws
 */
export async function startCheckout(
  context: AccountContext,
  input: unknown,
  { seller }: UpgradePorts,
): Promise<CheckoutView> {
  const wanted = parseInput(StartCheckoutInput, input);
  if (seller === null) throw new GatewayError('conflict', 'Plans are not sold here.');
  const user = await demandUser(context, wanted.user);
  const [row] = await withBusyRetry(() => planByName(context.database, wanted.plan));
  const plan = found(row, 'plan', wanted.plan);
  const { stripeCustomerId: customer, stripeSubscriptionId } = user;
  if (customer !== null && stripeSubscriptionId !== null) {
    const subscription = await seller.subscription(stripeSubscriptionId);
    if (subscription !== null && isOpen(subscription))
      return { kind: 'portal', url: await seller.openPortal(customer, wanted.return_to) };
  }
  if (plan.plan === user.plan) throw inputError('plan', `The customer is on "${plan.plan}" already.`);
  if (plan.stripePriceId === null || !plan.listed)
    throw new GatewayError('conflict', `The plan "${plan.plan}" can't be bought here.`);
  const url = await seller.startCheckout({
    user: user.id,
    plan: plan.plan,
    price: plan.stripePriceId,
    customer,
    email: user.email,
    successUrl: returning(wanted.return_to, 'done'),
    cancelUrl: returning(wanted.return_to, 'cancelled'),
    once: `${user.updatedAt}/${Math.floor(context.nowMs() / ONE_ORDER_MS)}`,
  });
  return { kind: 'checkout', url };
}
