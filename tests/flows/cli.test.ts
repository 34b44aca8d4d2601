/** The command line as an operator uses it: a fresh database, one JSON document on stdout, clear refusals. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '@/db/client';
import { currentOwner } from '@/lib/adapters/process-owner';
import { createManagementApi } from '@/lib/api/management';
import { isWellFormed } from '@/lib/domain/token';
import { NOTHING_CONFIGURED } from '../support/operator';

type Json = Record<string, unknown>;

const root = process.cwd();
const folder = mkdtempSync(path.join(os.tmpdir(), 'tollgate-cli-'));
/** In a folder that does not exist yet, as on a fresh clone. */
const file = path.join(folder, 'new', 'tollgate.db');
let database: Database;

beforeAll(async () => {
  await tollgate('migrate');
  database = await openDatabase(`file:${file}`);
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function tollgate(...args: string[]): Promise<Ran> {
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NODE_ENV: 'test',
    TURSO_DATABASE_URL: `file:${file}`,
  };
  return new Promise((resolve) => {
    execFile(
      path.join(root, 'node_modules/.bin/tsx'),
      ['scripts/tollgate.ts', ...args],
      { cwd: root, env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

/** Runs with `--json` and expects exactly one JSON document and silence beside it. */
async function asJson(...args: string[]): Promise<Json> {
  const { code, stdout, stderr } = await tollgate(...args, '--json');
  expect([args, code, stderr]).toEqual([args, 0, '']);
  return JSON.parse(stdout) as Json;
}

/** The same question over HTTP, on the same database. */
async function overHttp(pathname: string): Promise<Json> {
  const api = createManagementApi({
    account: {
      database,
      actor: { kind: 'cli', id: '' },
      nowMs: Date.now,
      random: (bytes) => new Uint8Array(bytes),
      forget: () => undefined,
    },
    adminToken: 'secret',
    cronSecret: null,
    limiter: { peek: async () => null },
    upgrades: { upgradeUrl: null, seller: null },
    origin: () => 'http://gateway.test',
    operator: NOTHING_CONFIGURED,
    isDeadOwner: () => false,
    authenticate: () => Promise.reject(new Error('unused')),
    onUnauthorized: () => undefined,
    log: { write: () => undefined },
  });
  const request = new Request(`http://x${pathname}`, { headers: { authorization: 'Bearer secret' } });
  return (await (await api(request, { clientAddress: null, background: () => undefined })).json()) as Json;
}

function insertOpenCall(id: string, owner: string): Promise<unknown> {
  return database.client.execute({
    sql: `INSERT INTO llm_usage (id, user_id, timestamp, started_at, month, provider, model, endpoint, stream, hold_tokens,
      hold_output_tokens, hold_nano_usd, hold_expires_at, owner)
      VALUES (?, 'acme', unixepoch(), unixepoch() * 1000, strftime('%Y-%m', 'now'), 'anthropic', 'm', 'messages', 0, 10, 4, 7,
        (unixepoch() + 3600) * 1000, ?)`,
    args: [id, owner],
  });
}

describe('--json prints what the management API answers', () => {
  it('users', async () => {
    expect(existsSync(file)).toBe(true);
    const made = await asJson('users', 'create', 'acme', '--plan', 'starter', '--name', 'Acme Ltd');
    expect(made).toMatchObject({ id: 'acme', plan: 'starter', name: 'Acme Ltd', suspended: false });
    expect(await overHttp('/api/admin/users/acme')).toEqual(made);
    expect(await asJson('users', 'get', 'acme')).toEqual(made);
    expect(await asJson('users', 'list', '--limit', '10')).toEqual(
      await overHttp('/api/admin/users?limit=10'),
    );
    expect(await asJson('users', 'suspend', 'acme')).toMatchObject({ suspended: true });
    expect(await asJson('users', 'resume', '--id', 'acme')).toMatchObject({ suspended: false });
    expect(await asJson('users', 'change', 'acme', '--name', 'none', '--plan', 'pro')).toMatchObject({
      name: null,
      plan: 'pro',
    });
  });

  it('tokens', async () => {
    const { token, ...made } = await asJson(
      'tokens',
      'create',
      '--user',
      'acme',
      '--name',
      'laptop',
      '--may-attribute',
      '--scope-models',
      'a, b',
      '--monthly-tokens',
      '5000',
    );
    expect(isWellFormed(String(token))).toBe(true);
    expect(made).toMatchObject({
      user: 'acme',
      may_attribute: true,
      scope_models: ['a', 'b'],
      monthly_tokens: 5_000,
      monthly_cost_cents: null,
    });
    const id = String(made['id']);
    expect(await overHttp(`/api/admin/tokens/${id}`)).toEqual(made);
    expect(await asJson('tokens', 'list', 'acme')).toEqual(await overHttp('/api/admin/tokens?user=acme'));
    expect(
      await asJson('tokens', 'change', id, '--may-attribute', 'false', '--scope-models', 'none'),
    ).toMatchObject({
      may_attribute: false,
      scope_models: null,
    });
    expect(
      await asJson('tokens', 'change', id, '--monthly-tokens', 'none', '--monthly-cost-cents', '250'),
    ).toMatchObject({ monthly_tokens: null, monthly_cost_cents: 250 });
    const next = await asJson('tokens', 'rotate', id, '--overlap-seconds', '60');
    expect(next).toMatchObject({ replaces: id, name: 'laptop' });
    expect(await asJson('tokens', 'revoke', String(next['id']))).toMatchObject({ revoked: true });
  });

  it('plans and prices', async () => {
    const limits = [
      '--monthly-tokens',
      '1000',
      '--monthly-cost-cents',
      'none',
      '--rate-limit-rpm',
      '5',
      '--rate-limit-tpm',
      '500',
    ];
    const made = await asJson('plans', 'create', '--plan', 'tiny', ...limits);
    expect(made).toMatchObject({
      plan: 'tiny',
      monthly_tokens: 1_000,
      monthly_cost_cents: null,
      rate_limit_rpm: 5,
    });
    expect(await overHttp('/api/admin/plans/tiny')).toEqual(made);
    expect(await asJson('plans', 'change', 'tiny', '--monthly-tokens', 'none')).toMatchObject({
      monthly_tokens: null,
    });
    expect(await asJson('plans', 'list')).toEqual(await overHttp('/api/admin/plans'));
    const price = await asJson(
      'prices',
      'set',
      'm',
      '--input',
      '3000000000',
      '--output',
      '15000000000',
      '--effective-from',
      '2026-01-01',
    );
    expect(await asJson('prices', 'list')).toEqual({ data: [price], next_cursor: null, has_more: false });
    expect(await overHttp('/api/admin/prices')).toMatchObject({ data: [price] });
    expect(await asJson('prices', 'delete', 'm', '2026-01-01')).toEqual(price);
  });

  it('the audit log', async () => {
    const page = await asJson('audit', 'list', '--object-kind', 'plan', '--object-id', 'tiny');
    expect(page).toMatchObject({
      data: [{ action: 'plan.change' }, { action: 'plan.create', actor_kind: 'cli', before: null }],
    });
    expect(await overHttp('/api/admin/audit?object_kind=plan&object_id=tiny')).toEqual(page);
    const { stdout } = await tollgate('audit', 'list', '--action', 'plan.change');
    expect(stdout).toContain('monthly_tokens: 1000 -> null');
  });

  it('sweeping finds the dead on this host; requests and usage show it', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const place = currentOwner().replace(/:\d+:\d+$/, '');
    await insertOpenCall('req_dead', `${place}:${pid}:${Date.now()}`);
    await insertOpenCall('req_alive', currentOwner());
    await insertOpenCall('req_elsewhere', `not-${place}:${pid}:1`);
    expect(await asJson('sweep')).toEqual({ expired: 1, ids: ['req_dead'] });
    expect(await asJson('sweep')).toEqual({ expired: 0, ids: [] });
    const call = await asJson('requests', 'get', 'req_dead');
    expect(call).toMatchObject({ ending: 'expired', counted_tokens: 6 });
    expect(call).toEqual(await overHttp('/api/admin/requests/req_dead'));
    expect(await asJson('requests', 'list', '--user', 'acme', '--ending', 'open')).toEqual(
      await overHttp('/api/admin/requests?user=acme&ending=open'),
    );
    expect(await asJson('usage', 'acme')).toEqual(await overHttp('/api/admin/users/acme/usage'));
    expect(await asJson('usage', 'by', 'user')).toEqual(await overHttp('/api/admin/usage'));
  });
});

describe('for people', () => {
  it('tables line up, and a token is shown with the warning', async () => {
    const { stdout } = await tollgate('plans', 'list');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^PLAN +TOKENS\/MONTH +CENTS\/MONTH/);
    const at = lines[0]?.indexOf('TOKENS/MONTH') ?? -1;
    for (const row of lines.slice(1)) expect(row.slice(at - 2, at)).toBe('  ');
    const made = await tollgate('tokens', 'create', 'acme', '--name', 'desk');
    expect(made.stdout).toMatch(/^tg_1\w{49}\n/);
    expect(made.stdout).toContain('never shown again');
  });

  it('every help has examples, and touches no database', async () => {
    const { code, stdout } = await tollgate('--help');
    expect(code).toBe(0);
    for (const name of [
      'users create',
      'tokens rotate',
      'plans change',
      'requests get',
      'usage by user',
      'prices delete',
      'sweep',
      'migrate',
    ]) {
      expect(stdout).toContain(`  ${name} `);
    }
    const help = await tollgate('tokens', 'create', '--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('--scope-models <list>|none');
    expect(help.stdout).toContain('npm run tollgate -- tokens create acme --name laptop');
  });
});

describe('refusals go to stderr, and leave stdout empty', () => {
  it.each([
    [1, ['users', 'create', 'x', '--plan', 'gold', '--json'], 'plans are business, pro, starter'],
    [1, ['users', 'create', 'acme', '--plan', 'pro'], 'There is a user "acme" already.'],
    [1, ['tokens', 'revoke', 'tok_no'], 'There is no token "tok_no".'],
    [1, ['tokens', 'create', 'acme', '--name', 'x', '--scope-formats', 'morse'], 'formats are '],
    [2, [], 'Commands:'],
    [2, ['users', 'destroy'], 'there is no command "users destroy"'],
    [2, ['users', 'get'], '<id> is missing'],
    [2, ['users', 'get', 'a', 'b'], 'unexpected argument "b"'],
    [2, ['users', 'list', '--colour'], '--colour'],
    [
      2,
      ['plans', 'change', 'pro', '--monthly-tokens', 'many'],
      '--monthly-tokens takes a whole number or none, not "many"',
    ],
  ])('exit code %i for %j', async (code, args, message) => {
    const ran = await tollgate(...args);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toContain(message);
  });
});
