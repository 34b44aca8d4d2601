/** A customer's plan follows the subscription as it stands, however late, often or confused its events arrive. */
import { beforeEach, describe, expect, it } from 'vitest';
import { errorView } from '@/lib/api/answers';
import { checkoutCompleted, stripeEvent, subscriptionObject } from '@/tests/support/stripe-upstream';
import { useStripeShop } from '@/tests/support/stripe-shop';

const shop = useStripeShop();

describe('events of a subscription', () => {
  beforeEach(async () => {
    await shop.deliver(checkoutCompleted(shop.subscription, shop.user));
  });

  it('move the customer to the plan he changed to in the portal', async () => {
    const changed = { ...shop.subscription, price: 'price_silver' };
    shop.stripe.set(changed);
    await shop.deliver(shop.updated(changed));
    expect(await shop.row()).toMatchObject({ plan: 'silver' });
    expect(await shop.changes()).toEqual(['free to gold', 'gold to silver']);
  });

  it('that arrive late don’t undo what came after them', async () => {
    const older = shop.updated({ ...shop.subscription, price: 'price_gold' });
    const newer = { ...shop.subscription, price: 'price_silver' };
    shop.stripe.set(newer);
    await shop.deliver(shop.updated(newer));
    await shop.deliver(older);
    expect(await shop.row()).toMatchObject({ plan: 'silver' });
    const over = { ...newer, status: 'canceled' };
    shop.stripe.set(over);
    await shop.deliver(shop.deleted(over));
    await shop.deliver(shop.updated(newer));
    expect(await shop.row()).toEqual({
      plan: 'free',
      customer: shop.subscription.customer,
      subscription: null,
    });
  });

  it('that were looked up before a change and written after it look again', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let asked = 0;
    shop.stripe.script(async () => {
      asked += 1;
      if (asked > 1) return null;
      await held;
      return { body: JSON.stringify(subscriptionObject(shop.subscription)) };
    });
    const slow = shop.deliver(shop.updated());
    await expect.poll(() => asked).toBe(1);
    const newer = { ...shop.subscription, price: 'price_silver' };
    shop.stripe.set(newer);
    await shop.deliver(shop.updated(newer));
    release();
    expect((await slow).status).toBe(200);
    expect(await shop.row()).toMatchObject({ plan: 'silver' });
    expect(await shop.changes()).toEqual(['free to gold', 'gold to silver']);
  });

  it('leave the plan while a payment is late, and take it when the subscription ends', async () => {
    const late = { ...shop.subscription, status: 'past_due' };
    shop.stripe.set(late);
    await shop.deliver(shop.updated(late));
    expect(await shop.row()).toMatchObject({ plan: 'gold' });
    const unpaid = { ...shop.subscription, status: 'unpaid' };
    shop.stripe.set(unpaid);
    await shop.deliver(shop.updated(unpaid));
    expect(await shop.row()).toMatchObject({ plan: 'free', subscription: shop.subscription.id });
    shop.stripe.set(shop.subscription);
    await shop.deliver(shop.updated());
    expect(await shop.row()).toMatchObject({ plan: 'gold' });
  });

  it('of an older subscription don’t move who has bought a newer one', async () => {
    const second = {
      ...shop.subscription,
      id: `${shop.subscription.id}b`,
      price: 'price_silver',
      created: 1_796_000_000,
    };
    shop.stripe.set(second);
    await shop.deliver(checkoutCompleted(second, shop.user));
    expect(await shop.row()).toMatchObject({ plan: 'silver', subscription: second.id });
    await shop.deliver(shop.updated(shop.subscription));
    const over = { ...shop.subscription, status: 'canceled' };
    shop.stripe.set(over);
    await shop.deliver(shop.deleted(over));
    expect(await shop.row()).toMatchObject({ plan: 'silver', subscription: second.id });
  });
});

describe('what can’t be used', () => {
  const warnings = () =>
    shop.log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields['reason']);

  it('is taken and logged: an unknown customer, a price that is no plan’s', async () => {
    expect((await shop.deliver(checkoutCompleted(shop.subscription, 'nobody'))).status).toBe(200);
    shop.stripe.set({ ...shop.subscription, price: 'price_of_something_else' });
    const payload = checkoutCompleted(shop.subscription, shop.user);
    expect((await shop.deliver(payload)).status).toBe(200);
    expect(warnings()).toEqual(['user_unknown', 'price_unknown']);
    expect(await shop.row()).toEqual({ plan: 'free', customer: null, subscription: null });
    // Once the price is a plan's, Stripe's "resend" works.
    shop.stripe.set(shop.subscription);
    await shop.deliver(payload);
    expect(await shop.row()).toMatchObject({ plan: 'gold' });
  });

  it('is a sale that names its customer only where a Payment Link’s buyer can: in the address', async () => {
    const session = {
      id: 'cs_link',
      object: 'checkout.session',
      mode: 'subscription',
      client_reference_id: shop.user,
      customer: 'cus_of_somebody_else',
      subscription: shop.subscription.id,
      metadata: {},
    };
    shop.stripe.set({
      ...shop.subscription,
      customer: session.customer,
      price: 'price_silver',
      metadata: {},
    });
    expect((await shop.deliver(stripeEvent('checkout.session.completed', session))).status).toBe(200);
    expect(warnings()).toEqual(['user_unknown']);
    expect(await shop.row()).toEqual({ plan: 'free', customer: null, subscription: null });
  });

  it('is a sale whose payment isn’t through: the plan comes with the payment', async () => {
    shop.stripe.set({ ...shop.subscription, status: 'incomplete' });
    await shop.deliver(checkoutCompleted(shop.subscription, shop.user));
    expect(await shop.row()).toMatchObject({ plan: 'free' });
    shop.stripe.set(shop.subscription);
    await shop.deliver(shop.updated());
    expect(await shop.row()).toMatchObject({ plan: 'gold' });
  });

  it('is taken in silence: events that change no plan', async () => {
    expect((await shop.deliver(stripeEvent('invoice.paid', { id: 'in_1' }))).status).toBe(200);
    const payment = {
      id: 'cs_1',
      object: 'checkout.session',
      mode: 'payment',
      client_reference_id: shop.user,
    };
    expect((await shop.deliver(stripeEvent('checkout.session.completed', payment))).status).toBe(200);
    expect(shop.log.lines).toEqual([]);
  });

  it('is asked for again when Stripe can’t say how the subscription stands', async () => {
    const payload = checkoutCompleted(shop.subscription, shop.user);
    shop.stripe.script(() => ({ status: 500 }));
    const { status, body } = await shop.deliver(payload);
    expect([status, errorView.parse(body).error.code]).toEqual([502, 'upstream_broken']);
    expect(await shop.kept(payload)).toBe(0);
    shop.stripe.script();
    await shop.deliver(payload);
    expect(await shop.row()).toMatchObject({ plan: 'gold' });
  });

  it('is refused before it is read: too large, compressed, or no POST', async () => {
    const large = await shop.deliver(stripeEvent('invoice.paid', { id: 'x'.repeat(1_100_000) }));
    expect([large.status, errorView.parse(large.body).error.code]).toEqual([413, 'body_too_large']);
    const place = `${shop.gateway.url}/api/webhooks/stripe`;
    const headers = { 'content-encoding': 'gzip' };
    expect((await fetch(place, { method: 'POST', headers, body: '{}' })).status).toBe(415);
    const get = await fetch(place);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
  });
});
