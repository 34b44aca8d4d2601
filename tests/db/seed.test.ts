/** A seeded database is what the gateway itself would have written: its rollups, its prices, its caps, and nothing of anybody else's. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createClient, type Client, type InStatement } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textOf } from '@/db/queries/row';
import { rateParts } from '@/lib/domain/price';
import { createPriceBook } from '@/lib/domain/price-table';
import { cleanEnv, ROOT } from '@/tests/bench/processes';
import { openHarness, type Harness } from './account/harness';

const ROWS = 3_000;
const SPAN = ['--rows', String(ROWS), '--customers', '60', '--days', '40', '--until', '2026-11-21T12:00:00Z'];
const ROLLUPS = [
  'usage_months',
  'token_months',
  'usage_days',
  'usage_slots',
  'provider_hours',
  'refusal_days',
];
/** The one token the script makes by chance, and what is kept of its making. */
const MADE_BY_CHANCE = {
  gateway_tokens: "WHERE name <> 'looking around'",
  audit_log: 'WHERE false',
  __drizzle_migrations: 'WHERE false',
} as const satisfies Record<string, string>;

let folder: string;
const clients: Client[] = [];

async function seed(file: string, ...more: string[]): Promise<string> {
  const args = [
    '--import',
    'tsx',
    'scripts/seed.ts',
    ...SPAN,
    '--database',
    `file:${path.join(folder, file)}`,
    ...more,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env: cleanEnv({}) });
  return stdout;
}

function open(file: string): Client {
  const client = createClient({ url: `file:${path.join(folder, file)}` });
  clients.push(client);
  return client;
}

async function rowsOf(client: Client, sql: string): Promise<unknown[][]> {
  const { rows, columns } = await client.execute(sql);
  return rows.map((row) => columns.map((_, index) => row[index]));
}

/** A table in an order of its own. */
const table = (client: Client, name: string, where = '') =>
  rowsOf(client, `SELECT * FROM main.${name} ${where}`).then((rows) =>
    rows.map((row) => JSON.stringify(row)).sort(),
  );

const count = async (client: Client, name: string): Promise<number> =>
  Number((await rowsOf(client, `SELECT count(*) FROM ${name}`))[0]?.[0]);

let seeded: Client;
let printed: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'tollgate-seed-'));
  printed = await seed('seeded.db');
  seeded = open('seeded.db');
});
afterAll(() => {
  for (const client of clients) client.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A database with the seeded plans, customers and tokens, and none of their calls; the seeded one is attached as `s`. */
async function emptyTwin(): Promise<{ harness: Harness; client: Client; columns: string[] }> {
  const harness = await openHarness();
  const { client } = harness.database;
  await client.execute({ sql: 'ATTACH ? AS s', args: [path.join(folder, 'seeded.db')] });
  for (const name of ['plan_limits', 'users', 'gateway_tokens'])
    await client.execute(`INSERT OR REPLACE INTO main.${name} SELECT * FROM s.${name}`);
  // The generated column is not listed here.
  const columns = (await rowsOf(client, `SELECT name FROM pragma_table_info('llm_usage')`)).map(([name]) =>
    String(name),
  );
  return { harness, client, columns };
}

/** Told at settlement; everything else is known when a call is admitted. */
const SETTLED =
  `ending, grade, status, input_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  output_tokens, reasoning_tokens, web_search_requests, counted_tokens, cost_nano_usd, price_version, usage_raw,
  reported_model, upstream_request_id, error_code, attempts, first_byte_ms, duration_ms, settled_at`
    .split(',')
    .map((name) => name.trim());

describe('the rollups of a seeded database are what the triggers make of its rows', () => {
  it('when every row is inserted settled', async () => {
    const { harness, client, columns } = await emptyTwin();
    const list = columns.join(', ');
    await client.execute(
      `INSERT INTO main.llm_usage (${list}) SELECT ${list} FROM s.llm_usage ORDER BY rowid`,
    );
    for (const name of ROLLUPS) expect(await table(client, name), name).toEqual(await table(seeded, name));
    harness.close();
  });

  it('when every call is admitted with its hold and settled when it ended, sessions included', async () => {
    const { harness, client, columns } = await emptyTwin();
    const admitted = columns.filter((name) => !SETTLED.includes(name)).join(', ');
    const all = columns.join(', ');
    const calls = await rowsOf(
      seeded,
      `SELECT id, started_at, settled_at, ending = 'refused' AND attempts = 0 FROM llm_usage ORDER BY rowid`,
    );
    const steps = calls.flatMap(([id, startedAt, settledAt, refusedAtOnce]) => {
      const copy = refusedAtOnce === 1 ? all : admitted;
      const insert = `INSERT INTO main.llm_usage (${copy}) SELECT ${copy} FROM s.llm_usage WHERE id = ?1`;
      const settle = `UPDATE main.llm_usage SET (${SETTLED.join(', ')}) =
        (SELECT ${SETTLED.join(', ')} FROM s.llm_usage WHERE id = ?1) WHERE id = ?1`;
      const args = [String(id)];
      const first = { atMs: Number(startedAt), order: 1, statement: { sql: insert, args } };
      if (refusedAtOnce === 1) return [first];
      return [first, { atMs: Number(settledAt), order: 0, statement: { sql: settle, args } }];
    });
    steps.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
    await client.batch(steps.map(({ statement }): InStatement => statement));
    for (const name of [...ROLLUPS, 'sessions', 'llm_usage'])
      expect(await table(client, name), name).toEqual(await table(seeded, name));
    const blocked = `SELECT key, created_at FROM main.events WHERE type = 'usage.blocked' ORDER BY key`;
    expect(await rowsOf(client, blocked)).toEqual(await rowsOf(seeded, blocked));
    // A leap over two thresholds tells of the higher alone; the seeded ones tell of both.
    const reached = `SELECT key FROM main.events WHERE key LIKE 'threshold/%/2026-11/%' ORDER BY key`;
    const told = (await rowsOf(client, reached)).flat();
    expect((await rowsOf(seeded, reached)).flat()).toEqual(expect.arrayContaining(told));
    expect(told.length).toBeGreaterThan(0);
    const waiting = 'SELECT count(*) FROM main.events WHERE delivered_at IS NULL';
    expect(await rowsOf(seeded, waiting)).toEqual([[0]]);
    harness.close();
  });
});

describe('a seeded database', () => {
  it('is whole: every index and trigger is back, nothing dangles, nothing is held', async () => {
    const harness = await openHarness();
    const things = `SELECT type, name, sql FROM main.sqlite_master ORDER BY type, name`;
    expect(await rowsOf(seeded, things)).toEqual(await rowsOf(harness.database.client, things));
    harness.close();
    expect(await rowsOf(seeded, 'PRAGMA integrity_check')).toEqual([['ok']]);
    expect(await rowsOf(seeded, 'PRAGMA foreign_key_check')).toEqual([]);
    expect(await rowsOf(seeded, 'PRAGMA journal_mode')).toEqual([['wal']]);
    expect(await count(seeded, 'llm_usage')).toBe(ROWS);
    const unsettled =
      'SELECT count(*) FROM llm_usage WHERE ending IS NULL OR started_at >= unixepoch(?) * 1000';
    const { rows } = await seeded.execute({ sql: unsettled, args: ['2026-11-21T12:00:00Z'] });
    expect(rows[0]?.[0]).toBe(0);
  });

  it('is the same again for the same seed, and another for another', async () => {
    await seed('again.db');
    const again = open('again.db');
    const tables = await rowsOf(seeded, `SELECT name FROM sqlite_master WHERE type = 'table'`);
    for (const [name] of tables) {
      const where = (MADE_BY_CHANCE as Record<string, string>)[String(name)] ?? '';
      const own = await table(again, String(name), where);
      expect(own, String(name)).toEqual(await table(seeded, String(name), where));
    }
    await seed('other.db', '--seed', '2');
    expect(await table(open('other.db'), 'llm_usage')).not.toEqual(await table(seeded, 'llm_usage'));
  });

  it('costs what the price table says, to the nano-dollar', async () => {
    const { rows } = await seeded.execute(
      `SELECT * FROM llm_usage WHERE ending IN ('complete', 'cancelled') AND provider <> 'openrouter'`,
    );
    const book = createPriceBook([]);
    const n = (value: unknown) => (value === null ? null : Number(value));
    const wrong = rows.filter((row) => {
      const usage = {
        inputTokens: n(row['input_tokens']),
        cacheReadTokens: n(row['cache_read_tokens']),
        cacheWrite5mTokens: n(row['cache_write_5m_tokens']),
        cacheWrite1hTokens: n(row['cache_write_1h_tokens']),
        outputTokens: n(row['output_tokens']),
        reasoningTokens: n(row['reasoning_tokens']),
        webSearchRequests: n(row['web_search_requests']),
      };
      const rated = rateParts(
        book,
        textOf(row['model']),
        [{ model: null, usage }],
        Number(row['started_at']),
      );
      const isSame =
        rated.costNanoUsd === n(row['cost_nano_usd']) && rated.priceVersion === row['price_version'];
      return !isSame || rated.complete === (row['grade'] === 'unpriced');
    });
    expect(wrong).toEqual([]);
    expect(rows.length).toBeGreaterThan(ROWS / 2);
  });

  it('has customers at 79, 80, 95 and 100 % of each cap, told so in its last lines, and none above', async () => {
    const shares = await rowsOf(
      seeded,
      `SELECT u.id, 100.0 * m.tokens_committed / p.monthly_tokens, m.nano_usd_committed / 100000.0 / p.monthly_cost_cents
       FROM usage_months m JOIN users u ON u.id = m.user_id JOIN plan_limits p ON p.plan = u.plan
       WHERE m.month = '2026-11'`,
    );
    const told = [...printed.matchAll(/^ {2}(\S+): (\d+) % of its (token|money) cap$/gm)];
    expect(told.map(([, , share, cap]) => `${cap} ${share}`).sort()).toEqual(
      ['79', '80', '95', '100'].flatMap((share) => [`money ${share}`, `token ${share}`]).sort(),
    );
    for (const [, id, share, cap] of told) {
      const month = shares.find(([user]) => user === id);
      expect(Number(month?.[cap === 'token' ? 1 : 2]), `${id} ${cap}`).toBeCloseTo(Number(share), 2);
    }
    // A part of a token may lie between a money cap and the call that reached it.
    const above = shares.filter(([, tokens, cost]) => Number(tokens) > 100 || Number(cost) > 100.001);
    expect(above).toEqual([]);
  });

  it('holds every ending and grade, sub-agents’ sessions, and tokens that ended', async () => {
    const values = async (sql: string) => (await rowsOf(seeded, sql)).map(([value]) => value);
    expect(await values('SELECT DISTINCT ending FROM llm_usage ORDER BY 1')).toEqual([
      'broken',
      'cancelled',
      'complete',
      'expired',
      'refused',
    ]);
    expect(await values('SELECT DISTINCT grade FROM llm_usage ORDER BY 1')).toEqual([
      'drained',
      'estimated',
      'exact',
      'floor',
      'unpriced',
    ]);
    const orphans = `SELECT count(*) FROM sessions s WHERE parent_key IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM sessions p WHERE p.user_id = s.user_id AND p.key = s.parent_key)`;
    expect(await values(orphans)).toEqual([0]);
    expect(await count(seeded, 'sessions WHERE parent_key IS NOT NULL')).toBeGreaterThan(0);
    expect(await count(seeded, 'gateway_tokens WHERE revoked_at IS NOT NULL')).toBeGreaterThan(0);
    expect(await count(seeded, 'gateway_tokens WHERE monthly_tokens IS NOT NULL')).toBeGreaterThan(0);
  });
});

describe('a database that holds customers', () => {
  it('is refused, and stays as it was', async () => {
    const before = await table(seeded, 'users');
    await expect(seed('seeded.db', '--seed', '3')).rejects.toThrow('holds customers already');
    expect(await table(seeded, 'users')).toEqual(before);
    expect(await count(seeded, 'llm_usage')).toBe(ROWS);
  });

  it('is added to with --force, and a seeding that fails halfway leaves nothing behind', async () => {
    await seed('twice.db');
    // The same customers again: their ids are taken.
    await expect(seed('twice.db', '--force')).rejects.toThrow('UNIQUE');
    await seed('twice.db', '--force', '--seed', '2');
    const twice = open('twice.db');
    expect(await count(twice, 'llm_usage')).toBe(2 * ROWS);
    expect(await rowsOf(twice, 'SELECT sum(requests + refusals) FROM provider_hours')).toEqual([[2 * ROWS]]);
    expect(await rowsOf(twice, `SELECT count(*) FROM sqlite_master WHERE type = 'trigger'`)).toEqual(
      await rowsOf(seeded, `SELECT count(*) FROM sqlite_master WHERE type = 'trigger'`),
    );
    expect(await rowsOf(twice, 'PRAGMA integrity_check')).toEqual([['ok']]);
  });
});
