/** Every page, who may see it, and an address of it. A page that is missing here fails the tests that go over all of them. */

/** Ids of one customer's things: a session's key, a token's id, the customer's own id. */
export type PageIds = Readonly<Record<string, string>>;

export interface PageRoute {
  readonly who: 'open' | 'customer' | 'operator';
  /** An address of it with these ids in it. */
  readonly fill: (ids: PageIds) => string;
}

const open = (path: string): PageRoute => ({ who: 'open', fill: () => path });
const customer = (path: string, fill: PageRoute['fill'] = () => path): PageRoute => ({
  who: 'customer',
  fill,
});
const operator = (path: string, fill: PageRoute['fill'] = () => path): PageRoute => ({
  who: 'operator',
  fill,
});
const segment = (id: string | undefined): string => encodeURIComponent(id ?? '');

export const PAGE_ROUTES: Readonly<Record<string, PageRoute>> = {
  '/': open('/'),
  '/account': customer('/account'),
  '/admin': operator('/admin'),
  '/docs/api': open('/docs/api'),
  '/docs/connect': open('/docs/connect'),
  '/logs': customer('/logs'),
  '/logs/[key]': customer('/logs/[key]', ({ key }) => `/logs/${segment(key)}`),
  '/plans': customer('/plans'),
  '/sign-in': open('/sign-in'),
  '/tokens': customer('/tokens'),
  '/usage': customer('/usage'),
};
