/** Refusals and failures in Bedrock's shape: AWS's SDKs raise the exception that the header `x-amzn-errortype` names. */
import type { ErrorCode, GatewayError } from '@/lib/domain/errors';
import { exceptionFrame } from '@/lib/std/event-stream';
import { retrySeconds, retryWaitMs, shownMessage } from '@/lib/wire/bodies/refusals';
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
  token_tokens_used_up: QUOTA,
  token_cost_used_up: QUOTA,
  internal: { type: 'InternalServerException', status: 500 },
  upstream_unreachable: UNAVAILABLE,
  upstream_broken: { type: 'InternalServerException', status: 500 },
  upstream_key_refused: MODEL_ERROR,
  store_unavailable: UNAVAILABLE,
  provider_unconfigured: MODEL_ERROR,
  draining: UNAVAILABLE,
  upstream_timeout: { type: 'ModelTimeoutException', status: 408 },
};

/** `{"message"}` with the exception's name; `x-should-retry` is for Anthropic's SDK, which Claude Code speaks to Bedrock with. */
export function renderError(error: GatewayError, requestId: string): RenderedError {
  const { type, status = error.status } = SHAPES[error.code];
  const waitMs = retryWaitMs(error);
  return {
    status,
    headers: {
      ...error.facts.headers,
      'content-type': 'application/json',
      'x-amzn-errortype': type,
      'x-amzn-requestid': requestId,
      'x-should-retry': String(error.retryable),
      ...(waitMs === null ? {} : { 'retry-after': String(retrySeconds(waitMs)) }),
    },
    body: JSON.stringify({ message: shownMessage(error) }),
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
