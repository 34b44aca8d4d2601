/** The audit log: every change leaves who made it, what was before and what is after, or isn't made at all. */
import { getTableName } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AUDITED, snapshot, type AuditedKind } from '@/db/queries/audit';
import { textOf } from '@/db/queries/row';
import { AUDIT_ACTIONS } from '@/lib/account/audited';
import { changePlan } from '@/lib/account/change-plan';
import { changeToken } from '@/lib/account/change-token';
import { changeUser } from '@/lib/account/change-user';
import type { AccountContext } from '@/lib/account/context';
import { createPlan } from '@/lib/account/create-plan';
import { createToken } from '@/lib/account/create-token';
import { createUser } from '@/lib/account/create-user';
import { deletePrice } from '@/lib/account/delete-price';
import { revokeToken } from '@/lib/account/revoke-token';
import { rotateToken } from '@/lib/account/rotate-token';
import { setPrice } from '@/lib/account/set-price';
import { sha256Hex } from '@/lib/std/sha256';
import { auditCases, LIMITS, makersOf, RATES } from './audit-cases';
import { openHarness, START_MS, type Harness } from './harness';

let h: Harness;
/** An operator at the pages. */
let account: AccountContext;
/** Every secret that was shown while the tests ran. */
const secrets: string[] = [];

beforeAll(async () => {
  h = await openHarness();
  account = { ...h.account, actor: { kind: 'operator', id: 'ada@house.test' } };
  await createUser(account, { id: 'acme', plan: 'starter' });
});
afterAll(() => h.close());
afterEach(() => h.setNow(START_MS));

interface Entry {
  readonly action: string;
  readonly user_id: string | null;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

const parsed = (json: unknown): Entry['before'] =>
  typeof json === 'string' ? (JSON.parse(json) as Entry['before']) : null;

async function allEntries() {
  const { rows } = await h.database.client.execute('SELECT * FROM audit_log ORDER BY rowid');
  return rows.map((row) => ({ ...row, before: parsed(row['before']), after: parsed(row['after']) }));
}

/** What `work` added to the log, whether it went well or not. */
async function entriesOf(work: () => Promise<unknown>) {
  const known = (await allEntries()).length;
  await work().catch(() => undefined);
  return (await allEntries()).slice(known);
}

/** Everything that a verb of the account may change. */
async function stored(): Promise<string> {
  const tables = [
    'plan_limits',
    'users',
    'gateway_tokens',
    'model_prices',
    'token_months',
    'sign_in_links',
    'audit_log',
  ];
  const dumps = await Promise.all(tables.map((table) => h.database.client.execute(`SELECT * FROM ${table}`)));
  return JSON.stringify(dumps.map(({ rows }) => rows));
}

const makers = makersOf(
  () => account,
  (secret) => secrets.push(secret),
);
const { kept, newPlan, newUser, newToken, newPrice } = makers;
const CASES = auditCases(() => account, makers);

describe('every action', () => {
  it('is among the cases here', () => {
    expect(CASES.map(({ action }) => action).toSorted()).toEqual([...AUDIT_ACTIONS].toSorted());
  });

  it.each(CASES)('$action leaves its entries: before, after, who', async (one) => {
    const made = await one.prepare();
    const entries = await entriesOf(() => one.run(made));
    expect(entries).toHaveLength(one.leaves.length);
    for (const [at, wanted] of one.leaves.entries()) {
      expect(entries[at]).toMatchObject({
        id: expect.stringMatching(/^aud_[0-9a-z]{26}$/) as string,
        at: START_MS,
        actor_kind: 'operator',
        actor: 'ada@house.test',
        action: one.action,
        object_kind: one.action.split('.')[0],
        user_id: one.user === 'itself' ? made.id : one.user,
        ...wanted,
      });
      // Ids of new tokens are the verb's own.
      const known = made.day === undefined ? made.id : `${made.id}@${made.day}`;
      const id = at === 0 && made.id !== '' ? known : entries[at]?.after?.['id'];
      expect(entries[at]).toMatchObject({ object_id: id });
    }
  });

  it.each(CASES)('$action is not done when it can’t be logged', async (one) => {
    const made = await one.prepare();
    const before = await stored();
    await h.database.client.execute(
      `CREATE TRIGGER log_is_full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'the log is full'); END`,
    );
    try {
      await expect(one.run(made)).rejects.toThrow('the log is full');
    } finally {
      await h.database.client.execute('DROP TRIGGER log_is_full');
    }
    expect(await stored()).toBe(before);
    // And is done when it can be.
    expect(await entriesOf(() => one.run(made))).toHaveLength(one.leaves.length);
  });
});

describe('what is not done leaves no entry', () => {
  it('refused inputs, unknown objects, taken names, dead tokens', async () => {
    const { id: dead } = await newToken();
    await revokeToken(account, { id: dead });
    const refused: [string, () => Promise<unknown>][] = [
      ['conflict', () => createPlan(account, { plan: 'pro', ...LIMITS })],
      ['body_invalid', () => createPlan(account, { plan: 'x' })],
      ['not_found', () => changePlan(account, { plan: 'gold', rate_limit_rpm: 1 })],
      ['conflict', () => createUser(account, { id: 'acme', plan: 'pro' })],
      ['body_invalid', () => createUser(account, { id: 'b', plan: 'gold' })],
      ['not_found', () => changeUser(account, { id: 'nobody', suspended: true })],
      ['body_invalid', () => changeUser(account, { id: 'acme', plan: 'gold' })],
      ['not_found', () => createToken(account, { user: 'nobody', name: 'x' })],
      ['not_found', () => changeToken(account, { id: 'tok_no', name: 'x' })],
      ['not_found', () => rotateToken(account, { id: 'tok_no' })],
      ['conflict', () => rotateToken(account, { id: dead })],
      ['not_found', () => revokeToken(account, { id: 'tok_no' })],
      ['body_invalid', () => setPrice(account, { model: 'm', input: 3, output: 3 })],
      ['not_found', () => deletePrice(account, { model: 'm', effective_from: '2026-01-01' })],
    ];
    const before = await stored();
    for (const [code, run] of refused) await expect(run()).rejects.toMatchObject({ code });
    expect(await stored()).toBe(before);
  });

  it('a change that the database refuses', async () => {
    await h.database.client.execute(
      `CREATE TRIGGER users_stay BEFORE UPDATE ON users BEGIN SELECT RAISE(ABORT, 'users stay'); END`,
    );
    try {
      expect(await entriesOf(() => changeUser(account, { id: 'acme', name: 'Acme' }))).toEqual([]);
    } finally {
      await h.database.client.execute('DROP TRIGGER users_stay');
    }
  });

  it('what is already so: the version moves, the log doesn’t', async () => {
    const { plan } = await newPlan();
    const { id: user } = await newUser();
    const { id: token } = await newToken();
    const { model } = await newPrice();
    await changeUser(account, { id: user, suspended: true });
    const { id: gone } = await revokeToken(account, { id: (await newToken()).id });
    h.setNow(START_MS + 1_000);
    const same = [
      () => changePlan(account, { plan, ...LIMITS, listed: true }),
      () => changeUser(account, { id: user, plan: 'starter', name: null }),
      () => changeUser(account, { id: user, suspended: true }),
      () => changeToken(account, { id: token, name: 'laptop' }),
      () => revokeToken(account, { id: gone }),
      () => setPrice(account, { model, effective_from: '2026-11-21', ...RATES }),
    ];
    for (const run of same) {
      const entries = await entriesOf(async () => {
        expect(await run()).toMatchObject({ updated_at: '2026-11-21T12:00:01.000Z' });
      });
      expect(entries).toEqual([]);
    }
  });
});

describe('changes at the same time', () => {
  it('form a chain: each has before what the one in front has after', async () => {
    const { id } = await newUser();
    const entries = await entriesOf(() =>
      Promise.all(Array.from({ length: 8 }, (_, i) => changeUser(account, { id, name: `n${i}` }))),
    );
    expect(entries).toHaveLength(8);
    for (const [at, entry] of entries.entries()) {
      if (at > 0) expect(entry.before).toEqual(entries[at - 1]?.after);
    }
  });

  it('that exclude each other leave the entries of the one that won', async () => {
    const { id } = await newToken();
    const entries = await entriesOf(() =>
      Promise.allSettled([
        kept(rotateToken(account, { id, overlap_seconds: 0 })),
        kept(rotateToken(account, { id, overlap_seconds: 0 })),
      ]),
    );
    expect(entries.map(({ before }) => before === null)).toEqual([false, true]);
  });
});

describe('a customer made by a signed plan claim', () => {
  it('is made by the system, once, and not for a plan that isn’t there', async () => {
    const claim = (userId: string, plan: string) =>
      h.store.findIdentity({
        kind: 'jwt',
        userId,
        plan,
        agent: null,
        campaign: null,
        expiresAtMs: START_MS + 60_000,
      });
    expect(await entriesOf(() => claim('claimed', 'gold'))).toEqual([]);
    const first = await entriesOf(() => claim('claimed', 'pro'));
    expect(first).toMatchObject([
      { action: 'user.create', actor_kind: 'system', object_id: 'claimed', user_id: 'claimed', before: null },
    ]);
    expect(first[0]?.after).toMatchObject({ id: 'claimed', plan: 'pro', created_at: START_MS });
    h.store.forget();
    expect(await entriesOf(() => claim('claimed', 'starter'))).toEqual([]);
    expect(await entriesOf(() => claim('acme', 'pro'))).toEqual([]);
  });
});

describe('what is kept of a row', () => {
  const kinds = Object.keys(AUDITED) as AuditedKind[];

  it.each(kinds)(
    '%s: every column of the table but its secrets, so that a new one is kept too',
    async (kind) => {
      const { table, secrets: hidden } = AUDITED[kind];
      const name = getTableName(table);
      const { rows: columns } = await h.database.client.execute(
        `SELECT name FROM pragma_table_info('${name}')`,
      );
      const inTable = columns.map((row) => textOf(row['name']));
      const { rows } = await h.database.client.execute(
        `SELECT ${snapshot(kind)} AS row FROM ${name} LIMIT 1`,
      );
      const copied = Object.keys(parsed(rows[0]?.['row']) ?? {});
      const left = hidden.map((column: { readonly name: string }) => column.name);
      expect(copied.toSorted()).toEqual(inTable.filter((column) => !left.includes(column)).toSorted());
      // A column that sounds like a secret must be named as one.
      expect(copied.filter((column) => /hash|secret|password|private/.test(column))).toEqual([]);
    },
  );

  it('text that should be JSON and isn’t, written by hand, is kept as text', async () => {
    await h.database.client.execute(`INSERT INTO model_prices VALUES ('by-hand', '2026-01-01', 'three', 0)`);
    const entries = await entriesOf(() =>
      setPrice(account, { model: 'by-hand', effective_from: '2026-01-01', ...RATES }),
    );
    expect(entries).toMatchObject([{ before: { rates: 'three' }, after: { rates: { input: RATES.input } } }]);
  });

  it('holds no secret and no hash of one', async () => {
    const { rows } = await h.database.client.execute('SELECT * FROM audit_log');
    const { rows: hashes } = await h.database.client.execute('SELECT hash FROM gateway_tokens');
    const log = JSON.stringify(rows);
    expect(secrets.length).toBeGreaterThan(10);
    expect(log).toContain('token.rotate');
    for (const secret of secrets) {
      // What the hint shows is public; the rest of the secret isn't.
      expect(log).not.toContain(secret.slice(12));
      expect(log).not.toContain(sha256Hex(secret));
    }
    for (const { hash } of hashes) expect(log).not.toContain(textOf(hash));
    expect(log).not.toMatch(/[0-9a-f]{64}/);
  });
});
