/** On to where a plan is bought: Checkout or its portal where plans are sold here, else the operator's page. */
import { comparePlans } from '@/lib/account/compare-plans';
import { startCheckout } from '@/lib/account/start-checkout';
import { GatewayError } from '@/lib/domain/errors';
import { getServer } from '@/lib/server';
import { accountFor, assertMayChange, customerHere } from '../../viewer';
import type { NoticeName } from '../notice';

const leadTo = (location: string): Response =>
  new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });

const back = (problem: NoticeName): Response => leadTo(`/plans?problem=${problem}`);

const plain = (status: number, text: string): Response =>
  new Response(text, {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  });

async function wayTo(plan: string, request: Request): Promise<Response> {
  const viewer = await customerHere();
  // A link on another site must not take a customer to a payment page.
  if (request.headers.get('sec-fetch-site') === 'cross-site') return leadTo('/plans');
  assertMayChange(viewer);
  const [server, account] = await Promise.all([getServer(), accountFor(viewer)]);
  const { plans, subscribed } = await comparePlans(account, { user: viewer.userId }, server.upgrades);
  const wanted = plans.find((one) => one.plan === plan);
  if (wanted === undefined) return back('unknown');
  if (wanted.can_checkout || (subscribed && server.upgrades.seller !== null)) {
    const return_to = `${server.origin(request.headers)}/plans`;
    const { url } = await startCheckout(account, { user: viewer.userId, plan, return_to }, server.upgrades);
    return leadTo(url);
  }
  if (wanted.current) return leadTo('/plans');
  return wanted.upgrade_url === null ? back('ask') : leadTo(wanted.upgrade_url);
}

export async function GET(request: Request): Promise<Response> {
  const plan = new URL(request.url).searchParams.get('plan') ?? '';
  try {
    return await wayTo(plan, request);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (error.code === 'forbidden') return plain(error.status, error.message);
    if (error.code === 'conflict' || error.code === 'body_invalid') return back('ask');
    return back('unavailable');
  }
}
