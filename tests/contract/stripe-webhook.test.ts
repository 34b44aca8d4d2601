/** Stripe's webhook is believed when it is signed, acted on once, and answered so that Stripe does the right thing. */
import { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { errorView } from '@/lib/api/answers';
import { startGateway } from '@/tests/support/gateway';
import { keepLog } from '@/tests/support/kept-log';
import {
  checkoutCompleted,
  deliverStripe,
  signByHand,
  STRIPE_WEBHOOK_SECRET,
} from '@/tests/support/stripe-upstream';
import { makePlan, useStripeShop } from '@/tests/support/stripe-shop';

const MINUTES_5_MS = 300_000;
const shop = useStripeShop();

describe('a delivery', () => {
  it('of a sale puts the customer on the plan of the price that is paid, whatever the metadata says', async () => {
    const answer = await shop.deliver(checkoutCompleted(shop.subscription, shop.user));
    expect(answer).toEqual({ status: 200, body: { received: true } });
    expect(await shop.row()).toEqual({
      plan: 'gold',
      customer: shop.subscription.customer,
      subscription: shop.subscription.id,
    });
    expect(await shop.changes()).toEqual(['free to gold']);
  });

  it('signed by Stripe’s own helper is taken as well', async () => {
    const payload = checkoutCompleted(shop.subscription, shop.user);
    const { webhooks } = new Stripe('sk_test_1');
    const signature = webhooks.generateTestHeaderString({ payload, secret: STRIPE_WEBHOOK_SECRET });
    expect((await shop.deliver(payload, signature)).status).toBe(200);
    expect(await shop.row()).toMatchObject({ plan: 'gold' });
  });

  it.each([
    ['with another secret', (payload: string) => signByHand(payload, Date.now(), 'whsec_another')],
    ['too long ago', (payload: string) => signByHand(payload, Date.now() - MINUTES_5_MS - 5_000)],
    ['for another body', (payload: string) => signByHand(`${payload} `)],
    ['with a scheme that is none', (payload: string) => signByHand(payload).replace('v1=', 'v0=')],
    ['not at all', () => ''],
  ])('signed %s is refused and changes nothing', async (_, sign) => {
    const payload = checkoutCompleted(shop.subscription, shop.user);
    const { status, body } = await shop.deliver(payload, sign(payload));
    expect(status).toBe(400);
    expect(errorView.parse(body).error.code).toBe('body_invalid');
    expect(await shop.row()).toEqual({ plan: 'free', customer: null, subscription: null });
    expect(await shop.kept(payload)).toBe(0);
  });

  it('that comes again changes nothing again', async () => {
    const payload = checkoutCompleted(shop.subscription, shop.user);
    await shop.deliver(payload);
    await shop.gateway.admin('PATCH', `/api/admin/users/${shop.user}`, { plan: 'silver' });
    expect((await shop.deliver(payload)).status).toBe(200);
    expect(await shop.row()).toMatchObject({ plan: 'silver' });
    expect(await shop.changes()).toEqual(['free to gold']);
  });

  it('that comes ten times at once changes the plan once', async () => {
    const payload = checkoutCompleted(shop.subscription, shop.user);
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.deliver(payload)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await shop.changes()).toEqual(['free to gold']);
    expect(await shop.kept(payload)).toBe(1);
  });

  it('holds from the customer’s next call on', async () => {
    const { token } = (
      await shop.gateway.admin('POST', '/api/admin/tokens', { user: shop.user, name: 'agent' })
    ).body;
    const headers = { authorization: `Bearer ${String(token)}` };
    const plan = async () => {
      const response = await fetch(`${shop.gateway.url}/api/user/usage`, { headers });
      return ((await response.json()) as { plan: string }).plan;
    };
    expect(await plan()).toBe('free');
    await shop.deliver(checkoutCompleted(shop.subscription, shop.user));
    expect(await plan()).toBe('gold');
  });
});

describe('a gateway', () => {
  it('without a plan to fall back to leaves who cancels on his plan, and says so', async () => {
    const own = keepLog();
    const other = await startGateway(shop.stripe.variables, { log: own });
    await makePlan(other, 'gold', 'price_gold');
    await other.admin('POST', '/api/admin/users', { id: shop.user, plan: 'starter' });
    await deliverStripe(other.url, checkoutCompleted(shop.subscription, shop.user));
    const over = { ...shop.subscription, status: 'canceled' };
    shop.stripe.set(over);
    expect((await deliverStripe(other.url, shop.deleted(over))).status).toBe(200);
    const { body } = await other.admin('GET', `/api/admin/users/${shop.user}`);
    await other.stop();
    expect(body).toMatchObject({ plan: 'gold', suspended: false });
    expect(own.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: { user: shop.user, plan: 'gold', unpaid: true },
    });
  });

  it('that sells nothing says that the webhook is closed', async () => {
    const other = await startGateway();
    const { status, body } = await deliverStripe(other.url, checkoutCompleted(shop.subscription, shop.user));
    await other.stop();
    expect([status, errorView.parse(body).error.code]).toEqual([503, 'not_configured']);
  });
});
