/** One structured line per request; never a credential, never a body. */
import type { Call } from './call';
import { attributionOf } from './call';
import type { Ports, Settlement } from './ports';
import { ERRORS, type GatewayError } from '@/lib/domain/errors';

function about(call: Call): Record<string, unknown> {
  const who = call.caller === null ? {} : attributionOf(call, call.caller);
  return {
    id: call.id,
    method: call.request.method,
    path: call.url.pathname,
    ...who,
    format: call.route?.format.name,
    endpoint: call.route?.endpoint.name,
    provider: call.authorized?.provider.name,
    model: call.wire?.model.slice(0, 200),
    stream: call.wire?.stream,
    address: call.context.clientAddress,
  };
}

/** What an operator needs to know beyond the code; never the message of an error the caller made. */
export function causeOf(error: GatewayError | null): { cause?: string } {
  if (!(error?.cause instanceof Error) || !ERRORS[error.code].logged) return {};
  return { cause: `${error.cause.name}: ${error.cause.message}` };
}

/** What an operator should look at is an error, also where the caller's format has no status of that kind. */
function levelOf(status: number | null, error: GatewayError | null, isFine: boolean) {
  if ((status !== null && status >= 500) || (error !== null && ERRORS[error.code].logged)) return 'error';
  return isFine ? 'info' : 'warn';
}

/** A call that ended without a settlement: refused, or free. */
export function logCall(
  call: Call,
  status: number,
  more: Readonly<Record<string, unknown>>,
  ports: Ports,
  error: GatewayError | null = null,
): void {
  const level = levelOf(status, error, status < 400);
  ports.log.write(level, 'request', {
    ...about(call),
    status,
    durationMs: ports.nowMs() - call.startedAtMs,
    ...more,
  });
}

/** A metered call, once its figures are known. */
export function logSettled(call: Call, settlement: Settlement, ports: Ports): void {
  const { status, ending, grade, usage, costNanoUsd, errorCode, attempts, firstByteMs, durationMs } =
    settlement;
  const level = levelOf(status, call.failure, ending === 'complete');
  ports.log.write(level, 'request', {
    ...about(call),
    status,
    ending,
    grade,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cacheReadTokens: usage.cacheReadTokens,
    costNanoUsd,
    error: errorCode ?? undefined,
    ...causeOf(call.failure),
    attempts,
    firstByteMs,
    durationMs,
  });
}
