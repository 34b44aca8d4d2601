/** One-time links: made by an operator, used once by whoever holds them, and kept as a hash. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textOf } from '@/db/queries/row';
import { changeUser } from '@/lib/account/change-user';
import { createSignInLink } from '@/lib/account/create-sign-in-link';
import { createUser } from '@/lib/account/create-user';
import { signInLinkView } from '@/lib/account/views';
import { openWeb, ORIGIN, signedIn, VISIT, type WebHarness } from '@/tests/support/web-auth';

let w: WebHarness;

beforeEach(async () => {
  w = await openWeb();
  await createUser(w.h.account, { id: 'acme', plan: 'starter', name: 'Acme Ltd', email: 'a@acme.example' });
});
afterEach(() => w.close());

const make = (input: object = {}) =>
  createSignInLink(w.h.account, { user: 'acme', ...input }, { origin: ORIGIN });
const secretOf = ({ url }: { url: string }) => new URL(url).searchParams.get('secret') ?? '';
const rows = async (sql: string) => (await w.h.database.client.execute(sql)).rows;

test('a link leads to this server, works for 15 minutes unless said otherwise, and is kept as a hash alone', async () => {
  const link = await make();
  expect(signInLinkView.parse(link)).toEqual({
    url: expect.stringMatching(/^https:\/\/gateway\.example\/sign-in\/link\?secret=[\w-]{43}$/) as string,
    expires_at: '2026-11-21T12:15:00.000Z',
  });
  expect((await make({ expires_in_seconds: 86_400 })).expires_at).toBe('2026-11-22T12:00:00.000Z');
  expect((await make({ base_url: 'https://pages.example/' })).url).toMatch(
    /^https:\/\/pages\.example\/sign-in\/link\?/,
  );
  const kept = JSON.stringify([
    await rows('SELECT * FROM sign_in_links'),
    await rows('SELECT * FROM audit_log'),
  ]);
  expect(kept).not.toContain(secretOf(link));
});

test.each<[string, object, number]>([
  ['a customer nobody knows', { user: 'nobody' }, 404],
  ['a second', { expires_in_seconds: 1 }, 400],
  ['a week', { expires_in_seconds: 604_800 }, 400],
  ['no URL', { base_url: 'gateway.example' }, 400],
  ['a URL with a path', { base_url: 'https://gateway.example/pages' }, 400],
  ['a script', { base_url: 'javascript:alert(1)' }, 400],
  ['a mistyped field', { expires_in: 60 }, 400],
])('a link for %s is not made', async (_what, input, status) => {
  await expect(make(input)).rejects.toMatchObject({ status });
  expect(await rows('SELECT * FROM sign_in_links')).toEqual([]);
});

test('a link without any address to lead to is not made', async () => {
  await expect(createSignInLink(w.h.account, { user: 'acme' })).rejects.toMatchObject({ status: 400 });
});

test('making one leaves an entry in the audit log: who, for whom, until when', async () => {
  const context = { ...w.h.account, actor: { kind: 'operator', id: 'ops@example.com' } as const };
  await createSignInLink(context, { user: 'acme' }, { origin: ORIGIN });
  const [entry] = await rows(`SELECT * FROM audit_log WHERE action = 'user.sign_in_link'`);
  expect(entry).toMatchObject({
    actor_kind: 'operator',
    actor: 'ops@example.com',
    object_kind: 'user',
    object_id: 'acme',
    user_id: 'acme',
    before: null,
    after: '{"sign_in_link_expires_at":1795263300000}',
  });
});

test('looking at a link, however often, names the customer and doesn’t use it up', async () => {
  const secret = secretOf(await make());
  for (let i = 0; i < 3; i += 1)
    expect(await w.web.lookAtLink(secret)).toEqual({ userId: 'acme', name: 'Acme Ltd' });
  const { viewer, value } = signedIn(await w.web.signInWithLink(secret, VISIT));
  expect(viewer).toMatchObject({
    kind: 'customer',
    userId: 'acme',
    subject: 'a@acme.example',
    method: 'link',
    mayChange: true,
  });
  expect(await w.web.viewerOf(value)).toEqual(viewer);
  expect(await w.web.lookAtLink(secret)).toBeNull();
  expect(await w.web.signInWithLink(secret, VISIT)).toEqual({ kind: 'refused' });
});

test('a link used by twenty at once signs in one', async () => {
  const secret = secretOf(await make());
  const instances = Array.from({ length: 20 }, () => w.another());
  const results = await Promise.all(instances.map((web) => web.signInWithLink(secret, VISIT)));
  expect(results.filter(({ kind }) => kind === 'signed-in')).toHaveLength(1);
  expect(results.filter(({ kind }) => kind === 'refused')).toHaveLength(19);
  expect(await rows('SELECT id FROM web_sessions')).toHaveLength(1);
});

test('a link that is over, unknown, empty or its own hash signs in nobody', async () => {
  const secret = secretOf(await make());
  const [kept] = await rows('SELECT hash FROM sign_in_links');
  w.pass(15 * 60_000);
  for (const bad of [secret, 'unknown', '', textOf(kept?.['hash']), 'x'.repeat(10_000)]) {
    expect(await w.web.lookAtLink(bad)).toBeNull();
    expect(await w.web.signInWithLink(bad, VISIT)).toEqual({ kind: 'refused' });
  }
});

test('a suspended customer gets no link, and one made before works only when they are back', async () => {
  const secret = secretOf(await make());
  await changeUser(w.h.account, { id: 'acme', suspended: true });
  await expect(make()).rejects.toMatchObject({ status: 409 });
  expect(await w.web.lookAtLink(secret)).toBeNull();
  expect(await w.web.signInWithLink(secret, VISIT)).toEqual({ kind: 'refused' });
  await changeUser(w.h.account, { id: 'acme', suspended: false });
  expect((await w.web.signInWithLink(secret, VISIT)).kind).toBe('signed-in');
});
