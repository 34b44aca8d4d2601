/** A fake of the parts of Stripe's API that sell plans, with subscriptions a test can move, and deliveries signed as Stripe documents. */
import { createHmac } from 'node:crypto';
import { startUpstreamServer, type RecordedRequest, type Upstream } from '@/tests/support/upstream-server';
import type { Answer } from '@/tests/support/upstream-answer';

const STRIPE_KEY = 'sk_test_of_a_fake_upstream';
export const STRIPE_WEBHOOK_SECRET = 'whsec_test_of_a_fake_upstream';

export interface FakeSubscription {
  readonly id: string;
  readonly customer: string;
  readonly status: string;
  readonly price: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Seconds since the epoch. */
  readonly created: number;
}

export interface StripeUpstream extends Upstream {
  /** What Stripe says of a subscription from now on. */
  set(subscription: FakeSubscription): void;
  /** Variables of a gateway that sells through this. */
  readonly variables: Readonly<Record<string, string>>;
}

const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'request-id': 'req_fake' },
  body: [JSON.stringify(value)],
});

const missing = (id: string): Answer =>
  json(404, {
    error: { type: 'invalid_request_error', code: 'resource_missing', message: `No such resource: '${id}'` },
  });

/** The object as Stripe's API shows it, as far as anybody here looks. */
export function subscriptionObject({ price, ...rest }: FakeSubscription): Record<string, unknown> {
  const item = { id: `si_${rest.id}`, object: 'subscription_item', price: { id: price, object: 'price' } };
  return { object: 'subscription', ...rest, items: { object: 'list', data: [item], has_more: false } };
}

export async function startStripe(): Promise<StripeUpstream> {
  const subscriptions = new Map<string, FakeSubscription>();
  /** By idempotency key: the same order is answered with the same session. */
  const sessions = new Map<string, unknown>();

  function checkout(request: RecordedRequest): Answer {
    const key = request.headers['idempotency-key'] ?? '';
    const form = request.body.toString('utf8');
    const id = `cs_test_${sessions.size + 1}`;
    const url = `${upstream.url}/pay/${id}?${form}`;
    const session = sessions.get(key) ?? { id, object: 'checkout.session', url };
    sessions.set(key, session);
    return json(200, session);
  }

  const upstream = await startUpstreamServer({
    answer(request) {
      if (request.headers['authorization'] !== `Bearer ${STRIPE_KEY}`)
        return json(401, { error: { type: 'invalid_request_error', message: 'Invalid API Key provided' } });
      const place = `${request.method} ${request.path}`;
      if (place === 'POST /v1/checkout/sessions') return checkout(request);
      if (place === 'POST /v1/billing_portal/sessions') {
        const url = `${upstream.url}/portal?${request.body.toString('utf8')}`;
        return json(200, { id: 'bps_1', object: 'billing_portal.session', url });
      }
      const id = /^GET \/v1\/subscriptions\/(\w+)$/.exec(place)?.[1] ?? '';
      const found = subscriptions.get(id);
      return found === undefined ? missing(id) : json(200, subscriptionObject(found));
    },
    error: (status) => json(status, { error: { type: 'api_error', message: 'It went wrong.' } }),
  });
  return {
    ...upstream,
    set: (subscription) => void subscriptions.set(subscription.id, subscription),
    variables: {
      STRIPE_SECRET_KEY: STRIPE_KEY,
      STRIPE_WEBHOOK_SECRET,
      STRIPE_API_URL: upstream.url,
    },
  };
}

/** `stripe-signature` by the scheme that Stripe's documentation gives: HMAC-SHA256 over `timestamp.payload`, in hex. */
export function signByHand(payload: string, atMs = Date.now(), secret = STRIPE_WEBHOOK_SECRET): string {
  const seconds = Math.floor(atMs / 1_000);
  const signature = createHmac('sha256', secret).update(`${seconds}.${payload}`).digest('hex');
  return `t=${seconds},v1=${signature}`;
}

let events = 0;

/** The body of a delivery. */
export function stripeEvent(type: string, object: object, id = `evt_test_${(events += 1)}`): string {
  const created = Math.floor(Date.now() / 1_000);
  return JSON.stringify({
    id,
    object: 'event',
    api_version: '2026-10-28.endive',
    created,
    type,
    livemode: false,
    pending_webhooks: 1,
    data: { object },
  });
}

export function checkoutCompleted(subscription: FakeSubscription, user: string, id?: string): string {
  const session = {
    id: `cs_${subscription.id}`,
    object: 'checkout.session',
    mode: 'subscription',
    client_reference_id: user,
    customer: subscription.customer,
    subscription: subscription.id,
    payment_status: 'paid',
    metadata: { user, plan: 'whatever-the-metadata-says' },
  };
  return stripeEvent('checkout.session.completed', session, id);
}

export async function deliverStripe(
  gatewayUrl: string,
  payload: string,
  signature = signByHand(payload),
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${gatewayUrl}/api/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    body: payload,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
