/** CORS, off unless the operator names origins. */

const ALLOWED_METHODS = 'GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS';
/** What browsers may read besides the safelisted headers. */
const EXPOSED_HEADERS =
  'x-request-id, request-id, x-tollgate-provider, x-tollgate-remaining-tokens, x-tollgate-remaining-usd, x-tollgate-clamped-max-tokens, retry-after, x-should-retry';
/** How long a browser may keep the permission. */
const MAX_AGE_S = '600';

/** The permission headers for a request's origin; empty when it has none or it is not allowed. */
export function corsHeaders(request: Request, origins: readonly string[]): Record<string, string> {
  if (origins.length === 0) return {};
  const origin = request.headers.get('origin');
  if (origin === null || !(origins.includes('*') || origins.includes(origin))) return {};
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS,
    vary: 'origin',
  };
}

/** The answer to a preflight, or `null` when this is none or the origin is not allowed. */
export function answerPreflight(request: Request, origins: readonly string[]): Response | null {
  if (request.method !== 'OPTIONS') return null;
  const granted = corsHeaders(request, origins);
  if (granted['access-control-allow-origin'] === undefined) return null;
  const headers = {
    ...granted,
    'access-control-allow-methods': ALLOWED_METHODS,
    'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? '*',
    'access-control-max-age': MAX_AGE_S,
  };
  return new Response(null, { status: 204, headers });
}
