/** The port that sells plans, done with Stripe: Checkout, the billing portal, subscriptions, and its signed webhook. */
import { Stripe } from 'stripe';
import { GatewayError } from '@/lib/domain/errors';
import type { Subscription } from '@/lib/domain/subscription';
import { sha256Hex } from '@/lib/std/sha256';

export interface StripeSettings {
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** Stripe's own where `null`. */
  readonly apiUrl: string | null;
  readonly nowMs: () => number;
}

/** A customer waits for the page; Stripe answers in well under a second. */
const TIMEOUT_MS = 15_000;
/** One try more, for a connection that breaks: the SDK repeats with the same idempotency key. */
const RETRIES = 1;
/** Stripe's own advice on how old a signature may be. */
const TOLERANCE_SECONDS = 300;

/** What an event of Stripe's names; the state itself is looked up. */
export interface SaleEvent {
  readonly event: string;
  readonly type: string;
  readonly subscription: string;
  readonly customer: string | null;
  readonly user: string | null;
}

interface Order {
  readonly user: string;
  readonly plan: string;
  readonly price: string;
  readonly customer: string | null;
  readonly email: string | null;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly once: string;
}

/** Events come in the API version that their endpoint was made with: fields may be absent where the SDK's types promise `null`. */
type Reference = string | { readonly id: string } | null | undefined;

const idOf = (reference: Reference): string | null =>
  typeof reference === 'string' ? reference : (reference?.id ?? null);

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** The subscription an event is about; `null` for events that change no plan. */
function saleEventOf(event: Stripe.Event): SaleEvent | null {
  const { id, type } = event;
  if (event.type === 'checkout.session.completed') {
    const session = event.data.object;
    const subscription = idOf(session.subscription);
    if (session.mode !== 'subscription' || subscription === null) return null;
    // Not `client_reference_id`: of a Payment Link, buyers write it into the address themselves. Metadata only we can write.
    const user = orNull(session.metadata?.['user']);
    return { event: id, type, subscription, customer: idOf(session.customer), user };
  }
  if (event.type === 'customer.subscription.updated' || event.type === 'customer.subscription.deleted') {
    const { id: subscription, customer, metadata } = event.data.object;
    return { event: id, type, subscription, customer: idOf(customer), user: orNull(metadata['user']) };
  }
  return null;
}

/** The address apart, as the SDK wants it. */
function placeOf(apiUrl: string | null): Partial<ConstructorParameters<typeof Stripe>[1]> {
  if (apiUrl === null) return {};
  const { protocol, hostname, port } = new URL(apiUrl);
  const scheme = protocol === 'http:' ? 'http' : 'https';
  return { host: hostname, port: port === '' ? (scheme === 'http' ? 80 : 443) : port, protocol: scheme };
}

function isMissing(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeInvalidRequestError && error.code === 'resource_missing';
}

/** Stripe's errors as ours: its messages can name what isn't a customer's to read, so they stay in the cause. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof Stripe.errors.StripeError)) throw cause;
    throw cause instanceof Stripe.errors.StripeConnectionError
      ? new GatewayError('upstream_unreachable', 'Stripe cannot be reached right now.', {}, { cause })
      : new GatewayError('upstream_broken', 'Stripe did not take the request.', {}, { cause });
  }
}

function subscriptionOf(found: Stripe.Subscription): Subscription {
  return {
    id: found.id,
    customer: idOf(found.customer) ?? '',
    status: found.status,
    prices: found.items.data.map(({ price }) => price.id),
    user: orNull(found.metadata['user']),
    createdAtMs: found.created * 1_000,
  };
}

export function createStripe({ secretKey, webhookSecret, apiUrl, nowMs }: StripeSettings) {
  const stripe = new Stripe(secretKey, {
    ...placeOf(apiUrl),
    timeout: TIMEOUT_MS,
    maxNetworkRetries: RETRIES,
    telemetry: false,
    appInfo: { name: 'Tollgate' },
  });

  return {
    /** The address of a page to pay on; the same for orders that are alike. */
    async startCheckout(order: Order): Promise<string> {
      const metadata = { user: order.user, plan: order.plan };
      const payer =
        order.customer === null
          ? order.email === null
            ? {}
            : { customer_email: order.email }
          : { customer: order.customer };
      const session = await asked(
        stripe.checkout.sessions.create(
          {
            mode: 'subscription',
            line_items: [{ price: order.price, quantity: 1 }],
            client_reference_id: order.user,
            metadata,
            subscription_data: { metadata },
            success_url: order.successUrl,
            cancel_url: order.cancelUrl,
            ...payer,
          },
          { idempotencyKey: `tollgate-${sha256Hex(JSON.stringify(order))}` },
        ),
      );
      if (session.url === null) throw new GatewayError('upstream_broken', 'Stripe gave no page to pay on.');
      return session.url;
    },

    async openPortal(customer: string, returnUrl: string): Promise<string> {
      const session = await asked(stripe.billingPortal.sessions.create({ customer, return_url: returnUrl }));
      return session.url;
    },

    /** As it stands now; `null` where there is none of that id. */
    async subscription(id: string): Promise<Subscription | null> {
      const found = await asked(
        stripe.subscriptions.retrieve(id).catch((error: unknown) => {
          if (isMissing(error)) return null;
          throw error;
        }),
      );
      return found === null ? null : subscriptionOf(found);
    },

    /**
     * A delivery of the webhook, its signature checked; `null` for events that change no plan.
     * @throws GatewayError `body_invalid` when Stripe didn't sign it, or too long ago
     */
    async readEvent(payload: string, signature: string): Promise<SaleEvent | null> {
      const { webhooks } = stripe;
      const signed = webhooks.constructEventAsync(
        payload,
        signature,
        webhookSecret,
        TOLERANCE_SECONDS,
        undefined,
        nowMs(),
      );
      const event = await signed.catch((cause: unknown) => {
        const message =
          'The body does not carry a fresh signature of Stripe’s, made with STRIPE_WEBHOOK_SECRET.';
        throw new GatewayError('body_invalid', message, {}, { cause });
      });
      return saleEventOf(event);
    },
  };
}
