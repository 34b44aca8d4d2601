/** Endpoints that are never charged: model lists and token counting. No hold, no row. */
import { GatewayError } from '@/lib/domain/errors';
import type { Call } from '../call';
import { addGatewayHeaders, limitViewOf } from '../headers';
import { logCall } from '../log-call';
import type { Ports } from '../ports';
import { minuteLimits } from './admit';
import { ForwardError, forward } from './forward';
import { relay } from './respond';
import { leaveController, upstreamCall } from './send';

/** Answers a free endpoint; the month is read beside it, for the headers alone. */
export async function answerFree(
  call: Call,
  ports: Ports,
  make: () => Response | Promise<Response>,
): Promise<Response> {
  const identity = call.caller?.identity;
  if (identity === undefined) throw new Error('answer before authenticate');
  const [response, month, minute] = await Promise.all([
    make(),
    ports.store.readMonth(identity, call.startedAtMs).catch(() => null),
    ports.limiter.peek(identity.userId, minuteLimits(identity)).catch(() => null),
  ]);
  const headers = new Headers(response.headers);
  const provider = call.authorized?.provider.name ?? 'tollgate';
  addGatewayHeaders(headers, {
    requestId: call.id,
    provider,
    ...limitViewOf(call, month ?? undefined, minute, null, ports),
  });
  logCall(call, response.status, {}, ports);
  return new Response(response.body, { status: response.status, headers });
}

/** Free calls one customer may have under way: twice the burst Claude Code sends to draw its context view. */
const FREE_AT_ONCE = 64;
const RETRY_MS = 1_000;
const underWay = new Map<string, number>();

/** Counts a customer's free calls under way. @throws GatewayError `rate_limited_requests` beyond the bound */
async function bounded<T>(userId: string, work: () => Promise<T>): Promise<T> {
  const others = underWay.get(userId) ?? 0;
  if (others >= FREE_AT_ONCE) {
    const message = `at most ${FREE_AT_ONCE} free calls at once · try again in ${RETRY_MS / 1000} s`;
    throw new GatewayError('rate_limited_requests', message, { limit: FREE_AT_ONCE, retryAfterMs: RETRY_MS });
  }
  underWay.set(userId, others + 1);
  try {
    return await work();
  } finally {
    const left = (underWay.get(userId) ?? 1) - 1;
    if (left > 0) underWay.set(userId, left);
    else underWay.delete(userId);
  }
}

/** Forwards a free call (token counting, stored answers) without a hold, a row or a charge. */
export async function passThrough(call: Call, body: Uint8Array | null, ports: Ports): Promise<Response> {
  const { authorized } = call;
  if (authorized === null) throw new Error('forward before authorize');
  const { signal } = leaveController(call);
  try {
    const { response } = await bounded(call.caller?.identity.userId ?? '', () =>
      forward(authorized, upstreamCall(call, body), signal, ports),
    );
    const relayed = relay(call, response, authorized.provider, ports);
    return new Response(relayed.body, { status: response.status, headers: relayed.headers });
  } catch (failure) {
    throw failure instanceof ForwardError ? failure.error : failure;
  }
}
