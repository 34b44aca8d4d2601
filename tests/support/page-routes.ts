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
  '/admin/activity': operator('/admin/activity'),
  '/admin/audit': operator('/admin/audit'),
  '/admin/customers/[id]': operator(
    '/admin/customers/[id]',
    ({ user }) => `/admin/customers/${segment(user)}`,
  ),
  '/admin/customers/[id]/sessions': operator(
    '/admin/customers/[id]/sessions',
    ({ user }) => `/admin/customers/${segment(user)}/sessions`,
  ),
  '/admin/customers/new': operator('/admin/customers/new'),
  '/admin/events': operator('/admin/events'),
  '/admin/plans': operator('/admin/plans'),
  '/admin/prices': operator('/admin/prices'),
  '/admin/providers': operator('/admin/providers'),
  '/admin/refusals': operator('/admin/refusals'),
  '/docs/api': open('/docs/api'),
  '/docs/connect': open('/docs/connect'),
  '/logs': customer('/logs'),
  '/logs/[key]': customer('/logs/[key]', ({ key }) => `/logs/${segment(key)}`),
  '/plans': customer('/plans'),
  '/sign-in': open('/sign-in'),
  '/sign-in/link': open('/sign-in/link'),
  '/tokens': customer('/tokens'),
  '/tokens/[id]': customer('/tokens/[id]', ({ id }) => `/tokens/${segment(id)}`),
  '/tokens/[id]/revoke': customer('/tokens/[id]/revoke', ({ id }) => `/tokens/${segment(id)}/revoke`),
  '/tokens/[id]/rotate': customer('/tokens/[id]/rotate', ({ id }) => `/tokens/${segment(id)}/rotate`),
  '/tokens/new': customer('/tokens/new'),
  '/usage': customer('/usage'),
};

export interface HandlerRoute extends PageRoute {
  readonly method: 'GET' | 'POST';
}

/** Route handlers that are pages' own: downloads, answers to forms, what a page asks for while it is open. */
export const HANDLER_ROUTES: Readonly<Record<string, HandlerRoute>> = {
  '/admin/download/[table]': {
    ...operator('/admin/download/[table]', () => '/admin/download/customers'),
    method: 'GET',
  },
  '/logs/download': { ...customer('/logs/download'), method: 'GET' },
  '/sign-in/link/use': { ...open('/sign-in/link/use'), method: 'POST' },
  '/sign-in/oidc': { ...open('/sign-in/oidc'), method: 'GET' },
  '/sign-in/oidc/callback': { ...open('/sign-in/oidc/callback'), method: 'GET' },
  '/sign-in/token': { ...open('/sign-in/token'), method: 'POST' },
  '/plans/upgrade': { ...customer('/plans/upgrade', () => '/plans/upgrade?plan=pro'), method: 'GET' },
  '/sign-out': { ...open('/sign-out'), method: 'POST' },
  '/usage/download': { ...customer('/usage/download'), method: 'GET' },
  '/usage/pulse': { ...customer('/usage/pulse'), method: 'GET' },
};

/** Paths that the gateway itself answers, each held by its own tests. */
export const GATEWAY_MOUNTS: readonly string[] = [
  '/api/[...path]',
  '/bedrock/[...path]',
  '/foundry/[...path]',
  '/health',
  '/model/[...path]',
  '/openapi.json',
  '/status',
  '/v1/[...path]',
  '/v1beta/[...path]',
  '/v1beta1/[...path]',
  '/vertex/[...path]',
];
