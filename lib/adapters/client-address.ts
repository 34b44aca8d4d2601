/** The caller's address as each mount trusts it, in headers that no caller can write. */

/** Vercel sets it itself and lets no caller's through. */
const VERCEL_ADDRESS = 'x-vercel-forwarded-for';
/** The self-hosted mount tells it to pages, writing over whatever came from outside. */
export const CLIENT_ADDRESS_HEADER = 'x-tollgate-client-address';

type Headers = Pick<globalThis.Headers, 'get'>;

export function vercelAddress(headers: Headers): string | null {
  return headers.get(VERCEL_ADDRESS)?.split(',')[0]?.trim() ?? null;
}

/** Whose request a page or a route handler serves; `null` where nobody tells. */
export function clientAddressOf(headers: Headers, onVercel: boolean): string | null {
  const address = onVercel ? vercelAddress(headers) : headers.get(CLIENT_ADDRESS_HEADER);
  return address === '' ? null : address;
}
