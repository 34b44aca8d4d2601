/** Google's native errors with their details, and how its APIs answer JSON and streams. */
import type { Answer } from '@/tests/support/upstream-answer';

const STATUS_NAMES: Readonly<Record<number, readonly [status: string, message: string]>> = {
  400: ['INVALID_ARGUMENT', 'Request contains an invalid argument.'],
  401: [
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  ],
  403: ['PERMISSION_DENIED', 'The caller does not have permission'],
  404: ['NOT_FOUND', 'Requested entity was not found.'],
  429: ['RESOURCE_EXHAUSTED', 'You exceeded your current quota.'],
  499: ['CANCELLED', 'The operation was cancelled.'],
  500: ['INTERNAL', 'An internal error has occurred.'],
  503: ['UNAVAILABLE', 'The model is overloaded. Please try again later.'],
  504: ['DEADLINE_EXCEEDED', 'The request timed out. Please try again.'],
};

const TYPE = 'type.googleapis.com/google.rpc.';

export interface GoogleErrorOptions {
  readonly message?: string | undefined;
  readonly details?: readonly object[] | undefined;
  /** Streams that aren't SSE, and the OpenAI-compatible layer, put the error into an array. */
  readonly inArray?: boolean;
}

export function googleError(code: number, options: GoogleErrorOptions = {}): Answer {
  const [status, usual] = STATUS_NAMES[code] ?? ['UNKNOWN', 'Unknown error.'];
  const details = options.details ?? (code === 429 ? quotaDetails('1s') : undefined);
  const error = {
    code,
    message: options.message ?? usual,
    status,
    ...(details === undefined ? {} : { details }),
  };
  return googleJson(code, options.inArray === true ? [{ error }] : { error });
}

/** A quota refusal as the API gives it, with the delay it asks for, e.g. `37s`. */
export function quotaError(retryDelay: string): string {
  const details = quotaDetails(retryDelay);
  return JSON.stringify({
    error: { code: 429, message: 'Quota exceeded.', status: 'RESOURCE_EXHAUSTED', details },
  });
}

export function errorInfo(reason: string, service: string): object {
  return { '@type': `${TYPE}ErrorInfo`, reason, domain: 'googleapis.com', metadata: { service } };
}

export function localizedMessage(message: string): object {
  return { '@type': `${TYPE}LocalizedMessage`, locale: 'en-US', message };
}

export function badRequest(field: string, description: string): object {
  return { '@type': `${TYPE}BadRequest`, fieldViolations: [{ field, description }] };
}

export function googleJson(status: number, body: unknown): Answer {
  const headers = { ...edgeHeaders(), 'content-type': 'application/json; charset=UTF-8' };
  return { status, headers, body: [JSON.stringify(body, null, 2)] };
}

/** With `sse` events that end in CRLF; without it one growing JSON array. */
export function googleStream(chunks: readonly unknown[], sse: boolean): Answer {
  if (sse) {
    const headers = {
      ...edgeHeaders(),
      'content-type': 'text/event-stream',
      'content-disposition': 'attachment',
    };
    return { status: 200, headers, body: chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`) };
  }
  const parts = chunks.map((chunk, at) => `${at === 0 ? '[' : ',\r\n'}${JSON.stringify(chunk, null, 2)}\n`);
  return { ...googleJson(200, []), body: [...parts, ']'] };
}

function quotaDetails(retryDelay: string): object[] {
  return [
    {
      '@type': `${TYPE}QuotaFailure`,
      violations: [{ quotaMetric: 'generativelanguage.googleapis.com/embed_content_requests' }],
    },
    { '@type': `${TYPE}RetryInfo`, retryDelay },
  ];
}

function edgeHeaders(): Record<string, string> {
  return {
    server: 'scaffolding on HTTPServer2',
    'server-timing': 'gfet4t7; dur=421',
    'alt-svc': 'h3=":443"; ma=2592000',
    vary: 'Origin, X-Origin, Referer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'SAMEORIGIN',
    'x-xss-protection': '0',
  };
}
