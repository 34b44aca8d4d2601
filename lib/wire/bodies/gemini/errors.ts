/** Refusals and failures as google.rpc.Status, with the details that Google's clients act on. */
import type { ErrorCode, GatewayError } from '@/lib/domain/errors';
import { formatUsd } from '@/lib/domain/plan';
import { encodeUtf8 } from '@/lib/std/bytes';
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
};

const TYPE = 'type.googleapis.com/google.rpc.';
const DOMAIN = 'googleapis.com';

/** The per-minute limits free up within a minute and a tick; SDKs really sleep for longer waits: those are not sent. */
const MAX_RETRY_AFTER_MS = 65_000;
/** A store failover or a new instance is a matter of a second. */
const OUTAGE_RETRY_AFTER_MS = 1_000;
const SHORT_OUTAGES: ReadonlySet<ErrorCode> = new Set(['store_unavailable', 'draining']);
/** More than five minutes make the Gemini CLI stop at once and show the message; it has no other way of being told. */
const NEVER_THIS_SESSION = '3600s';
/** In a stream whose status was 200 long ago; clients that look at chunks throw on an error of this code. */
const BROKEN_STREAM_CODE = 503;

const isQuota = (code: ErrorCode) => code === 'monthly_tokens_used_up' || code === 'monthly_cost_used_up';

/** `{"error":{"code","message","status","details"}}`; also for streams, whose callers read it before any event. */
export function renderError(error: GatewayError, requestId: string): RenderedError {
  return {
    status: error.status,
    headers: {
      ...error.facts.headers,
      'content-type': 'application/json; charset=UTF-8',
      'x-should-retry': String(error.retryable),
      ...retryHeader(error),
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
  if (answer?.contentType.startsWith('text/event-stream') === false) return null;
  const body = { error: { ...statusOf(error, requestId, BROKEN_STREAM_CODE), status: 'UNAVAILABLE' } };
  return encodeUtf8(`data: ${JSON.stringify(body)}\r\n\r\n`);
}

function statusOf(error: GatewayError, requestId: string, code: number): Record<string, unknown> {
  const { status, reason } = SHAPES[error.code];
  const message = isQuota(error.code) ? capMessage(error) : error.message;
  const details = [
    { '@type': `${TYPE}ErrorInfo`, reason, domain: DOMAIN, metadata: { service: 'tollgate' } },
    ...quotaDetails(error),
    { '@type': `${TYPE}RequestInfo`, requestId },
  ];
  return { code, message, status, details };
}

function quotaDetails({ code, facts, retryable }: GatewayError): readonly object[] {
  const quotaId = QUOTAS[code];
  const violation = {
    quotaMetric: 'tollgate/usage',
    quotaId,
    ...(facts.limit === undefined ? {} : { quotaValue: String(facts.limit) }),
  };
  const waitMs = waitOf(code, facts.retryAfterMs, retryable);
  const retryDelay = isQuota(code) ? NEVER_THIS_SESSION : waitMs === null ? null : seconds(waitMs);
  return [
    ...(quotaId === undefined ? [] : [{ '@type': `${TYPE}QuotaFailure`, violations: [violation] }]),
    ...(retryDelay === null ? [] : [{ '@type': `${TYPE}RetryInfo`, retryDelay }]),
    ...(facts.upgradeUrl === undefined
      ? []
      : [{ '@type': `${TYPE}Help`, links: [{ description: 'Upgrade', url: facts.upgradeUrl }] }]),
  ];
}

const seconds = (ms: number) => `${Math.max(1, Math.ceil(ms / 1000))}s`;

/** How long a caller should wait; `null` where waiting helps nothing or nobody knows. */
function waitOf(code: ErrorCode, retryAfterMs: number | undefined, retryable: boolean): number | null {
  if (!retryable) return null;
  const waitMs = retryAfterMs ?? (SHORT_OUTAGES.has(code) ? OUTAGE_RETRY_AFTER_MS : null);
  return waitMs === null || waitMs > MAX_RETRY_AFTER_MS ? null : waitMs;
}

function retryHeader({ code, facts, retryable }: GatewayError): Record<string, string> {
  const waitMs = waitOf(code, facts.retryAfterMs, retryable);
  return waitMs === null ? {} : { 'retry-after': seconds(waitMs).slice(0, -1) };
}

/** Clients that give up show this text as it is, so it carries every figure the user needs. */
function capMessage({ code, message, facts }: GatewayError): string {
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
