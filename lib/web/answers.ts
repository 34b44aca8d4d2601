/** Answers of the sign-in's route handlers: on to a page, with cookies; or the wait that a limit asks for. */
import { ERRORS, type GatewayError } from '@/lib/domain/errors';
import { type CookieToSet, setCookieHeader } from './cookies';
import { noticePath, pathAfterSignIn } from './next-path';
import type { SignInResult } from './sign-in';

/** On to a page of ours by GET. Cookies are set on the way; nothing of it is ever kept. */
export function goTo(path: string, cookies: readonly CookieToSet[] = []): Response {
  const headers = new Headers({ location: path, 'cache-control': 'no-store' });
  for (const cookie of cookies) headers.append('set-cookie', setCookieHeader(cookie));
  return new Response(null, { status: 303, headers });
}

/** The status for programs, and the sign-in page saying it for people: both at once takes a page that leads there by itself. */
function waitAnswer(retryAfterMs: number, next: string | null, cookies: readonly CookieToSet[]): Response {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  const path = noticePath('limited', next, seconds).replaceAll('&', '&amp;');
  const page =
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Too many tries · Tollgate</title>' +
    '<link rel="icon" href="/icon.svg">' +
    `<meta http-equiv="refresh" content="0;url=${path}"></head><body><main><h1>Too many tries</h1>` +
    `<p>Try again in ${seconds} seconds. <a href="${path}">Back to signing in</a></p></main></body></html>`;
  const headers = new Headers({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'retry-after': String(seconds),
  });
  for (const cookie of cookies) headers.append('set-cookie', setCookieHeader(cookie));
  return new Response(page, { status: ERRORS.rate_limited_requests.status, headers });
}

/** What follows a try to sign in. Every refusal is the same to the byte. */
export function signInAnswer(
  result: SignInResult,
  next: string | null,
  cookies: readonly CookieToSet[] = [],
): Response {
  if (result.kind === 'limited') return waitAnswer(result.retryAfterMs, next, cookies);
  if (result.kind === 'refused') return goTo(noticePath('refused', next), cookies);
  return goTo(pathAfterSignIn(result.viewer.kind, next), [...cookies, result.cookie]);
}

/** For requests that no page of ours sends. */
export function refusalAnswer(error: GatewayError): Response {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };
  return new Response(error.message, { status: error.status, headers });
}
