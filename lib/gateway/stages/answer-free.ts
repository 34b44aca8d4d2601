/** Endpoints that are never charged: model lists and token counting. No hold, no row. */
import type { Call } from '../call';
import { addGatewayHeaders, limitViewOf } from '../headers';
import { logCall } from '../log-call';
import type { Ports } from '../ports';
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
  const [response, month] = await Promise.all([
    make(),
    ports.store.readMonth(identity.userId, identity.plan, call.startedAtMs).catch(() => null),
  ]);
  const headers = new Headers(response.headers);
  const provider = call.authorized?.provider.name ?? 'tollgate';
  addGatewayHeaders(headers, {
    requestId: call.id,
    provider,
    ...limitViewOf(call, month ?? undefined, null, null, ports),
  });
  logCall(call, response.status, {}, ports);
  return new Response(response.body, { status: response.status, headers });
}

/** Forwards a free call (token counting) without a hold, a row or a charge. */
export async function passThrough(call: Call, body: Uint8Array, ports: Ports): Promise<Response> {
  const { authorized } = call;
  if (authorized === null) throw new Error('forward before authorize');
  const { signal } = leaveController(call);
  try {
    const { response } = await forward(authorized, upstreamCall(call, body), signal, ports);
    const relayed = relay(call, response, authorized.provider, ports);
    return new Response(relayed.body, { status: response.status, headers: relayed.headers });
  } catch (failure) {
    throw failure instanceof ForwardError ? failure.error : failure;
  }
}
