/** Refusals and failures in OpenAI's shape, with the headers and codes its clients act on. */
import type { ErrorCode, GatewayError } from '@/lib/domain/errors';
import { isUsedUp, retryHeaders, shownMessage } from '@/lib/wire/bodies/refusals';
import type { RenderedError } from '@/lib/wire/format';

interface Shape {
  readonly type: string;
  readonly code: string | null;
  readonly param?: string;
  /** Where the format answers with another status than the error's own. */
  readonly status?: number;
}

const SERVER: Shape = { type: 'server_error', code: null };
const QUOTA: Shape = { type: 'insufficient_quota', code: 'insufficient_quota' };
const INVALID: Shape = { type: 'invalid_request_error', code: null };

/** OpenAI's documented types and codes (platform.openai.com/docs/guides/error-codes); `policy_blocked` is ours. */
const SHAPES: Readonly<Record<ErrorCode, Shape>> = {
  body_invalid: INVALID,
  policy_blocked: { type: 'invalid_request_error', code: 'policy_blocked' },
  unauthenticated: { type: 'invalid_request_error', code: 'invalid_api_key' },
  token_revoked: { type: 'invalid_request_error', code: 'invalid_api_key' },
  forbidden: { type: 'invalid_request_error', code: 'insufficient_permissions' },
  model_unknown: { type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
  route_unknown: { type: 'invalid_request_error', code: 'unknown_url' },
  not_found: INVALID,
  method_not_allowed: { type: 'invalid_request_error', code: 'method_not_supported' },
  conflict: INVALID,
  body_too_large: { type: 'invalid_request_error', code: 'request_too_large' },
  encoding_unsupported: INVALID,
  rate_limited_requests: { type: 'requests', code: 'rate_limit_exceeded' },
  rate_limited_tokens: { type: 'tokens', code: 'rate_limit_exceeded' },
  month_held: { type: 'requests', code: 'rate_limit_exceeded' },
  monthly_tokens_used_up: QUOTA,
  monthly_cost_used_up: QUOTA,
  token_tokens_used_up: QUOTA,
  token_cost_used_up: QUOTA,
  internal: SERVER,
  upstream_unreachable: SERVER,
  upstream_broken: SERVER,
  upstream_key_refused: SERVER,
  store_unavailable: SERVER,
  provider_unconfigured: SERVER,
  draining: SERVER,
  upstream_timeout: { type: 'server_error', code: 'timeout' },
};

/** Some formats' clients need other words for a case: what they differ in. */
export type ShapeChanges = Partial<Record<ErrorCode, Partial<Shape>>>;

/** `{"error":{"message","type","param","code"}}`; a used-up month also says when it starts afresh, in unix seconds as Codex reads it. */
export function errorObject(error: GatewayError, changes: ShapeChanges = {}): Record<string, unknown> {
  const { type, code, param = null } = { ...SHAPES[error.code], ...changes[error.code] };
  const { resetsAtMs, param: field = param } = error.facts;
  return {
    message: shownMessage(error),
    type,
    param: field,
    code,
    ...(isUsedUp(error.code) && resetsAtMs !== undefined ? { resets_at: Math.ceil(resetsAtMs / 1000) } : {}),
  };
}

/** The error as an answer. `retry-after` is whole seconds and only for what may be retried within a minute. */
export function renderError(error: GatewayError, changes: ShapeChanges = {}): RenderedError {
  return {
    status: changes[error.code]?.status ?? error.status,
    headers: {
      ...error.facts.headers,
      'content-type': 'application/json',
      'x-should-retry': String(error.retryable),
      ...retryHeaders(error),
    },
    body: JSON.stringify({ error: errorObject(error, changes) }),
  };
}
