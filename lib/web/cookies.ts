/** Cookies of the pages: their names, their attributes, and how they are found in a request. */

export interface CookieToSet {
  readonly name: string;
  readonly value: string;
  readonly attributes: {
    readonly httpOnly: true;
    readonly sameSite: 'lax';
    readonly path: '/';
    readonly secure: boolean;
    /** Seconds; 0 deletes it. */
    readonly maxAge: number;
  };
}

/** `session`: who is signed in. `oidc`: a sign-in under way at an issuer. */
export type CookieUse = 'session' | 'oidc';

const NAMES: Readonly<Record<CookieUse, string>> = { session: 'tollgate', oidc: 'tollgate-oidc' };

/** Browsers take `__Host-` cookies from this very host over TLS alone: no neighbouring subdomain can plant one. */
const HOST_PREFIX = '__Host-';

const isSecure = (origin: string): boolean => origin.startsWith('https:');

/** The name a cookie has at this origin. */
export function cookieName(use: CookieUse, origin: string): string {
  return isSecure(origin) ? HOST_PREFIX + NAMES[use] : NAMES[use];
}

export function cookieToSet(use: CookieUse, origin: string, value: string, maxAgeS: number): CookieToSet {
  const maxAge = Math.max(0, Math.floor(maxAgeS));
  return {
    name: cookieName(use, origin),
    value,
    attributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure(origin), maxAge },
  };
}

/** Takes a cookie away again. */
export function cookieToClear(use: CookieUse, origin: string): CookieToSet {
  return cookieToSet(use, origin, '', 0);
}

/** A `Set-Cookie` value. All values are JWTs, which need no quoting. */
export function setCookieHeader({ name, value, attributes }: CookieToSet): string {
  const secure = attributes.secure ? '; Secure' : '';
  return `${name}=${value}; Path=${attributes.path}; Max-Age=${attributes.maxAge}; HttpOnly; SameSite=Lax${secure}`;
}

/** The value of a cookie in a `Cookie` header; `null` when it isn't there, or there twice with different values. */
export function readCookie(header: string | null, name: string): string | null {
  let value: string | null = null;
  for (const pair of (header ?? '').split(';')) {
    const cut = pair.indexOf('=');
    if (cut === -1 || pair.slice(0, cut).trim() !== name) continue;
    const found = pair.slice(cut + 1).trim();
    if (value !== null && value !== found) return null;
    value = found;
  }
  return value === '' ? null : value;
}

/** The session's cookie in a whole `Cookie` header, or the value itself, which as a JWT holds no `=`. */
export function sessionCookieIn(headerOrValue: string): string | null {
  if (!headerOrValue.includes('=')) return headerOrValue === '' ? null : headerOrValue;
  const guarded = readCookie(headerOrValue, HOST_PREFIX + NAMES.session);
  return guarded ?? readCookie(headerOrValue, NAMES.session);
}
