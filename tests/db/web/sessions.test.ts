/** Signed-in browsers: what opens a session, what it may do, and everything that ends it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeJwt, SignJWT } from 'jose';
import type { InArgs } from '@libsql/client';
import { textOf } from '@/db/queries/row';
import { signInTokenStatement } from '@/db/queries/sign-in';
import { liveSessionsStatement, liveSessionStatement } from '@/db/queries/web-sessions';
import { changeToken } from '@/lib/account/change-token';
import { changeUser } from '@/lib/account/change-user';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { revokeToken } from '@/lib/account/revoke-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { openWeb, OPERATOR_TOKEN, ORIGIN, signedIn, VISIT, type WebHarness } from '@/tests/support/web-auth';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

let w: WebHarness;
let token: { id: string; token: string };

beforeEach(async () => {
  w = await openWeb();
  await createUser(w.h.account, { id: 'acme', plan: 'starter', name: 'Acme' });
  await createUser(w.h.account, { id: 'other', plan: 'starter' });
  token = await createToken(w.h.account, { user: 'acme', name: 'laptop' });
});
afterEach(() => w.close());

const signIn = async (secret = token.token) => signedIn(await w.web.signInWithToken(secret, VISIT));
const rows = async (sql: string) => (await w.h.database.client.execute(sql)).rows;

describe('a gateway token', () => {
  test('opens a session of its customer, by a cookie that holds neither it nor its hash', async () => {
    const { viewer, value, header } = await signIn();
    expect(viewer).toEqual({
      kind: 'customer',
      userId: 'acme',
      subject: 'laptop',
      method: 'token',
      mayChange: true,
      sessionId: expect.stringMatching(/^web_[0-9a-z]{26}$/) as string,
    });
    expect(header).toMatch(
      /^__Host-tollgate=ey.*; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(await w.web.viewerOf(value)).toEqual(viewer);
    expect(await w.web.viewerOf(`theme=dark; __Host-tollgate=${value}`)).toEqual(viewer);
    const { iat, exp, ...claims } = decodeJwt(value);
    expect(claims).toEqual({ sid: viewer.sessionId, kind: 'customer', aud: 'tollgate-pages' });
    expect((exp ?? 0) - (iat ?? 0)).toBe((30 * DAY_MS) / 1000);
    const kept = JSON.stringify([await rows('SELECT * FROM web_sessions'), w.logged]);
    expect(kept).not.toContain(token.token);
  });

  test('opens a new session each time: no id is ever used again', async () => {
    const seen = [await signIn(), await signIn()].map(({ viewer }) => viewer.sessionId);
    expect(new Set(seen).size).toBe(2);
  });

  test.each<[string, Record<string, unknown>]>([
    ['models', { scope_models: ['claude-haiku-4-5'] }],
    ['formats', { scope_formats: ['anthropic'] }],
    ['tokens of its own', { monthly_tokens: 1_000 }],
    ['money of its own', { monthly_cost_cents: 100 }],
    ['an end', { expires_at: '2026-12-01' }],
  ])('that is narrowed by %s looks and changes nothing: it could make a wider one', async (_by, narrowed) => {
    const made = await createToken(w.h.account, { user: 'acme', name: 'narrow', ...narrowed });
    const { viewer, value } = await signIn(made.token);
    expect(viewer.mayChange).toBe(false);
    expect((await w.web.viewerOf(value))?.mayChange).toBe(false);
  });

  test('that is narrowed later takes its sessions with it', async () => {
    const { value } = await signIn();
    await changeToken(w.h.account, { id: token.id, scope_models: ['claude-haiku-4-5'] });
    expect((await w.web.viewerOf(value))?.mayChange).toBe(false);
    await changeToken(w.h.account, { id: token.id, scope_models: null });
    expect((await w.web.viewerOf(value))?.mayChange).toBe(true);
  });

  test('that was narrow at sign-in makes no wide session by being widened: rights are as they were then, or less', async () => {
    const made = await createToken(w.h.account, { user: 'acme', name: 'narrow', scope_models: ['m'] });
    const { value } = await signIn(made.token);
    await changeToken(w.h.account, { id: made.id, scope_models: null });
    expect((await w.web.viewerOf(value))?.mayChange).toBe(false);
  });

  test('that is revoked ends its sessions on the next page, in every instance', async () => {
    const { value } = await signIn();
    const elsewhere = w.another();
    expect(await elsewhere.viewerOf(value)).not.toBeNull();
    await revokeToken(w.h.account, { id: token.id });
    expect([await w.web.viewerOf(value), await elsewhere.viewerOf(value)]).toEqual([null, null]);
  });

  test('that is rotated ends its sessions when it ends itself, overlap included', async () => {
    const { value } = await signIn();
    await rotateToken(w.h.account, { id: token.id, overlap_seconds: 3600 });
    expect(await w.web.viewerOf(value)).toMatchObject({ mayChange: false });
    w.pass(3_600_000);
    expect(await w.web.viewerOf(value)).toBeNull();
  });

  test('that expires opens a session no longer than itself, and a cookie no longer either', async () => {
    const made = await createToken(w.h.account, {
      user: 'acme',
      name: 'short',
      expires_at: '2026-11-21T13:00:00Z',
    });
    const { value, header } = await signIn(made.token);
    expect(header).toContain('Max-Age=3600;');
    w.pass(3_599_000);
    expect(await w.web.viewerOf(value)).not.toBeNull();
    w.pass(1_000);
    expect(await w.web.viewerOf(value)).toBeNull();
  });

  test('of a customer who is suspended opens nothing; open sessions look on and change nothing', async () => {
    const { value } = await signIn();
    await changeUser(w.h.account, { id: 'acme', suspended: true });
    expect(await w.web.signInWithToken(token.token, VISIT)).toEqual({ kind: 'refused' });
    expect(await w.web.viewerOf(value)).toMatchObject({ userId: 'acme', mayChange: false });
    await changeUser(w.h.account, { id: 'acme', suspended: false });
    expect(await w.web.viewerOf(value)).toMatchObject({ mayChange: true });
  });

  test('is trimmed of what copying leaves around it', async () => {
    expect((await signIn(`  ${token.token}\n`)).viewer.kind).toBe('customer');
  });

  test('that is unknown, malformed, revoked, expired, empty or endless gets one and the same answer', async () => {
    const ended = await createToken(w.h.account, {
      user: 'acme',
      name: 'short',
      expires_at: '2026-11-21T13:00:00Z',
    });
    w.pass(3_600_000);
    await revokeToken(w.h.account, { id: token.id });
    const unknown = `${ended.token.slice(0, -1)}x`;
    const all = [
      token.token,
      ended.token,
      unknown,
      'tg_nonsense',
      '',
      'x'.repeat(100_000),
      'null',
      OPERATOR_TOKEN.slice(1),
    ];
    for (const secret of all) expect(await w.web.signInWithToken(secret, VISIT)).toEqual({ kind: 'refused' });
    expect(w.noted).toEqual(all.map(() => VISIT.clientAddress));
    expect(await rows('SELECT * FROM web_sessions')).toEqual([]);
  });
});

describe('the admin token', () => {
  test('opens an operator’s session for a working day', async () => {
    const { viewer, value, header } = await signIn(OPERATOR_TOKEN);
    expect(viewer).toMatchObject({ kind: 'operator', method: 'admin-token', mayChange: true });
    expect(header).toContain('Max-Age=43200;');
    w.pass(12 * 60 * MINUTE_MS - 1);
    expect(await w.web.viewerOf(value)).toEqual(viewer);
    w.pass(1);
    expect(await w.web.viewerOf(value)).toBeNull();
  });

  test('that changes, or is taken away, ends the sessions it opened', async () => {
    const { value } = await signIn(OPERATOR_TOKEN);
    expect(await w.another().viewerOf(value)).not.toBeNull();
    expect(await w.another({ adminToken: 'another-admin-token' }).viewerOf(value)).toBeNull();
    expect(await w.another({ adminToken: null }).viewerOf(value)).toBeNull();
  });

  test('that is not set lets nobody in, not even with an empty one', async () => {
    const closed = w.another({ adminToken: null });
    for (const secret of ['', 'null', OPERATOR_TOKEN])
      expect(await closed.signInWithToken(secret, VISIT)).toEqual({ kind: 'refused' });
  });
});

describe('a cookie', () => {
  test('that was made by nobody here opens nothing', async () => {
    const { value, viewer } = await signIn();
    const [head = '', body = '', signature = ''] = value.split('.');
    const claims = { sid: viewer.sessionId, kind: 'customer' };
    const forged = (key: string, audience: string) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setAudience(audience)
        .setIssuedAt(w.h.account.nowMs() / 1000)
        .setExpirationTime(w.h.account.nowMs() / 1000 + 60)
        .sign(new TextEncoder().encode(key));
    const unsigned = `${btoa('{"alg":"none"}')}.${body}.`.replaceAll('=', '');
    const key = textOf((await rows("SELECT value FROM settings WHERE name = 'session_key'"))[0]?.['value']);
    const bad = [
      `${head}.${body}.${signature.slice(0, -2)}AA`,
      `${head}.${btoa('{"sid":"x"}').replaceAll('=', '')}.${signature}`,
      unsigned,
      await forged('another key of at least thirty-two characters', 'tollgate-pages'),
      // The right key, for another purpose.
      await forged(key, 'tollgate-oidc'),
      viewer.sessionId,
      'a.b.c',
      '',
    ];
    for (const cookie of bad) expect(await w.web.viewerOf(cookie)).toBeNull();
    expect(await w.web.viewerOf(await forged(key, 'tollgate-pages'))).not.toBeNull();
    expect(await w.web.viewerOf(null)).toBeNull();
  });

  test('is read by every instance, whichever made the key first', async () => {
    const others = Array.from({ length: 4 }, () => w.another());
    const made = await Promise.all(others.map((web) => web.signInWithToken(token.token, VISIT)));
    const values = made.map((result) => signedIn(result).value);
    for (const web of [w.web, ...others])
      for (const value of values) expect(await web.viewerOf(value)).toMatchObject({ userId: 'acme' });
    expect(await rows('SELECT name FROM settings')).toHaveLength(1);
  });

  test('is signed with the operator’s secret where there is one, and a new secret ends all', async () => {
    const secret = 'a session secret of more than 32 characters';
    const web = w.another({ sessionSecret: secret });
    const { value } = signedIn(await web.signInWithToken(token.token, VISIT));
    expect(await w.another({ sessionSecret: secret }).viewerOf(value)).not.toBeNull();
    expect(await w.another({ sessionSecret: `${secret}, changed` }).viewerOf(value)).toBeNull();
    expect(await w.web.viewerOf(value)).toBeNull();
  });

  test('is over after 30 days, and after a week that nobody looked', async () => {
    const used = await signIn();
    for (let day = 0; day < 29; day += 1) {
      w.pass(DAY_MS);
      expect(await w.web.viewerOf(used.value)).not.toBeNull();
    }
    const idle = await signIn();
    w.pass(DAY_MS);
    expect(await w.web.viewerOf(used.value)).toBeNull();
    w.pass(6 * DAY_MS - 1);
    expect(await w.another().viewerOf(idle.value)).not.toBeNull();
    w.pass(7 * DAY_MS);
    expect(await w.web.viewerOf(idle.value)).toBeNull();
  });

  test('costs one read a page, and one write a minute', async () => {
    const { value } = await signIn();
    const { client } = w.h.database;
    const calls: string[] = [];
    const counted = new Proxy(client, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          calls.push(String(name));
          return (member as (...given: unknown[]) => unknown).apply(target, args);
        };
      },
    });
    const web = w.another({ database: { ...w.h.database, client: counted } });
    await web.viewerOf(value);
    calls.length = 0;
    for (let i = 0; i < 3; i += 1) await web.viewerOf(value);
    expect(calls).toEqual(['execute', 'execute', 'execute']);
    w.pass(MINUTE_MS);
    calls.length = 0;
    for (let i = 0; i < 3; i += 1) await web.viewerOf(value);
    expect(calls).toEqual(['execute', 'batch', 'execute', 'execute']);
  });
});

describe('signing out', () => {
  test('ends this session and no other', async () => {
    const [one, two] = [await signIn(), await signIn()];
    const cookie = await w.web.signOut(one.viewer, ORIGIN);
    expect(cookie).toMatchObject({ name: '__Host-tollgate', value: '', attributes: { maxAge: 0 } });
    expect(await w.web.viewerOf(one.value)).toBeNull();
    expect(await w.web.viewerOf(two.value)).not.toBeNull();
  });

  test('everywhere ends all of this customer’s sessions, and nobody else’s', async () => {
    const second = await createToken(w.h.account, { user: 'acme', name: 'desk' });
    const stranger = await createToken(w.h.account, { user: 'other', name: 'laptop' });
    const mine = [await signIn(), await signIn(), await signIn(second.token)];
    const theirs = [await signIn(stranger.token), await signIn(OPERATOR_TOKEN)];
    await w.web.signOutEverywhere((mine[0] ?? (await signIn())).viewer, ORIGIN);
    for (const { value } of mine) expect(await w.web.viewerOf(value)).toBeNull();
    for (const { value } of theirs) expect(await w.web.viewerOf(value)).not.toBeNull();
  });

  test('everywhere ends all of this operator’s', async () => {
    const [one, two, customer] = [await signIn(OPERATOR_TOKEN), await signIn(OPERATOR_TOKEN), await signIn()];
    await w.web.signOutEverywhere(one.viewer, ORIGIN);
    expect([await w.web.viewerOf(one.value), await w.web.viewerOf(two.value)]).toEqual([null, null]);
    expect(await w.web.viewerOf(customer.value)).not.toBeNull();
  });

  test('everywhere, by who may only look, ends what the same token opened and nothing more', async () => {
    const narrow = await createToken(w.h.account, { user: 'acme', name: 'narrow', scope_models: ['m'] });
    const [one, two, wide] = [await signIn(narrow.token), await signIn(narrow.token), await signIn()];
    await w.web.signOutEverywhere(one.viewer, ORIGIN);
    expect([await w.web.viewerOf(one.value), await w.web.viewerOf(two.value)]).toEqual([null, null]);
    expect(await w.web.viewerOf(wide.value)).not.toBeNull();
  });
});

describe('the list of sessions', () => {
  test('shows the open ones of this customer, latest seen first, this one marked', async () => {
    const first = await signIn();
    w.pass(MINUTE_MS);
    const second = await signIn();
    const over = await signIn();
    await signIn(OPERATOR_TOKEN);
    await signIn((await createToken(w.h.account, { user: 'other', name: 'theirs' })).token);
    await w.web.signOut(over.viewer, ORIGIN);
    w.pass(MINUTE_MS);
    await w.web.viewerOf(first.value);
    const listed = await w.web.listWebSessions(second.viewer);
    expect(listed.map(({ id, current }) => [id, current])).toEqual([
      [first.viewer.sessionId, false],
      [second.viewer.sessionId, true],
    ]);
    expect((listed[0]?.lastSeenAtMs ?? 0) - (listed[0]?.startedAtMs ?? 0)).toBe(2 * MINUTE_MS);
  });

  test('leaves out those whose token is revoked', async () => {
    const desk = await createToken(w.h.account, { user: 'acme', name: 'desk' });
    const [one] = [await signIn(), await signIn(desk.token)];
    await revokeToken(w.h.account, { id: desk.id });
    expect((await w.web.listWebSessions(one.viewer)).map(({ subject }) => subject)).toEqual(['laptop']);
  });
});

test('sessions that ended long ago are forgotten with the next sign-in', async () => {
  await signIn();
  w.pass(61 * DAY_MS);
  await signIn();
  expect(await rows('SELECT id FROM web_sessions')).toHaveLength(1);
});

describe('what pages ask of the database', () => {
  const check = { nowMs: 2, idleSinceMs: 1, adminTokenHash: 'a', oidcHash: null };
  test.each<[string, ReturnType<typeof liveSessionStatement>, string]>([
    ['who is signed in', liveSessionStatement('web_1', check), 'sqlite_autoindex_web_sessions_1 (id=?)'],
    [
      'a customer’s sessions',
      liveSessionsStatement({ kind: 'customer', userId: 'acme' }, check, 100),
      'web_sessions_user (user_id=?)',
    ],
    [
      'an operator’s sessions',
      liveSessionsStatement({ kind: 'operator', subject: 'x' }, check, 100),
      'web_sessions_user (user_id=?)',
    ],
    ['whose token it is', signInTokenStatement('hash', 1), 'gateway_tokens_hash (hash=?)'],
  ])('%s is found by an index, and so is all that it stands on', async (_what, statement, index) => {
    const { sql, args } = statement as { sql: string; args: InArgs };
    const { rows: steps } = await w.h.database.client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
    const plan = steps.map((step) => textOf(step['detail'])).join('\n');
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/SCAN/);
  });
});
