/** The audit log on a remote database: change and entries travel together, and both fail together. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '@/db/client';
import { identityStatements } from '@/db/queries/identity';
import { migrateDatabase } from '@/db/migrate';
import { changeUser } from '@/lib/account/change-user';
import type { AccountContext } from '@/lib/account/context';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { listAudit } from '@/lib/account/list-audit';
import { revokeToken } from '@/lib/account/revoke-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { type HranaServer, startHranaServer } from '@/tests/support/hrana-server';

let turso: HranaServer;
let database: Database;
let account: AccountContext;

beforeAll(async () => {
  turso = await startHranaServer();
  database = await openDatabase(turso.url, turso.authToken);
  await migrateDatabase(database);
  account = {
    database,
    actor: { kind: 'operator', id: 'ada' },
    nowMs: Date.now,
    random: (bytes) => globalThis.crypto.getRandomValues(new Uint8Array(bytes)),
    forget: () => undefined,
  };
});
afterAll(async () => {
  database.close();
  await turso.stop();
});

const actions = async (user: string) =>
  (await listAudit(account, { user })).data.map(({ action }) => action).toSorted();

test('verbs answer with what they stored, and leave their entries', async () => {
  const user = await createUser(account, { id: 'acme', plan: 'starter', name: 'Acme' });
  expect(user).toMatchObject({ id: 'acme', plan: 'starter', suspended: false });
  await expect(createUser(account, { id: 'acme', plan: 'pro' })).rejects.toMatchObject({ code: 'conflict' });
  expect(await changeUser(account, { id: 'acme', plan: 'pro' })).toMatchObject({ plan: 'pro', name: 'Acme' });
  const made = await createToken(account, { user: 'acme', name: 'laptop', scope_models: ['a'] });
  const next = await rotateToken(account, { id: made.id });
  expect(await revokeToken(account, { id: next.id })).toMatchObject({ revoked: true, scope_models: ['a'] });
  await revokeToken(account, { id: next.id });
  expect(await actions('acme')).toEqual([
    'token.create',
    'token.revoke',
    'token.rotate',
    'token.rotate',
    'user.change',
    'user.create',
  ]);
  const { data } = await listAudit(account, { action: 'token.revoke' });
  expect(data).toMatchObject([{ before: { may_attribute: false, scope_models: ['a'], revoked_at: null } }]);
});

test('a change and its entries are one round trip', async () => {
  const before = turso.requests();
  await changeUser(account, { id: 'acme', name: 'New' });
  // One looks the user up, as before there was a log.
  expect(turso.requests() - before).toBe(2);
});

test('neither is there when the log refuses', async () => {
  await turso.query(
    `CREATE TRIGGER log_is_full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'the log is full'); END`,
  );
  await expect(changeUser(account, { id: 'acme', name: 'Newer' })).rejects.toThrow('the log is full');
  await turso.query('DROP TRIGGER log_is_full');
  const { rows } = await turso.query(`SELECT name FROM users WHERE id = 'acme'`);
  expect(rows).toMatchObject([{ name: 'New' }]);
});

test('a signed plan claim’s customer is entered once', async () => {
  const principal = {
    kind: 'jwt',
    userId: 'claimed',
    plan: 'pro',
    agent: null,
    campaign: null,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  } as const;
  for (let i = 0; i < 2; i++) await database.client.batch(identityStatements(principal, Date.now()), 'write');
  const { data } = await listAudit(account, { user: 'claimed' });
  expect(data).toMatchObject([{ action: 'user.create', actor_kind: 'system', after: { plan: 'pro' } }]);
});
