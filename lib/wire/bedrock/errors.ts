/** Refusals and failures in Bedrock's shape: AWS's SDKs raise the exception that the header `x-amzn-errortype` names. */
import type { ErrorCode, GatewayError } from '@/lib/domain/errors';
import { formatUsd } from '@/lib/domain/plan';
import { exceptionFrame } from '@/lib/std/event-stream';
import type { RenderedError } from '@/lib/wire/format';

interface Shape {
  readonly type: string;
  /** Bedrock's own status for the type, where it is not the error's. */
  readonly status?: number;
}

/** Not AWS's 403: Claude Code takes that for stale AWS credentials and asks again for minutes, whatever it is told. */
const DENIED: Shape = { type: 'AccessDeniedException', status: 400 };
const UNKNOWN_CREDENTIAL: Shape = { type: 'UnrecognizedClientException', status: 401 };
const THROTTLED: Shape = { type: 'ThrottlingException' };
/** 400, so that no SDK tries again before the month is over; throttling they retry with a growing pause. */
const QUOTA: Shape = { type: 'ServiceQuotaExceededException', status: 400 };
const UNAVAILABLE: Shape = { type: 'ServiceUnavailableException', status: 503 };
/** 424, because SDKs retry every 5xx, and nothing of this passes by itself. */
const MODEL_ERROR: Shape = { type: 'ModelErrorException', status: 424 };

/** The exceptions InvokeModel and Converse document; what they have none for takes AWS's common ones. */
const SHAPES: Readonly<Record<ErrorCode, Shape>> = {
  body_invalid: { type: 'ValidationException' },
  policy_blocked: DENIED,
  unauthenticated: UNKNOWN_CREDENTIAL,
  token_revoked: UNKNOWN_CREDENTIAL,
  forbidden: DENIED,
  model_unknown: { type: 'ResourceNotFoundException' },
  route_unknown: { type: 'UnknownOperationException' },
  not_found: { type: 'ResourceNotFoundException' },
  method_not_allowed: { type: 'UnknownOperationException' },
  conflict: { type: 'ConflictException' },
  body_too_large: { type: 'ValidationException' },
  encoding_unsupported: { type: 'ValidationException' },
  rate_limited_requests: THROTTLED,
  rate_limited_tokens: THROTTLED,
  month_held: THROTTLED,
  monthly_tokens_used_up: QUOTA,
  monthly_cost_used_up: QUOTA,
  internal: { type: 'InternalServerException', status: 500 },
  upstream_unreachable: UNAVAILABLE,
  upstream_broken: { type: 'InternalServerException', status: 500 },
  upstream_key_refused: MODEL_ERROR,
  store_unavailable: UNAVAILABLE,
  provider_unconfigured: MODEL_ERROR,
  draining: UNAVAILABLE,
  upstream_timeout: { type: 'ModelTimeoutException', status: 408 },
};

/** The per-minute limits free up within a minute and a tick; SDKs really sleep for longer waits: those are not sent. */
const MAX_RETRY_AFTER_MS = 65_000;
/** A store failover or a new instance is a matter of a second. */
const OUTAGE_RETRY_AFTER_MS = 1_000;
const SHORT_OUTAGES: ReadonlySet<ErrorCode> = new Set(['store_unavailable', 'draining']);

/** `{"message"}` with the exception's name; `x-should-retry` is for Anthropic's SDK, which Claude Code speaks to Bedrock with. */
export function renderError(error: GatewayError, requestId: string): RenderedError {
  const { type, status = error.status } = SHAPES[error.code];
  return {
    status,
    headers: {
      ...error.facts.headers,
      'content-type': 'application/json',
      'x-amzn-errortype': type,
      'x-amzn-requestid': requestId,
      'x-should-retry': String(error.retryable),
      ...retryHeaders(error),
    },
    body: JSON.stringify({ message: messageOf(error) }),
  };
}

/** Both kinds of streams know these two exceptions; SDKs throw them where the stream is read. */
export function renderStreamError(error: GatewayError, requestId: string): Uint8Array {
  const message = `${error.message} (request ${requestId})`;
  if (error.code === 'upstream_broken' || error.code === 'upstream_timeout') {
    return exceptionFrame('modelStreamErrorException', { message, originalStatusCode: error.status });
  }
  return exceptionFrame('internalServerException', { message });
}

/** A client that is told not to retry shows this text as it is, so it carries every figure the user needs. */
function messageOf({ code, message, facts }: GatewayError): string {
  if (SHAPES[code] !== QUOTA) return message;
  const { limit, used, remaining, resetsAtMs, upgradeUrl } = facts;
  const show = (value: number) => (code === 'monthly_cost_used_up' ? formatUsd(value) : `${value} tokens`);
  const figures = [
    limit === undefined ? null : `limit ${show(limit)}`,
    used === undefined ? null : `used ${show(used)}`,
    remaining === undefined ? null : `remaining ${show(remaining)}`,
    resetsAtMs === undefined ? null : `resets ${new Date(resetsAtMs).toISOString().replace('.000Z', 'Z')}`,
    upgradeUrl === undefined ? null : `upgrade: ${upgradeUrl}`,
  ];
  return [message, ...figures.filter((figure) => figure !== null)].join(' · ');
}

function retryHeaders({ code, retryable, facts }: GatewayError): Record<string, string> {
  if (!retryable) return {};
  const waitMs = facts.retryAfterMs ?? (SHORT_OUTAGES.has(code) ? OUTAGE_RETRY_AFTER_MS : null);
  if (waitMs === null || waitMs > MAX_RETRY_AFTER_MS) return {};
  return { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) };
}
