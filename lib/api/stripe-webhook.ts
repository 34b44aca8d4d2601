/** `POST /api/webhooks/stripe`: Stripe tells of subscriptions, and the customer's plan follows. */
import { failureReason, isDatabaseFailure } from '@/db/queries/failure';
import { applySubscriptionEvent, type ApplySubscriptionPorts } from '@/lib/account/apply-subscription';
import type { AccountContext } from '@/lib/account/context';
import { GatewayError } from '@/lib/domain/errors';
import type { Log, RequestContext } from '@/lib/gateway/ports';
import { newId } from '@/lib/std/ids';
import { errorAnswer, jsonAnswer, NotConfigured } from './answer';
import { readText } from './body';

export const STRIPE_WEBHOOK_PATH = '/api/webhooks/stripe';

interface SaleEvent {
  readonly event: string;
  readonly type: string;
  readonly subscription: string;
  readonly customer: string | null;
  readonly user: string | null;
}

export interface StripeWebhookDeps {
  readonly account: AccountContext;
  /** `null`: STRIPE_SECRET_KEY isn't set, and this answers 503. */
  readonly stripe:
    | (ApplySubscriptionPorts['seller'] & {
        /** @throws GatewayError `body_invalid` on a bad signature */
        readEvent(payload: string, signature: string): Promise<SaleEvent | null>;
      })
    | null;
  readonly fallbackPlan: string | null;
  /** Hears of every delivery that Stripe didn't sign. */
  readonly onUnsigned: (context: RequestContext) => void | Promise<void>;
  readonly log: Log;
}

async function payloadOf(request: Request): Promise<string> {
  const coding = request.headers.get('content-encoding') ?? 'identity';
  if (coding !== 'identity')
    throw new GatewayError('encoding_unsupported', `Send the body uncompressed, not as "${coding}".`);
  try {
    return await readText(request);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('body_invalid', 'The body is not UTF-8.', {}, { cause: error });
  }
}

async function receive(request: Request, context: RequestContext, deps: StripeWebhookDeps): Promise<void> {
  if (request.method !== 'POST') {
    const message = `${request.method} is not allowed here; use POST.`;
    throw new GatewayError('method_not_allowed', message, { headers: { allow: 'POST' } });
  }
  const { stripe, fallbackPlan, log } = deps;
  if (stripe === null) throw new NotConfigured('Nothing is sold here: set STRIPE_SECRET_KEY on the server.');
  const payload = await payloadOf(request);
  const signature = request.headers.get('stripe-signature') ?? '';
  const sale = await stripe.readEvent(payload, signature).catch(async (error: unknown) => {
    if (error instanceof GatewayError) await deps.onUnsigned(context);
    throw error;
  });
  if (sale === null) return;
  const account = { ...deps.account, actor: { kind: 'stripe', id: sale.event } as const };
  const outcome = await applySubscriptionEvent(account, sale, { seller: stripe, fallbackPlan });
  const { event, type, subscription } = sale;
  const isOdd = outcome.kind === 'ignored' || ('unpaid' in outcome && outcome.unpaid);
  log.write(isOdd ? 'warn' : 'info', 'stripe_event', {
    stripeEvent: event,
    type,
    subscription,
    ...outcome,
  });
}

function shownFor(error: unknown): GatewayError | NotConfigured {
  if (error instanceof GatewayError || error instanceof NotConfigured) return error;
  return isDatabaseFailure(error)
    ? new GatewayError('store_unavailable', 'The database cannot be reached right now.', {
        retryAfterMs: 1_000,
      })
    : new GatewayError('internal', 'The gateway failed; the request id finds the reason in its log.');
}

/** Never rejects. Anything but 200 makes Stripe deliver again, so what can't be used is answered 200 and logged. */
export function createStripeWebhook(deps: StripeWebhookDeps) {
  return async (request: Request, context: RequestContext): Promise<Response> => {
    const requestId = newId('req_', deps.account.nowMs());
    try {
      await receive(request, context, deps);
      return jsonAnswer(200, { received: true }, requestId);
    } catch (error) {
      const shown = shownFor(error);
      if (shown.status >= 500 && !(shown instanceof NotConfigured)) {
        const cause = error instanceof GatewayError ? (error.cause ?? error) : error;
        deps.log.write('error', 'stripe_event_failed', { requestId, reason: failureReason(cause) });
      }
      return errorAnswer(shown, requestId);
    }
  };
}
