/** One customer can't see, guess or touch anything of another: over every page, handler and API route there is, whichever comes to be added. */
import { readFileSync } from 'node:fs';
import type { APIRequestContext, BrowserContext } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROUTES } from '@/lib/api/routes';
import { appRoutes } from '@/tests/support/app-routes';
import { ADMIN_TOKEN, type Customer } from '@/tests/support/gateway-verbs';
import { GATEWAY_MOUNTS, HANDLER_ROUTES, PAGE_ROUTES, type PageIds } from '@/tests/support/page-routes';
import { type Pages, startPages, START_TIMEOUT_MS } from '@/tests/support/pages';

/** Stands in every name of the other customer, and nowhere else. */
const MARK = 'Bmark';
const MARKS = /bmark/i;

let pages: Pages;
let a: Customer;
let b: Customer;
let bIds: PageIds;
let asA: BrowserContext;
let asNobody: BrowserContext;
let asOperator: BrowserContext;

beforeAll(async () => {
  pages = await startPages({ TOLLGATE_UPGRADE_URL: 'https://billing.invalid/upgrade' });
  a = await pages.customer({
    user: 'alpha',
    plan: 'pro',
    token: { name: 'alpha laptop', agent: 'alpha-agent' },
  });
  b = await pages.customer({
    user: `${MARK}-user`,
    plan: 'pro',
    token: { name: `${MARK} laptop`, agent: `${MARK}-agent`, campaign: `${MARK}-campaign` },
  });
  await pages.call(a.token, { session: 'alpha-session' });
  const request = await pages.call(b.token, { session: `${MARK}-session` });
  bIds = {
    key: `${MARK}-session`,
    id: b.tokenId,
    user: b.user,
    token: b.tokenId,
    session: `${MARK}-session`,
    request,
  };
  asA = await pages.signedIn(a.token);
  asOperator = await pages.signedIn(ADMIN_TOKEN);
  asNobody = await pages.context();
}, START_TIMEOUT_MS);

afterAll(() => pages?.stop());

/** What of B an answer gives away; ids that the request itself named may come back in a refusal's address. */
async function read(request: APIRequestContext, path: string, method = 'GET') {
  const response = await request.fetch(path, { method, maxRedirects: 0, failOnStatusCode: false });
  return {
    status: response.status(),
    location: response.headers()['location'] ?? null,
    text: await response.text(),
  };
}

/** B's names for things in the query too, under each name a careless page might read. */
const QUERY = () =>
  `?${new URLSearchParams({ ...bIds, user_id: b.user, customer: b.user, token_id: b.tokenId }).toString()}`;

/** Of B, what no guess can bring: everything but the ids that A put into the address. */
function tellsOf(text: string): string[] {
  const named = Object.values(bIds).flatMap((id) => [
    id,
    encodeURIComponent(id),
    encodeURIComponent(encodeURIComponent(id)),
  ]);
  const rest = named
    .toSorted((x, y) => y.length - x.length)
    .reduce((left, id) => left.replaceAll(id, ''), text);
  return MARKS.test(rest) ? [rest.slice(Math.max(0, rest.search(MARKS) - 80), rest.search(MARKS) + 80)] : [];
}

test('every page and handler of the route tree is in the tables of this test', () => {
  const routes = appRoutes();
  const pathsOf = (kind: string) => routes.filter((route) => route.kind === kind).map(({ path }) => path);
  expect(pathsOf('page')).toEqual(Object.keys(PAGE_ROUTES).toSorted());
  expect(pathsOf('handler')).toEqual([...GATEWAY_MOUNTS, ...Object.keys(HANDLER_ROUTES)].toSorted());
});

describe('nobody, signed out', () => {
  const closed = Object.entries(PAGE_ROUTES).filter(([, { who }]) => who !== 'open');
  test.each(closed)('is sent from %s to sign in', async (_path, { fill }) => {
    const { status, location, text } = await read(asNobody.request, fill(bIds));
    expect([303, 307]).toContain(status);
    expect(location).toMatch(/^(https?:\/\/[^/]+)?\/sign-in(\?|$)/);
    expect(tellsOf(text)).toEqual([]);
  });

  const handlers = Object.entries(HANDLER_ROUTES).filter(([, { who }]) => who !== 'open');
  test.each(handlers)('gets nothing from %s', async (_path, { fill, method }) => {
    const { status, text } = await read(asNobody.request, fill(bIds), method);
    expect([303, 307, 401, 403, 404]).toContain(status);
    expect(tellsOf(text)).toEqual([]);
  });
});

/** Every route of the API as A asks it for B's things. All at once: who is refused again and again waits longer each time. */
async function apiAnswers(): Promise<ReadonlyMap<string, { status: number; text: string }>> {
  const asked = ROUTES.map(async (route) => {
    const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
      encodeURIComponent(bIds[name] ?? b.user),
    );
    const inQuery = route.method === 'GET' || route.method === 'DELETE';
    const response = await fetch(pages.baseUrl + path + (inQuery ? QUERY() : ''), {
      method: route.method,
      headers: { authorization: `Bearer ${a.token}`, 'content-type': 'application/json' },
      ...(inQuery ? {} : { body: JSON.stringify({ ...bIds, user: b.user }) }),
    });
    return [
      `${route.method} ${route.path}`,
      { status: response.status, text: await response.text() },
    ] as const;
  });
  return new Map(await Promise.all(asked));
}

describe('customer A', () => {
  let answers: ReturnType<typeof apiAnswers>;
  beforeAll(() => {
    answers = apiAnswers();
    return answers;
  }, START_TIMEOUT_MS);

  const own = Object.entries(PAGE_ROUTES).filter(([, { who }]) => who === 'customer');
  test.each(own)('finds nothing of B at %s', async (path, { fill }) => {
    const bare = await read(asA.request, fill(bIds));
    expect(tellsOf(bare.text)).toEqual([]);
    // An address with B's ids in it is, for A, one that does not exist.
    if (path.includes('[')) expect(bare.status).toBe(404);
    const asked = await read(asA.request, fill({ ...bIds }) + QUERY());
    expect(tellsOf(asked.text)).toEqual([]);
  });

  const operators = Object.entries(PAGE_ROUTES).filter(([, { who }]) => who === 'operator');
  test.each(operators)('finds no page at %s', async (_path, { fill }) => {
    const { status, text } = await read(asA.request, fill(bIds));
    expect(status).toBe(404);
    expect(tellsOf(text)).toEqual([]);
  });

  test.each(Object.entries(HANDLER_ROUTES))(
    'gets nothing of B from %s',
    async (_path, { fill, method, who }) => {
      const { status, text } = await read(asA.request, fill(bIds) + QUERY(), method);
      expect(tellsOf(text)).toEqual([]);
      if (who === 'operator') expect([401, 403, 404]).toContain(status);
    },
  );

  const api = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);
  test.each(api)('gets nothing of B by the API: %s', async (name, route) => {
    const { status, text } = (await answers).get(name) ?? { status: 0, text: MARK };
    expect(tellsOf(text)).toEqual([]);
    if (route.guard !== 'user') expect([401, 403, 503]).toContain(status);
  });

  test(
    'changes nothing of B by any form, with B’s ids put in the place of A’s',
    async () => {
      const before = await everythingOf(b);
      const plain = await pages.signedIn(a.token, { javaScriptEnabled: false });
      const page = await plain.newPage();
      let sent = 0;
      for (const [, { fill }] of own) {
        const mine = {
          key: 'alpha-session',
          id: a.tokenId,
          user: a.user,
          token: a.tokenId,
          session: 'alpha-session',
        };
        await page.goto(fill(mine));
        const forms = await page.locator('form[method="post" i], form:has(input[name^="$ACTION"])').count();
        for (let index = 0; index < forms; index += 1) {
          await page.goto(fill(mine));
          const form = page.locator('form[method="post" i], form:has(input[name^="$ACTION"])').nth(index);
          const action = (await form.getAttribute('action')) ?? '';
          if (action.includes('sign-out')) continue;
          const swaps: [string, string][] = [
            [a.tokenId, b.tokenId],
            [a.user, b.user],
            ['alpha-session', `${MARK}-session`],
          ];
          const body = await form.evaluate((element, pairs) => {
            const data = [...new FormData(element as HTMLFormElement)].map(([name, value]) => [
              name,
              typeof value === 'string' ? value : '',
            ]);
            const swap = (text: string) =>
              pairs.reduce((left, [from, to]) => left.replaceAll(from, to), text);
            return data.map(([name = '', value = '']) => [name, swap(value)]);
          }, swaps);
          await asFormPost(plain, page.url(), action, body as [string, string][]);
          sent += 1;
        }
      }
      expect(sent).toBeGreaterThan(3);
      expect(await everythingOf(b)).toEqual(before);
      await plain.close();
    },
    START_TIMEOUT_MS,
  );
});

/** Every server action of the build, and the page it is called on. */
function serverActions(): readonly (readonly [name: string, id: string, page: string])[] {
  const manifest = JSON.parse(readFileSync('.next/server/server-reference-manifest.json', 'utf8')) as {
    readonly node: Readonly<
      Record<string, { readonly exportedName: string; readonly workers: Readonly<Record<string, unknown>> }>
    >;
  };
  return Object.entries(manifest.node).map(([id, { exportedName, workers }]) => {
    const place = Object.keys(workers)[0] ?? '';
    return [exportedName, id, place.replace(/^app/, '').replace(/\/page$/, '')];
  });
}

/** A form that every action finds its fields in, about this customer. */
const formAbout = ({ user, tokenId }: Pick<Customer, 'user' | 'tokenId'>) => ({
  user,
  id: tokenId,
  token: tokenId,
  plan: 'business',
  name: 'Taken over',
  suspended: 'true',
  seconds: '900',
  overlap_seconds: '0',
  cap: 'tokens',
  threshold: '80',
  model: 'claude-sonnet-4-5',
  effective_from: '2026-01-01',
  input: '1',
  output: '1',
  rate_limit_rpm: '1',
  rate_limit_tpm: '1',
});

/** Calls an action as the page's script would, whichever arguments it takes: bound ones, the form's last answer, the form. */
async function callAction(
  { request }: BrowserContext,
  [, id, place]: ReturnType<typeof serverActions>[number],
  customer: Pick<Customer, 'user' | 'tokenId'>,
): Promise<string> {
  const path = PAGE_ROUTES[place]?.fill({ ...bIds, id: a.tokenId, user: a.user }) ?? place;
  const last = { answers: 0, fields: {}, values: {}, problem: null, done: null, made: null, secret: null };
  const texts: string[] = [];
  for (const before of [[], [last], [customer.tokenId, last]]) {
    const form = new FormData();
    for (const [name, value] of Object.entries(formAbout(customer))) form.append(`_1_${name}`, value);
    form.append('0', JSON.stringify([...before, '$K1']));
    const response = await request.fetch(path, {
      method: 'POST',
      headers: { 'next-action': id, origin: pages.baseUrl, accept: 'text/x-component' },
      multipart: form,
      maxRedirects: 0,
      failOnStatusCode: false,
    });
    texts.push(await response.text());
  }
  return texts.join('\n');
}

describe('server actions', () => {
  test('there are some, each on a page of the tables above', () => {
    expect(serverActions().length).toBeGreaterThan(10);
    expect(serverActions().filter(([, , place]) => PAGE_ROUTES[place] === undefined)).toEqual([]);
  });

  test('none does anything for nobody, or about B for A, called directly with B’s ids', async () => {
    const before = [await everythingOf(b), await everythingOfOperators()];
    for (const context of [asNobody, asA])
      for (const action of serverActions())
        expect([action[0], tellsOf(await callAction(context, action, b))]).toEqual([action[0], []]);
    expect([await everythingOf(b), await everythingOfOperators()]).toEqual(before);
  });

  test('called so by an operator they do, so the calls above are well formed', async () => {
    // A customer for each: what one action does would stand in another's way, in whichever order they come.
    for (const action of serverActions())
      await callAction(asOperator, action, await pages.customer({ plan: 'pro' }));
    const { rows } = await pages.database.client.execute(
      "SELECT DISTINCT action FROM audit_log WHERE actor_kind = 'operator' ORDER BY action",
    );
    expect(rows.map((row) => row['action'])).toEqual(
      expect.arrayContaining([
        'price.set',
        'token.revoke',
        'user.change',
        'user.sign_in_link',
        'user.suspend',
      ]),
    );
  });
});

test('an operator sees B, so the marks above can be found', async () => {
  const { text } = await read(asOperator.request, '/admin');
  expect(MARKS.test(text)).toBe(true);
});

/** Posts fields as the page's own form would, from its own origin. */
async function asFormPost(context: BrowserContext, from: string, action: string, fields: [string, string][]) {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  await context.request.fetch(new URL(action, from).href, {
    method: 'POST',
    headers: { origin: new URL(from).origin, 'sec-fetch-site': 'same-origin' },
    multipart: form,
    maxRedirects: 0,
    failOnStatusCode: false,
  });
}

/** Every row that is B's, but for when a token was last used. */
async function everythingOf({ user, tokenId }: Customer): Promise<unknown> {
  const tables: readonly (readonly [sql: string, id: string])[] = [
    ['SELECT * FROM users WHERE id = ?', user],
    ['SELECT id, hash, name, revoked_at, expires_at, updated_at FROM gateway_tokens WHERE user_id = ?', user],
    ['SELECT * FROM sessions WHERE user_id = ?', user],
    ['SELECT * FROM dismissals WHERE user_id = ?', user],
    ['SELECT id, ended_at FROM web_sessions WHERE user_id = ?', user],
    ['SELECT * FROM sign_in_links WHERE user_id = ?', user],
    ['SELECT * FROM audit_log WHERE object_id = ?', tokenId],
  ];
  const results = await pages.database.client.batch(
    tables.map(([sql, id]) => ({ sql, args: [id] })),
    'read',
  );
  return results.map(({ rows }) => rows.map((row) => ({ ...row })));
}

/** What only operators change. */
async function everythingOfOperators(): Promise<unknown> {
  const results = await pages.database.client.batch(
    [
      'SELECT * FROM plan_limits',
      'SELECT * FROM model_prices',
      'SELECT id, plan, suspended_at FROM users',
      "SELECT id, action FROM audit_log WHERE actor_kind <> 'customer'",
    ],
    'read',
  );
  return results.map(({ rows }) => rows.map((row) => ({ ...row })));
}
