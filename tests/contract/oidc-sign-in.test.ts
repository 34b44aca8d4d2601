/** Signing in at an issuer, against a real one: who comes in as whom, and every answer that lets nobody in. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changeUser } from '@/lib/account/change-user';
import { createUser } from '@/lib/account/create-user';
import type { OidcSettings } from '@/lib/web/oidc-settings';
import type { SignInResult, WebAuth } from '@/lib/web/sign-in';
import { CLIENT_ID, CLIENT_SECRET, type OidcIssuer, startOidcIssuer } from '@/tests/support/oidc-issuer';
import { openWeb, type WebHarness } from '@/tests/support/web-auth';

const ORIGIN = 'http://127.0.0.1:3000';
const VISIT = { clientAddress: '192.0.2.1', origin: ORIGIN };
const MINUTE_MS = 60_000;
const REFUSED: SignInResult = { kind: 'refused' };

let issuer: OidcIssuer;
let settings: OidcSettings;
let w: WebHarness;

beforeAll(async () => {
  issuer = await startOidcIssuer();
  issuer.allow(`${ORIGIN}/sign-in/oidc/callback`);
  issuer.allow('https://gateway.example/sign-in/oidc/callback');
  settings = {
    issuer: issuer.url,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    scopes: 'openid email profile',
    userClaim: 'sub',
    operator: { claim: 'roles', value: 'gateway-operator' },
  };
});
afterAll(() => issuer.stop());

beforeEach(async () => {
  w = await openWeb({ oidc: settings });
  // ID tokens are judged by the clock of this machine.
  w.h.setNow(Date.now());
  await createUser(w.h.account, { id: 'acme', plan: 'starter', email: 'a@acme.example' });
  await createUser(w.h.account, { id: 'other', plan: 'starter', email: 'b@acme.example' });
});
afterEach(() => {
  issuer.lie = null;
  issuer.foreignKey = false;
  w.close();
});

interface Trip {
  readonly cookie: string;
  readonly back: URL;
}

/** To the issuer and back, up to the door. */
async function trip(web: WebAuth = w.web, origin = ORIGIN, next: string | null = null): Promise<Trip> {
  const { url, cookie } = await web.beginOidc(origin, next);
  return { cookie: `${cookie.name}=${cookie.value}`, back: new URL(await issuer.visit(url.href)) };
}

const finish = ({ cookie, back }: Trip, web: WebAuth = w.web, visit = VISIT) =>
  web.finishOidc(back.search, cookie, visit);

const reasons = () => w.logged.filter(({ event }) => event === 'oidc_refused').map(({ reason }) => reason);

describe('a person the issuer knows', () => {
  test('is the customer of that id, and comes back to the page they wanted', async () => {
    issuer.person = { sub: 'acme', email: 'x@acme.example', email_verified: true };
    const { result, next, clear } = await finish(await trip(w.web, ORIGIN, '/logs?status=refused'));
    expect(result).toMatchObject({
      kind: 'signed-in',
      viewer: {
        kind: 'customer',
        userId: 'acme',
        subject: 'x@acme.example',
        method: 'oidc',
        mayChange: true,
      },
      // The issuer is asked again after a working day.
      cookie: { name: 'tollgate', attributes: { maxAge: 43_200 } },
    });
    expect(next).toBe('/logs?status=refused');
    expect(clear).toMatchObject({ name: 'tollgate-oidc', value: '', attributes: { maxAge: 0 } });
    if (result.kind === 'signed-in') expect(await w.web.viewerOf(result.cookie.value)).toEqual(result.viewer);
  });

  test('is an operator by the configured value of the configured claim, whoever they are else', async () => {
    issuer.person = {
      sub: 'acme',
      email: 'ops@example.com',
      email_verified: true,
      roles: ['x', 'gateway-operator'],
    };
    const { result } = await finish(await trip());
    expect(result).toMatchObject({
      viewer: { kind: 'operator', subject: 'ops@example.com', method: 'oidc' },
    });
    issuer.person = { sub: 'acme', roles: ['gateway-operators', 'Gateway-Operator'] };
    expect((await finish(await trip())).result).toMatchObject({ viewer: { kind: 'customer' } });
  });

  test('is found by another claim where one is configured', async () => {
    const web = w.another({ oidc: { ...settings, userClaim: 'customer' } });
    issuer.person = { sub: 'somebody', customer: 'other' };
    expect((await finish(await trip(web), web)).result).toMatchObject({ viewer: { userId: 'other' } });
  });

  test('gets the cookie that TLS demands where the pages have it', async () => {
    issuer.person = { sub: 'acme' };
    const origin = 'https://gateway.example';
    const gone = await trip(w.web, origin);
    expect(gone.cookie).toMatch(/^__Host-tollgate-oidc=/);
    const { result } = await finish(gone, w.web, { ...VISIT, origin });
    expect(result).toMatchObject({ cookie: { name: '__Host-tollgate', attributes: { secure: true } } });
  });

  test('has the same session in every instance, until the issuer’s settings change', async () => {
    issuer.person = { sub: 'acme' };
    const { result } = await finish(await trip());
    if (result.kind !== 'signed-in') throw new Error(result.kind);
    const { value } = result.cookie;
    expect(await w.another().viewerOf(value)).not.toBeNull();
    expect(await w.another({ oidc: null }).viewerOf(value)).toBeNull();
    expect(await w.another({ oidc: { ...settings, clientId: 'other' } }).viewerOf(value)).toBeNull();
  });
});

describe('by e-mail address', () => {
  const byEmail = () => w.another({ oidc: { ...settings, userClaim: 'email' } });
  const as = async (person: Readonly<Record<string, unknown>>): Promise<SignInResult> => {
    issuer.person = { sub: 'somebody', ...person };
    const web = byEmail();
    return (await finish(await trip(web), web)).result;
  };

  test('a verified one that exactly one customer has comes in, in whatever case it is written', async () => {
    const verified = { email: 'A@acme.example', email_verified: true };
    expect(await as(verified)).toMatchObject({ viewer: { userId: 'acme' } });
  });

  test('one that isn’t verified, nobody’s, or two customers’ lets nobody in', async () => {
    expect(await as({ email: 'a@acme.example' })).toEqual(REFUSED);
    expect(await as({ email: 'a@acme.example', email_verified: false })).toEqual(REFUSED);
    expect(await as({ email: 'nobody@acme.example', email_verified: true })).toEqual(REFUSED);
    await createUser(w.h.account, { id: 'third', plan: 'starter', email: 'a@ACME.example' });
    expect(await as({ email: 'a@acme.example', email_verified: true })).toEqual(REFUSED);
  });

  test('an id is no address, and an address no id', async () => {
    expect(await as({ sub: 'acme' })).toEqual(REFUSED);
  });
});

describe('nobody comes in', () => {
  const refusedAfter = async (gone: Trip, visit = VISIT): Promise<unknown> => {
    const { result, next } = await finish(gone, w.web, visit);
    expect({ result, next }).toEqual({ result: REFUSED, next: null });
    expect((await w.h.database.client.execute('SELECT * FROM web_sessions')).rows).toEqual([]);
    return reasons().at(-1);
  };
  const changed = (gone: Trip, change: (query: URLSearchParams) => void): Trip => {
    const back = new URL(gone.back);
    change(back.searchParams);
    return { ...gone, back };
  };
  beforeEach(() => {
    issuer.person = { sub: 'acme' };
  });

  test('whom no customer’s id names, or a suspended one’s', async () => {
    issuer.person = { sub: 'stranger' };
    expect(await refusedAfter(await trip())).toBe('no_such_customer');
    await changeUser(w.h.account, { id: 'acme', suspended: true });
    issuer.person = { sub: 'acme' };
    expect(await refusedAfter(await trip())).toBe('no_such_customer');
  });

  test('with another state, none, or that of another browser', async () => {
    const [one, two] = [await trip(), await trip()];
    await refusedAfter(changed(one, (query) => query.set('state', 'another')));
    await refusedAfter(changed(one, (query) => query.delete('state')));
    await refusedAfter({ cookie: two.cookie, back: one.back });
  });

  test('without the cookie of this very journey, or with a forged one', async () => {
    const gone = await trip();
    expect(await refusedAfter({ ...gone, cookie: '' })).toBe('no_transaction');
    const forged = gone.cookie.replace(/.{4}$/, 'AAAA');
    expect(await refusedAfter({ ...gone, cookie: forged })).toBe('no_transaction');
    // A neighbour's cookie over TLS: without the prefix it is none of ours.
    expect(await refusedAfter(gone, { ...VISIT, origin: 'https://gateway.example' })).toBe('no_transaction');
  });

  test('without any cookie, which other sites can make browsers ask for: no failure of their address', async () => {
    const gone = await trip();
    expect((await finish({ ...gone, cookie: '' })).result).toEqual(REFUSED);
    expect(w.noted).toEqual([]);
    await finish({ ...gone, cookie: gone.cookie.replace(/.{4}$/, 'AAAA') });
    expect(w.noted).toEqual([VISIT.clientAddress]);
  });

  test('who took longer than ten minutes', async () => {
    const gone = await trip();
    w.h.setNow(Date.now() + 10 * MINUTE_MS + 1_000);
    expect(await refusedAfter(gone)).toBe('no_transaction');
  });

  test('with a code that was used, changed, or is another’s', async () => {
    const gone = await trip();
    expect((await finish(gone)).result.kind).toBe('signed-in');
    await w.h.database.client.execute('DELETE FROM web_sessions');
    await refusedAfter(gone);
    await refusedAfter(changed(await trip(), (query) => query.set('code', 'made-up')));
    const [mine, theirs] = [await trip(), await trip()];
    // An attacker's code in the victim's journey: the issuer wants the attacker's PKCE verifier.
    await refusedAfter(
      changed(mine, (query) => query.set('code', theirs.back.searchParams.get('code') ?? '')),
    );
  });

  test('whom another issuer sends', async () => {
    await refusedAfter(changed(await trip(), (query) => query.set('iss', 'https://evil.example')));
  });

  test('who was refused, or said no, at the issuer', async () => {
    const denied = changed(await trip(), (query) => {
      query.delete('code');
      query.set('error', 'access_denied');
    });
    expect(await refusedAfter(denied)).toBe('access_denied');
  });

  test.each<[string, NonNullable<OidcIssuer['lie']>]>([
    ['another nonce', (claims) => ({ ...claims, nonce: 'another' })],
    ['no nonce', ({ nonce: _nonce, ...claims }) => claims],
    ['another issuer', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['another audience', (claims) => ({ ...claims, aud: 'another-client' })],
    ['an end in the past', (claims) => ({ ...claims, exp: (claims.iat ?? 0) - 3_600 })],
    ['another person than the profile’s', (claims) => ({ ...claims, sub: 'other' })],
  ])('whose ID token has %s', async (_what, lie) => {
    const gone = await trip();
    issuer.lie = lie;
    await refusedAfter(gone);
  });

  test('whose ID token is signed by a key that isn’t the issuer’s', async () => {
    const gone = await trip();
    issuer.foreignKey = true;
    await refusedAfter(gone);
  });
});

test('the issuer is asked with PKCE, state and nonce, and no secret of ours goes through the browser', async () => {
  const { url, cookie } = await w.web.beginOidc(ORIGIN, null);
  const query = Object.fromEntries(url.searchParams);
  expect(query).toMatchObject({
    response_type: 'code',
    client_id: CLIENT_ID,
    code_challenge_method: 'S256',
    redirect_uri: `${ORIGIN}/sign-in/oidc/callback`,
    scope: 'openid email profile',
  });
  expect(
    [query['state'], query['nonce'], query['code_challenge']].every((value) => (value ?? '').length >= 43),
  ).toBe(true);
  expect(url.href).not.toContain(CLIENT_SECRET);
  expect(cookie.attributes).toMatchObject({ httpOnly: true, sameSite: 'lax', maxAge: 600 });
});

test('the issuer is discovered once an hour, and again after it could not be reached', async () => {
  const discoveries = () => issuer.asked.filter((path) => path.endsWith('/openid-configuration')).length;
  const before = discoveries();
  const web = w.another();
  for (let i = 0; i < 3; i += 1) await web.beginOidc(ORIGIN, null);
  expect(discoveries() - before).toBe(1);
  w.h.setNow(Date.now() + 61 * MINUTE_MS);
  await web.beginOidc(ORIGIN, null);
  expect(discoveries() - before).toBe(2);

  const gone = await startOidcIssuer();
  await gone.stop();
  const lost = w.another({ oidc: { ...settings, issuer: gone.url } });
  await expect(lost.beginOidc(ORIGIN, null)).rejects.toThrow();
  await expect(lost.beginOidc(ORIGIN, null)).rejects.toThrow();
});

test('nothing of a sign-in that could harm is ever logged', async () => {
  issuer.person = { sub: 'acme' };
  const gone = await trip();
  await finish(gone);
  await finish(gone);
  const logged = JSON.stringify(w.logged);
  expect(logged).not.toContain(gone.back.searchParams.get('code') ?? 'no code');
  expect(logged).not.toContain(CLIENT_SECRET);
  expect(logged).not.toContain(gone.cookie.split('=')[1] ?? 'no cookie');
});
