/** Refuses requests that another site made a browser send. */
import { GatewayError } from '@/lib/domain/errors';

/** The first of a list that several proxies wrote. */
const first = (value: string | null): string => value?.split(',')[0]?.trim().toLowerCase() ?? '';

/** Whether our own pages sent a request: by the browser's word for it, else by its `Origin` being the host asked for. */
export function isSameOrigin(headers: Pick<Headers, 'get'>): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  const origin = headers.get('origin') ?? '';
  if (!/^https?:/.test(origin) || !URL.canParse(origin)) return false;
  // No page can set these headers for another host, so a proxy's may be believed here without asking whether there is one.
  const hosts = [first(headers.get('x-forwarded-host')), first(headers.get('host'))];
  return hosts.includes(new URL(origin).host);
}

/** For every state-changing request to a route handler. @throws GatewayError `forbidden` */
export function assertSameOrigin(headers: Pick<Headers, 'get'>): void {
  if (isSameOrigin(headers)) return;
  throw new GatewayError(
    'forbidden',
    'The request came from another site. Open the page itself and try again.',
  );
}
