/** Settles a call's row exactly once, whichever way the call ended, and writes its log line. */
import { GatewayError } from '@/lib/domain/errors';
import type { Call } from '../call';
import { logSettled } from '../log-call';
import type { Ports } from '../ports';
import { ForwardError } from './forward';
import { type Outcome, settle } from './settle';

/** Whatever was thrown, as something a caller may see. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError(
    'internal',
    'The gateway failed; the operator can find this request by its id.',
    {},
    { cause: error },
  );
}

/** The status a caller gets for an error: formats have statuses of their own for some, and the row says what was sent. */
export function sentStatus({ route, id }: Call, error: GatewayError): number {
  return route?.format.renderError(error, id).status ?? error.status;
}

/** Settles a call that got no answer from its provider; returns what the caller is told. */
export function settleUnanswered(call: Call, failure: unknown, callerLeft: boolean, ports: Ports): unknown {
  const known = failure instanceof ForwardError ? failure : null;
  const error = known?.error ?? asGatewayError(failure);
  call.failure = error;
  const outcome: Outcome = {
    end: { how: 'no-answer', left: callerLeft, reached: known?.reached ?? true, errorCode: error.code },
    status: callerLeft ? null : sentStatus(call, error),
    reading: null,
    upstreamRequestId: null,
    attempts: known?.attempts ?? 1,
    firstByteMs: null,
    durationMs: ports.nowMs() - call.startedAtMs,
  };
  call.context.background(settleCall(call, outcome, ports));
  return failure instanceof ForwardError ? error : failure;
}

/** Settles the row once and writes the call's log line. */
export async function settleCall(call: Call, outcome: Outcome, ports: Ports): Promise<void> {
  if (call.settled || call.caller === null || call.wire === null) return;
  call.settled = true;
  const { id, startedAtMs, wire } = call;
  const { identity } = call.caller;
  const { chargedTokens, outputTokens } = call.admitted ?? { chargedTokens: 0, outputTokens: 0 };
  const settlement = await settle(
    {
      id,
      startedAtMs,
      identity,
      priceModel: call.authorized?.priceModel ?? wire.model,
      premiums: call.authorized?.premiums ?? [],
      costReporter: call.authorized?.provider.reportsCost === true ? call.authorized.provider.name : null,
      wire,
      outputTokens,
      chargedTokens,
    },
    outcome,
    ports,
  );
  logSettled(call, settlement, ports);
}
