/** Runs before every page: a fresh nonce and the policy that lets nothing run, load or frame but what this server sent. */
import { type NextRequest, NextResponse } from 'next/server';
import { isSameOrigin } from '@/lib/web/same-origin';

const NONCE_BYTES = 16;

/** What pages may do. Form targets and links lead elsewhere only by a plain navigation (`/plans/upgrade`, sign-in by OIDC). */
function policyFor(nonce: string, https: boolean): string {
  // `next dev` compiles in the browser and talks to its own socket.
  const dev = process.env.NODE_ENV === 'development';
  const directives = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ''}`,
    dev ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    ...(https ? ['upgrade-insecure-requests'] : []),
  ];
  return directives.join('; ');
}

const FORM = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i;

/** What a page's form sends, with or without JavaScript. An agent's call to a wrong path is none: it learns that nothing is there. */
const isForm = ({ method, headers }: NextRequest): boolean =>
  method === 'POST' && (headers.has('next-action') || FORM.test(headers.get('content-type') ?? ''));

export function proxy(request: NextRequest): NextResponse {
  // Next itself lets server actions pass that name no origin.
  if (isForm(request) && !isSameOrigin(request.headers))
    return new NextResponse('The request came from another site. Open the page itself and try again.\n', {
      status: 403,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    });
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(NONCE_BYTES))).toString('base64');
  const policy = policyFor(nonce, request.nextUrl.protocol === 'https:');
  const headers = new Headers(request.headers);
  // Pages aren't told their own address; signing in leads back to it.
  headers.set('x-tollgate-path', request.nextUrl.pathname + request.nextUrl.search);
  // Next puts the nonce of this header on the scripts it writes.
  headers.set('content-security-policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('content-security-policy', policy);
  response.headers.set('referrer-policy', 'same-origin');
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.set('cross-origin-opener-policy', 'same-origin');
  response.headers.set('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
  return response;
}

export const config = {
  // Pages alone: the gateway's paths pay nothing for this, and files have no scripts.
  matcher: [
    '/((?!_next/static|_next/image|api/|v1/|v1beta/|v1beta1/|bedrock/|model/|vertex/|foundry/|(?:health|status|openapi\\.json|icon\\.svg)/?$).*)',
  ],
};
