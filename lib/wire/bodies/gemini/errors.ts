/** Refusals and failures as google.rpc.Status, with the details that Google's clients act on. */
import type { ErrorCode, GatewayError } from '@/lib/domain/errors';
import { encodeUtf8 } from '@/lib/std/bytes';
import { isEventStream } from '@/lib/wire/bodies/answer-kind';
import { isUsedUp, retrySeconds, retryWaitMs, shownMessage } from '@/lib/wire/bodies/refusals';
import type { AnswerHead, RenderedError } from '@/lib/wire/format';

interface Shape {
  /** Name of google.rpc.Code. */
  readonly status: string;
  /** `ErrorInfo.reason`. */
  readonly reason: string;
}

const INVALID: Shape = { status: 'INVALID_ARGUMENT', reason: 'INVALID_ARGUMENT' };
const UNAVAILABLE: Shape = { status: 'UNAVAILABLE', reason: 'UPSTREAM_UNAVAILABLE' };
const RATE: Shape = { status: 'RESOURCE_EXHAUSTED', reason: 'RATE_LIMIT_EXCEEDED' };
const QUOTA: Shape = { status: 'RESOURCE_EXHAUSTED', reason: 'QUOTA_EXHAUSTED' };

/**
 * Google answers a bad API key with 400, and a bad access token with 401. Callers by either sort come here, and only 401
 * is understood by all clients that go by the status; `API_KEY_INVALID` is for those that look for the reason.
 */
const BAD_KEY: Shape = { status: 'UNAUTHENTICATED', reason: 'API_KEY_INVALID' };

const SHAPES: Readonly<Record<ErrorCode, Shape>> = {
  body_invalid: INVALID,
  policy_blocked: { status: 'FAILED_PRECONDITION', reason: 'POLICY_BLOCKED' },
  unauthenticated: BAD_KEY,
  token_revoked: BAD_KEY,
  forbidden: { status: 'PERMISSION_DENIED', reason: 'ACCESS_DENIED' },
  model_unknown: { status: 'NOT_FOUND', reason: 'MODEL_NOT_FOUND' },
  route_unknown: { status: 'NOT_FOUND', reason: 'ROUTE_NOT_FOUND' },
  not_found: { status: 'NOT_FOUND', reason: 'NOT_FOUND' },
  method_not_allowed: { status: 'UNIMPLEMENTED', reason: 'METHOD_NOT_ALLOWED' },
  conflict: { status: 'ABORTED', reason: 'CONFLICT' },
  body_too_large: { status: 'INVALID_ARGUMENT', reason: 'REQUEST_TOO_LARGE' },
  encoding_unsupported: INVALID,
  rate_limited_requests: RATE,
  rate_limited_tokens: RATE,
  month_held: RATE,
  monthly_tokens_used_up: QUOTA,
  monthly_cost_used_up: QUOTA,
  token_tokens_used_up: QUOTA,
  token_cost_used_up: QUOTA,
  internal: { status: 'INTERNAL', reason: 'INTERNAL' },
  upstream_unreachable: UNAVAILABLE,
  upstream_broken: UNAVAILABLE,
  upstream_key_refused: { status: 'UNAVAILABLE', reason: 'UPSTREAM_KEY_REFUSED' },
  store_unavailable: { status: 'UNAVAILABLE', reason: 'STORE_UNAVAILABLE' },
  provider_unconfigured: { status: 'UNAVAILABLE', reason: 'PROVIDER_UNCONFIGURED' },
  draining: { status: 'UNAVAILABLE', reason: 'DRAINING' },
  upstream_timeout: { status: 'DEADLINE_EXCEEDED', reason: 'UPSTREAM_TIMEOUT' },
};

/** What ran out, in the manner of Google's quota ids; a word such as `PerDay` in one makes the Gemini CLI give up. */
const QUOTAS: Partial<Record<ErrorCode, string>> = {
  rate_limited_requests: 'RequestsPerMinutePerCustomer',
  rate_limited_tokens: 'TokensPerMinutePerCustomer',
  month_held: 'RunningCallsPerCustomer',
  monthly_tokens_used_up: 'TokensPerMonthPerCustomer',
  monthly_cost_used_up: 'SpendPerMonthPerCustomer',
  token_tokens_used_up: 'TokensPerMonthPerToken',
  token_cost_used_up: 'SpendPerMonthPerToken',
};

const TYPE = 'type.googleapis.com/google.rpc.';
const DOMAIN = 'googleapis.com';

/** More than five minutes make the Gemini CLI stop at once and show the message; it has no other way of being told. */
const NEVER_THIS_SESSION = '3600s';
/** In a stream whose status was 200 long ago; clients that look at chunks throw on an error of this code. */
const BROKEN_STREAM_CODE = 503;

/** `{"error":{"code","message","status","details"}}`; also for streams, whose callers read it before any event. */
export function renderError(error: GatewayError, requestId: string): RenderedError {
  return {
    status: error.status,
    headers: {
      ...error.facts.headers,
      'content-type': 'application/json; charset=UTF-8',
      'x-should-retry': String(error.retryable),
      ...retryAfter(error),
    },
    body: JSON.stringify({ error: statusOf(error, requestId, error.status) }),
  };
}

/**
 * `@google/genai` throws on this event; the Gemini CLI ignores it and notices the reset that follows. The array form has
 * no place for it: an element must not come without the comma that only its sender could write.
 */
export function renderStreamError(
  error: GatewayError,
  requestId: string,
  answer?: AnswerHead,
): Uint8Array | null {
  if (answer !== undefined && !isEventStream(answer)) return null;
  const body = { error: { ...statusOf(error, requestId, BROKEN_STREAM_CODE), status: 'UNAVAILABLE' } };
  return encodeUtf8(`data: ${JSON.stringify(body)}\r\n\r\n`);
}

function statusOf(error: GatewayError, requestId: string, code: number): Record<string, unknown> {
  const { status, reason } = SHAPES[error.code];
  const message = shownMessage(error);
  const details = [
    { '@type': `${TYPE}ErrorInfo`, reason, domain: DOMAIN, metadata: { service: 'tollgate' } },
    ...quotaDetails(error),
    { '@type': `${TYPE}RequestInfo`, requestId },
  ];
  return { code, message, status, details };
}

function quotaDetails(error: GatewayError): readonly object[] {
  const { code, facts } = error;
  const quotaId = QUOTAS[code];
  const violation = {
    quotaMetric: 'tollgate/usage',
    quotaId,
    ...(facts.limit === undefined ? {} : { quotaValue: String(facts.limit) }),
  };
  const waitMs = retryWaitMs(error);
  const retryDelay = isUsedUp(code)
    ? NEVER_THIS_SESSION
    : waitMs === null
      ? null
      : `${retrySeconds(waitMs)}s`;
  return [
    ...(quotaId === undefined ? [] : [{ '@type': `${TYPE}QuotaFailure`, violations: [violation] }]),
    ...(retryDelay === null ? [] : [{ '@type': `${TYPE}RetryInfo`, retryDelay }]),
    ...(facts.upgradeUrl === undefined
      ? []
      : [{ '@type': `${TYPE}Help`, links: [{ description: 'Upgrade', url: facts.upgradeUrl }] }]),
  ];
}

function retryAfter(error: GatewayError): Record<string, string> {
  const waitMs = retryWaitMs(error);
  return waitMs === null ? {} : { 'retry-after': String(retrySeconds(waitMs)) };
}
