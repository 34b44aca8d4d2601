/** Signing in and out as browsers without scripts do it: plain forms, cookies and redirects, against the whole server. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '@/db/client';
import { ADMIN_TOKEN, type GatewayVerbs, gatewayVerbs } from '@/tests/support/gateway-verbs';
import { CLIENT_ID, CLIENT_SECRET, type OidcIssuer, startOidcIssuer } from '@/tests/support/oidc-issuer';
import { type StartedServer, startServer } from '@/tests/support/started-server';

/** The first start builds pages and bundle. */
const START_TIMEOUT_MS = 400_000;

let server: StartedServer;
let issuer: OidcIssuer;
let verbs: GatewayVerbs;
let addresses = 0;

beforeAll(async () => {
  issuer = await startOidcIssuer();
  server = await startServer({
    TOLLGATE_ADMIN_TOKEN: ADMIN_TOKEN,
    // Each test comes from an address of its own, as if through a proxy.
    TOLLGATE_TRUST_PROXY: '1',
    TOLLGATE_OIDC_ISSUER: issuer.url,
    TOLLGATE_OIDC_CLIENT_ID: CLIENT_ID,
    TOLLGATE_OIDC_CLIENT_SECRET: CLIENT_SECRET,
    TOLLGATE_OIDC_OPERATOR_CLAIM: 'roles',
    TOLLGATE_OIDC_OPERATOR_VALUE: 'gateway-operator',
  });
  issuer.allow(`${server.baseUrl}/sign-in/oidc/callback`);
  verbs = gatewayVerbs(server.baseUrl);
}, START_TIMEOUT_MS);

afterAll(async () => {
  await server?.stop();
  await issuer?.stop();
});

interface Page {
  readonly status: number;
  readonly location: string | null;
  readonly text: string;
  readonly headers: Headers;
}

/** A browser without scripts: it keeps cookies, and says where its requests come from. */
class PlainBrowser {
  readonly cookies = new Map<string, string>();
  readonly address = `192.0.2.${(addresses += 1)}`;

  async send(path: string, init: RequestInit = {}): Promise<Page> {
    const headers = new Headers(init.headers);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie !== '') headers.set('cookie', cookie);
    headers.set('x-forwarded-for', `198.51.100.9, ${this.address}`);
    const response = await fetch(new URL(path, server.baseUrl), { redirect: 'manual', ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const location = response.headers.get('location');
    return { status: response.status, location, text: await response.text(), headers: response.headers };
  }

  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const origin = new URL(server.baseUrl).origin;
    return this.send(path, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { origin, ...headers },
    });
  }

  signIn(token: string, more: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.post('/sign-in/token', { token, ...more });
  }
}

const signedIn = async (token: string): Promise<PlainBrowser> => {
  const browser = new PlainBrowser();
  const page = await browser.signIn(token);
  if (page.status !== 303 || browser.cookies.size === 0) throw new Error(`not signed in: ${page.text}`);
  return browser;
};

describe('with a token', () => {
  test('a customer comes in, sees who they are, and goes out again', async () => {
    const { token, user } = await verbs.customer();
    const browser = new PlainBrowser();
    const asked = await browser.send('/account');
    expect([asked.status, asked.location]).toEqual([307, '/sign-in?next=%2Faccount']);
    const form = await browser.send(asked.location ?? '');
    expect(form.text).toMatch(/<form [^>]*action="\/sign-in\/token" method="post"/);
    expect(form.text).toContain('name="next" value="/account"');

    const page = await browser.signIn(token, { next: '/account' });
    expect([page.status, page.location]).toEqual([303, '/account']);
    expect(page.headers.get('set-cookie')).toMatch(
      /^tollgate=ey[\w.-]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
    expect(page.headers.get('cache-control')).toBe('no-store');
    const account = await browser.send('/account');
    expect(account.status).toBe(200);
    expect(account.text).toContain(user);
    expect(account.text).toContain('This browser');
    expect(account.text).not.toContain(token);
    expect((await browser.send('/sign-in')).location).toBe('/usage');

    const cookie = browser.cookies.get('tollgate') ?? '';
    const out = await browser.post('/sign-out', {});
    expect([out.status, out.location]).toEqual([303, '/sign-in?notice=signed-out']);
    expect(browser.cookies.size).toBe(0);
    browser.cookies.set('tollgate', cookie);
    expect((await browser.send('/account')).location).toBe('/sign-in?next=%2Faccount');
  });

  test('the operator comes in by the same form, to their own pages', async () => {
    const browser = new PlainBrowser();
    expect((await browser.signIn(ADMIN_TOKEN)).location).toBe('/admin');
    const account = await browser.send('/account');
    expect(account.text).toContain('Admin token');
    expect(account.text).not.toContain(ADMIN_TOKEN);
  });

  test('revoking it in the management API signs its browsers out', async () => {
    const { token, tokenId } = await verbs.customer();
    const browser = await signedIn(token);
    expect((await browser.send('/account')).status).toBe(200);
    await verbs.admin('POST', `/api/admin/tokens/${tokenId}/revoke`);
    expect((await browser.send('/account')).location).toBe('/sign-in?next=%2Faccount');
  });

  test('a narrowed one is told that it may only look', async () => {
    const { token } = await verbs.customer({ token: { scope_models: ['claude-haiku-4-5'] } });
    const account = await (await signedIn(token)).send('/account');
    expect(account.text).toContain('for reading only');
  });

  test('signing in anew ends the session this browser had', async () => {
    const { token } = await verbs.customer();
    const browser = await signedIn(token);
    const before = browser.cookies.get('tollgate') ?? '';
    await browser.signIn(token);
    expect(browser.cookies.get('tollgate')).not.toBe(before);
    const old = new PlainBrowser();
    old.cookies.set('tollgate', before);
    expect((await old.send('/account')).status).toBe(307);
    expect((await browser.send('/account')).status).toBe(200);
  });

  test('every failure is the same to the byte: nobody learns which tokens or customers there are', async () => {
    const revoked = await verbs.customer();
    await verbs.admin('POST', `/api/admin/tokens/${revoked.tokenId}/revoke`);
    const suspended = await verbs.customer();
    await verbs.admin('POST', `/api/admin/users/${suspended.user}/suspend`);
    const expired = await verbs.customer();
    const database = await openDatabase(`file:${server.databaseFile}`);
    await database.client.execute({
      sql: 'UPDATE gateway_tokens SET expires_at = 1 WHERE id = ?1',
      args: [expired.tokenId],
    });
    database.close();
    const unknown = `${revoked.token.slice(0, -6)}000000`;
    const secrets = [
      revoked.token,
      suspended.token,
      expired.token,
      unknown,
      'tg_1',
      '',
      'x'.repeat(5_000),
      ADMIN_TOKEN.slice(1),
    ];
    const answers: object[] = [];
    for (const secret of secrets) {
      const browser = new PlainBrowser();
      const answer = await browser.signIn(secret, { next: '/usage' });
      const { date: _date, ...headers } = Object.fromEntries(answer.headers);
      const page = await browser.send(answer.location ?? '');
      answers.push({
        status: answer.status,
        headers: Object.fromEntries(
          Object.entries(headers).filter(([name]) => name !== 'content-security-policy'),
        ),
        text: answer.text,
        cookies: browser.cookies.size,
        page: page.status,
        said: page.text.includes('That didn’t sign you in.'),
      });
    }
    expect(answers[0]).toMatchObject({ status: 303, cookies: 0, page: 200, said: true });
    expect(answers).toEqual(answers.map(() => answers[0]));
  });

  test('whoever guesses gets a 429 and a page that says when to try again', async () => {
    const browser = new PlainBrowser();
    for (let i = 0; i < 10; i += 1) expect((await browser.signIn(`tg_guess${i}`)).status).toBe(303);
    const stopped = await browser.signIn('tg_guess', { next: '/logs' });
    expect(stopped.status).toBe(429);
    const seconds = Number(stopped.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(6);
    const [, path = ''] = /content="0;url=([^"]+)"/.exec(stopped.text) ?? [];
    const page = await browser.send(path.replaceAll('&amp;', '&'));
    expect(page.text).toContain('Too many tries.');
    expect(page.text).toMatch(/Try again in (<!-- -->)?\d (<!-- -->)?second/);
    expect(page.text).toContain('name="next" value="/logs"');
    // Another address is in nobody's way.
    expect((await new PlainBrowser().signIn('tg_guess')).status).toBe(303);
  });
});

describe('with a link', () => {
  const linkFor = async (user: string, input: object = {}): Promise<URL> => {
    const { status, body } = await verbs.admin('POST', `/api/admin/users/${user}/sign-in-links`, input);
    expect(status).toBe(201);
    return new URL(String(body['url']));
  };

  test('that the operator’s backend made, a customer comes in once; a scanner that only looks uses nothing up', async () => {
    const { user } = await verbs.customer();
    const link = await linkFor(user);
    expect(link.origin).toBe(new URL(server.baseUrl).origin);
    const path = link.pathname + link.search;
    for (let i = 0; i < 3; i += 1) {
      const scanner = new PlainBrowser();
      expect((await scanner.send(path)).text).toContain('Continue as');
      expect((await scanner.send(path, { method: 'HEAD' })).status).toBe(200);
      expect(scanner.cookies.size).toBe(0);
    }
    const browser = new PlainBrowser();
    const secret = link.searchParams.get('secret') ?? '';
    const page = await browser.send(path);
    expect(page.text).toContain(user);
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    expect((await browser.post('/sign-in/link/use', { secret })).location).toBe('/usage');
    expect((await browser.send('/account')).text).toContain('One-time link');
    const late = new PlainBrowser();
    expect((await late.send(path)).text).toContain('This link doesn’t work any more.');
    const refused = await late.post('/sign-in/link/use', { secret });
    expect([refused.status, refused.location, late.cookies.size]).toEqual([
      303,
      '/sign-in?notice=refused',
      0,
    ]);
  });

  test('leads where the operator says their customers are', async () => {
    const { user } = await verbs.customer();
    const link = await linkFor(user, { base_url: 'https://pages.example', expires_in_seconds: 60 });
    expect(link.href).toMatch(/^https:\/\/pages\.example\/sign-in\/link\?secret=/);
  });
});

describe('at an issuer', () => {
  const throughIssuer = async (browser: PlainBrowser, path = '/sign-in/oidc'): Promise<Page> => {
    const start = await browser.send(path);
    expect(start.status).toBe(303);
    const back = new URL(await issuer.visit(start.location ?? ''));
    return browser.send(back.pathname + back.search);
  };

  test('a customer comes in, to the page they wanted', async () => {
    const { user } = await verbs.customer();
    issuer.person = { sub: user };
    const browser = new PlainBrowser();
    const asked = await browser.send('/account');
    const form = await browser.send(asked.location ?? '');
    const [, path = ''] = /href="(\/sign-in\/oidc[^"]*)"/.exec(form.text) ?? [];
    const page = await throughIssuer(browser, path.replaceAll('&amp;', '&'));
    expect([page.status, page.location]).toEqual([303, '/account']);
    expect([...browser.cookies.keys()]).toEqual(['tollgate']);
    expect((await browser.send('/account')).text).toContain('Your organisation');
  });

  test('an operator comes in by their role', async () => {
    issuer.person = {
      sub: 'boss',
      email: 'boss@example.com',
      email_verified: true,
      roles: ['gateway-operator'],
    };
    const browser = new PlainBrowser();
    expect((await throughIssuer(browser)).location).toBe('/admin');
    expect((await browser.send('/account')).text).toContain('boss@example.com');
  });

  test('a stranger gets the same plain refusal as everybody', async () => {
    issuer.person = { sub: 'stranger' };
    const browser = new PlainBrowser();
    const page = await throughIssuer(browser);
    expect([page.status, page.location, browser.cookies.size]).toEqual([303, '/sign-in?notice=refused', 0]);
  });

  test('a way back that leads elsewhere is dropped', async () => {
    const { user } = await verbs.customer();
    issuer.person = { sub: user };
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example']) {
      const page = await throughIssuer(new PlainBrowser(), `/sign-in/oidc?next=${encodeURIComponent(next)}`);
      expect(page.location).toBe('/usage');
    }
  });
});

describe('another site', () => {
  const foreign = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
  ];

  test('can sign nobody in or out', async () => {
    const { token, user } = await verbs.customer();
    const browser = await signedIn(token);
    for (const headers of foreign) {
      expect((await browser.post('/sign-out', { everywhere: '1' }, headers)).status).toBe(403);
      const victim = new PlainBrowser();
      expect((await victim.post('/sign-in/token', { token }, headers)).status).toBe(403);
      const { body } = await verbs.admin('POST', `/api/admin/users/${user}/sign-in-links`, {});
      const secret = new URL(String(body['url'])).searchParams.get('secret') ?? '';
      expect((await victim.post('/sign-in/link/use', { secret }, headers)).status).toBe(403);
      expect(victim.cookies.size).toBe(0);
    }
    expect((await browser.send('/account')).status).toBe(200);
  });

  test('can’t make a reader go there after signing in', async () => {
    const { token } = await verbs.customer();
    for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])
      expect((await new PlainBrowser().signIn(token, { next })).location).toBe('/usage');
  });
});

test('the start of the server says where to see what the demo customer uses, and its token signs in there', async () => {
  const printed = server.printed();
  expect(printed).toContain(`${server.baseUrl}/usage (sign in with that token)`);
  expect(printed).toContain(`${server.baseUrl}/admin (sign in with the admin token)`);
  const account = await (await signedIn(/tg_\w+/.exec(printed)?.[0] ?? '')).send('/account');
  expect(account.text).toContain('demo');
});

test('signing out everywhere ends this customer’s browsers and nobody else’s', async () => {
  const [mine, theirs] = [await verbs.customer(), await verbs.customer()];
  const [one, two, other] = [
    await signedIn(mine.token),
    await signedIn(mine.token),
    await signedIn(theirs.token),
  ];
  expect((await one.post('/sign-out', { everywhere: '1' })).location).toBe('/sign-in?notice=signed-out');
  expect((await two.send('/account')).status).toBe(307);
  expect((await other.send('/account')).status).toBe(200);
});

test('a caller can’t say itself which address it comes from', async () => {
  const browser = new PlainBrowser();
  const statuses: number[] = [];
  for (let i = 0; i < 11; i += 1) {
    const headers = { 'x-tollgate-client-address': `203.0.113.${i}` };
    statuses.push((await browser.post('/sign-in/token', { token: 'tg_guess' }, headers)).status);
  }
  expect(statuses.at(-1)).toBe(429);
});

test('only forms are taken, and only short ones', async () => {
  const browser = new PlainBrowser();
  const json = await browser.send('/sign-in/token', {
    method: 'POST',
    body: '{"token":"x"}',
    headers: { origin: new URL(server.baseUrl).origin, 'content-type': 'application/json' },
  });
  expect(json.status).toBe(400);
  expect((await browser.signIn('x'.repeat(20_000))).status).toBe(413);
});
