/** Signing in and out in a real browser: every way in, what stays in the browser, and what another site can't do with it. */
import type { BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN, type Customer } from '@/tests/support/gateway-verbs';
import { CLIENT_ID, CLIENT_SECRET, type OidcIssuer, startOidcIssuer } from '@/tests/support/oidc-issuer';
import { type FormToSend, type OtherSite, startOtherSite } from '@/tests/support/other-site';
import { watch } from '@/tests/support/page-visits';
import { type ContextOptions, type Pages, startPages, START_TIMEOUT_MS } from '@/tests/support/pages';
import { signInDirectly } from '@/tests/support/visitors';

const SESSION_COOKIE = 'tollgate';
const NARROWED = { scope_models: ['claude-haiku-4-5'] };

let pages: Pages;
let issuer: OidcIssuer;
let other: OtherSite;
let addresses = 0;

beforeAll(async () => {
  [issuer, other] = await Promise.all([startOidcIssuer(), startOtherSite()]);
  pages = await startPages({
    // Each browser comes from an address of its own, as if through a proxy: sign-ins are limited by address.
    TOLLGATE_TRUST_PROXY: '1',
    TOLLGATE_OIDC_ISSUER: issuer.url,
    TOLLGATE_OIDC_CLIENT_ID: CLIENT_ID,
    TOLLGATE_OIDC_CLIENT_SECRET: CLIENT_SECRET,
    TOLLGATE_OIDC_OPERATOR_CLAIM: 'roles',
    TOLLGATE_OIDC_OPERATOR_VALUE: 'gateway-operator',
  });
  issuer.allow(`${pages.baseUrl}/sign-in/oidc/callback`);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await pages?.stop();
  await issuer?.stop();
  await other?.stop();
});

const ownAddress = (): ContextOptions => ({
  extraHTTPHeaders: { 'x-forwarded-for': `192.0.2.${(addresses += 1)}` },
});

const contexts: BrowserContext[] = [];

afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
});

async function kept(context: Promise<BrowserContext>): Promise<BrowserContext> {
  const made = await context;
  contexts.push(made);
  return made;
}

const browser = (): Promise<BrowserContext> => kept(pages.context(ownAddress()));

async function signedIn(token: string, options: ContextOptions = {}): Promise<BrowserContext> {
  const context = await kept(pages.context({ ...ownAddress(), ...options }));
  await signInDirectly(context, token, pages.baseUrl);
  return context;
}

async function enter(page: Page, token: string): Promise<void> {
  await page.getByLabel('Gateway token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function rowsOf(sql: string, ...args: string[]): Promise<Record<string, unknown>[]> {
  const { rows } = await pages.database.client.execute({ sql, args });
  return rows.map((row) => ({ ...row }));
}

const tokensOf = ({ user }: Customer) => rowsOf('SELECT id FROM gateway_tokens WHERE user_id = ?', user);
const dismissalsOf = ({ user }: Customer) => rowsOf('SELECT * FROM dismissals WHERE user_id = ?', user);
const openSessionsOf = ({ user }: Customer) =>
  rowsOf('SELECT id FROM web_sessions WHERE user_id = ? AND ended_at IS NULL', user);

const path = (page: Page): string => page.url().slice(pages.baseUrl.length);

describe('with a token', () => {
  test('a customer is led back to the page they asked for, query and all', async () => {
    const { token } = await pages.customer();
    const page = await (await browser()).newPage();
    const seen = watch(page);
    await page.goto('/usage?range=7d&chart=kinds');
    expect(path(page)).toBe(`/sign-in?next=${encodeURIComponent('/usage?range=7d&chart=kinds')}`);
    await enter(page, token);
    await page.waitForURL('**/usage?range=7d&chart=kinds');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Usage');
    expect(seen.complaints).toEqual([]);
  });

  test('nobody is led off site, whatever the address says', async () => {
    const { token } = await pages.customer();
    const { host } = new URL(other.url);
    for (const next of [other.url, `//${host}/`, `/\\${host}/`]) {
      const context = await browser();
      const page = await context.newPage();
      const { requested } = watch(page);
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      await enter(page, token);
      await page.waitForURL(`${pages.baseUrl}/usage`);
      expect(requested.filter((url) => !url.startsWith(pages.baseUrl))).toEqual([]);
    }
  });

  test('the operator comes in by the same form, to their own pages', async () => {
    const page = await (await browser()).newPage();
    await page.goto('/sign-in?next=/usage');
    await enter(page, ADMIN_TOKEN);
    await page.waitForURL('**/admin');
    await page.goto('/account');
    expect(await page.getByRole('main').innerText()).toContain('Admin token');
  });

  test('the token is nowhere in the browser afterwards, and its cookie is out of scripts’ reach', async () => {
    const { token, user } = await pages.customer();
    const context = await browser();
    const page = await context.newPage();
    const { requested } = watch(page);
    await page.goto('/sign-in');
    await enter(page, token);
    await page.waitForURL('**/usage');
    const found: string[] = [];
    for (const place of ['/usage', '/tokens', '/account']) {
      await page.goto(place, { waitUntil: 'networkidle' });
      found.push(page.url(), await page.content());
      found.push(
        await page.evaluate(() =>
          JSON.stringify([
            Object.entries(localStorage),
            Object.entries(sessionStorage),
            window.name,
            history.state,
            document.cookie,
          ]),
        ),
      );
    }
    found.push(JSON.stringify(await context.storageState({ indexedDB: true })), ...requested);
    const cookies = await context.cookies();
    for (const { value } of cookies)
      found.push(...value.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1')));
    // The account page names the customer: what is searched here is not empty.
    expect(found.some((text) => text.includes(user))).toBe(true);
    expect(found.filter((text) => text.includes(token) || text.includes(token.slice(8)))).toEqual([]);

    expect(cookies.find(({ name }) => name === SESSION_COOKIE)).toMatchObject({
      httpOnly: true,
      sameSite: 'Lax',
      path: '/',
    });
    expect(await page.evaluate(() => document.cookie)).not.toContain(SESSION_COOKIE);
  });

  test('unknown, revoked and expired tokens are told the same words', async () => {
    const [revoked, expired] = await Promise.all([pages.customer(), pages.customer()]);
    await pages.admin('POST', `/api/admin/tokens/${revoked.tokenId}/revoke`);
    await pages.database.client.execute({
      sql: 'UPDATE gateway_tokens SET expires_at = 1 WHERE id = ?',
      args: [expired.tokenId],
    });
    const told: string[] = [];
    for (const token of ['tg_neverexisted', revoked.token, expired.token]) {
      const context = await browser();
      const page = await context.newPage();
      const seen = watch(page);
      await page.goto('/sign-in');
      await enter(page, token);
      await page.getByRole('alert').filter({ hasText: 'That didn’t sign you in.' }).waitFor();
      told.push(`${path(page)}\n${await page.getByRole('main').innerText()}`);
      expect(await page.getByLabel('Gateway token').inputValue()).toBe('');
      expect((await context.cookies()).map(({ name }) => name)).not.toContain(SESSION_COOKIE);
      expect(seen.complaints).toEqual([]);
    }
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toContain('It may be mistyped, used before, expired or revoked.');
  });

  test('revoking it by the API ends the session at its next page, and an open usage page says so', async () => {
    const { token, tokenId } = await pages.customer();
    const context = await signedIn(token);
    const [open, next] = [await context.newPage(), await context.newPage()];
    await open.goto('/usage');
    await pages.admin('POST', `/api/admin/tokens/${tokenId}/revoke`);
    await next.goto('/logs');
    expect(path(next)).toBe('/sign-in?next=%2Flogs');
    await open.getByText('You are signed out; reload to sign in again').waitFor();
  });

  test('who guesses is told to wait, and for how long', async () => {
    const page = await (await browser()).newPage();
    let said = '';
    for (let tries = 0; tries < 10 && !said.includes('Too many tries.'); tries += 1) {
      for (let quick = 0; quick < 12; quick += 1)
        await page.request.post('/sign-in/token', {
          form: { token: `tg_quick${quick}` },
          headers: { origin: new URL(pages.baseUrl).origin },
          maxRedirects: 0,
          failOnStatusCode: false,
        });
      await page.goto('/sign-in?next=/logs');
      await enter(page, `tg_guess${tries}`);
      await page.waitForURL(/notice=(refused|limited)/);
      said = await page.getByRole('main').getByRole('alert').innerText();
    }
    expect(said).toMatch(/Too many tries\.\s+Try again in \d+ seconds?\./);
    // The wait over, the way back is still known.
    expect(await page.locator('input[name=next]').getAttribute('value')).toBe('/logs');
  });
});

describe('with a one-time link', () => {
  const linkFor = async ({ user }: Customer): Promise<string> => {
    const { status, body } = await pages.admin('POST', `/api/admin/users/${user}/sign-in-links`, {});
    expect(status).toBe(201);
    return String(body['url']);
  };

  test('opening it shows a button and signs nobody in; the button does, once', async () => {
    const customer = await pages.customer();
    const link = await linkFor(customer);
    const context = await browser();
    const page = await context.newPage();
    const seen = watch(page);
    for (let looks = 0; looks < 2; looks += 1) {
      await page.goto(link);
      await page.getByRole('button', { name: `Continue as ${customer.user}` }).waitFor();
    }
    expect(await context.cookies()).toEqual([]);
    expect(await openSessionsOf(customer)).toEqual([]);

    // Somebody else has it open too.
    const late = await (await browser()).newPage();
    await late.goto(link);
    await page.getByRole('button', { name: /^Continue as/ }).click();
    await page.waitForURL(`${pages.baseUrl}/usage`);
    await page.goto('/account');
    expect(await page.getByRole('main').innerText()).toContain('One-time link');
    expect(seen.complaints).toEqual([]);

    await late.getByRole('button', { name: /^Continue as/ }).click();
    await late.getByText('That didn’t sign you in.').waitFor();
    await late.goto(link);
    await late.getByText('This link doesn’t work any more.').waitFor();
    expect(await late.getByRole('button', { name: /^Continue/ }).count()).toBe(0);
    expect(await openSessionsOf(customer)).toHaveLength(1);
  });
});

describe('at an issuer', () => {
  const through = async (next: string): Promise<Page> => {
    const page = await (await browser()).newPage();
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await page.getByRole('link', { name: 'Sign in with your organisation' }).click();
    await page.waitForURL((url) => url.origin === new URL(pages.baseUrl).origin);
    return page;
  };

  test('a customer comes in, to the page they wanted', async () => {
    const { user } = await pages.customer();
    issuer.person = { sub: user };
    const page = await through('/logs');
    expect(path(page)).toBe('/logs');
    await page.goto('/account');
    const text = await page.getByRole('main').innerText();
    expect(text).toContain('Your organisation');
    expect(text).toContain(user);
    const cookies = await page.context().cookies(pages.baseUrl);
    expect(cookies.find(({ name }) => name === SESSION_COOKIE)).toMatchObject({
      httpOnly: true,
      sameSite: 'Lax',
    });
    expect(cookies.map(({ name }) => name)).not.toContain(`${SESSION_COOKIE}-oidc`);
  });

  test('an operator comes in by their role', async () => {
    issuer.person = {
      sub: 'boss',
      email: 'boss@example.com',
      email_verified: true,
      roles: ['gateway-operator'],
    };
    const page = await through('/admin');
    expect(path(page)).toBe('/admin');
    await page.goto('/account');
    expect(await page.getByRole('main').innerText()).toContain('boss@example.com');
  });

  test('a stranger is told what everybody is told', async () => {
    issuer.person = { sub: 'a-stranger' };
    const page = await through('/usage');
    await page.getByText('That didn’t sign you in.').waitFor();
    expect(path(page)).toMatch(/^\/sign-in\?notice=refused/);
  });
});

describe('signing out', () => {
  test('ends the session, also for a copy of its cookie, and going back shows nothing', async () => {
    const { token } = await pages.customer();
    const context = await signedIn(token);
    const page = await context.newPage();
    const seen = watch(page);
    await page.goto('/account');
    const copy = await context.cookies();
    await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    expect((await context.cookies()).map(({ name }) => name)).not.toContain(SESSION_COOKIE);
    await page.waitForLoadState();
    await page.goBack({ waitUntil: 'commit' });
    await page.waitForURL('**/sign-in?next=%2Faccount');
    await context.addCookies(copy);
    await page.goto('/usage');
    expect(path(page)).toBe('/sign-in?next=%2Fusage');
    expect(seen.complaints).toEqual([]);
  });

  test('everywhere ends this customer’s other browsers at their next page, and nobody else’s', async () => {
    const [mine, theirs] = [await pages.customer(), await pages.customer()];
    const [here, there, neighbour] = await Promise.all(
      [mine, mine, theirs].map(async ({ token }) => (await signedIn(token)).newPage()),
    );
    if (here === undefined || there === undefined || neighbour === undefined) throw new Error('no browsers');
    await Promise.all([here, there, neighbour].map((page) => page.goto('/account')));
    const open = here.getByRole('table', { name: 'Open sessions' }).getByRole('row');
    // The heads, and two browsers.
    expect(await open.count()).toBe(3);
    await here.getByRole('button', { name: 'Sign out everywhere' }).click();
    await here.getByText('You are signed out.').waitFor();
    await there.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Logs' }).click();
    await there.waitForURL(/\/sign-in/);
    await neighbour.reload();
    expect(path(neighbour)).toBe('/account');
  });
});

/** A page without scripts holds its actions as plain forms, which can be kept, changed and sent by anybody. */
async function formsOf(page: Page): Promise<FormToSend[]> {
  return page.locator('form[method=post i], form[action=""]').evaluateAll((forms) =>
    forms.map((form) => ({
      action: (form as HTMLFormElement).action,
      enctype: (form as HTMLFormElement).enctype,
      fields: [...new FormData(form as HTMLFormElement)].map(
        ([name, value]) => [name, typeof value === 'string' ? value : ''] as const,
      ),
    })),
  );
}

const isAction = ({ fields }: FormToSend): boolean => fields.some(([name]) => name.startsWith('$ACTION'));

describe('a session that may only look', () => {
  test('shows no forms but the way out', async () => {
    const { token, user } = await pages.customer({ plan: 'starter', token: NARROWED });
    await pages.use(user, { tokens: 820_000 });
    const page = await (await signedIn(token, { javaScriptEnabled: false })).newPage();
    for (const place of ['/usage', '/logs', '/tokens', '/tokens/new', '/plans', '/account']) {
      await page.goto(place);
      const posts = await formsOf(page);
      expect(posts.filter(isAction)).toEqual([]);
      expect([...new Set(posts.map(({ action }) => new URL(action).pathname))]).toEqual(['/sign-out']);
    }
    await page.goto('/tokens');
    expect(await page.getByRole('main').innerText()).toContain('You are signed in for reading only.');
    expect(await page.getByRole('link', { name: 'Create a token' }).count()).toBe(0);
    await page.goto('/plans');
    expect(await page.getByRole('link', { name: /^Change to/ }).count()).toBe(0);
    expect((await page.request.get('/plans/upgrade?plan=pro', { maxRedirects: 0 })).status()).toBe(403);
  });

  test('changes nothing by forms that somebody who may change things was given', async () => {
    const customer = await pages.customer({ plan: 'starter' });
    const { body } = await pages.admin('POST', '/api/admin/tokens', {
      user: customer.user,
      name: 'narrow',
      ...NARROWED,
    });
    await pages.use(customer.user, { tokens: 820_000 });
    const wide = await signedIn(customer.token, { javaScriptEnabled: false });
    const narrow = await signedIn(String(body['token']));
    const [full, looking] = [await wide.cookies(), await narrow.cookies()];
    const before = await tokensOf(customer);

    const create = async (cookies: typeof full): Promise<void> => {
      const page = await wide.newPage();
      await page.goto('/tokens/new');
      await page.getByLabel('Name').fill('made in the browser');
      await wide.addCookies(cookies);
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.getByRole('button', { name: 'Create' }).click();
      await (await answered).finished();
      await wide.addCookies(full);
      await page.close();
    };
    const dismiss = async (cookies: typeof full): Promise<void> => {
      const page = await wide.newPage();
      await page.goto('/usage');
      await wide.addCookies(cookies);
      const answered = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.getByRole('button', { name: /^Dismiss/ }).click();
      await (await answered).finished();
      await wide.addCookies(full);
      await page.close();
    };

    await create(looking);
    await dismiss(looking);
    expect(await tokensOf(customer)).toEqual(before);
    expect(await dismissalsOf(customer)).toEqual([]);
    // The same with the session they were given to.
    await create(full);
    await dismiss(full);
    expect(await tokensOf(customer)).toHaveLength(before.length + 1);
    expect(await dismissalsOf(customer)).toHaveLength(1);
  });
});

test('forms that another site makes a signed-in browser send change nothing', async () => {
  const customer = await pages.customer({ plan: 'starter' });
  const attacker = await pages.customer();
  await pages.use(customer.user, { tokens: 820_000 });
  const link = await pages.admin('POST', `/api/admin/users/${attacker.user}/sign-in-links`, {});
  const context = await signedIn(customer.token);

  const plain = await signedIn(customer.token, { javaScriptEnabled: false });
  const reader = await plain.newPage();
  const actions: FormToSend[] = [];
  for (const place of ['/usage', '/tokens/new', `/tokens/${customer.tokenId}/revoke`]) {
    await reader.goto(place);
    actions.push(...(await formsOf(reader)).filter(isAction));
  }
  expect(actions.length).toBeGreaterThanOrEqual(3);
  await plain.close();

  const urlencoded = 'application/x-www-form-urlencoded';
  const forms: FormToSend[] = [
    { action: `${pages.baseUrl}/sign-out`, enctype: urlencoded, fields: [] },
    { action: `${pages.baseUrl}/sign-out`, enctype: urlencoded, fields: [['everywhere', '1']] },
    { action: `${pages.baseUrl}/sign-in/token`, enctype: urlencoded, fields: [['token', attacker.token]] },
    {
      action: `${pages.baseUrl}/sign-in/link/use`,
      enctype: urlencoded,
      fields: [['secret', new URL(String(link.body['url'])).searchParams.get('secret') ?? '']],
    },
    ...actions.map((form) => ({
      ...form,
      fields: form.fields.map(([name, value]) => [name, name === 'name' ? 'made elsewhere' : value] as const),
    })),
  ];
  const everything = async () => ({
    cookie: (await context.cookies()).find(({ name }) => name === SESSION_COOKIE)?.value,
    sessions: [await openSessionsOf(customer), await openSessionsOf(attacker)],
    tokens: await rowsOf('SELECT id, revoked_at FROM gateway_tokens WHERE user_id = ?', customer.user),
    dismissals: await dismissalsOf(customer),
  });
  const before = await everything();
  // Another port of the gateway's own host is the same site to a browser, which sends the cookie along.
  const neighbour = new URL(other.url);
  neighbour.hostname = new URL(pages.baseUrl).hostname;
  const stranger = new URL(other.url);
  stranger.hostname = neighbour.hostname === 'localhost' ? '127.0.0.1' : 'localhost';
  for (const form of forms) {
    for (const site of [neighbour, stranger]) {
      const page = await context.newPage();
      const answering = page.waitForResponse((response) => response.request().method() === 'POST');
      await page.goto(new URL(other.pageThatSends(form), site).href, { waitUntil: 'commit' });
      const answer = await answering;
      const { cookie = '' } = await answer.request().allHeaders();
      expect(cookie.includes(`${SESSION_COOKIE}=`)).toBe(site === neighbour);
      // Sent without the cookie, a page's action is only sent to sign in.
      expect([303, 307, 403, 500]).toContain(answer.status());
      expect(await everything()).toEqual(before);
      // Chromium may never close a page whose navigation is half-way.
      await page.waitForURL((url) => url.origin === new URL(pages.baseUrl).origin);
      await page.close();
    }
  }
});
