/** Refusals and failures in Anthropic's shape, with the headers its clients act on. */
import type { ErrorCode, GatewayError } from '@/lib/domain/errors';
import { encodeUtf8 } from '@/lib/std/bytes';
import type { RenderedError } from '@/lib/wire/format';
import { retryHeaders, shownMessage } from '@/lib/wire/bodies/refusals';

/** Anthropic's documented types; `policy_blocked` and the 429 `billing_error` are those of its own gateway contract. */
const ERROR_TYPES = {
  body_invalid: 'invalid_request_error',
  policy_blocked: 'policy_blocked',
  unauthenticated: 'authentication_error',
  token_revoked: 'authentication_error',
  forbidden: 'permission_error',
  model_unknown: 'not_found_error',
  route_unknown: 'not_found_error',
  not_found: 'not_found_error',
  method_not_allowed: 'invalid_request_error',
  conflict: 'invalid_request_error',
  body_too_large: 'request_too_large',
  encoding_unsupported: 'invalid_request_error',
  rate_limited_requests: 'rate_limit_error',
  rate_limited_tokens: 'rate_limit_error',
  month_held: 'rate_limit_error',
  monthly_tokens_used_up: 'billing_error',
  monthly_cost_used_up: 'billing_error',
  token_tokens_used_up: 'billing_error',
  token_cost_used_up: 'billing_error',
  internal: 'api_error',
  upstream_unreachable: 'api_error',
  upstream_broken: 'api_error',
  upstream_key_refused: 'api_error',
  store_unavailable: 'api_error',
  provider_unconfigured: 'api_error',
  draining: 'api_error',
  upstream_timeout: 'timeout_error',
} as const satisfies Record<ErrorCode, string>;

/**
 * `{"type":"error","error":{"type","message"},"request_id"}` with `x-should-retry` from the error table.
 * `retry-after` is whole seconds, rounded up, and only for what may be retried within a minute.
 */
export function renderError(error: GatewayError, requestId: string): RenderedError {
  return {
    status: error.status,
    headers: {
      ...error.facts.headers,
      'content-type': 'application/json',
      'request-id': requestId,
      'x-should-retry': String(error.retryable),
      ...retryHeaders(error),
    },
    body: bodyOf(error, requestId),
  };
}

/** The in-band error event; Claude Code answers it by asking the model to resume. */
export function renderStreamError(error: GatewayError, requestId: string): Uint8Array {
  return encodeUtf8(`event: error\ndata: ${bodyOf(error, requestId)}\n\n`);
}

function bodyOf(error: GatewayError, requestId: string): string {
  return JSON.stringify({
    type: 'error',
    error: { type: ERROR_TYPES[error.code], message: shownMessage(error) },
    request_id: requestId,
  });
}
