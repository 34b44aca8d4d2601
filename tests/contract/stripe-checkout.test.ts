/** Plans are bought on Stripe's page: one order a click, the portal for who has a subscription, and a plain word where it can't be. */
import { describe, expect, it } from 'vitest';
import { startCheckout } from '@/lib/account/start-checkout';
import { checkoutCompleted } from '@/tests/support/stripe-upstream';
import { useStripeShop } from '@/tests/support/stripe-shop';

const PLANS_PAGE = 'https://gateway.example/plans?from=banner';
const shop = useStripeShop();

describe('checkout', () => {
  const start = (plan = 'gold', buyer = shop.user) => {
    const { account, upgrades } = shop.gateway.server;
    return startCheckout(account, { user: buyer, plan, return_to: PLANS_PAGE }, upgrades);
  };
  const orders = () => shop.stripe.requests.filter(({ path }) => path === '/v1/checkout/sessions');

  it('orders the plan’s price for the customer, who comes back to the page', async () => {
    const { kind, url } = await start();
    expect(kind).toBe('checkout');
    expect(url).toContain(`${shop.stripe.url}/pay/`);
    const form = Object.fromEntries(new URLSearchParams(orders().at(-1)?.body.toString('utf8')));
    expect(form).toEqual({
      mode: 'subscription',
      'line_items[0][price]': 'price_gold',
      'line_items[0][quantity]': '1',
      client_reference_id: shop.user,
      'metadata[user]': shop.user,
      'metadata[plan]': 'gold',
      'subscription_data[metadata][user]': shop.user,
      'subscription_data[metadata][plan]': 'gold',
      customer_email: `${shop.user}@example.com`,
      success_url: `${PLANS_PAGE}&checkout=done`,
      cancel_url: `${PLANS_PAGE}&checkout=cancelled`,
    });
  });

  it('is one order for two clicks, and another for another plan or another customer', async () => {
    const [first, second] = await Promise.all([start(), start()]);
    expect(second).toEqual(first);
    expect(await start('silver')).not.toEqual(first);
    await shop.gateway.admin('POST', '/api/admin/users', { id: `${shop.user}-b`, plan: 'free' });
    expect(await start('gold', `${shop.user}-b`)).not.toEqual(first);
  });

  it('is the portal for who has a subscription that is open', async () => {
    await shop.deliver(checkoutCompleted(shop.subscription, shop.user));
    const portal = new URL((await start('silver')).url);
    expect(portal.pathname).toBe('/portal');
    expect(Object.fromEntries(portal.searchParams)).toEqual({
      customer: shop.subscription.customer,
      return_url: PLANS_PAGE,
    });
    shop.stripe.set({ ...shop.subscription, status: 'canceled' });
    expect((await start('silver')).kind).toBe('checkout');
    const form = new URLSearchParams(orders().at(-1)?.body.toString('utf8'));
    expect([form.get('customer'), form.get('customer_email')]).toEqual([shop.subscription.customer, null]);
  });

  it('refuses plans that aren’t for sale, and says when Stripe is away', async () => {
    await expect(start('free')).rejects.toMatchObject({ code: 'body_invalid' });
    await expect(start('business')).rejects.toMatchObject({ code: 'conflict' });
    await expect(start('nothing')).rejects.toMatchObject({ code: 'not_found' });
    shop.stripe.script(() => ({ status: 500 }));
    await expect(start()).rejects.toMatchObject({ code: 'upstream_broken' });
    const { account } = shop.gateway.server;
    const unsold = startCheckout(
      account,
      { user: shop.user, plan: 'gold', return_to: PLANS_PAGE },
      { upgradeUrl: null, seller: null },
    );
    await expect(unsold).rejects.toMatchObject({ code: 'conflict' });
  });
});
