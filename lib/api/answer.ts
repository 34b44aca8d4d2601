/** Answers of the management API: JSON, never cached, with the request id; errors in one shape. */
import { ERRORS, GatewayError, type ErrorCode } from '@/lib/domain/errors';
import { InputError } from '@/lib/account/input';

/** Codes beside the gateway's own error table: a part of the API that the operator has not switched on. */
export type ApiErrorCode = ErrorCode | 'not_configured';

export function jsonAnswer(
  status: number,
  body: unknown,
  requestId: string,
  headers: HeadersInit = {},
): Response {
  const all = new Headers(headers);
  all.set('content-type', 'application/json; charset=utf-8');
  all.set('cache-control', 'no-store');
  all.set('x-content-type-options', 'nosniff');
  all.set('x-request-id', requestId);
  return new Response(JSON.stringify(body), { status, headers: all });
}

/** A part of the API that stays closed until the operator sets a secret. */
export class NotConfigured extends Error {
  readonly status = 503;
}

/** `{"error":{"code","message","request_id"}}`, with `fields` for input and the headers a client needs next. */
export function errorAnswer(error: GatewayError | NotConfigured, requestId: string): Response {
  const code: ApiErrorCode = error instanceof NotConfigured ? 'not_configured' : error.code;
  const headers = new Headers();
  if (error instanceof GatewayError) {
    for (const [name, value] of Object.entries(error.facts.headers ?? {})) headers.set(name, value);
    const { retryAfterMs } = error.facts;
    if (retryAfterMs !== undefined)
      headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  }
  if (error.status === ERRORS.unauthenticated.status)
    headers.set('www-authenticate', 'Bearer realm="tollgate"');
  const fields = error instanceof InputError ? { fields: error.fields } : {};
  return jsonAnswer(
    error.status,
    { error: { code, message: error.message, request_id: requestId, ...fields } },
    requestId,
    headers,
  );
}
