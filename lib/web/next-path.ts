/** Where a reader goes after signing in: a path of this site and nothing else. */

/** The page a customer sees first. */
export const CUSTOMER_HOME = '/usage';
export const OPERATOR_HOME = '/admin';

/** Longer than any page's address with its filters. */
const LONGEST_PATH = 2_000;
/** Resolves paths as browsers do; the name means nothing and can't be reached. */
const BASE = 'http://site.invalid';

/** Printable ASCII without backslash: browsers take `\` for `/`, and drop tabs and line ends. */
const PLAIN = /^\/[!-[\]-~]*$/;
/** Going back there would be a circle. */
const SIGN_IN = /^\/sign-(in|out)(\/|$)/;

/** The path as it was asked for, when it is one of this site's; else `null`. */
export function safeNextPath(asked: string | null | undefined): string | null {
  if (typeof asked !== 'string' || asked.length > LONGEST_PATH || !PLAIN.test(asked)) return null;
  if (!URL.canParse(asked, BASE)) return null;
  const { origin, pathname, search, hash } = new URL(asked, BASE);
  // Dot segments can leave `//` behind, so that what comes out is looked at, not what went in.
  if (origin !== BASE || pathname.startsWith('//') || SIGN_IN.test(pathname)) return null;
  return pathname + search + hash;
}

const OPERATOR_PAGES = /^\/admin(\/|\?|$)/;
/** Pages for one customer's eyes: an operator would only be sent away from them again. */
const CUSTOMER_PAGES = /^\/(usage|logs|tokens|plans)(\/|\?|$)/;

/** Where somebody goes who has just signed in: where they wanted to, if it is a page for them. */
export function pathAfterSignIn(kind: 'customer' | 'operator', next: string | null): string {
  const path = safeNextPath(next);
  const [home, others] =
    kind === 'operator' ? [OPERATOR_HOME, CUSTOMER_PAGES] : [CUSTOMER_HOME, OPERATOR_PAGES];
  return path === null || path === '/' || others.test(path) ? home : path;
}

/** What the sign-in page says above its form. */
export const NOTICES = ['refused', 'limited', 'unavailable', 'signed-out', 'token-revoked'] as const;
export type Notice = (typeof NOTICES)[number];

/** The sign-in page, saying something, and for how many seconds to wait. */
export function noticePath(notice: Notice, next: string | null, seconds?: number): string {
  const query = new URLSearchParams({ notice });
  if (seconds !== undefined) query.set('seconds', String(seconds));
  const path = safeNextPath(next);
  if (path !== null) query.set('next', path);
  return `/sign-in?${query.toString()}`;
}

/** `/sign-in`, remembering where to go afterwards. */
export function signInPath(next: string | null): string {
  const path = safeNextPath(next);
  return path === null ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`;
}
